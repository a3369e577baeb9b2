// Changes of rooms and of who is in them, as far as Telegram lets a bot.
import { type ChatMember, InputFile } from "node-telegram-bot-api"
import { AdapterError, type LegacyRoomId, type Manage, type Role, type Session } from "xferry"
import { type Calls, roomPlace } from "./calls.js"
import type { capabilities } from "./capabilities.js"
import { isBasic, isPerson, type Place, roomId } from "./places.js"
import { roleOf } from "./rights.js"
import type { Rooms } from "./rooms.js"
import { idOf } from "./send.js"

type Verb = Session<typeof capabilities>["manage"]
type Done = Awaited<ReturnType<Verb>>
type Of<D extends Manage["do"]> = Manage & { do: D }
interface Change<M> {
  calls: Calls
  rooms: Rooms
  room: LegacyRoomId
  place: Place
  op: M
  signal: AbortSignal
}
type Table = { [D in Manage["do"]]?: (change: Change<Of<D>>) => Promise<Done> }

const unmodified = /not modified|_NOT_MODIFIED/i

const table: Table = {
  async name({ calls, rooms, room, place: { chat, thread }, op: { text }, signal }) {
    const name = text.trim()
    if (thread === undefined) {
      await calls.unless(unmodified, { chat }, () => calls.api.setChatTitle({ chat_id: chat, title: name }, signal))
    } else {
      await calls.unless(unmodified, { chat, thread }, () =>
        calls.api.editForumTopic({ chat_id: chat, message_thread_id: thread, name }, signal),
      )
      await rooms.noteTopic(room, { name })
    }
    return { room: { id: room, name } }
  },
  async topic({ calls, room, place, op: { text }, signal }) {
    const { chat } = ofGroup(place, "A topic on Telegram has no description of its own.")
    await calls.unless(unmodified, place, () => calls.api.setChatDescription({ chat_id: chat, description: text }, signal))
    return { room: { id: room, topic: text } }
  },
  async avatar({ calls, room, place, op: { file }, signal }) {
    const { chat } = ofGroup(place, "A topic on Telegram has no picture of its own.")
    if (file === null) {
      await calls.unless(unmodified, place, () => calls.api.deleteChatPhoto({ chat_id: chat }, signal))
      return { room: { id: room, avatar: null } }
    }
    const bytes = new Uint8Array(await new Response(await file.open(signal)).arrayBuffer())
    // Telegram says what has become of it in a service message, and when it is asked.
    const photo = new InputFile(bytes, { filename: file.name, contentType: file.mime })
    await calls.at(place, () => calls.api.setChatPhoto({ chat_id: chat, photo }, signal))
  },
  async pin({ calls, place, op: { message }, signal }) {
    await calls.at(place, () => calls.api.pinChatMessage({ chat_id: place.chat, message_id: idOf(message) }, signal))
  },
  async unpin({ calls, place, op: { message }, signal }) {
    await calls.at(place, () => calls.api.unpinChatMessage({ chat_id: place.chat, message_id: idOf(message) }, signal))
  },
  async kick({ calls, place, op: { user }, signal }) {
    const who = { chat_id: membersOf(place), user_id: personIn(user) }
    await calls.at(place, () => calls.api.banChatMember(who, signal))
    // A ban in a basic group is a kick: they can come back.
    if (!isBasic(place.chat)) await calls.at(place, () => calls.api.unbanChatMember({ ...who, only_if_banned: true }, signal))
  },
  async ban({ calls, place, op: { user }, signal }) {
    const who = { chat_id: lasting(place), user_id: personIn(user) }
    await calls.at(place, () => calls.api.banChatMember(who, signal))
  },
  async unban({ calls, place, op: { user }, signal }) {
    const who = { chat_id: lasting(place), user_id: personIn(user), only_if_banned: true }
    await calls.at(place, () => calls.api.unbanChatMember(who, signal))
  },
  role: (change) => give(change, change.op.role),
  async create({ calls, rooms, room, place, op: { new: asked, first }, signal }) {
    const { chat } = ofGroup(place, "A topic cannot hold topics.")
    if (!asked.name?.trim()) throw new AdapterError("rejected", "A topic needs a name.")
    const made = await calls.at(place, () => calls.api.createForumTopic({ chat_id: chat, name: asked.name?.trim() ?? "" }, signal), true)
    const { message_thread_id: thread, name } = made
    const id = roomId(chat, thread)
    await rooms.noteTopic(id, { name })
    if (first)
      await calls.at(place, () => calls.api.sendMessage({ chat_id: chat, message_thread_id: thread, text: first.text }, signal), true)
    return { room: { id, kind: "topic", parent: room, name } }
  },
  close: (change) => setClosed(change, true),
  reopen: (change) => setClosed(change, false),
  async leave({ calls, place, signal }) {
    const chat_id = membersOf(place)
    await calls.at(place, () => calls.api.leaveChat({ chat_id }, signal))
  },
  async destroy({ calls, rooms, room, place: { chat, thread }, signal }) {
    if (thread === undefined)
      throw new AdapterError(
        "unsupported",
        "Telegram lets no bot delete a group or channel. The bot can leave it; its owner can delete it.",
      )
    await calls.at({ chat, thread }, () => calls.api.deleteForumTopic({ chat_id: chat, message_thread_id: thread }, signal))
    await rooms.noteTopic(room, null)
  },
  async invite({ calls, place, op: { uses, until }, signal }) {
    const limits = { ...(uses !== undefined && { member_limit: uses }), ...(until && { expire_date: Math.floor(until.getTime() / 1000) }) }
    const chat_id = membersOf(place)
    const { invite_link: link } = await calls.at(place, () => calls.api.createChatInviteLink({ chat_id, ...limits }, signal))
    return { link }
  },
}

