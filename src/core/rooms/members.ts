// Who is in a room, as the network tells it: kept of those who speak, lead or newly come, whatever the room's size.
import type { Contact, NetworkEvent } from "../../adapter/contract.js"
import { asNew } from "../inbound.js"
import { short } from "../short.js"
import type { NewContact } from "../store.js"
import type { Access } from "./access.js"
import type { RoomRow, Voice } from "./model.js"
import { candidates } from "./nick.js"
import type { RoomParts } from "./parts.js"
import type { Met } from "./store.js"

type Event<K extends NetworkEvent["type"]> = Extract<NetworkEvent, { type: K }>

/** What a user of ours is just changing in a room, by the account. `puts`: whom they put out, which the network may tell of as if they had left. */
export interface Acting {
  voice: Voice
  puts?: { out: string; how: "kicked" | "banned" }
}

/** In groups with more members nobody is stored only because they came. */
const many = 200

export class Members {
  /** `acting`: rooms that the account is just changing, and the user of ours who wants it so. */
  constructor(
    private readonly parts: RoomParts & { access: Access },
    private readonly acting: ReadonlyMap<number, Acting>,
  ) {}

  async member(room: RoomRow, event: Event<"member">): Promise<void> {
    const { store, access, network, face, bridges } = this.parts
    const { member, change, by } = this.#putOut(room, event)
    const { contact, title, name } = member
    const isGone = change === "left" || change === "kicked" || change === "banned"
    const role = change === "banned" ? "banned" : isGone ? "none" : member.role
    // The account speaks for its users, who are there by their own names.
    if (change === "banned") bridges.banned(room.id, contact.id)
    if (this.isAccount(room, contact)) return access.changed(room.accountId, room)
    const leads = role === "owner" || role === "admin"
    const isWorthKeeping = leads || (change === "joined" && (room.facts.memberCount ?? 0) <= many)
    const before = await store.participant(room.id, { contact: contact.id })
    if (!before && !isWorthKeeping) return
    const here = !isGone && role !== "none" && role !== "banned"
    const who = {
      contact: asNew(contact, network),
      role,
      present: here,
      ...(title !== undefined && { title: short(title) }),
      ...(name !== undefined && { name: short(name) }),
    }
    const met = await store.meetParticipant(room.id, who, Date.now())
    if (change === "joined" && before?.present !== true) bridges.moved(room.id, met.participant.nick, "joined")
    if (!isGone) return this.tell(room, met)
    if (before?.present !== true) return
    bridges.moved(room.id, met.participant.nick, "left")
    const actor = by && (await this.#nickOf(room, by))
    const { participant } = met
    face().rooms.changed(room, { k: "left", participant, why: change, ...(actor !== undefined && { by: actor }) })
  }

  #putOut(room: RoomRow, event: Event<"member">): Event<"member"> {
    const puts = this.acting.get(room.id)?.puts
    if (event.change !== "left" || puts?.out !== event.member.contact.id) return event
    return { ...event, change: puts.how, by: { id: "" } }
  }

  isAccount(room: RoomRow, { id }: Contact): boolean {
    return id === this.parts.accounts.live(room.accountId)?.session.self.id
  }

  /** Rooms in this container where the person is known, in order of id. */
  async roomsOf(container: RoomRow, { id }: Contact): Promise<RoomRow[]> {
    const { store, network, registry } = this.parts
    const below = new Set(registry.below(container))
    const known = await store.roomsWith(network, id)
    return known.flatMap((one) => {
      const room = registry.byId(one)
      return room && below.has(room) ? [room] : []
    })
  }

  /** As the room calls them: a mere name may be another one's nick. */
  async #nickOf(room: RoomRow, by: Contact): Promise<string> {
    const { store, accounts } = this.parts
    const isAccount = by.id === "" || by.id === accounts.live(room.accountId)?.session.self.id
    const acting = isAccount ? this.acting.get(room.id) : undefined
    if (acting) return acting.voice.nick
    const known = await store.participant(room.id, { contact: by.id })
    return known?.nick ?? candidates(by.name ?? null, by.username ?? null, by.id).next().value
  }

  async typing(room: RoomRow, { from, active }: Event<"typing">): Promise<void> {
    const participant = await this.parts.store.participant(room.id, { contact: from.id })
    if (participant) this.parts.face().rooms.changed(room, { k: "typing", participant, active })
  }

  async renamed(contact: NewContact): Promise<void> {
    for (const met of await this.parts.store.renameContact(contact, Date.now())) {
      const room = this.parts.registry.byId(met.participant.room)
      if (room) this.tell(room, met)
    }
  }

  /** Says nothing if nothing is new. */
  tell(room: RoomRow, { participant, isNew, former, changed }: Met): void {
    const { contact, avatar } = participant
    if (avatar?.due && contact !== null) this.parts.wantAvatar(room.accountId, contact)
    if (isNew || former !== null || changed) this.parts.face().rooms.changed(room, { k: "participant", participant, former, isNew })
  }
}
