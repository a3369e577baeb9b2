// Rooms in memory behind the XMPP side: who may do what is set by the test, what the network was asked for is kept.
import type { Manage, Role } from "#src/adapter/contract.js"
import type { BareJid, Link } from "#src/core/model.js"
import { Refusal } from "#src/core/ports.js"
import type { Participant, RoomRow } from "#src/core/rooms/model.js"
import type { MemberPage, RoomService, RoomView } from "#src/core/rooms/ports.js"
import { NoRooms } from "./no-rooms.js"

type Rights = Pick<RoomView, "affiliation" | "role"> & { can: Manage["do"][] }

const everything: Manage["do"][] = ["name", "topic", "slow", "kick", "ban", "unban", "role", "add", "invite", "destroy", "create", "close"]

export const owner: Rights = { affiliation: "owner", role: "moderator", can: everything }
export const member: Rights = { affiliation: "member", role: "participant", can: [] }

export class AdministeredRooms extends NoRooms {
  readonly rows: RoomRow[] = []
  readonly #links = new Map<number, Map<string, { link: Link; rights: Rights }>>()
  readonly people: Participant[] = []
  /** What the network was asked for, as JSON without blanks. */
  readonly asked: string[] = []
  /** Pages of the network's list. */
  pages: MemberPage["members"][] = [[]]
  onAbandon: (room: RoomRow) => void = () => undefined
  onManage: (what: Manage) => { room?: RoomRow; link?: string } = () => ({})

  room(legacyId: string, more: Partial<RoomRow> = {}): RoomRow {
    const id = this.rows.length + 1
    const row: RoomRow = {
      id,
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
    this.rows.push(row)
    return row
  }

  /** The user may see the room. */
  open(room: RoomRow, link: Link, rights: Rights): void {
    const links = this.#links.get(room.id) ?? new Map<string, { link: Link; rights: Rights }>()
    this.#links.set(room.id, links.set(link.jid, { link, rights }))
  }

  person(room: RoomRow, nick: string, who: { contact: string } | { user: string }, role: Role = "member"): Participant {
    const one: Participant = {
      id: `occupant-${nick}`,
      room: room.id,
      nick,
      name: null,
      contact: "contact" in who ? who.contact : null,
      user: "user" in who ? (who.user as BareJid) : null,
      role,
      title: null,
      seenAt: 1,
      present: role !== "banned",
    }
    this.people.push(one)
    return one
  }

  #view(room: RoomRow, user: string): RoomView | undefined {
    const found = this.#links.get(room.id)?.get(user)
    if (!found) return undefined
    const { link, rights } = found
    const capabilities = { send: {}, edit: {}, reply: {}, retract: { others: true }, manage: { can: everything } }
    return { room, link, ...rights, capabilities, can: new Set(rights.can) }
  }

  override visible: RoomService["visible"] = (user) => Promise.resolve(this.rows.flatMap((room) => this.#view(room, user) ?? []))
  override view: RoomService["view"] = (user, legacyId) => {
    const room = this.rows.find((row) => row.legacyId === legacyId)
    if (!room) return Promise.reject(new Refusal("item-not-found", "There is no such room."))
    const view = this.#view(room, user)
    return view ? Promise.resolve(view) : Promise.reject(new Refusal("forbidden", "Not for you.", "auth"))
  }
  override keepFor: RoomService["keepFor"] = ({ room }, days) => {
    if (days === undefined) delete room.facts.archiveDays
    else room.facts.archiveDays = days
    return Promise.resolve()
  }
  override linksOf: RoomService["linksOf"] = (room) => [...(this.#links.get(room.id)?.values() ?? [])].map(({ link }) => link)
  override byId: RoomService["byId"] = (id) => this.rows.find((row) => row.id === id)
  override faces: RoomService["faces"] = (room) => Promise.resolve(this.people.filter((one) => one.room === room.id && one.present))
  override participant: RoomService["participant"] = (room, who) => {
    const [[key, value] = ["", ""]] = Object.entries(who) as ["nick" | "contact" | "user", string][]
    return Promise.resolve(this.people.find((one) => one.room === room.id && one[key as "nick"] === value))
  }
  override members: RoomService["members"] = (_, cursor) => {
    const at = Number(cursor ?? 0)
    this.asked.push(`members ${at}`)
    const more = at + 1 < this.pages.length
    return Promise.resolve({ members: this.pages[at] ?? [], ...(more && { next: String(at + 1) }) })
  }
  override manage: RoomService["manage"] = (_, what) => {
    this.asked.push(JSON.stringify(what).replaceAll('"', ""))
    return Promise.resolve().then(() => this.onManage(what))
  }
  override abandon: RoomService["abandon"] = ({ room }, destroy) => {
    this.asked.push(`abandon ${destroy}`)
    this.onAbandon(room)
    return Promise.resolve()
  }
  override retract: RoomService["retract"] = ({ target, why = "", moderate }) => {
    this.asked.push(`retract ${target} ${moderate} ${why}`)
    return Promise.resolve()
  }
  override takeNick: RoomService["takeNick"] = (view, nick) => {
    const { room, link } = view
    const taken = this.people.find((one) => one.room === room.id && one.nick === nick && one.user !== link.jid)
    if (taken) return Promise.reject(new Refusal("conflict", `«${nick}» is somebody else.`))
    const known = this.people.find((one) => one.room === room.id && one.user === link.jid)
    if (!known) return Promise.resolve({ participant: this.person(room, nick, { user: link.jid }), former: null })
    const participant = { ...known, nick }
    this.people.splice(this.people.indexOf(known), 1, participant)
    return Promise.resolve({ participant, former: known.nick === nick ? null : known.nick })
  }
  override joined: RoomService["joined"] = () => Promise.resolve()
  override archive: RoomService["archive"] = () =>
    Promise.resolve({ entries: [], complete: true, unknown: false, count: 0, index: 0, last: 0 })
  override archiveEdges: RoomService["archiveEdges"] = () => Promise.resolve(null)
}
