// What a message is made of: content, mentions, replies, forwards; and how it is shown.
import { MessageFlags, MessageReferenceType, MessageType, type APIMessage } from "discord-api-types/v10"
import type { Channel } from "./channel.js"
import { iso } from "./ids.js"
import { Flags } from "./permissions.js"
import { userOf, type Person } from "./users.js"
import type { Webhook } from "./webhook.js"
import type { File, World } from "./world.js"

/** Live: as it is now. What is not told to clients is not enumerable. */
export type Message = APIMessage & {
  /** Who reacted with what, oldest first. */
  readonly reactors: Reactor[]
  /** Who was pinged when it was sent: user ids, «&» and a role's id, «@everyone», «@here». */
  readonly pinged: string[]
  readonly in: Channel
  /** For a webhook's: the address of the picture it was posted with. */
  readonly avatarUrl?: string
}

export interface Reactor {
  emoji: { id: string | null; name: string; animated?: boolean }
  users: Person[]
}

export interface AllowedMentions {
  parse?: readonly string[]
  users?: readonly string[]
  roles?: readonly string[]
  replied_user?: boolean
}

/** What is to be posted; besides, any field of a message. */
export interface Draft {
  content?: string
  type?: MessageType
  flags?: number
  reply?: Message | undefined
  forward?: Message | undefined
  files?: readonly File[]
  /** Absent: everybody whom the text mentions. */
  allowed?: AllowedMentions | undefined
  nonce?: string | number | undefined
  [field: string]: unknown
}

/** Who posts: a user, or a webhook under a name. */
export interface Author {
  user: Person
  webhook?: Webhook
  avatarUrl?: string
}

export function compose(world: World, channel: Channel, author: Author, draft: Draft, id: string): Message {
  const { content = "", reply, forward, files = [], allowed, nonce: _nonce, ...fields } = draft
  const message = {
    type: reply ? MessageType.Reply : MessageType.Default,
    content: content.trim(),
    attachments: files.map((file) => attachment(world, channel, file)),
    embeds: [],
    timestamp: iso(world.now()),
    edited_timestamp: null,
    flags: forward ? MessageFlags.HasSnapshot : 0,
    components: [],
    id,
    channel_id: channel.id,
    author: author.user,
    pinned: false,
    tts: false,
    ...(author.webhook && { webhook_id: author.webhook.id, ...author.webhook.applicationField }),
    ...(reply && { message_reference: reference(reply, MessageReferenceType.Default) }),
    ...(forward && { message_reference: reference(forward, MessageReferenceType.Forward), message_snapshots: [snapshot(forward)] }),
    ...(channel.thread && { position: channel.thread.total }),
    ...fields,
  } as unknown as Message
  hide(message, { in: channel, avatarUrl: author.avatarUrl, pinged: [], reactors: [] })
  mention(world, message, author, allowed)
  return message
}

export function attachment(world: World, channel: Channel, { name, bytes, type, ...rest }: File): object {
  const id = world.ids.next()
  // What is no plain name is made one.
  const filename = name.replace(/[^\w.-]/gu, "_")
  const url = world.keep(channel.id, id, { name: filename, bytes, ...(type && { type }) })
  return { id, filename, size: bytes.length, url, proxy_url: url, ...(type && { content_type: type }), ...rest }
}

function hide(message: Message, fields: Record<string, unknown>): void {
  for (const [name, value] of Object.entries(fields)) Object.defineProperty(message, name, { value, writable: true, configurable: true })
}

function reference({ id, in: channel }: Message, type: MessageReferenceType): object {
  return { type, channel_id: channel.id, message_id: id, ...(channel.guild && { guild_id: channel.guild.id }) }
}

function snapshot({
  type,
  content,
  embeds,
  attachments,
  timestamp,
  edited_timestamp,
  flags,
  mentions,
  mention_roles,
  components,
}: Message): object {
  const message = { type, content, embeds, attachments, timestamp, edited_timestamp, flags, mentions, mention_roles, components }
  return { message: structuredClone(message) }
}