export function manageVerb(calls: Calls, rooms: Rooms): Verb {
  return async (op, signal) => {
    if (op.do === "create" && op.room === "")
      throw new AdapterError("unsupported", "Telegram lets no bot make a group: make one in Telegram and add the bot.")
    const run = table[op.do] as ((change: Change<Manage>) => Promise<Done>) | undefined
    if (!run) throw new AdapterError("unsupported", "Telegram offers this to no bot.")
    return run({ calls, rooms, room: op.room, place: roomPlace(op.room), op, signal })
  }
}

async function setClosed({ calls, rooms, room, place: { chat, thread }, signal }: Change<unknown>, closed: boolean): Promise<Done> {
  const { api } = calls
  const call = () => {
    if (thread !== undefined) {
      const topic = { chat_id: chat, message_thread_id: thread }
      return closed ? api.closeForumTopic(topic, signal) : api.reopenForumTopic(topic, signal)
    }
    return closed ? api.closeGeneralForumTopic({ chat_id: chat }, signal) : api.reopenGeneralForumTopic({ chat_id: chat }, signal)
  }
  await calls.unless(unmodified, { chat, ...(thread !== undefined && { thread }) }, call)
  if (thread !== undefined) await rooms.noteTopic(room, { closed })
  return { room: { id: room, archived: closed } }
}

/** All that a bot may hand on, except the right to appoint others and to be nameless (Bot API, promoteChatMember). */
const handedOn = [
  "can_manage_chat",
  "can_delete_messages",
  "can_manage_video_chats",
  "can_restrict_members",
  "can_change_info",
  "can_invite_users",
  "can_post_messages",
  "can_edit_messages",
  "can_pin_messages",
  "can_manage_topics",
] as const

const silenced = ["messages", "audios", "documents", "photos", "videos", "video_notes", "voice_notes", "polls", "other_messages"]
/** Of `restrictChatMember`: whether each kind of message may be sent. */
function permissions(may: boolean): Record<string, boolean> {
  const fields = silenced.map((kind) => [`can_send_${kind}`, may])
  // What a member may do else is the group's to say: all true lifts every restriction.
  const others = [
    "can_add_web_page_previews",
    ...(may ? ["can_change_info", "can_invite_users", "can_pin_messages", "can_manage_topics"] : []),
  ]
  return Object.fromEntries([...fields, ...others.map((name) => [name, may])]) as Record<string, boolean>
}

async function give(change: Change<Of<"role">>, role: Role): Promise<Done> {
  const { calls, place, op, signal } = change
  if (role === "banned") return table.ban?.({ ...change, op: { do: "ban", user: op.user } })
  if (role === "none") return table.kick?.({ ...change, op: { do: "kick", user: op.user } })
  if (role === "owner")
    throw new AdapterError("unsupported", "On Telegram only the owner can hand over a group, and only in Telegram itself.")
  const who = { chat_id: lasting(place), user_id: personIn(op.user) }
  const member = await calls.at(place, () => calls.api.getChatMember(who, signal))
  const was = roleOf(member)
  if (was === role) return
  if (was === "none" || was === "banned")
    throw new AdapterError("denied", "This person is not in the group, and no bot can add people. An invite link can.")
  if (was === "owner") throw new AdapterError("denied", "This person owns the group: nobody else has power over them.")
  if (role === "admin") {
    const self = await calls.at(place, () => calls.api.getChatMember({ ...who, user_id: calls.me.id }, signal))
    const rights = handedOn.filter((right) => (self as Partial<Record<string, unknown>> & ChatMember)[right] === true)
    if (rights.length === 0) throw new AdapterError("denied", "The bot is no administrator here, and cannot appoint any.")
    await calls.at(place, () =>
      calls.api.promoteChatMember({ ...who, ...Object.fromEntries(rights.map((right) => [right, true])) }, signal),
    )
    return
  }
  if (was === "admin")
    await calls.at(place, () => calls.api.promoteChatMember({ ...who, can_manage_chat: false, can_restrict_members: false }, signal))
  if (role === "muted" || was === "muted") {
    await calls.at(place, () => calls.api.restrictChatMember({ ...who, permissions: permissions(role !== "muted") }, signal))
  }
}

function ofGroup(place: Place, otherwise: string): Place {
  if (place.thread !== undefined) throw new AdapterError("unsupported", otherwise)
  return place
}

/** The chat whose members are meant. */
function membersOf(place: Place): number {
  return ofGroup(place, "On Telegram people are in the whole group, not in one of its topics: do this in the group's own room.").chat
}

function lasting(place: Place): number {
  const chat = membersOf(place)
  if (!isBasic(chat)) return chat
  throw new AdapterError(
    "unsupported",
    "This is a basic group, in which people can only be removed. It becomes a supergroup when its owner makes its history visible to new members.",
  )
}

function personIn(user: string): number {
  if (!isPerson(user)) throw new AdapterError("unsupported", "This is a group or channel that speaks, not a person.")
  return Number(user)
}
