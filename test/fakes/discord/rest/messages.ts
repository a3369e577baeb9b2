// Messages, pins, reactions of none, and typing (Message; Channel, Trigger Typing Indicator).
import { ChannelType, MessageFlags } from "discord-api-types/v10"
import type { Channel } from "../world/channel.js"
import { iso, older, timeOf } from "../world/ids.js"
import { attachment, type Draft, isSystem, type Message } from "../world/message.js"
import { Flags } from "../world/permissions.js"
import { change, pin, post, remove } from "../world/post.js"
import { type Call, needWritable, type Params, type Route } from "./call.js"
import { allowedOf, componentsOf, contentOf, draftOf, filesOf } from "./drafts.js"
import { invalid, refused } from "./refused.js"

/** «the past few minutes» (Create Message, enforce_nonce). */
const nonceMs = 5 * 60_000
const fortnight = 14 * 86_400_000

const create: Route = (call) => {
  const { channel, world, bot, body } = call
  needWritable(call, channel)
  needReachable(call, channel)
  const draft = draftOf(call, body, channel)
  if (draft.files?.length) call.need(channel, Flags.AttachFiles)
  if (channel.guild && (draft.flags ?? 0) & MessageFlags.IsVoiceMessage && !(channel.permissionsOf(bot.id) & Flags.SendVoiceMessages))
    throw refused(50173)
  const key = body["enforce_nonce"] === true && draft.nonce !== undefined ? `${bot.id} ${draft.nonce}` : undefined
  const made = key === undefined ? undefined : world.nonces.get(key)
  if (made && world.now() - made.at < nonceMs) return { ...(call.shown(made.message) as object), nonce: draft.nonce }
  const message = post(channel, call.author, draft)
  if (key !== undefined) world.nonces.set(key, { message, at: world.now() })
  return { ...(call.shown(message) as object), ...(draft.nonce !== undefined && { nonce: draft.nonce }) }
}

/** Of a direct chat: does the person take anything from the bot? Whoever wrote first is answered. */
function needReachable({ bot, world }: Call, { type, recipients, messages }: Channel): void {
  if (type !== ChannelType.DM) return
  const person = recipients.find(({ id }) => id !== bot.id)
  if (!person || person.bot || world.blocked.has(`${person.id} ${bot.id}`)) throw refused(50007)
  const shares = world.guildsOf(bot.id).some(({ members }) => members.has(person.id))
  if (!shares && !messages.some(({ author }) => author.id === person.id)) throw refused(50278)
}

const list: Route = (call) => {
  const { channel, query } = call
  if (channel.type === ChannelType.GuildCategory || (!channel.thread && /^1[56]$/.test(String(channel.type)))) throw refused(50024)
  const { before, after, around, limit = 50 } = query as { before?: string; after?: string; around?: string; limit?: number }
  // «The before, after, and around parameters are mutually exclusive, only one may be passed at a time».
  if ([before, after, around].filter((given) => given !== undefined).length > 1) {
    throw invalid("before", "BASE_TYPE_EXCLUSIVE", "before, after and around are mutually exclusive")
  }
  if (!(channel.permissionsOf(call.bot.id) & Flags.ReadMessageHistory)) return []
  return page(channel.messages, { before, after, around, limit }).map((message) => call.shown(message))
}

/** The newest first. */
function page(
  messages: readonly Message[],
  at: { before?: string | undefined; after?: string | undefined; around?: string | undefined; limit: number },
): Message[] {
  const { before, after, around, limit } = at
  const sorted = [...messages].sort((a, b) => (older(a.id, b.id) ? -1 : 1))
  const isOlder = (than: string) => (message: Message) => older(message.id, than)
  if (after !== undefined)
    return sorted
      .filter(({ id }) => older(after, id))
      .slice(0, limit)
      .reverse()
  if (before !== undefined) return sorted.filter(isOlder(before)).slice(-limit).reverse()
  if (around === undefined) return sorted.slice(-limit).reverse()
  const half = Math.floor(limit / 2)
  const past = sorted.filter(isOlder(around)).slice(-half)
  return [...past, ...sorted.filter(({ id }) => !older(id, around)).slice(0, limit - past.length)].reverse()
}

const get: Route = (call) => {
  const { channel } = call
  if (!(channel.permissionsOf(call.bot.id) & Flags.ReadMessageHistory)) throw refused(50001)
  return call.shown(call.messageIn(channel))
}

const edit: Route = (call) => {
  const { channel, body, bot } = call
  const message = call.messageIn(channel)
  if (message.author.id !== bot.id) throw refused(50005)
  if (channel.thread?.archived) throw refused(50083)
  return call.shown(edited(call, message, body))
}

/** Also of a webhook. */
export function edited(call: Call, message: Message, body: Params): Message {
  return change(message, changes(call, message, body), allowedOf(body))
}