/** Sets who is mentioned, and pinged, by what is written and what is allowed (Allowed Mentions Object). */
export function mention(world: World, message: Message, author: Author, allowed?: AllowedMentions): void {
  const channel = message.in
  // What is in code is not read.
  const text = message.content.replace(/```[\s\S]*?```|``[\s\S]*?``|`[^`\n]*`/g, " ")
  const parsed = (kind: string): boolean => !allowed || (allowed.parse ?? []).includes(kind)
  const ids = (pattern: RegExp): string[] => [...new Set([...text.matchAll(pattern)].map(([, id]) => id!))]
  const users = ids(/<@!?(\d+)>/g).filter((id) => parsed("users") || allowed?.users?.includes(id))
  const roles = ids(/<@&(\d+)>/g).filter((id) => channel.guild?.roles.has(id) && (parsed("roles") || allowed?.roles?.includes(id)))
  const mayPingAll = (channel.permissionsOf(author.webhook ? undefined : author.user.id) & Flags.MentionEveryone) !== 0n
  const everyone = mayPingAll && channel.guild !== undefined && parsed("everyone") ? (/@(?:everyone|here)\b/.exec(text)?.[0] ?? "") : ""
  const replied = (allowed?.replied_user ?? !allowed) && message.type === MessageType.Reply ? channel.referenced(message) : undefined
  const mentioned = users.flatMap((id) => world.user(id) ?? [])
  if (replied && !replied.webhook_id && !mentioned.includes(replied.author)) mentioned.push(replied.author)
  Object.assign(message, { mentions: mentioned, mention_roles: roles, mention_everyone: everyone !== "" })
  const pingable = roles.filter((id) => mayPingAll || channel.guild?.roles.get(id)?.mentionable)
  const here = mentioned.filter(({ id }) => channel.mayView(id))
  hide(message, { pinged: [...here.map(({ id }) => id), ...pingable.map((id) => `&${id}`), ...(everyone ? [everyone] : [])] })
}

function reactions({ reactors }: Message, asker: string | undefined): object {
  if (reactors.length === 0) return {}
  return {
    reactions: reactors.map(({ emoji, users }) => ({
      emoji,
      count: users.length,
      count_details: { burst: 0, normal: users.length },
      burst_colors: [],
      me_burst: false,
      me: users.some(({ id }) => id === asker),
    })),
  }
}

/** «when your app receives a payload with a signed URL … it will be valid» (Reference, Signed Attachment CDN URLs). */
function freshened(message: Message, world: World): object {
  type Attached = { url: string; proxy_url: string }
  const anew = (files: Attached[]): Attached[] =>
    files.map((file) => ({ ...file, url: world.freshened(file.url), proxy_url: world.freshened(file.proxy_url) }))
  const snapshots = message.message_snapshots?.map((each) => ({
    message: { ...each.message, attachments: anew(each.message.attachments) },
  }))
  return { attachments: anew(message.attachments), ...(snapshots && { message_snapshots: snapshots }) }
}

/** As REST shows it. `asker`: to whom. */
export function shown(message: Message, asker?: string): APIMessage {
  const channel = message.in
  const thread = channel.world.channels.get(message.id)
  const isReference = message.type === MessageType.Reply || message.type === MessageType.ThreadStarterMessage
  const referenced = isReference ? channel.referenced(message) : undefined
  return {
    ...message,
    ...freshened(message, channel.world),
    ...reactions(message, asker),
    ...(isReference && { referenced_message: referenced ? { ...referenced } : null }),
    // A forum's first message has the id of its thread, too, but is in it.
    ...(thread?.thread && thread !== channel && { thread: thread.raw() }),
  }
}

/** As the gateway shows it: with its guild and its author's membership. */
export function told(message: Message): object {
  const { guild, type } = message.in
  if (!guild) return { ...shown(message), channel_type: type }
  const membership = (id: string): object | undefined => {
    const member = guild.members.get(id)
    if (!member) return undefined
    const { user: _user, ...raw } = guild.rawMember(member)
    return raw
  }
  const member = message.webhook_id ? undefined : membership(message.author.id)
  const mentions = message.mentions.map((user) => {
    const known = membership(user.id)
    return { ...user, ...(known && { member: known }) }
  })
  return { ...shown(message), channel_type: type, guild_id: guild.id, mentions, ...(member && { member }) }
}

/** The user as whom a webhook speaks (Message Object: «the author object follows the structure of the user object, but is only a valid user…»). */
export function webhookUser(webhook: Webhook, username: string, avatar: string | null): Person {
  return userOf({ id: webhook.id, username, avatar, discriminator: "0000", bot: true })
}

/** Nobody wrote these: they cannot be replied to. */
export function isSystem({ type }: Message): boolean {
  return (
    type !== MessageType.Default &&
    type !== MessageType.Reply &&
    type !== MessageType.ChatInputCommand &&
    type !== MessageType.ContextMenuCommand
  )
}
