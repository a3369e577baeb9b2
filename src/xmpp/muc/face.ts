// Rooms as the core drives them (core/rooms/ports.ts, `RoomFace`): operations become messages to all, changes become presences.
import type { DirectOp, FullJid } from "../../core/model.js"
import type { RoomOp, RoomRow } from "../../core/rooms/model.js"
import type { RoomChange, RoomFace } from "../../core/rooms/ports.js"
import type { Fence } from "../fence.js"
import { bareOf, domainOf } from "../jid.js"
import { addressed, errorEl, message, textEl, type Xml } from "../stanza.js"
import { failure } from "../payload/write.js"
import type { Context } from "../types.js"
import { changed, type ChangeParts } from "./changes.js"
import type { RoomHall } from "./hall.js"
import { render } from "./render.js"
import type { Floor, Stay } from "./stay.js"
import { tokenOf, type Tally } from "./tally.js"

export interface MucFaceParts extends ChangeParts {
  context: Context
  hall: RoomHall
  tally: Tally
  fence: Pick<Fence, "track">
}

export class MucFace implements RoomFace {
  readonly #parts: MucFaceParts
  /** Counts streams: what waits from an earlier one is written again by the core. */
  #stream = 0

  constructor(parts: MucFaceParts) {
    this.#parts = parts
  }

  streamDown(): void {
    this.#stream += 1
  }

  write(rowId: string, op: RoomOp | Extract<DirectOp, { k: "error" }>, room: RoomRow): void {
    const { hall } = this.#parts
    if (op.k === "error") return this.#error(rowId, op, room)
    const floor = hall.floor(room.id)
    if (!floor) return this.#done(rowId)
    const stream = this.#stream
    const say = (): void => {
      if (stream === this.#stream) this.#say(floor, rowId, op)
    }
    hall.inTurn(floor, () => {
      const stranger = this.#stranger(floor, op)
      return stranger === undefined ? say() : this.#introduce(floor, stranger).then(say)
    })
  }

  changed(room: RoomRow, change: RoomChange): void {
    if (change.k !== "typing") return changed(this.#parts, room, change)
    const { participant, active } = change
    if (this.#parts.hall.floor(room.id)?.faces.get(participant.id))
      this.#parts.hall.state(room.id, participant, active ? "composing" : "paused")
  }

  #done(rowId: string): void {
    queueMicrotask(() => this.#parts.context.service.delivered([rowId]))
  }

  /** Nick of the speaker, if not everybody has been told of them since this process runs. */
  #stranger(floor: Floor, { by }: RoomOp): string | undefined {
    if (by === null || floor.faces.get(by.occupant)?.all) return undefined
    return floor.users().some((stay) => stay.participant.id === by.occupant) ? undefined : by.nick
  }

  async #introduce(floor: Floor, nick: string): Promise<void> {
    const { context, hall } = this.#parts
    const speaker = await context.service.rooms.participant(floor.room, { nick })
    if (speaker && speaker.contact !== null && speaker.present) hall.showFace(floor, speaker)
  }

  #say(floor: Floor, rowId: string, op: RoomOp): void {
    if (op.by) floor.faces.heard(op.by.occupant)
    const only = "only" in op ? op.only : undefined
    const pos = op.k === "subject" ? undefined : op.pos
    const writers = new Map<string, (stay: Stay) => Xml>()
    const domains = new Set<string>()
    let held = false
    for (const stay of floor.stays.values()) {
      if (only !== undefined && stay.full !== only) continue
      let write = writers.get(stay.address)
      if (!write) writers.set(stay.address, (write = this.#writer(op, stay.address)))
      if (stay.held) {
        const token = tokenOf(rowId, stay.full)
        this.#parts.tally.expect(rowId, token)
        stay.held.push({ kind: "message", xml: write(stay), pos, token })
        held = true
      } else if (pos === undefined || pos > stay.upto || only !== undefined) {
        this.#parts.context.send(write(stay))
        domains.add(stay.domain)
      }
    }
    for (const domain of domains) this.#fence(rowId, domain)
    if (!held && [...domains].every((domain) => this.#parts.tally.isStuck(domain))) this.#done(rowId)
  }

  #writer(op: RoomOp, address: string): (stay: Stay) => Xml {
    const { nick, id, inner } = render(op, address)
    const write = addressed("message", { type: "groupchat", id }, inner)
    let from: Xml | undefined
    return (stay) => write((from ??= this.#parts.hall.from(stay, nick)), stay.to)
  }

  #fence(rowId: string, domain: string): void {
    const { fence, tally } = this.#parts
    // Of a domain in trouble only its next sign of life is waited for.
    const token = tokenOf(tally.isStuck(domain) ? "" : rowId, domain)
    if (!tally.isStuck(domain)) tally.expect(rowId, token)
    fence.track(domain, token)
  }

  /** To its author alone, from the room. Who has left meanwhile reads it as a sentence in another client. */
  #error(rowId: string, op: Extract<DirectOp, { k: "error" }>, room: RoomRow): void {
    const { context, hall } = this.#parts
    const author = hall.occupant(room.id, op.to)
    const other = author ?? hall.floor(room.id)?.latest(bareOf(op.to))
    const from = other?.address ?? this.#addressFor(room, op.to)
    if (from === undefined) return this.#done(rowId)
    const lang = context.service.language(bareOf(op.to))
    if (op.of !== "" && (author || !other))
      context.send(message({ from, to: op.to, type: "error", id: op.of }, errorEl(op.error, undefined, lang)))
    else if (other) context.send(message({ from, to: other.full, type: "groupchat", id: op.id }, textEl("body", failure(op, lang))))
    else return this.#done(rowId)
    this.#fence(rowId, domainOf(op.to))
    if (this.#parts.tally.isStuck(domainOf(op.to))) this.#done(rowId)
  }

  #addressFor(room: RoomRow, to: FullJid): string | undefined {
    const { context, hall } = this.#parts
    const link = context.service.rooms.linksOf(room).find(({ jid }) => jid === bareOf(to))
    return link ? (hall.addressOf(room, link.tag) ?? undefined) : undefined
  }
}
