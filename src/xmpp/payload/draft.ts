// What the payload files fold a message stanza into. Data only; features/messages.ts makes an `Utterance` of it.
import type { Element } from "@xmpp/xml"
import type { Fallback } from "./fallback.js"

export type ChatState = "active" | "composing" | "paused" | "inactive" | "gone"

export interface Draft {
  /** The stanza's id, or its XEP-0359 origin-id; «» if it has neither. */
  id: string
  /** Undefined: the stanza has no body. */
  body?: string
  subject?: string
  /** XEP-0308. */
  replaces?: string
  /** XEP-0461: id of the message answered. The quotation that XEP-0428 marks as fallback is taken out of the body. */
  reply?: string
  /** The body of a reply with its quotation, for where a reply cannot be told otherwise. */
  quoting?: string
  /** XEP-0428, as it was read. */
  fallbacks?: Fallback[]
  /** XEP-0424: id of the message taken back. The body is gone, it would only have said the same. */
  retracts?: string
  wantsReceipt?: boolean
  chatState?: ChatState
  /** Name of the encryption whose payload the stanza carries, for people. */
  encrypted?: string
  /** XEP-0203 or XEP-0091; who added it, «» if it does not say. */
  delayedBy?: string
}

/** Reads one child of a message into the draft. Pure but for the draft. */
export type Read = (child: Element, draft: Draft) => void

/** Keys: `<name> <namespace>`. */
export type Reads = Readonly<Record<string, Read>>
