// Clients that had joined before the stream, or this process, came up: they still are in, unless they are gone.
import type { FullJid } from "../../core/model.js"
import type { Participant } from "../../core/rooms/model.js"
import type { RoomView } from "../../core/rooms/ports.js"
import { PING, StanzaError } from "../iq.js"
import { addressed, el, escapeAttribute } from "../stanza.js"
import type { Context } from "../types.js"
import { renew } from "./changes.js"
import type { RoomHall } from "./hall.js"
import { occupantId, userX } from "./items.js"
import { Stay } from "./stay.js"

/** So many clients are asked at a time. */
const atOnce = 20
const discoInfo = el("query", { xmlns: "http://jabber.org/protocol/disco#info" })
/** A server says so for a client that is not there; the first, many clients as well for what they do not know. */
const absent = new Set(["service-unavailable", "recipient-unavailable", "item-not-found", "gone", "remote-server-not-found"])

export class Ghosts {
  #stream = 0
  /** Clients whose users may not enter any more since the gateway last ran. They do not know it yet. */
  #expelled: { room: number; full: FullJid; address: string; participant: Participant }[] = []

  constructor(
    private readonly context: Context,
    private readonly hall: RoomHall,
  ) {}

  /** Who had joined when the gateway last ran. What they may do is asked when the stream is up. */
  async restore(): Promise<void> {
    const { service } = this.context
    const lost: { room: number; full: FullJid }[] = []
    for (const { room: id, full, user, via, tag } of service.rooms.takeOccupants()) {
      const room = service.rooms.byId(id)
      const links = room ? service.rooms.linksOf(room).filter(({ jid }) => jid === user) : []
      const link = links.find((one) => one.tag === tag) ?? links[0]
      const address = this.context.roomJid(via, tag)
      const participant = room && address ? await service.rooms.participant(room, { user }) : undefined
      if (!room || !link || !address || !participant) {
        lost.push({ room: id, full })
        if (address && participant) this.#expelled.push({ room: id, full, address, participant })
        continue
      }
      const view: RoomView = {
        room,
        link,
        affiliation: "member",
        role: "participant",
        capabilities: service.capabilities,
        can: new Set(),
      }
      const stay = new Stay(full, address, view, participant)
      stay.assumed = true
      this.hall.enter(stay)
    }
    if (lost.length > 0) service.rooms.left(lost)
  }

  /** On each new stream. */
  streamUp(): void {
    this.#stream += 1
    this.#farewell()
    for (const floor of this.hall.floors()) renew({ context: this.context, hall: this.hall }, floor)
    void this.#check(this.#stream).catch((error: unknown) =>
      this.context.log.error({ err: error }, "occupants could not be asked whether they are there: this is a bug"),
    )
  }

  /** XEP-0045 §9.4: to the clients themselves, and once of each user to the others. */
  #farewell(): void {
    const item = { affiliation: "none", role: "none" } as const
    const told = new Set<string>()
    for (const { room, full, address, participant } of this.#expelled.splice(0)) {
      const say = (from: string, to: string, status: number[]): void => {
        const write = addressed("presence", { type: "unavailable" }, userX(item, status), occupantId(participant.id))
        this.context.send(write(escapeAttribute(`${from}/${participant.nick}`), escapeAttribute(to)))
      }
      say(address, full, [110, 321])
      if (told.has(participant.id)) continue
      told.add(participant.id)
      for (const stay of this.hall.floor(room)?.stays.values() ?? []) say(stay.address, stay.full, [321])
    }
  }

  async #check(stream: number): Promise<void> {
    const clients = new Map<FullJid, string>()
    for (const floor of this.hall.floors()) for (const stay of floor.stays.values()) clients.set(stay.full, stay.address)
    const queue = [...clients]
    const worker = async (): Promise<void> => {
      for (let next = queue.shift(); next && stream === this.#stream; next = queue.shift()) {
        const [full, address] = next
        if (await this.#isThere(full, address)) continue
        if (stream !== this.#stream) return
        for (const { view } of this.hall.staysOf(full)) {
          this.hall.remove(view.room.id, (stay) => stay.full === full, { status: [333] })
        }
      }
    }
    await Promise.all(Array.from({ length: atOnce }, worker))
  }

  /** No answer at all says nothing: a client may sleep (XEP-0198), a server be away for a while. */
  async #isThere(to: string, from: string): Promise<boolean> {
    for (const payload of [PING, discoInfo]) {
      try {
        await this.context.link.iq({ to, from, type: "get", payload })
        return true
      } catch (error) {
        if (!(error instanceof StanzaError) || error.local !== undefined || !absent.has(error.condition)) return true
        if (error.condition !== "service-unavailable") return false
      }
    }
    return false
  }
}
