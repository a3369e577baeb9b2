// A client's stay in a room, and a room with somebody in it, as the hall keeps them. Memory only.
import type { BareJid, FullJid } from "../../core/model.js"
import type { Participant, RoomRow } from "../../core/rooms/model.js"
import type { RoomView } from "../../core/rooms/ports.js"
import { domainOf } from "../jid.js"
import { escapeAttribute, type Xml } from "../stanza.js"
import { Faces } from "./faces.js"
import type { Occupant } from "./types.js"

/** A stanza that waits until its occupant has seen history and subject. `pos`: of an operation that is archived. */
export interface Held {
  kind: "message" | "presence"
  xml: Xml
  pos: number | undefined
  token: string | undefined
}

/** What a client asked for when it joined. */
export interface Wish {
  /** Of its presence; «» for none. */
  id: string
  history: { limit: number; maxChars: number; start: number | undefined }
  /** Another nick than the one it asked for. */
  renamed: boolean
}

export class Stay implements Occupant {
  readonly domain: string
  /** As an attribute. */
  readonly to: Xml
  readonly user: BareJid
  /** What its client shows of itself: away, status, capabilities. */
  shown = "" as Xml
  /** Orders the presences of a user's clients: the room sees the latest. */
  shownAt = 0
  /** Operations up to here in the archive were history when it joined. */
  upto = 0
  /** Set while it joins: what is for it then. */
  held: Held[] | undefined
  wish: Wish | undefined
  /** After a restart: the others know what this user may do, and we do not yet. */
  assumed = false
  /** Presences it should have seen while the stream was down. */
  readonly missed: Xml[] = []

  constructor(
    readonly full: FullJid,
    public address: string,
    public view: RoomView,
    public participant: Participant,
  ) {
    this.user = view.link.jid
    this.domain = domainOf(full)
    this.to = escapeAttribute(full)
  }

  get moderates(): boolean {
    return this.view.role === "moderator"
  }
}

export class Floor {
  readonly stays = new Map<FullJid, Stay>()
  readonly faces = new Faces()
  /** What is under way; what comes next waits for it. */
  tail: Promise<void> | undefined

  constructor(readonly room: RoomRow) {}

  of(user: BareJid): Stay[] {
    return [...this.stays.values()].filter((stay) => stay.user === user)
  }

  /** One of each user's: the client whose presence the room sees. */
  users(): Stay[] {
    const latest = new Map<BareJid, Stay>()
    for (const stay of this.stays.values()) {
      const known = latest.get(stay.user)
      if (!known || stay.shownAt > known.shownAt) latest.set(stay.user, stay)
    }
    return [...latest.values()]
  }

  latest(user: BareJid): Stay | undefined {
    return this.of(user).reduce<Stay | undefined>((best, stay) => (best && best.shownAt >= stay.shownAt ? best : stay), undefined)
  }
}
