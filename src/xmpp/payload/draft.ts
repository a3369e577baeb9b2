// What the payload files fold a message stanza into. Data only; features/messages.ts makes an `Utterance` of it.
import type { Element } from "@xmpp/xml"
import type { Extra, Span } from "../../adapter/contract.js"
import type { Linked, ToldSpan } from "../../core/content.js"
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
  /** XEP-0333. */
  displayed?: string
  /** XEP-0444: id of what is meant, and all that is thought of it now. */
  reactions?: { target: string; emoji: string[] }
  /** XEP-0066, XEP-0385, XEP-0447: the body is without the addresses of these (XEP-0428). */
  files?: Linked[]
  /** XEP-0449: the files are stickers. */
  sticker?: true
  /** XEP-0394, XEP-0372, XEP-0382: of `body` as it is here, in UTF-16 units. Of a mention `arg` is a JID, until it is known who that is. */
  spans?: ToldSpan[]
  /** The same as it was read, in code points of the body as it came. */
  told?: Partial<Record<"markup" | "mention" | "spoiler", Span[]>>
  /** XEP-0393 §6.3. */
  unstyled?: boolean
  /** XEP-0080 and others. */
  extras?: Extra[]
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
