// The network's list of members, asked when somebody enters: all of a small group, of a large one those who lead it.
import type { Member } from "../../adapter/contract.js"
import { asNew } from "../inbound.js"
import { short } from "../short.js"
import type { Members } from "./members.js"
import type { RoomRow } from "./model.js"
import type { RoomParts } from "./parts.js"

/** Groups of at most so many members are read whole. */
const small = 200
/** An answer is good for so long, ms: changes are told by events. */
const freshMs = 60 * 60_000
/** Who enters waits so long for the list, ms; what comes later is told when it comes. */
const patienceMs = 2000

export class Roll {
  /** When each room's list was last asked for, epoch ms. */
  readonly #asked = new Map<number, { at: number; done: Promise<void> }>()

  constructor(private readonly parts: RoomParts & { members: Members }) {}

  /** Resolves when the list is known, or after a moment. Never rejects. */
  async read(room: RoomRow): Promise<void> {
    const known = this.#asked.get(room.id)
    const live = this.parts.accounts.live(room.accountId)
    if (!live?.session.members || room.state === "gone" || (known && Date.now() - known.at < freshMs)) return known?.done
    const done = this.#read(room, live).catch((error: unknown) => {
      this.#asked.delete(room.id)
      this.parts.log.debug({ err: error, room: room.legacyId }, "the members of a room could not be read")
    })
    let timer: NodeJS.Timeout | undefined
    const patient = Promise.race([done, new Promise<void>((resolve) => (timer = setTimeout(resolve, patienceMs)))])
    this.#asked.set(room.id, { at: Date.now(), done: patient })
    await patient.finally(() => clearTimeout(timer))
  }

  async #read(room: RoomRow, live: NonNullable<ReturnType<RoomParts["accounts"]["live"]>>): Promise<void> {
    const found: Member[] = []
    let cursor: string | undefined
    do {
      const page = await live.session.members?.({ room: room.legacyId, limit: small, ...(cursor !== undefined && { cursor }) }, live.signal)
      if (!page) return
      found.push(...page.items)
      cursor = page.next
    } while (cursor !== undefined && found.length < small)
    const isWhole = cursor === undefined && found.length <= small
    // The account itself speaks for its users, who are there by their own names.
    const kept = found.filter(({ contact, role }) => contact.id !== live.session.self.id && (isWhole || leads(role)))
    await Promise.all(kept.map((member) => this.#keep(room, member)))
  }

  async #keep(room: RoomRow, { contact, role, title, name }: Member): Promise<void> {
    const { store, network, members } = this.parts
    const who = { contact: asNew(contact, network), role, present: role !== "none" && role !== "banned" }
    const named = { ...who, title: title === undefined ? null : short(title), ...(name !== undefined && { name: short(name) }) }
    members.tell(room, await store.meetParticipant(room.id, named, Date.now()))
  }
}

function leads(role: Member["role"]): boolean {
  return role === "owner" || role === "admin"
}