/** What a request makes of a message. */
export function changes(call: Call, message: Message, body: Params): Record<string, unknown> {
  const fields: Record<string, unknown> = {}
  if ((message.flags ?? 0) & MessageFlags.IsVoiceMessage) throw refused(50162)
  if (body["content"] !== undefined) fields["content"] = contentOf(body)
  if (body["embeds"] !== undefined) fields["embeds"] = ((body["embeds"] ?? []) as object[]).map((embed) => ({ type: "rich", ...embed }))
  if (typeof body["flags"] === "number") fields["flags"] = body["flags"]
  if (body["components"] !== undefined) fields["components"] = componentsOf(body)
  const attachments = (body["attachments"] ?? undefined) as Params[] | undefined
  if (attachments || call.files.size > 0) {
    // «must include all attachments that should remain».
    const kept = attachments
      ? message.attachments.filter(({ id }) => attachments.some((one) => String(one["id"]) === id))
      : message.attachments
    const added = filesOf(call, attachments ?? [], message.in).map((file) => attachment(call.world, message.in, file))
    fields["attachments"] = [...kept, ...added]
  }
  const after = { content: message.content, embeds: message.embeds, attachments: message.attachments, ...fields } as Draft
  if (!after.content?.trim() && !(after["embeds"] as []).length && !(after["attachments"] as []).length) throw refused(50006, true)
  return fields
}

const erase: Route = (call) => {
  const { channel, bot } = call
  const message = call.messageIn(channel)
  if (message.author.id !== bot.id) {
    if (!channel.guild) throw refused(50003)
    call.need(channel, Flags.ManageMessages)
  }
  if (isSystem(message) && !deletable.has(message.type)) throw refused(50021)
  remove(channel, [message])
  return undefined
}

/** Message Types, «Deletable»: of the system's only these. */
const deletable = new Set([6, 7, 8, 9, 10, 11, 12, 14, 15, 16, 17, 18, 22, 23, 24, 25, 26, 27, 28, 29, 31, 32, 46])

const eraseMany: Route = (call) => {
  const { channel, body, world } = call
  call.needGuild(channel)
  call.need(channel, Flags.ManageMessages)
  const ids = body["messages"] as string[]
  if (ids.length < 2 || ids.length > 100) throw invalid("messages", "BASE_TYPE_BAD_LENGTH", "Must be between 2 and 100 in length.")
  if (ids.some((id) => world.now() - timeOf(id) > fortnight)) throw refused(50034)
  remove(
    channel,
    channel.messages.filter(({ id }) => ids.includes(id)),
  )
  return undefined
}

const setPin =
  (on: boolean): Route =>
  (call) => {
    const { channel, author } = call
    if (channel.guild) call.need(channel, Flags.PinMessages)
    const message = call.messageIn(channel)
    if (channel.thread?.archived) throw refused(50083)
    if (on && isSystem(message)) throw refused(50021)
    if (on && channel.pins.size >= 250) throw refused(30003)
    pin(message, author, on)
    return undefined
  }

/** The last pinned first. */
function pinned(call: Call): { at: number; message: Message }[] {
  const { channel } = call
  if (!(channel.permissionsOf(call.bot.id) & Flags.ReadMessageHistory)) return []
  return channel.messages
    .filter(({ id }) => channel.pins.has(id))
    .map((message) => ({ at: channel.pins.get(message.id)!, message }))
    .sort((a, b) => b.at - a.at)
}

const pins: Route = (call) => {
  const { before, limit = 50 } = call.query as { before?: string; limit?: number }
  const all = pinned(call).filter(({ at }) => before === undefined || at < Date.parse(before))
  const items = all.slice(0, limit).map(({ at, message }) => ({ pinned_at: iso(at), message: call.shown(message) }))
  return { items, has_more: all.length > limit }
}

const type: Route = (call) => {
  const { channel, bot } = call
  needWritable(call, channel)
  needReachable(call, channel)
  channel.types(bot)
  return undefined
}

export const messages: Record<string, Route> = {
  "POST /channels/{channel_id}/messages": create,
  "GET /channels/{channel_id}/messages": list,
  "GET /channels/{channel_id}/messages/{message_id}": get,
  "PATCH /channels/{channel_id}/messages/{message_id}": edit,
  "DELETE /channels/{channel_id}/messages/{message_id}": erase,
  "POST /channels/{channel_id}/messages/bulk-delete": eraseMany,
  "GET /channels/{channel_id}/messages/pins": pins,
  "PUT /channels/{channel_id}/messages/pins/{message_id}": setPin(true),
  "DELETE /channels/{channel_id}/messages/pins/{message_id}": setPin(false),
  "GET /channels/{channel_id}/pins": (call) => pinned(call).map(({ message }) => call.shown(message)),
  "PUT /channels/{channel_id}/pins/{message_id}": setPin(true),
  "DELETE /channels/{channel_id}/pins/{message_id}": setPin(false),
  "POST /channels/{channel_id}/typing": type,
}
