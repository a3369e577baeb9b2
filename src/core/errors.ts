// The one table of failures: what the sender is told, and whether the row is tried again.
import { AdapterError, type ErrorKind } from "../adapter/errors.js"
import type { Refused } from "./model.js"

interface Consequence {
  type: Refused["type"]
  condition: string
  /** Tried again until it succeeds, is refused for good, or has waited for `patienceMs`. */
  again: boolean
}

const table: Record<ErrorKind | "bug", Consequence> = {
  retry: { type: "wait", condition: "remote-server-timeout", again: true },
  "unknown-outcome": { type: "wait", condition: "remote-server-timeout", again: true },
  rejected: { type: "modify", condition: "not-acceptable", again: false },
  unsupported: { type: "cancel", condition: "feature-not-implemented", again: false },
  gone: { type: "cancel", condition: "item-not-found", again: false },
  denied: { type: "auth", condition: "forbidden", again: false },
  "logged-out": { type: "auth", condition: "registration-required", again: true },
  bug: { type: "cancel", condition: "internal-server-error", again: true },
}

/** A head that failed so often while its account worked elsewhere is given up. */
export const maxAttempts = 5
/** How long a message may wait for the network, in ms. */
export const patienceMs = 24 * 60 * 60 * 1000

export function kindOf(error: unknown): ErrorKind | "bug" {
  return error instanceof AdapterError ? error.kind : "bug"
}

export function isRetried(error: unknown): boolean {
  return table[kindOf(error)].again
}

/** What the sender reads. A bug's own text stays in the log: it may hold anything. */
export function refusedBy(error: unknown, network: string): Refused {
  const { type, condition } = table[kindOf(error)]
  const text =
    error instanceof AdapterError
      ? error.message
      : `Something went wrong inside the gateway while sending to ${network}. It has been logged.`
  return { type, condition, text }
}

/** Doubling from 1 s to 10 min, with jitter so that many rows do not return together. Milliseconds. */
export function backoffMs(attempts: number, random: () => number = Math.random): number {
  return Math.min(1000 * 2 ** Math.max(0, attempts - 1), 600_000) * (0.5 + random() / 2)
}
