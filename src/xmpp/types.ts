// Shapes shared inside the XMPP side: the link to the server, stanzas as read, features as data.
import type { Element } from "@xmpp/xml"
import type { BareJid, FullJid } from "../core/model.js"
import type { Capabilities } from "../adapter/contract.js"
import type { Log } from "../core/log.js"
import type { Service } from "../core/ports.js"
import type { RoomView } from "../core/rooms/ports.js"
import type { Form } from "./features/caps.js"
import type { Xml } from "./stanza.js"

export type { Element }

/** `payload`: serialised, from stanza.ts. `from`: default our own domain. `timeoutMs`: default 30,000. */
export interface IqRequest {
  to: string
  type: "get" | "set"
  payload: string
  from?: string
  timeoutMs?: number
}

/** One XEP-0114 stream that comes back by itself. */
export interface Link {
  readonly domain: string
  readonly online: boolean
  /** Connects, for ever. */
  start(): void
  /** Queues one serialised stanza; what one tick queues leaves in one write. False: offline, dropped. Strings must come from stanza.ts. */
  send(xml: string): boolean
  /** Resolves the `result`; rejects with `StanzaError`, on time-out («remote-server-timeout») and when the stream ends. Matched by id and peer (RFC 6120 §8.2.3). */
  iq(request: IqRequest): Promise<Element>
  /** Stops reading from the socket: back-pressure. */
  pause(): void
  resume(): void
  /** Gives this stream up and makes a new one. `reason` ends a sentence in the log. */
  restart(reason: string): void
  /** Writes what is queued, ends the stream politely and waits for the server to close; never reconnects. */
  stop(): Promise<void>
}

export interface LinkEvents {
  online(): void
  /** Once an outage, also when the first attempt to connect fails. `text`: what happened and what to do; the link has logged it. */
  offline(text: string): void
  /** Every stanza that is not the answer to an `iq()` of ours. */
  stanza(el: Element): void
}

/** Whom a stanza is addressed to. */
export type Target =
  | { kind: "gateway"; resource: string }
  | { kind: "contact"; legacyId: string; tag: string; resource: string }
  /** `legacyId` may be a former one of the room. */
  | { kind: "room"; legacyId: string; tag: string; resource: "" }
  /** A nick in a room. */
  | { kind: "occupant"; legacyId: string; tag: string; resource: string }
  | { kind: "unknown" }

/** An incoming stanza with its addresses read once. */
export interface Incoming {
  el: Element
  id: string
  type: string
  from: FullJid
  fromBare: BareJid
  to: string
  target: Target
  /** To be answered in (`Service.language`). */
  lang: string
}

/** What a feature works with. */
export interface Context {
  readonly service: Service
  readonly link: Link
  readonly domain: string
  /** JID of a contact as this link sees it, without resource. «» is the gateway. Null: the id does not fit into a JID. */
  contactJid(legacyId: string, tag: string): string | null
  /** JID of a room, without nick. Null: the id does not fit into a JID. */
  roomJid(legacyId: string, tag: string): string | null
  send(xml: Xml | undefined): void
  readonly log: Log
}

/** Inner XML of the result, undefined for an empty result. Throws `Refusal` for an error. */
export type IqHandler = (request: Incoming, payload: Element, context: Context) => Xml | undefined | Promise<Xml | undefined>

/** A feature registers what it advertises beside what it handles, so that they cannot drift. */
export interface Feature {
  xep: { number: number; version: string; name: string }
  /** Disco features of the gateway's own JID, of contacts and rooms; those may hang on what the network can do there. */
  disco?: {
    gateway?: readonly string[]
    contact?: readonly string[] | ((capabilities: Capabilities) => readonly string[])
    room?: readonly string[] | ((view: RoomView) => readonly string[])
    /** Facts beside them (XEP-0128). */
    contactForms?: (capabilities: Capabilities) => readonly Form[]
    roomForms?: (view: RoomView) => readonly Form[]
  }
  /** Keys: `<get|set> <namespace> <name>`. */
  iq?: Readonly<Record<string, { on: readonly Exclude<Target["kind"], "unknown">[]; handle: IqHandler }>>
}
