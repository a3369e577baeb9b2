// Pure: what an XMPP user said and what the network can do → texts of the operations, or a refusal.
import type { Adapter, Capabilities } from "../adapter/contract.js"
import { Refusal } from "./ports.js"
import { linesOf } from "./styling/parse.js"
import { read, type Formatting } from "./styling/read.js"
import { split, type Length } from "./styling/split.js"

/** Beyond this a text is not a message any more but a flood. UTF-16 units. */
export const maxText = 200_000

/** How long the network finds what was typed. */
export function lengthOf(adapter: Pick<Adapter<never, never, Capabilities>, "length" | "capabilities">): Length {
  const { formatting } = adapter.capabilities.send
  const measure = adapter.length?.bind(adapter) ?? (({ text }: { text: string }) => text.length)
  return (text) => measure(read(text, formatting))
}

export interface Planned {
  /** `edit`: these texts replace the parts of the message; `send`: a message of its own. */
  how: "send" | "edit"
  texts: string[]
}

/**
 * `target`: age in ms of the message to be replaced, undefined if we do not know it; null: nothing is replaced. `before`: what the network
 * reads before the text, for it has no other way to say so: who speaks, what is answered.
 */
export function plan(
  text: string,
  target: { ageMs: number } | undefined | null,
  capabilities: Capabilities,
  length: Length,
  before = "",
): Planned {
  if (text.trim() === "") throw new Refusal("bad-request", "An empty message was not sent.", "modify")
  if (text.length > maxText)
    throw new Refusal("not-acceptable", `This message has ${text.length} characters; at most ${maxText} are sent.`, "modify")
  const { maxChars, formatting = [] } = capabilities.send
  const parts = (mark: string): string[] => split(behind(mark, text, formatting), maxChars, length, formatting)
  if (target === null) return { how: "send", texts: parts(before) }
  const { edit } = capabilities
  const inTime = target !== undefined && edit !== undefined && target.ageMs <= (edit.withinSeconds ?? Infinity) * 1000
  if (inTime) return { how: "edit", texts: parts(before) }
  // Degrades visibly: the network cannot change the old message, so a new one says what it should have been.
  return { how: "send", texts: parts(`${before}✎ `) }
}

/** A quotation or code block stays one: it begins on a line of its own. */
function behind(mark: string, text: string, formatting: Formatting): string {
  if (mark === "" || mark.endsWith("\n")) return mark + text
  const [first] = linesOf(text.slice(0, text.indexOf("\n") + 1 || undefined))
  const isBlock = first && ((formatting.includes("quote") && first.depth > 0) || (formatting.includes("pre") && first.role === "open"))
  return isBlock ? `${mark.trimEnd()}\n${text}` : mark + text
}
