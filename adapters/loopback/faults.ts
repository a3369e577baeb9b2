// Faults that a script orders: the next operations of a kind fail, hang, or are carried out without an answer.
import { setTimeout as sleep } from "node:timers/promises"
import { AdapterError } from "xferry"
import { z } from "zod"

const kinds = [
  "retry",
  "rejected",
  "gone",
  "denied",
  "logged-out",
  "unsupported",
  "unknown-outcome", // as AdapterError has them
  "hang", // no answer ever
  "delay", // carried out, answered after `delayMs`
  "flood", // everything the account sends fails for `retryAfterMs`
  "cut", // the connection breaks, no answer
] as const

const operations = [
  ...(["send", "edit", "retract", "typing", "find", "contact", "connect", "login"] as const),
  ...([
    "rooms",
    "room",
    "members",
    "access",
    "history",
    "manage",
    "upload",
    "download",
    "react",
    "read",
    "interact",
    "menu",
    "answer",
  ] as const),
] as const

/** A fault as a driver orders it; the fields are documented in docs/adapter/loopback.md. */
export const faultFields = {
  kind: z.enum(kinds),
  on: z.enum(operations).default("send"),
  account: z.string().optional(),
  times: z.int().positive().default(1),
  skip: z.int().nonnegative().default(0),
  processed: z.boolean().default(false),
  text: z.string().optional(),
  retryAfterMs: z.int().nonnegative().optional(),
  blocks: z.enum(["message", "chat", "account"]).optional(),
  delayMs: z.int().nonnegative().default(100),
}
const faultSchema = z.strictObject(faultFields)
export type FaultOrder = z.input<typeof faultSchema>
export type Fault = z.output<typeof faultSchema>

export class Faults {
  #orders: Fault[] = []

  add(order: FaultOrder): void {
    this.#orders.push(faultSchema.parse(order))
  }

  clear(): void {
    this.#orders = []
  }

  /** The fault that befalls this operation, used up by one. */
  take(on: Fault["on"], account: string): Fault | undefined {
    if (this.#orders.length === 0) return undefined
    const fault = this.#orders.find((order) => order.on === on && (order.account === undefined || order.account === account))
    if (fault === undefined) return undefined
    if (fault.skip > 0) {
      fault.skip--
      return undefined
    }
    if (--fault.times === 0) this.#orders.splice(this.#orders.indexOf(fault), 1)
    return fault
  }
}

/** What the victim of a fault can do about itself. */
export interface Victim {
  logOut(): void
  cut(): void
  flood(ms: number): void
}

/** Carries `work` out or not, and fails as ordered. */
export async function suffer<T>(fault: Fault, victim: Victim, work: () => T, signal: AbortSignal): Promise<T> {
  const { kind, text = `The loopback network was told to fail (${kind}).`, retryAfterMs, blocks } = fault
  if (kind === "delay") {
    await sleep(fault.delayMs, undefined, { signal })
    return work()
  }
  if (fault.processed) work()
  if (kind === "hang") {
    await new Promise<void>((resolve) => (signal.aborted ? resolve() : signal.addEventListener("abort", () => resolve(), { once: true })))
    throw new AdapterError("unknown-outcome", "The loopback network did not answer.", { cause: signal.reason })
  }
  if (kind === "cut") {
    victim.cut()
    throw new AdapterError("unknown-outcome", text)
  }
  if (kind === "flood") {
    victim.flood(retryAfterMs ?? 1000)
    throw new AdapterError("retry", text, { retryAfterMs: retryAfterMs ?? 1000, blocks: "account" })
  }
  if (kind === "logged-out") victim.logOut()
  throw new AdapterError(kind, text, { ...(retryAfterMs !== undefined && { retryAfterMs }), ...(blocks && { blocks }) })
}
