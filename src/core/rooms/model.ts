// The nouns of rooms: a foreign group as XMPP users see it (docs/adr/0007). XEP-0045 is not spoken here.
import type { FileRef, Limits, Role } from "../../adapter/contract.js"
import type { Attached, Page, Rich } from "../content.js"
import type { BareJid, ConversationKind, FullJid } from "../model.js"
import type { AvatarState } from "../faces/picture.js"

export type RoomKind = Exclude<ConversationKind, "direct">

/** What the network told of a room besides its name; absent is unknown. */
export interface RoomFacts {
  memberCount?: number
  slowSeconds?: number
  /** Closed for writing: a closed topic, a locked thread. "idle": put away until somebody writes. */
  archived?: boolean | "idle"
  limits?: Limits
  /** Days for which its archive is kept, if fewer than the gateway's `retention.archiveDays`. */
  archiveDays?: number
  /** Its picture. `hash`: SHA-1 in hex, once it was fetched (avatars.ts). */
  avatar?: { file: FileRef; hash?: string }
  /** Of `topic`: who set it (a nick) and when, epoch ms. */
  topicBy?: string
  topicAt?: number
  /** What the account itself may do there, as it was last asked. */
  self?: { role: Role; maySend: boolean; at: number }
}

/** A conversation that is a room. All of a network's are in memory. */
export interface RoomRow {
  id: number
  accountId: number
  /** The network's present id; former ones are aliases. */
  legacyId: string
  kind: RoomKind
  /** The room it belongs to: a topic's group. */
  parentId: number | null
  name: string | null
  /** Description of a group, subject of the room. */
  topic: string | null
  facts: RoomFacts
  /** `gone`: the account is no longer in it; what is archived stays for its users. */
  state: "open" | "gone"
  /** Legacy id of the newest message that is stored. */
  cursor: string | null
}

/** A nick in a room, foreign or ours. Exactly one of `contact` and `user` is set. */
export interface Participant {
  /** Stable and opaque: the occupant id (XEP-0421). */
  id: string
  room: number
  /** Legal as a resource everywhere, and nobody else's in this room (nick.ts). */
  nick: string
  /** The true name. */
  name: string | null
  /** Legacy id of a foreign person. */
  contact: string | null
  user: BareJid | null
  role: Role
  /** Custom title. */
  title: string | null
  /** Last heard of, epoch ms; 0: never. */
  seenAt: number
  /** Whether they are still in the group, as far as the network told. */
  present: boolean
  /** Of a foreign person; absent: the network told nothing of it. */
  avatar?: AvatarState
}

/** A client that joined. `via`: legacy id in the address it joined by: a former one goes on being served. */
export interface StoredOccupant {
  room: number
  full: FullJid
  user: BareJid
  via: string
  /** Tag in that address: as whom it joined. Of who joined before this was stored: null. */
  tag?: string | null
  /** Epoch ms. */
  joinedAt: number
}

/** Who speaks, as everybody in the room sees them. `name`: the true name where it is not the nick. */
export interface Voice {
  nick: string
  occupant: string
  name?: string
}

/**
 * Towards all who are in the room, and its archive. Ids are stanza ids (XEP-0359), times epoch ms. `pos` is the place in the archive and
 * filled in by the store. `by` null: the room itself. `xmppId`: the id that the author's client gave; everybody sees it as the stanza's
 * id (muc#stable_id); absent: `id`. `only`: said again to this client alone.
 */
export type RoomOp =
  | {
      k: "said"
      id: string
      pos: number
      by: Voice | null
      text: string
      at: number
      rich?: Rich
      /** Files that a user of ours showed with it: the store makes each a stanza of its own, before it. */
      others?: Attached[]
      xmppId?: string
      /** What is answered: its stanza id, and who had said it, if that is known. */
      reply?: { id: string; nick?: string; text?: string }
      /** XEP-0308: id by which clients know what this replaces. Of a foreign edit the store fills it in. */
      replaces?: string
      only?: FullJid
      /** A tombstone in the archive (XEP-0424, XEP-0425): `text` is gone, this is what took it back. `id`: id attribute of the retraction. */
      retracted?: { id: string; by: Voice | null; at: number; moderated: boolean; why?: string }
    }
  /** `moderated`: not by its author (XEP-0425). */
  | {
      k: "retracted"
      id: string
      pos: number
      by: Voice | null
      target: string
      at: number
      moderated: boolean
      xmppId?: string
      why?: string
    }
  /** All that somebody thinks of a message now (XEP-0444). `target`: its stanza id. */
  | { k: "reactions"; id: string; pos: number; by: Voice | null; target: string; emoji: string[]; at: number; xmppId?: string }
  /** A page that a message names, found after it was said (XEP-0422 around XEP-0511): the room itself tells of it. */
  | { k: "preview"; id: string; pos: number; by: Voice | null; target: string; page: Page; at: number; xmppId?: string }
  /** Not archived. */
  | { k: "subject"; id: string; by: Voice | null; text: string; at: number; xmppId?: string }

/** RSM (XEP-0059) and filters of XEP-0313 as data. `ids` excludes all else. Times are epoch ms, inclusive. */
export interface ArchiveQuery {
  room: number
  /** Ids of archived messages: newer than, older than. */
  after?: string
  before?: string
  start?: number
  end?: number
  /** Like `after` and `before`, but as filters: what they leave out is not counted. */
  afterId?: string
  beforeId?: string
  ids?: string[]
  /** Occupant id: only what they said. */
  by?: string
  limit: number
  /** True: the last page of what matches; else the first. */
  fromEnd: boolean
  /** Messages alone, no retractions and nothing that was retracted: for the history at a join. */
  live?: boolean
}

export interface ArchiveEntry {
  id: string
  pos: number
  /** When it was said, but never before the entry before it: what `start` and `end` go by. `op.at` is the true time. */
  at: number
  op: RoomOp
}

/** Oldest first. `complete`: nothing that matches lies beyond the page in its direction. `unknown`: one of the ids that were asked for is not in the archive. */
export interface ArchivePage {
  entries: ArchiveEntry[]
  complete: boolean
  unknown: boolean
  /** Of all that matches the filters, without paging. */
  count: number
  /** Number of matching entries before the first of the page. */
  index: number
  /** Greatest `pos` of the room's archive, 0 if it is empty. */
  last: number
}
