// Presences that clients send to rooms: they come, change, take another nick and go (XEP-0045 §7.2, §7.6, §7.7, §7.14).
import type { FullJid } from "../../core/model.js"
import { Refusal } from "../../core/ports.js"
import { Serial } from "../features/serial.js"
import { StanzaError } from "../iq.js"
import { bareOf } from "../jid.js"
import { refuse } from "../router.js"
import { addressed, el, escapeAttribute, presence } from "../stanza.js"
import type { Context, Incoming } from "../types.js"
import type { RoomHall } from "./hall.js"
import { nsMuc, userX } from "./items.js"
import { noNick, type Joins } from "./join.js"
import { noteOf, shownBy } from "./shown.js"
import type { Stay } from "./stay.js"
import { words } from "../../core/words/words.js"

const mucMark = el("x", { xmlns: nsMuc })
/** Errors that tell of a client that is not there; others are a matter of taste. */
const lost = new Set(
  (
    "gone internal-server-error item-not-found jid-malformed recipient-unavailable redirect remote-server-not-found " +
    "remote-server-timeout service-unavailable"
  ).split(" "),
)

/** So many joins of one client to one room may wait. Each is answered with all who are there and all that was said. */
const mostComing = 10

export class RoomPresences {
  readonly #serial: Serial
  /** Addresses that a client is about to join by. */
  readonly #coming = new Map<FullJid, string[]>()

  constructor(
    private readonly context: Context,
    private readonly hall: RoomHall,
    private readonly joins: () => Joins,
  ) {
    this.#serial = new Serial((error) =>
      context.log.error({ err: error, network: context.service.id }, "a presence to a room could not be handled: this is a bug"),
    )
  }

  handle(incoming: Incoming): void {
    const { type, from, to, target } = incoming
    const address = bareOf(to)
    // A room is nobody to subscribe to, however it came into a roster.
    if (type === "subscribe" || type === "probe")
      return this.context.send(presence({ from: address, to: incoming.fromBare, type: "unsubscribed" }))
    if ((from as string) === bareOf(from)) return
    if (type === "error") return this.failed(incoming)
    if (type === "" && target.kind === "room") return this.#refused(incoming.el, noNick())
    if (type === "") {
      const coming = this.#coming.get(from) ?? []
      if (coming.length >= mostComing && incoming.el.getChild("x", nsMuc) && coming.filter((one) => one === address).length >= mostComing)
        return this.#refused(incoming.el, new Refusal("resource-constraint", words("You are about to enter this room."), "wait"))
      coming.push(address)
      this.#coming.set(from, coming)
      void this.#inTurn(incoming.fromBare, address, () => this.#came(incoming)).then(() => this.#here(from, address))
    } else if (type === "unavailable") {
      const note = noteOf(incoming.el)
      void this.#inTurn(incoming.fromBare, address, async () => {
        const stay = this.hall.find(from, address)
        if (stay) this.hall.leave(stay.view.room.id, stay, note)
      })
    }
  }

  /** The client is off-line, as far as its presence to others tells: it is in no room any more. */
  gone(full: FullJid): void {
    const user = bareOf(full)
    for (const address of this.#coming.get(full) ?? []) {
      void this.#inTurn(user, address, async () => this.#leave(this.hall.find(full, address)))
    }
    for (const stay of this.hall.staysOf(full)) this.#leave(stay)
  }

  /** What we sent came back from a client: it is taken out, and nothing else happens (§9.5). */
  failed({ el, from, to }: Incoming): void {
    const stay = this.hall.find(from, bareOf(to))
    if (!stay || !lost.has(StanzaError.of(el).condition)) return
    this.hall.remove(stay.view.room.id, (one) => one === stay, { status: [333] })
  }

  /** The user changes their nick in all clients. Throws `Refusal`. */
  async rename(stay: Stay, nick: string): Promise<void> {
    const { participant } = await this.context.service.rooms.takeNick(stay.view, nick)
    const floor = this.hall.floor(stay.view.room.id)
    if (!floor || floor.stays.get(stay.full) !== stay) return
    const adapted = participant.nick === nick ? undefined : stay
    if (participant.nick !== stay.participant.nick) this.hall.renameUser(floor, stay.user, participant, adapted)
    else if (adapted) this.hall.selfTo(stay, [110, 210])
  }

  /** For each user and room one after the other. */
  #inTurn(user: string, address: string, task: () => Promise<void>): Promise<void> {
    return this.#serial.run(`${user}\n${address}`, task)
  }

  #here(full: FullJid, address: string): void {
    const coming = this.#coming.get(full)
    coming?.splice(coming.indexOf(address), 1)
    if (coming?.length === 0) this.#coming.delete(full)
  }

  #leave(stay: Stay | undefined): void {
    if (stay) this.hall.leave(stay.view.room.id, stay)
  }

  async #came(incoming: Incoming): Promise<void> {
    const { el, from, to, target } = incoming
    try {
      const stay = this.hall.find(from, bareOf(to))
      if (el.getChild("x", nsMuc)) await this.joins().join(incoming)
      else if (!stay) this.#notHere(incoming)
      else if (target.kind === "occupant" && stay.participant.nick !== target.resource) await this.rename(stay, target.resource)
      else this.#update(stay, incoming)
    } catch (error) {
      this.#refused(el, error)
    }
  }

  /** §7.2: with the request's own mark, by which some clients know an error of a room. */
  #refused(request: Incoming["el"], error: unknown): void {
    this.context.send(refuse(this.context, request, error, request.getChild("x", nsMuc) ? mucMark : undefined))
  }

  /**
   * A presence without `<x/>` of who has not joined: an update of a client that wrongly believes it is in. A join of groupchat 1.0 looks
   * the same; taking it for one would hide from the client what it has missed (§7.2.17).
   */
  #notHere({ from, to }: Incoming): void {
    const x = userX({ affiliation: "none", role: "none", reason: "You are not in the room." }, [110, 307, 333])
    this.context.send(addressed("presence", { type: "unavailable" }, x)(escapeAttribute(to), escapeAttribute(from)))
  }

  #update(stay: Stay, { el }: Incoming): void {
    const floor = this.hall.floor(stay.view.room.id)
    if (!floor) return
    this.hall.setShown(stay, shownBy(el))
    this.hall.inTurn(floor, () => this.hall.showUser(floor, stay.user))
  }
}
