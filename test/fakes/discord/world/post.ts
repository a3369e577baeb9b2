// A message comes, changes, goes: what happens to its channel, and who hears of it.
import { ChannelType, MessageFlags, MessageType } from "discord-api-types/v10"
import type { Channel } from "./channel.js"
import { iso } from "./ids.js"
import { type AllowedMentions, type Author, compose, type Draft, mention, type Message, told } from "./message.js"

/** Wakes an archived thread; whoever writes in a thread joins it. */
export function post(channel: Channel, author: Author, draft: Draft, id = channel.world.ids.next()): Message {
  const { world, thread } = channel
  if (thread) {
    if (thread.archived) channel.archive(false)
    if (!author.webhook && draft.type !== MessageType.ThreadStarterMessage) channel.addMember(author.user)
  }
  const message = compose(world, channel, author, draft, id)
  channel.messages.push(message)
  channel.lastMessage = message.id
  // «Number of messages (not including the initial message or deleted messages)».
  if (thread && message.type !== MessageType.ThreadStarterMessage && message.id !== channel.id) {
    thread.count++
    thread.total++
  }
  world.emit("MESSAGE_CREATE", { ...told(message), ...(draft.nonce !== undefined && { nonce: draft.nonce }) }, channel.audience)
  return message
}

/** `what`: new content, or any fields. Silent: without an edit's time, as when embeds come later. */
export function change(message: Message, what: string | Record<string, unknown>, allowed?: AllowedMentions, silent = false): Message {
  const { content, ...fields } = typeof what === "string" ? { content: what } : what
  Object.assign(message, fields)
  if (typeof content === "string") {
    message.content = content.trim()
    const { pinged } = message
    mention(message.in.world, message, { user: message.author }, allowed)
    // Nobody is pinged by an edit.
    Object.defineProperty(message, "pinged", { value: pinged })
  }
  if (!silent) message.edited_timestamp = iso(message.in.world.now())
  tellChange(message)
  return message
}

export function tellChange(message: Message): void {
  message.in.world.emit("MESSAGE_UPDATE", told(message), message.in.audience)
}

export function remove(channel: Channel, messages: readonly Message[]): void {
  const { world, guild } = channel
  const gone = messages.filter((message) => channel.messages.includes(message))
  if (gone.length === 0) return
  for (const message of gone) {
    channel.messages.splice(channel.messages.indexOf(message), 1)
    if (channel.thread && message.id !== channel.id) channel.thread.count--
  }
  const where = { channel_id: channel.id, ...(guild && { guild_id: guild.id }) }
  const [first] = gone
  if (messages.length > 1) world.emit("MESSAGE_DELETE_BULK", { ids: gone.map(({ id }) => id), ...where }, channel.audience)
  else world.emit("MESSAGE_DELETE", { id: first!.id, ...where }, channel.audience)
}

/** Pins or unpins; a pin is announced by a message of its own. */
export function pin(message: Message, by: Author | undefined, on: boolean): void {
  if (message.pinned === on) return
  const channel = message.in
  const { world, guild } = channel
  message.pinned = on
  if (on) {
    channel.pins.set(message.id, world.now())
    channel.lastPin = world.now()
  } else channel.pins.delete(message.id)
  tellChange(message)
  const last_pin_timestamp = channel.lastPin === null ? null : iso(channel.lastPin)
  world.emit("CHANNEL_PINS_UPDATE", { channel_id: channel.id, ...(guild && { guild_id: guild.id }), last_pin_timestamp }, channel.audience)
  if (on && by) {
    const message_reference = { type: 0, channel_id: channel.id, message_id: message.id, ...(guild && { guild_id: guild.id }) }
    post(channel, by, { type: MessageType.ChannelPinnedMessage, message_reference })
  }
}

/** A thread that starts from a message, by itself, or as a forum's post with its first message. */
export function startThread(
  parent: Channel,
  by: Author,
  fields: {
    name: string
    type?: ChannelType
    from?: Message
    first?: Draft
    slow?: number
    archiveAfter?: number
    tags?: string[]
    invitable?: boolean
  },
): Channel {
  const { world } = parent
  const isForum = parent.type === ChannelType.GuildForum || parent.type === ChannelType.GuildMedia
  const id = fields.from?.id ?? world.ids.next()
  const type = isForum
    ? ChannelType.PublicThread
    : (fields.type ?? (parent.type === ChannelType.GuildAnnouncement ? ChannelType.AnnouncementThread : ChannelType.PublicThread))
  const thread = parent.openThread(id, type, by, fields)
  if (fields.from) {
    fields.from.flags = (fields.from.flags ?? 0) | MessageFlags.HasThread
    tellChange(fields.from)
    const message_reference = { type: 0, channel_id: parent.id, message_id: id, guild_id: parent.guild!.id }
    post(thread, by, { type: MessageType.ThreadStarterMessage, message_reference })
  } else if (isForum) {
    post(thread, by, fields.first ?? {}, id)
  } else if (type !== ChannelType.PrivateThread) {
    const message_reference = { type: 0, channel_id: thread.id, guild_id: parent.guild!.id }
    post(parent, by, { type: MessageType.ThreadCreated, content: fields.name, message_reference })
  }
  return thread
}
