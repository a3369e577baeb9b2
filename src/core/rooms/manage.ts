// What users change in a room: carried out by the network first, then known here as if the network had told of it.
import type { Manage, NetworkEvent, Role, Room } from "../../adapter/contract.js"
import { AdapterError } from "../../adapter/errors.js"
import { kindOf, refusedBy } from "../errors.js"
import { Refusal } from "../ports.js"
import type { Access } from "./access.js"
import type { RoomInbound } from "./inbound.js"
import type { RoomKeeper } from "./keeper.js"
import type { Acting } from "./members.js"
import type { Participant, RoomRow } from "./model.js"
import type { RoomParts } from "./parts.js"
import type { MemberPage, RoomView } from "./ports.js"
import { voiceOf } from "./talk.js"
import { words } from "../words/words.js"

/** A person waits so long for a session that is about to come up, and for the network's answer, in ms. */
const sessionMs = 10_000
const answerMs = 30_000
/** Members that are asked for at once, and that are listed where the network has no list. */
const pageSize = 200
const most = 1000

export interface ManagementParts extends RoomParts {
  keeper: Pick<RoomKeeper, "remove">
  access: Pick<Access, "viewOf">
  inbound: Pick<RoomInbound, "emit" | "acting">
}

type Live = NonNullable<ReturnType<RoomParts["accounts"]["live"]>>

export class RoomManagement {
  constructor(private readonly parts: ManagementParts) {}

  /** Resolves when the network has done it and everybody is told. Throws `Refusal`. */
  async manage(view: RoomView, what: Manage): Promise<{ room?: RoomRow; link?: string }> {
    const { room, link } = view
    this.#may(view, what.do)
    const live = await this.#live(room)
    const { inbound, registry, store } = this.parts
    const actor = await store.participant(room.id, { user: link.jid })
    if (actor) inbound.acting.set(room.id, { voice: voiceOf(actor), ...putting(what) })
    try {
      const done = (await this.#carryOut(room, what, live)) ?? {}
      const told = what.do === "avatar" && what.file && !done.room?.avatar ? await this.#asItIs(room, live) : done.room
      for (const event of consequences(room.legacyId, what, told, actor?.nick)) await inbound.emit(room.accountId, event)
      const made = done.room && registry.find(room.accountId, done.room.id)
      return { ...(made && { room: made }), ...(done.link !== undefined && { link: done.link }) }
    } finally {
      inbound.acting.delete(room.id)
    }
  }

  /** Out of the group on the network, or an end of it where the account can and it is wanted; then nothing of it is left here. */
  async abandon({ room, link }: RoomView, destroy: boolean): Promise<void> {
    const { access, keeper, capabilities, name, registry } = this.parts
    if (link.role !== "owner")
      throw new Refusal(
        "forbidden",
        words("This group is of the gateway's own account: what becomes of it is its administrator's to say."),
        "auth",
      )
    if (registry.byId(room.id) !== room) return
    const can = capabilities.manage?.can ?? []
    if (room.state === "open") {
      const end = destroy && access.viewOf(link, room).can.has("destroy") ? "destroy" : "leave"
      if (!can.includes(end))
        throw new Refusal(
          "feature-not-implemented",
          words("On {network} the gateway cannot leave a group. Leave it there.", { network: name }),
        )
      const live = await this.#live(room)
      await this.#carryOut(room, { do: end }, live).catch((error: unknown) => {
        // What is not there any more need not be left.
        if (!(error instanceof Refusal) || error.error.condition !== "item-not-found") throw error
      })
    }
    if (registry.byId(room.id) === room) await keeper.remove(room)
  }

  /** As the network tells it; else who is known. Throws `Refusal`. */
  async members({ room }: RoomView, cursor?: string): Promise<MemberPage> {
    const { accounts, capabilities, name } = this.parts
    const live = accounts.live(room.accountId)
    if (capabilities.members === undefined || !live?.session.members || room.state === "gone") return this.#known(room)
    try {
      const query = { room: room.legacyId, limit: pageSize, ...(cursor !== undefined && { cursor }) }
      const { items, next } = await live.session.members(query, live.signal)
      // The account is nobody of its own here: it is its users.
      const others = items.filter(({ contact }) => contact.id !== live.session.self.id)
      const members = await Promise.all(others.map((member) => this.#named(room, member)))
      if (next !== undefined) return { members, next }
      // Few networks list whom they have banned; what was told of it is known here.
      const listed = new Set(members.map(({ contact }) => contact.id))
      const banned = (await this.parts.store.banned(room.id, most)).flatMap(asMember)
      return { members: [...members, ...banned.filter(({ contact }) => !listed.has(contact.id))] }
    } catch (error) {
      if (!(error instanceof AdapterError)) this.parts.log.error({ err: error }, "a bug while listing a room's members")
      // What is known is better than nothing, but not in the middle of a list.
      if (cursor === undefined) return this.#known(room)
      const { type, condition, text } = refusedBy(error, name)
      throw new Refusal(condition, text, type)
    }
  }

  async #named(room: RoomRow, { contact, role, title }: { contact: { id: string; name?: string }; role: Role; title?: string }) {
    const known = await this.parts.store.participant(room.id, { contact: contact.id })
    return {
      contact: { id: contact.id, ...(contact.name !== undefined && { name: contact.name }) },
      role,
      ...(known && { nick: known.nick }),
      ...(title !== undefined && { title }),
    }
  }

  async #known(room: RoomRow): Promise<MemberPage> {
    const { store } = this.parts
    const known = [...(await store.participants(room.id, most)), ...(await store.banned(room.id, most))]
    return { members: known.flatMap(asMember) }
  }

  #may({ room, link }: RoomView, what: Manage["do"]): void {
    const { access, capabilities, registry, name } = this.parts
    if (registry.byId(room.id) !== room)
      throw new Refusal("item-not-found", words("There is no such room on {network} any more.", { network: name }))
    if (capabilities.manage?.can.includes(what) !== true)
      throw new Refusal("feature-not-implemented", words("On {network} the gateway cannot do that.", { network: name }))
    if (link.role !== "owner")
      throw new Refusal("forbidden", words("This room is shared here: only people of {network} can change it.", { network: name }), "auth")
    if (!access.viewOf(link, room).can.has(what))
      throw new Refusal("forbidden", words("The account has no right to do that in this room on {network}.", { network: name }), "auth")
  }

  async #live({ accountId }: RoomRow): Promise<Live> {
    const { accounts, name } = this.parts
    const live = await accounts.soonLive(accountId, sessionMs)
    if (live) return live
    throw new Refusal(
      "remote-server-timeout",
      accounts.state(accountId).text || words("{network} cannot be asked now.", { network: name }),
      "wait",
    )
  }

  /** What the network calls a picture it was given, it alone can say. Undefined: it does not say; an event of its own may. */
  async #asItIs({ id, legacyId }: RoomRow, { session, signal }: Live): Promise<Room | undefined> {
    try {
      return await this.#inTime(session.room?.(legacyId, signal))
    } catch (error) {
      this.parts.log.debug({ reason: String(error), room: id }, "a room could not be asked about after it was changed")
      return undefined
    }
  }

  async #inTime<T>(answer: Promise<T> | undefined): Promise<T | undefined> {
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new AdapterError("unknown-outcome", `${this.parts.name} did not answer in time.`)), answerMs)
    })
    try {
      return await Promise.race([answer, late])
    } finally {
      clearTimeout(timer)
    }
  }

  async #carryOut(room: RoomRow, what: Manage, { session, signal }: Live): Promise<{ room?: Room; link?: string } | void> {
    const { log, name } = this.parts
    try {
      return await this.#inTime(session.manage?.({ room: room.legacyId, ...what }, signal))
    } catch (error) {
      if (kindOf(error) === "bug") log.error({ err: error, do: what.do }, "a bug while changing a room")
      const { type, condition, text } = refusedBy(error, name)
      throw new Refusal(condition, text, type)
    }
  }
}

