// The kinds of failure an adapter may report; core/errors.ts has the table of what follows from each.

/**
 * - `retry`: not now; the row waits `retryAfterMs`, or backs off.
 * - `rejected`: the network refuses this content. `unsupported`: it cannot do this at all.
 * - `gone`: chat or message does not exist (any more). `denied`: we may not.
 * - `logged-out`: the credential is no longer valid; nothing is sent until the user logs in again.
 * - `unknown-outcome`: the request left and no answer came; it may have been carried out.
 */
export type ErrorKind = "retry" | "rejected" | "gone" | "denied" | "logged-out" | "unsupported" | "unknown-outcome"

/** What must wait out a `retry`: this message, its chat, or everything the account sends (a flood wait of the whole bot). */
export type Blocks = "message" | "chat" | "account"

const brand = Symbol.for("xferry.AdapterError")

/** Thrown by an adapter's verbs. `text` is shown to people: no token, no stack, no HTML. */
export class AdapterError extends Error {
  readonly kind: ErrorKind
  /** Milliseconds the network asked us to wait. */
  readonly retryAfterMs: number | undefined
  readonly blocks: Blocks

  /** An adapter installed elsewhere brings a copy of this class; its errors are ours all the same. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    return this === AdapterError ? brand in Object(value) : super[Symbol.hasInstance](value)
  }

  get [brand](): true {
    return true
  }

  constructor(kind: ErrorKind, text: string, more: { retryAfterMs?: number; blocks?: Blocks; cause?: unknown } = {}) {
    super(text, { cause: more.cause })
    this.name = "AdapterError"
    this.kind = kind
    this.retryAfterMs = more.retryAfterMs
    this.blocks = more.blocks ?? "chat"
  }
}
