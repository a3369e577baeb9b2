// Rooms in memory behind the XMPP side: what the core keeps of them, set by the test; what it is asked is noted.
import { EventEmitter } from "node:events"
import type { Capabilities } from "#src/adapter/contract.js"
import type { BareJid, FullJid, Link } from "#src/core/model.js"
import { Refusal } from "#src/core/ports.js"
import type { ArchivePage, Participant, RoomOp, RoomRow, StoredOccupant, Voice } from "#src/core/rooms/model.js"
import type { Affiliation, RoomArchiveQuery, RoomReacting, RoomService, RoomUtterance, RoomView } from "#src/core/rooms/ports.js"
import { NoRooms } from "./no-rooms.js"

type Said = Extract<RoomOp, { k: "said" }>

export class MemoryRooms extends NoRooms implements RoomService {
  readonly rows: RoomRow[] = []
  readonly people: Participant[] = []
  readonly ops = new Map<number, RoomOp[]>()
  readonly occupants: StoredOccupant[] = []
  readonly said: RoomUtterance[] = []
  readonly whispers: string[] = []
  readonly news = new EventEmitter()
  /** Affiliation by user; default «owner». */
  readonly affiliations = new Map<string, { affiliation: Affiliation; role: RoomView["role"] }>()
  capabilities: Capabilities = { send: {}, edit: {}, typing: {} }
  /** What happens before an answer. */
  before: (call: string) => Promise<void> = () => Promise.resolve()
  onSay: (said: RoomUtterance) => Promise<void> = () => Promise.resolve()

  constructor(private readonly links: (user?: BareJid) => readonly Link[]) {
    super()
  }

  add(legacyId: string, more: Partial<RoomRow> = {}): RoomRow {
    const room: RoomRow = {
      id: this.rows.length + 1,
      accountId: 1,
      legacyId,
      kind: "group",
      parentId: null,
      name: legacyId,
      topic: null,
      facts: {},
      state: "open",
      cursor: null,
      ...more,
    }
    this.rows.push(room)
    this.ops.set(room.id, [])
    return room
  }

  person(room: RoomRow, nick: string, more: Partial<Participant> = {}): Participant {
    const participant: Participant = {
      id: `occupant-${room.id}-${nick}`,
      room: room.id,
      nick,
      name: null,
      contact: `id-of-${nick}`,
      user: null,
      role: "member",
      title: null,
      seenAt: 0,
      present: true,
      ...more,
    }
    this.people.push(participant)
    return participant
  }

  /** An entry of the archive; what is to be written for it. */
  archived(room: RoomRow, by: Participant | null, text: string, more: Partial<Said> = {}): Said {
    const ops = this.ops.get(room.id) ?? []
    const pos = ops.length + 1
    const op: Said = {
      k: "said",
      id: `${room.legacyId}-${pos}`,
      pos,
      by: by && voice(by),
      text,
      at: 1_700_000_000_000 + pos * 1000,
      ...more,
    }
    ops.push(op)
    return op
  }

  private note(call: string): void {
    this.calls.push(call)
    this.news.emit("news")
  }
  readonly calls: string[] = []

  override view = async (user: BareJid, legacyId: string, tag: string): Promise<RoomView> => {
    await this.before(`view ${user}`)
    const link = this.links(user).find((one) => one.tag === tag)
    if (!link) throw new Refusal("registration-required", "Register first.", "auth")
    const room = this.rows.find((row) => row.legacyId === legacyId)
    if (!room) throw new Refusal("item-not-found", "There is no such room.")
    const { affiliation, role } = this.affiliations.get(user) ?? { affiliation: "owner", role: "moderator" }
    if (affiliation === "outcast") throw new Refusal("forbidden", "You are banned.", "auth")
    return { room, link, affiliation, role, capabilities: this.capabilities, can: new Set() }
  }
  override byId = (id: number): RoomRow | undefined => this.rows.find((row) => row.id === id)
  override linksOf = (): Link[] => [...this.links()]
  override takeOccupants = (): (StoredOccupant & { tag: string })[] => this.occupants.map((one) => ({ ...one, tag: "" }))
  override takeNick = async ({ room, link }: RoomView, nick: string): Promise<{ participant: Participant; former: string | null }> => {
    await this.before(`takeNick ${nick}`)
    const wanted = nick.trim()
    const other = this.people.find((one) => one.room === room.id && one.nick === wanted && one.user !== link.jid)
    if (other) throw new Refusal("conflict", "Somebody else has this nick.")
    const known = this.people.findIndex((one) => one.room === room.id && one.user === link.jid)
    const former = this.people[known]
    if (former?.nick === wanted) return { participant: former, former: null }
    if (former) this.people.splice(known, 1)
    const participant = this.person(room, wanted, { contact: null, user: link.jid, id: `user-${room.id}-${link.jid}` })
    return { participant, former: former?.nick ?? null }
  }
  override joined = async (occupant: StoredOccupant): Promise<void> => {
    await this.before(`joined ${occupant.full}`)
    this.occupants.push(occupant)
    this.note(`joined ${occupant.full}`)
  }
  override left = (gone: readonly { room: number; full: FullJid }[]): void => {
    for (const { room, full } of gone) this.note(`left ${room} ${full}`)
  }
  override faces = (room: RoomRow, limit: number): Promise<Participant[]> =>
    Promise.resolve(this.people.filter((one) => one.room === room.id && one.present).slice(0, limit))
  override participant = async (
    room: RoomRow,
    who: { nick: string } | { contact: string } | { user: BareJid },
  ): Promise<Participant | undefined> => {
    await this.before(`participant ${JSON.stringify(who)}`)
    return this.people.find((one) => one.room === room.id && Object.entries(who).every(([key, value]) => one[key as "nick"] === value))
  }
  override archive = async (room: RoomRow, query: RoomArchiveQuery): Promise<ArchivePage> => {
    // As a store would: what is committed when it is asked.
    const ops = (this.ops.get(room.id) ?? []).filter((op): op is Said => op.k === "said")
    const last = ops.at(-1)?.pos ?? 0
    await this.before(`archive ${room.id}`)
    const found = ops.filter(({ at }) => at >= (query.start ?? 0))
    const page = query.limit === 0 ? [] : found.slice(-query.limit)
    const entries = page.map((op) => ({ id: op.id, pos: op.pos, at: op.at, op }))
    return { entries, complete: page.length === found.length, unknown: false, count: found.length, index: 0, last }
  }
  override say = (said: RoomUtterance): Promise<void> => {
    this.said.push(said)
    this.note(`say ${said.xmppId}`)
    return this.onSay(said)
  }
  override retract = async (what: { xmppId: string; target: string }): Promise<void> => this.note(`retract ${what.target}`)
  override whisper = async ({ to, text }: { to: Participant; text: string }): Promise<void> => {
    this.whispers.push(text)
    this.note(`whisper ${to.nick} ${text}`)
  }
  override react = async ({ target, emoji }: RoomReacting): Promise<void> => this.note(`react ${target} ${emoji.join(" ")}`)
  override displayed = (view: RoomView, upTo: string): void => this.note(`displayed ${view.room.legacyId} ${upTo}`)
  override typing = (view: RoomView, active: boolean): void => this.note(`typing ${view.room.legacyId} ${active}`)
}

export function voice({ nick, id, name }: Participant): Voice {
  return { nick, occupant: id, ...(name !== null && { name }) }
}
