// Entering a room (XEP-0045 §7.2), in the order of §7.1: who is there, oneself, history, subject, and only then what happens meanwhile.
import { randomUUID } from "node:crypto"
import { Refusal } from "../../core/ports.js"
import type { Participant } from "../../core/rooms/model.js"
import type { RoomService, RoomView } from "../../core/rooms/ports.js"
import { bareOf } from "../jid.js"
import type { Context, Incoming } from "../types.js"
import { mostFaces } from "./faces.js"
import type { RoomHall } from "./hall.js"
import { historyOf, queryOf, readHistory, subjectMessage } from "./history.js"
import { nsMuc } from "./items.js"
import { shownBy } from "./shown.js"
import { Stay, type Wish } from "./stay.js"
import { words } from "../../core/words/words.js"

/** Clients of one user in a room: everything said there is written to each of them. */
const mostClients = 50

/** Rooms that are named to who tried to enter the place where they are. */
const mostNames = 8

export interface JoinParts {
  context: Context
  hall: RoomHall
  /** What was held for this stay goes out. */
  settle(stay: Stay): void
  /** The user's only client wants another nick. Throws `Refusal`. */
  rename(stay: Stay, nick: string): Promise<void>
}

export class Joins {
  readonly #parts: JoinParts
  /** Counts streams: what was begun on one is not finished on the next. */
  #stream = 0

  constructor(parts: JoinParts) {
    this.#parts = parts
  }

  /** The new stream is up: who was in the middle of joining gets it all again. */
  streamUp(): void {
    this.#stream += 1
    for (const floor of this.#parts.hall.floors()) {
      for (const stay of floor.stays.values()) if (stay.held) void this.#enter(stay, false)
    }
  }

  /** Resolves when the client has all it asked for. Throws `Refusal`. One at a time for each user and room. */
  async join({ el, id, from, to, target, fromBare }: Incoming): Promise<void> {
    const { context, hall } = this.#parts
    const { rooms } = context.service
    if (target.kind !== "occupant") throw noNick()
    const address = bareOf(to)
    const view = await rooms.view(fromBare, target.legacyId, target.tag, true)
    if (view.room.kind === "container") throw noTalk(await roomsIn(view, rooms))
    refuseClosed(view)
    const { room } = view
    const others = hall.floor(room.id)?.of(fromBare) ?? []
    if (others.length >= mostClients && !others.some(({ full }) => full === from))
      throw new Refusal(
        "resource-constraint",
        words("You are in this room with {mostClients} clients: more have no place.", { mostClients }),
        "wait",
      )
    const participant = await this.#nick(view, target.resource, hall.occupant(room.id, from))
    let { unheard } = hall
    let found = hall.floor(room.id)?.faces.loaded ? undefined : await rooms.faces(room, mostFaces)
    // Stored before the client hears of it: it shall believe nothing that a crash would make untrue.
    if (hall.occupant(room.id, from)?.address !== address)
      await rooms.joined({ room: room.id, full: from, user: fromBare, via: target.legacyId, tag: target.tag, joinedAt: Date.now() })
    for (let again = 0; found && hall.unheard !== unheard && again < 3; again++) {
      unheard = hall.unheard
      found = await rooms.faces(room, mostFaces)
    }

    // All of that took a while.
    if (rooms.byId(room.id) !== room) throw new Refusal("item-not-found", words("This room is no more."))
    refuseClosed(view)
    const known = hall.occupant(room.id, from)
    const stay = known ?? new Stay(from, address, view, participant)
    const isElsewhere = known !== undefined && known.address !== address
    if (known) hall.readdress(known, address, view)
    const floor = hall.enter(stay)
    // Users of ours are there when a client of theirs is.
    if (found && !floor.faces.loaded)
      floor.faces.load(
        found.filter(({ contact }) => contact !== null),
        floor.stays.size === 1,
      )
    const shown = shownBy(el)
    const news = known ? known.shown !== shown || isElsewhere : floor.of(fromBare).length === 1
    hall.setShown(stay, shown)
    if (known) hall.setView(floor, fromBare, view)
    stay.wish = { id, history: readHistory(el.getChild("x", nsMuc), Date.now()), renamed: participant.nick !== target.resource }
    await this.#enter(stay, news)
  }

  /** All clients of a user have one nick: who comes second gets the first one's. */
  async #nick(view: RoomView, wanted: string, before: Stay | undefined): Promise<Participant> {
    const { context, hall } = this.#parts
    const mine = hall.floor(view.room.id)?.of(view.link.jid) ?? []
    if (!mine[0]) return (await context.service.rooms.takeNick(view, wanted)).participant
    if (before && mine.length === 1 && wanted !== before.participant.nick) await this.#parts.rename(before, wanted)
    return mine[0].participant
  }

  /** `announce`: the others are told as well. */
  async #enter(stay: Stay, announce: boolean): Promise<void> {
    const { context, hall } = this.#parts
    const { room } = stay.view
    const floor = hall.floor(room.id)
    if (!floor) return
    const { id, history, renamed } = stay.wish ?? emptyWish
    const stream = this.#stream
    // Nothing may come between: all of this happens at once.
    stay.held = stay.held?.filter(({ kind }) => kind === "message") ?? []
    for (const participant of floor.faces.list()) hall.faceTo(stay, participant)
    for (const other of floor.users()) if (other.user !== stay.user) hall.userTo(stay, other, [])
    if (announce) hall.showUser(floor, stay.user, { except: stay })
    hall.userTo(stay, stay, renamed ? [110, 170, 210] : [110, 170], id)

    const page = await context.service.rooms.archive(room, queryOf(history)).catch((error: unknown) => {
      context.log.error({ err: error, room: room.id }, "the history of a room could not be read")
      return { entries: [], last: stay.upto }
    })
    // The client has left, or the stream has, and this begins anew with the next.
    if (stream !== this.#stream || !context.link.online || hall.occupant(room.id, stay.full) !== stay) return
    stay.upto = page.last
    const ops = page.entries.map(({ op }) => op)
    for (const xml of historyOf(ops, stay, history)) context.send(xml)
    context.send(subjectMessage(room, stay, randomUUID()))
    this.#parts.settle(stay)
  }
}

const emptyWish: Wish = { id: "", history: readHistory(undefined, 0), renamed: false }

export function noNick(): Refusal {
  return new Refusal("jid-malformed", words("To join, write your nick behind the room's address and a slash."), "modify")
}

/** Those that can be entered, of places within it too. */
async function roomsIn(container: RoomView, rooms: Pick<RoomService, "children">): Promise<RoomView[]> {
  const found: RoomView[] = []
  const places = [container]
  for (const place of places)
    for (const child of await rooms.children(place)) (child.room.kind === "container" ? places : found).push(child)
  return found
}

/** A place for other rooms: which those are is said. */
function noTalk(below: readonly RoomView[]): Refusal {
  const names = below.filter(({ room }) => room.state === "open").map(({ room }) => `«${room.name ?? room.legacyId}»`)
  const which = [...names.slice(0, mostNames), ...(names.length > mostNames ? ["…"] : [])].join(", ")
  const said =
    which === ""
      ? words("Nobody talks here: this is a place for other rooms. Join one of those.")
      : words("Nobody talks here: this is a place for other rooms. Join one of those: {rooms}.", { rooms: which })
  return new Refusal("not-allowed", said)
}

function refuseClosed({ room }: RoomView): void {
  if (room.kind === "container") throw noTalk([])
  if (room.state === "gone") throw new Refusal("gone", words("The account is no longer in this group."))
}
