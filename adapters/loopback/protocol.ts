// What passes between the network and a gateway, in one process or over a socket: requests, answers, events. See docs/adapter/loopback.md.
import { AdapterError, type Blocks, type ErrorKind } from "xferry"

export interface Person {
  id: string
  name?: string
  username?: string
}

export type Show = "online" | "away" | "busy" | "offline"

/** Times are epoch ms. `chat` is the person talked with; `from` is that person, or the account itself when `own`. */
export type LoopEvent =
  | { type: "message"; chat: string; from: Person; id: string; at: number; text: string; reply?: string; own?: true; key?: string }
  | { type: "edit"; chat: string; from: Person; id: string; at: number; revision: string; text: string; own?: true }
  | { type: "typing"; chat: string; from: Person; active: boolean }
  | { type: "presence"; from: Person; show: Show; status?: string }
  | { type: "contact"; contact: Person }

/** `once`: the network drops a second send with the same key, and answers as it did to the first. */
export type Request =
  | { op: "send"; to: string; text: string; key: string; once?: boolean; reply?: string; as?: string; silent?: boolean }
  | { op: "edit"; to: string; id: string; text: string }
  | { op: "retract"; to: string; id: string }
  | { op: "typing"; to: string; active: boolean }
  | { op: "find"; text: string; cursor?: string }
  | { op: "contact"; id: string }

export interface Answers {
  send: { id: string; at: number }
  edit: { revision: string }
  retract: object
  typing: object
  find: { items: Person[]; next?: string }
  contact: Person
}
export type Answer = Answers[keyof Answers]

/** What a gateway listens with. Neither may throw. */
export interface Ear {
  event(n: number, event: LoopEvent): void
  /** The network ended the session. Not called after `Line.close`. */
  ended(error: AdapterError): void
}

/** A gateway's hold on its account. */
export interface Line {
  readonly self: Person
  request<R extends Request>(request: R, signal: AbortSignal): Promise<Answers[R["op"]]>
  /** Every event up to number `n` is committed. */
  ack(n: number): void
  close(): void
}

export interface Credentials {
  account: string
  password: string
}

/** An `AdapterError` as data. */
export interface Failure {
  kind: ErrorKind
  text: string
  retryAfterMs?: number
  blocks?: Blocks
}

export function toFailure(error: unknown): Failure {
  if (!(error instanceof AdapterError)) return { kind: "retry", text: `The loopback network stumbled: ${String(error)}` }
  const { kind, message, retryAfterMs, blocks } = error
  return { kind, text: message, blocks, ...(retryAfterMs !== undefined && { retryAfterMs }) }
}

export function toError({ kind, text, ...more }: Failure): AdapterError {
  return new AdapterError(kind, text, more)
}
