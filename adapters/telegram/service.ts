// What Telegram itself says in a room (renamed, pinned, somebody came …) as events: one row a kind of service message.
import type { Message, User } from "node-telegram-bot-api"
import type { Contact, NetworkEvent, Room } from "xferry"
import { summaryOf } from "./body.js"
import { chatRef, roomId, threadOf } from "./places.js"
import { calledOf, contactOf, senderOf } from "./people.js"
import { clock } from "./describe.js"

/** `self`: the bot's number. What it changed itself came from here, and nobody needs to be told. */
interface Said {
  message: Message
  room: string
  by: Contact
  own: boolean
  self: number
}
type Rows = { readonly [K in keyof Message]?: (value: NonNullable<Message[K]>, said: Said) => NetworkEvent[] }

const shown = 100

function called({ by }: Said): string {
  return by.name ?? "Somebody"
}

function notice(said: Said, text: string): NetworkEvent {
  return { type: "notice", chat: chatRef(said.message), at: new Date(said.message.date * 1000), text, by: said.by }
}

/** A change of the room, and a word on it unless it is our own. */
function changed(said: Said, room: Omit<Room, "id">, text: string): NetworkEvent[] {
  const event: NetworkEvent = { type: "room", room: { id: said.room, ...room }, by: said.by }
  return said.own ? [event] : [event, notice(said, `${called(said)} ${text}`)]
}

function joined({ room, by, self }: Said, user: User): NetworkEvent[] {
  // Of the bot itself my_chat_member tells.
  if (user.id === self) return []
  const contact = contactOf(user)
  return [{ type: "member", room, member: { contact, role: "member" }, change: "joined", ...(by.id !== contact.id && { by }) }]
}

function left({ room, by, self }: Said, user: User): NetworkEvent[] {
  if (user.id === self) return []
  const contact = contactOf(user)
  const kicked = by.id !== contact.id
  return [{ type: "member", room, member: { contact, role: "none" }, change: kicked ? "kicked" : "left", ...(kicked && { by }) }]
}

function pinned(said: Said, what: object): NetworkEvent[] {
  const text = "date" in what && what.date !== 0 ? (summaryOf(what as Message) ?? "a message") : "a message"
  const line = text.replaceAll(/\s+/g, " ")
  return [notice(said, `${called(said)} pinned: ${line.length > shown ? `${line.slice(0, shown)}…` : line}`)]
}

const rows: Rows = {
  new_chat_members: (users, said) => users.flatMap((user) => joined(said, user)),
  left_chat_member: (user, said) => left(said, user),
  new_chat_title: (name, said) => changed(said, { name }, `changed the name to «${name}».`),
  new_chat_photo: (sizes, said) => {
    // 160 × 160: what is shown beside a name, and small enough for a stanza.
    const [smallest] = sizes
    const avatar = smallest && { name: "photo.jpg", mime: "image/jpeg", ref: smallest.file_id, stableId: smallest.file_unique_id }
    return changed(said, avatar ? { avatar } : {}, "changed the picture.")
  },
  delete_chat_photo: (_, said) => changed(said, { avatar: null }, "removed the picture."),
  group_chat_created: (_, { room, by, message }) => [{ type: "room", room: { id: room, name: calledOf(message.chat) }, by }],
  supergroup_chat_created: () => [],
  channel_chat_created: () => [],
  migrate_to_chat_id: (to, { message }) => [{ type: "moved", from: roomId(message.chat.id), to: roomId(to) }],
  migrate_from_chat_id: (from, { message }) => [{ type: "moved", from: roomId(from), to: roomId(message.chat.id) }],
  pinned_message: (what, said) => pinned(said, what),
  forum_topic_created: ({ name }, { room, by, message }) => [
    { type: "room", room: { id: room, kind: "topic", parent: roomId(message.chat.id), name, archived: false }, by },
  ],
  forum_topic_edited: ({ name }, said) => (name ? changed(said, { name }, `renamed the topic to «${name}».`) : []),
  forum_topic_closed: (_, said) => changed(said, { archived: true }, "closed the topic."),
  forum_topic_reopened: (_, said) => changed(said, { archived: false }, "reopened the topic."),
  // Hiding it closes it, showing it does not open it (Bot API, hideGeneralForumTopic).
  general_forum_topic_hidden: (_, said) => changed(said, { archived: true }, "hid the General topic."),
  general_forum_topic_unhidden: (_, said) => [notice(said, `${called(said)} shows the General topic again.`)],
  message_auto_delete_timer_changed: ({ message_auto_delete_time: seconds }, said) => [
    notice(
      said,
      seconds === 0
        ? `${called(said)} switched off the automatic deletion of messages.`
        : `${called(said)} has Telegram delete messages after ${duration(seconds)}.`,
    ),
  ],
  video_chat_scheduled: (_, said) => [notice(said, `${called(said)} scheduled a video chat.`)],
  video_chat_started: (_, said) => [notice(said, `${called(said)} started a video chat. It can be joined in Telegram only.`)],
  video_chat_ended: (it, said) => [notice(said, `The video chat has ended after ${clock(it.duration)}.`)],
  video_chat_participants_invited: () => [],
  boost_added: (_, said) => [notice(said, `${called(said)} boosted the group.`)],
  proximity_alert_triggered: (it, said) => [
    notice(said, `${calledOf(it.traveler)} is within ${it.distance} m of ${calledOf(it.watcher)}.`),
  ],
  chat_owner_changed: ({ new_owner }, said) => [
    { type: "member", room: said.room, member: { contact: contactOf(new_owner), role: "owner" }, change: "changed", by: said.by },
    notice(said, `${calledOf(new_owner)} owns the group now.`),
  ],
  chat_owner_left: (_, said) => [notice(said, "The owner has left the group.")],
}

function duration(seconds: number): string {
  const days = seconds / 86_400
  return days >= 1 ? `${Math.round(days)} days` : `${Math.round(seconds / 3600)} hours`
}

/** Undefined: no service message of a room. None: there is nothing to tell. */
export function serviceEvents(message: Message, self: number): NetworkEvent[] | undefined {
  const room = roomId(message.chat.id, threadOf(message))
  const said = { message, room, by: senderOf(message), own: message.from?.id === self, self }
  for (const field of Object.keys(rows) as (keyof Message)[]) {
    if (message[field] !== undefined) return eventsOf(field, said)
  }
  return undefined
}

function eventsOf<K extends keyof Message>(field: K, said: Said): NetworkEvent[] | undefined {
  const row: Rows[K] = rows[field]
  const value = said.message[field]
  return value === undefined ? undefined : row?.(value, said)
}
