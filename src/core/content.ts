// What a message holds beside its text, on its way to XMPP clients and from them. Plain data: it is stored in outbox rows and archives.
import type { Extra, FileInfo, FileRef, Span } from "../adapter/contract.js"

/** A file of the network's, on its way to XMPP clients or there already (docs/adr/0009). */
export interface Attached extends FileInfo {
  /** What the network holds. Absent: it needs not, or can not, be fetched. */
  source?: Pick<FileRef, "ref" | "stableId">
  /** Where clients fetch it; absent until it is there. */
  url?: string
  /** SHA-256 of what is at `url`, base64 (XEP-0300). */
  sha256?: string
  /** XEP-0264; `uri` is a short `data:` URI. */
  thumbnail?: { uri: string; mime: string; width: number; height: number }
  /** It will never have a `url`: a sentence why, for people. */
  failed?: string
}

/** Beside the text of an operation towards XMPP. `spans` are of `text`, in UTF-16 units. */
export interface Rich {
  /**
   * What the marks in the text (XEP-0393) cannot say. If that is formatting, then all formatting is told. Of a mention `arg` is the legacy id
   * in a direct chat, the nick in a room; of a spoiler the hint.
   */
  spans?: Span[]
  /** XEP-0393 §6.3: what looks like styling is none. */
  unstyled?: boolean
  /** One a stanza: an operation with a file has no text but a caption that could not be sent apart. */
  file?: Attached
  extras?: Extra[]
}

/** What a page is about; without a picture, for it has no address that clients could fetch. */
export type Page = Omit<Extract<Extra, { type: "preview" }>, "type" | "image">

/** A file that a user of ours shows to a contact or room: by its address. What is not known is found out when it is fetched. */
export interface Linked extends Partial<FileInfo> {
  /** `https:`, `http:` or `aesgcm:`. */
  url: string
  /** By algorithm (XEP-0300), base64. */
  hashes?: Record<string, string>
}

/** Whom a user of ours mentions: an occupant of the room, or a foreign person by legacy id. */
export type Whom = { nick: string } | { contact: string }

/** `whom`: of a mention; who that is on the network is found out when the call is made. Of a spoiler `arg` is the hint. */
export interface ToldSpan extends Span {
  whom?: Whom
}

/** What a user of ours says beside the text. `spans`: of the text as it was typed, told by markup (XEP-0394), mentions (XEP-0372), a spoiler (XEP-0382). */
export interface Marked {
  spans?: ToldSpan[]
  files?: Linked[]
  extras?: Extra[]
  /** XEP-0393 §6.3: what looks like styling is none. */
  unstyled?: boolean
}