function putting(what: Manage): Pick<Acting, "puts"> {
  if (what.do !== "kick" && what.do !== "ban") return {}
  return { puts: { out: what.user, how: what.do === "kick" ? "kicked" : "banned" } }
}

/** What the network would tell of it. Told twice it is told once. `told`: the room as the network says it is now, or the new one. */
function consequences(room: string, what: Manage, told: Room | undefined, actor: string | undefined): NetworkEvent[] {
  const by = actor === undefined ? {} : { by: { id: "", name: actor } }
  const changed = (info: Omit<Room, "id">): NetworkEvent[] => [{ type: "room", room: { ...info, ...told, id: told?.id ?? room } }]
  switch (what.do) {
    case "name":
      return changed({ name: what.text })
    case "topic":
      return changed({ topic: what.text })
    case "avatar":
      if (what.file === null) return changed({ avatar: null })
      return told ? changed({}) : []
    case "slow":
      return changed({ slowSeconds: what.seconds })
    case "close":
    case "reopen":
      return changed({ archived: what.do === "close" })
    case "create":
      return told ? [{ type: "room", room: { ...what.new, parent: room, ...told } }] : []
    case "kick":
    case "ban":
      return [
        {
          type: "member",
          room,
          member: { contact: { id: what.user }, role: "none" },
          change: `${what.do === "kick" ? "kick" : "bann"}ed`,
          ...by,
        },
      ]
    case "unban":
      return [{ type: "member", room, member: { contact: { id: what.user }, role: "none" }, change: "changed", ...by }]
    case "role":
      return [{ type: "member", room, member: { contact: { id: what.user }, role: what.role }, change: "changed", ...by }]
    case "add":
      return [{ type: "member", room, member: { contact: { id: what.user }, role: "member" }, change: "joined", ...by }]
    case "leave":
    case "destroy":
      return [{ type: "gone", room, why: what.do === "leave" ? "removed" : "deleted" }]
    default:
      return told ? changed({}) : []
  }
}

/** Nothing of a user of ours. */
function asMember({ contact, name, role, nick, title }: Participant): MemberPage["members"] {
  if (contact === null) return []
  return [{ contact: { id: contact, ...(name !== null && { name }) }, role, nick, ...(title !== null && { title }) }]
}
