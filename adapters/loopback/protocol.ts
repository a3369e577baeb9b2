// What passes between the network and a gateway, in one process or over a socket: requests, answers, events. See docs/adapter/loopback.md.
import { AdapterError, type Blocks, type ErrorKind, type FileRef, type ReactionChange } from "xferry"
import type { AsideAnswers, AsideEvent, AsideRequest } from "./asides.js"
import type { ChatMessage } from "./chats.js"
import type { CommandEvent, CommandRequest } from "./commands.js"
import type { LoopExtra, Rich, SentFile } from "./content.js"
import type { LoginEvent } from "./logins.js"
import type { RoomAnswers, RoomEvent, RoomRequest } from "./room-protocol.js"

export interface Person {
  id: string
  name?: string
  username?: string
  kind?: "person" | "bot" | "room" | "webhook"
  avatar?: FileRef | null
  profile?: Record<string, string>
}

export type Show = "online" | "away" | "busy" | "offline"

/** `chat` is the person talked with. */
type DirectEvent = { chat: string; login?: string } & Said

/** Of a direct chat, or of a room. `from` is who spoke: a person, the account itself when `own`, the room itself. Times are epoch ms. */
export type Said =
  | ({ type: "message"; from: Person; id: string; at: number; text: string } & Rich & Beside)
  | ({ type: "edit"; from: Person; id: string; at: number; revision: string; text: string; own?: true } & Omit<Rich, "group">)
  | { type: "retract"; ids: string[]; by?: Person; why?: string; own?: true }
  | { type: "typing"; from: Person; active: boolean }
  | AsideEvent

/** Of a message. `quote`: the part of it that is answered. */
interface Beside {
  reply?: string
  quote?: string
  own?: true
  key?: string
  revision?: string
  reactions?: ReactionChange[]
}

export type LoopEvent =
  | DirectEvent
  | RoomEvent
  | CommandEvent
  | { type: "presence"; from: Person; show: Show; status?: string }
  | { type: "contact"; contact: Person; login?: string }
  | LoginEvent

/** Towards a person (`to`) or a room. `once`: the network drops a second send with the same key, and answers as it did to the first. */
export type Saying =
  | ({ op: "send"; text: string; key: string; once?: boolean; reply?: string; quote?: string; as?: string; silent?: boolean } & Sending)
  | ({ op: "edit"; id: string; text: string } & Omit<Sending, "files">)
  | { op: "retract"; id: string; why?: string }
  | { op: "typing"; active: boolean }
  | AsideRequest

interface Sending {
  spans?: NonNullable<Rich["spans"]>
  files?: SentFile[]
  extras?: LoopExtra[]
}

export type Request =
  /** A part of a file that will be sent; `upload`: of one that was begun. */
  | { op: "upload"; base64: string; upload?: string }
  | { op: "download"; ref: string; offset: number }
  | ({ to: string; login?: string } & Saying)
  | { op: "history"; to: string; login?: string; after?: string; before?: string; limit: number }
  | { op: "find"; text: string; cursor?: string }
  | { op: "contact"; id: string }
  | CommandRequest
  | RoomRequest

export interface Answers extends Omit<RoomAnswers, "history">, AsideAnswers {
  history: { items: (RoomAnswers["history"]["items"][number] | ChatMessage)[]; more: boolean }
  send: { id: string; at: number }
  edit: { revision: string }
  retract: object
  upload: { upload: string }
  download: { base64: string; bytes: number; mime: string }
  typing: object
  find: { items: Person[]; next?: string }
  contact: Person
  menu: object
  answer: object
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
