// Pure: an event as it waits on disk, and as it is again afterwards.
import type { MessageEvent } from "../../adapter/contract.js"

/** UTF-16 units; what is longer is said again. */
export const longestHeld = 200_000

export function frozen(event: MessageEvent): string {
  return JSON.stringify(event)
}

export function thawed(json: string): MessageEvent {
  const event = JSON.parse(json) as MessageEvent
  const { extras } = event.body
  event.at = new Date(event.at)
  for (const extra of extras ?? []) {
    if (extra.type === "location" && extra.until !== undefined) extra.until = new Date(extra.until)
    if (extra.type === "forward" && extra.at !== undefined) extra.at = new Date(extra.at)
  }
  return event
}
