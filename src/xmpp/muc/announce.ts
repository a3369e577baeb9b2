// A room that is new, moved or gone, as its users are told of it: by a bookmark where the server lets us write one, else by an invitation.
import type { BareJid, Link } from "../../core/model.js"
import type { RoomRow } from "../../core/rooms/model.js"
import type { RoomChange } from "../../core/rooms/ports.js"
import { inLanguage, words } from "../../core/words/words.js"
import { Serial } from "../features/serial.js"
import { localOf, unescapeLocal } from "../jid.js"
import { message, textEl } from "../stanza.js"
import type { Context } from "../types.js"
import type { Bookmarks } from "./bookmarks.js"
import { invitation } from "./invitation.js"
import { pathOf } from "./path.js"
import { Ration } from "./ration.js"

/** So many rooms are put before a user in an hour; whoever wants the rest finds them in the list of rooms. */
const ration = 20
/** What happens while the stream is down is told when it is up again, so much of it. */
const mostWaiting = 1000

export class Announcements {
  readonly #serial: Serial
  readonly #told: Ration
  #waiting: (() => void)[] = []

  constructor(
    private readonly context: Context,
    private readonly bookmarks: Pick<Bookmarks, "add" | "rename" | "move" | "remove">,
    now?: () => number,
  ) {
    this.#told = new Ration(now)
    this.#serial = new Serial((error) => context.log.error({ err: error }, "a room could not be announced: this is a bug"))
  }

  changed(room: RoomRow, change: RoomChange): void {
    switch (change.k) {
      case "new":
        if (this.#isWorthTelling(room)) this.#each(room, (link) => this.#introduce(room, link, change.by))
        return
      case "offered":
        return this.#queue(change.link.jid, () => this.#invite(room, change.link))
      case "info":
        // Not worth keeping: the next change tells the name as well.
        if (this.context.link.online) this.#each(room, (link) => this.#followName(room, link))
        return
      case "moved":
        return this.#each(room, (link) => this.#move(room, link, change.from))
      case "lost":
        // Otherwise the client would go on trying to come in.
        return this.#queue(change.link.jid, () => this.#forget(room, change.link))
      case "gone":
        for (const link of change.links) this.#queue(link.jid, () => this.#forget(room, link))
        return
      default:
        return
    }
  }

  streamUp(): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const run of waiting) run()
  }

  /** Resolves when all that is under way is done. */
  idle(): Promise<void> {
    return this.#serial.idle()
  }

  #each(room: RoomRow, work: (link: Link) => Promise<void>): void {
    for (const link of this.context.service.rooms.linksOf(room)) this.#queue(link.jid, () => work(link))
  }

  /** One after the other for each user: twenty rooms at once are not twenty requests at once. */
  #queue(user: BareJid, work: () => Promise<void>): void {
    const run = (): void => void this.#serial.run(user, work)
    if (this.context.link.online) return run()
    if (this.#waiting.length < mostWaiting) this.#waiting.push(run)
  }

  /** A container has no talk to be invited to; topics are found in the list of rooms, beside their group or below their forum. */
  #isWorthTelling({ kind, parentId }: RoomRow): boolean {
    if (kind === "container" || kind === "topic") return false
    const parent = parentId === null ? undefined : this.context.service.rooms.byId(parentId)
    return !parent || parent.kind === "container"
  }

  async #introduce(room: RoomRow, link: Link, by: string | undefined): Promise<void> {
    const { context, bookmarks } = this
    const address = context.roomJid(room.legacyId, link.tag)
    if (address === null || !context.service.preferences(link.jid).invitations) return
    const lang = context.service.language(link.jid)
    const place = this.#told.next(link.jid)
    const name = this.#nameOf(room) ?? room.legacyId
    const written = await bookmarks.add(link.jid, { address, name, nick: unescapeLocal(localOf(link.jid)), autojoin: place <= ration })
    if (written || place > ration + 1) return
    if (place > ration) {
      const text = inLanguage(words("There are more rooms for you than were announced. Write «rooms» to see them all."), lang)
      return context.send(message({ from: context.domain, to: link.jid, type: "chat" }, textEl("body", text)))
    }
    const text = inLanguage(
      by === undefined
        ? words("{room} on {network} is a room for you now.", { room: name, network: context.service.name })
        : words("{by} added you to {room}.", { by, room: name }),
      lang,
    )
    context.send(invitation({ room: address, to: link.jid, from: context.domain, text }))
  }

  /** Asked for, hence whatever the user wants otherwise. */
  #invite(room: RoomRow, link: Link): Promise<void> {
    const { service, domain } = this.context
    const address = this.context.roomJid(room.legacyId, link.tag)
    const said = words("{room} on {network}", { room: this.#nameOf(room) ?? room.legacyId, network: service.name })
    const text = inLanguage(said, service.language(link.jid))
    if (address !== null) this.context.send(invitation({ room: address, to: link.jid, from: domain, text }))
    return Promise.resolve()
  }

  /** In a list of bookmarks it stands beside those of other places. */
  #nameOf(room: RoomRow): string | undefined {
    return pathOf(room, (id) => this.context.service.rooms.byId(id))
  }

  async #followName(room: RoomRow, link: Link): Promise<void> {
    const address = this.context.roomJid(room.legacyId, link.tag)
    const name = this.#nameOf(room)
    if (address !== null && name !== undefined) await this.bookmarks.rename(link.jid, address, name)
  }

  async #move(room: RoomRow, link: Link, former: string): Promise<void> {
    const [from, to] = [former, room.legacyId].map((id) => this.context.roomJid(id, link.tag))
    if (from && to) await this.bookmarks.move(link.jid, from, to)
  }

  async #forget(room: RoomRow, link: Link): Promise<void> {
    const address = this.context.roomJid(room.legacyId, link.tag)
    if (address !== null) await this.bookmarks.remove(link.jid, address)
  }
}
