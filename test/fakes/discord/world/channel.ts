// One channel: of a guild, a thread, or a direct chat. What people do in it are its methods.
import { ChannelType, type APIChannel } from "discord-api-types/v10"
import type { Emoji, Guild } from "./guild.js"
import { iso } from "./ids.js"
import type { Author, Draft, Message } from "./message.js"
import { bits, Flags, inChannel, type Overwrite, type Permissions, rawOverwrite } from "./permissions.js"
import { change, pin, post, remove, startThread } from "./post.js"
import { emojiFrom, react, unreact, vote } from "./reactions.js"
import { Bot, type Person } from "./users.js"
import { Webhook } from "./webhook.js"
import type { World } from "./world.js"

export { ChannelType }

export interface ThreadState {
  owner: string
  archived: boolean
  locked: boolean
  /** Epoch ms of the last change of `archived`, and of its beginning. */
  changed: number
  created: number
  archiveAfter: number
  invitable: boolean
  /** Messages there are, and ever were. */
  count: number
  total: number
  tags: string[]
  members: Map<string, { joined: number }>
}

/** Whom `say` and the like take. */
export type Speaker = Person | Bot

export interface OverwriteFields {
  /** A role, a member, or the guild's id for everyone. */
  of: { id: string }
  allow?: Permissions
  deny?: Permissions
}

const dmRights =
  Flags.ViewChannel | Flags.SendMessages | Flags.ReadMessageHistory | Flags.EmbedLinks | Flags.AttachFiles | Flags.AddReactions

export class Channel {
  readonly messages: Message[] = []
  /** Epoch ms at which they were pinned, by message. */
  readonly pins = new Map<string, number>()
  overwrites: Overwrite[] = []
  topic: string | null = null
  /** Seconds. */
  slow = 0
  nsfw = false
  position = 0
  lastMessage: string | null = null
  /** Epoch ms. */
  lastPin: number | null = null
  tags: { id: string; name: string; moderated: boolean; emoji_id: string | null; emoji_name: string | null }[] = []
  thread: ThreadState | undefined
  recipients: Person[] = []

  constructor(
    readonly world: World,
    readonly id: string,
    public type: ChannelType,
    public name: string,
    readonly guild?: Guild,
    public parent?: Channel,
  ) {
    world.channels.set(id, this)
  }

  // ---- what people do

  /** Text, or any fields of a message: `{reply: message}`, `{forward: message}`, `{files: […]}`, `{embeds: […]}`, `{type: 7}`. */
  say(who: Speaker, what: string | Draft): Message {
    const author = this.#author(who)
    const needed = this.thread ? Flags.SendMessagesInThreads : Flags.SendMessages
    if (!(this.permissionsOf(author.user.id) & needed)) throw new TypeError(`${author.user.username} may not write in «${this.name}»`)
    return post(this, author, typeof what === "string" ? { content: what } : what)
  }

  edit(message: Message, what: string | Record<string, unknown>): Message {
    return change(message, what)
  }

  /** The pages that a message names were looked at (embeds of Discord's own making): it tells so, and of no edit. */
  unfurl(message: Message, embeds: readonly Record<string, unknown>[]): Message {
    return change(message, { embeds }, undefined, true)
  }

  /** Several at once: in bulk. */
  delete(...messages: Message[]): void {
    remove(this, messages)
  }

  /** «👍», or an emoji of a server. */
  react(message: Message, who: Speaker, emoji: string | Emoji): void {
    react(message, this.#author(who).user, emojiFrom(emoji))
  }

  unreact(message: Message, who: Speaker, emoji: string | Emoji): void {
    unreact(message, this.#author(who).user, emojiFrom(emoji))
  }

  /** In a poll, for the answer of this number; false: takes it back. */
  vote(message: Message, who: Speaker, answer: number, on = true): void {
    vote(message, this.#author(who).user, answer, on)
  }

  pin(message: Message, who: Speaker): void {
    pin(message, this.#author(who), true)
  }

  unpin(message: Message): void {
    pin(message, undefined, false)
  }

  types(who: Speaker): void {
    const { user } = this.#author(who)
    const member = this.guild?.members.get(user.id)
    this.world.emit(
      "TYPING_START",
      {
        channel_id: this.id,
        ...(this.guild && { guild_id: this.guild.id }),
        user_id: user.id,
        timestamp: Math.floor(this.world.now() / 1000),
        ...(member && { member: this.guild?.rawMember(member) }),
      },
      this.audience,
    )
  }

  /** From `from`, or by itself. */
  makeThread(who: Speaker, fields: { name: string; from?: Message; private?: boolean; slow?: number; archiveAfter?: number }): Channel {
    const { private: isPrivate, ...rest } = fields
    return startThread(this, this.#author(who), { ...rest, ...(isPrivate && { type: ChannelType.PrivateThread }) })
  }

  /** In a forum. */
  makePost(who: Speaker, fields: { name: string; first: string | Draft; tags?: string[] }): Channel {
    const { first, ...rest } = fields
    return startThread(this, this.#author(who), { ...rest, first: typeof first === "string" ? { content: first } : first })
  }

  makeWebhook(name: string, by: Speaker, application: string | null = by instanceof Bot ? by.id : null): Webhook {
    const webhook = new Webhook(this.world.ids.next(), this, name, by instanceof Bot ? by.user : by, application)
    this.world.webhooks.set(webhook.id, webhook)
    webhook.told()
    return webhook
  }

  rename(name: string): void {
    this.update({ name })
  }

  /** Who may what here: replaces what was said of the same role or member. Neither: takes it away. */
  overwrite({ of, allow = 0n, deny = 0n }: OverwriteFields): void {
    this.allow({ id: of.id, type: this.guild?.roles.has(of.id) ? 0 : 1, allow: bits(allow), deny: bits(deny) })
  }

  // ---- state

  get isThread(): boolean {
    return this.thread !== undefined
  }

  /** Who hears of what happens in it. */
  get audience(): { guild: string; channel: string } | { only: string[] } {
    if (this.guild) return { guild: this.guild.id, channel: this.id }
    return { only: this.recipients.filter(({ bot }) => bot).map(({ id }) => id) }
  }

  /** Of a user; undefined: of a webhook, which may what everyone may. */
  permissionsOf(user: string | undefined): bigint {
    if (!this.guild) return user === undefined || this.recipients.some(({ id }) => id === user) ? dmRights : 0n
    const { guild } = this
    const asker = user === undefined ? { id: "", roles: [], isOwner: false, isTimedOut: false } : guild.asker(user)
    if (!asker) return 0n
    const rights = inChannel(guild.permissionsOf(user), asker, guild.id, (this.thread ? this.parent : this)?.overwrites ?? [])
    const isHidden = this.type === ChannelType.PrivateThread && !this.thread?.members.has(asker.id) && !(rights & Flags.ManageThreads)
    return isHidden ? 0n : rights
  }

  mayView(user: string): boolean {
    return (this.permissionsOf(user) & Flags.ViewChannel) !== 0n
  }

  /** What a reply, or a thread's first message, points to. */
  referenced(message: Message): Message | undefined {
    const { channel_id, message_id } = message.message_reference ?? {}
    return this.world.channels.get(channel_id ?? "")?.messages.find(({ id }) => id === message_id)
  }

  /** Changes fields, and tells. */
  update(
    fields: Partial<Pick<Channel, "name" | "topic" | "slow" | "nsfw" | "position" | "parent" | "overwrites" | "type" | "tags">>,
  ): void {
    const apply = (): void => {
      Object.assign(this, fields)
      if (this.thread) this.world.emit("THREAD_UPDATE", this.raw(), this.audience)
      // Channels are told to everybody in the guild, also those that may not view them: else nobody would hear that they may no longer.
      else if (this.guild) this.world.emit("CHANNEL_UPDATE", this.raw(), { guild: this.guild.id })
    }
    if (fields.overwrites && this.guild) this.guild.whileSeeing(apply)
    else apply()
  }

  allow(overwrite: Overwrite): void {
    const others = this.overwrites.filter(({ id }) => id !== overwrite.id)
    this.update({ overwrites: overwrite.allow || overwrite.deny ? [...others, overwrite] : others })
  }

  /** Archives the thread or wakes it. */
  archive(on = true, locked = this.thread?.locked ?? false): void {
    if (!this.thread) throw new TypeError("only threads are archived")
    if (this.thread.archived !== on) this.thread.changed = this.world.now()
    Object.assign(this.thread, { archived: on, locked })
    this.world.emit("THREAD_UPDATE", this.raw(), this.audience)
  }

  /** Deletes it, with its threads. */
  destroy(): void {
    const { world, guild } = this
    for (const channel of world.channels.values()) if (channel.thread && channel.parent === this) world.channels.delete(channel.id)
    const { id, type } = this
    if (this.thread) world.emit("THREAD_DELETE", { id, guild_id: guild?.id, parent_id: this.parent?.id, type }, this.audience)
    world.channels.delete(id)
    for (const webhook of world.webhooksOf(this)) world.webhooks.delete(webhook.id)
    if (this.thread || !guild) return
    for (const child of guild.channels) if (child.parent === this) child.update({ parent: undefined })
    world.emit("CHANNEL_DELETE", this.raw(), { guild: guild.id })
  }

  /** @internal */
  openThread(
    id: string,
    type: ChannelType,
    by: Author,
    fields: { name: string; slow?: number; archiveAfter?: number; tags?: string[]; invitable?: boolean },
  ): Channel {
    const now = this.world.now()
    const thread = new Channel(this.world, id, type, fields.name, this.guild, this)
    const { archiveAfter = 4320, tags = [], invitable = true } = fields
    const state = { archived: false, locked: false, changed: now, created: now, count: 0, total: 0, members: new Map() }
    thread.thread = { owner: by.user.id, archiveAfter, tags, invitable, ...state }
    thread.slow = fields.slow ?? 0
    if (!by.webhook) thread.thread.members.set(by.user.id, { joined: now })
    if (this.type === ChannelType.GuildForum || this.type === ChannelType.GuildMedia) this.lastMessage = id
    this.world.emit("THREAD_CREATE", { ...thread.raw(), newly_created: true }, thread.audience)
    return thread
  }

  addMember(user: Person): void {
    const { thread, guild } = this
    if (!thread || !guild || thread.members.has(user.id)) return
    const joined = this.world.now()
    thread.members.set(user.id, { joined })
    const member = guild.members.get(user.id)
    const raw = { ...this.rawThreadMember(user.id), ...(member && { member: guild.rawMember(member) }), presence: null }
    if (user.bot && this.type === ChannelType.PrivateThread) {
      this.world.emit("THREAD_CREATE", { ...this.raw(), member: this.rawThreadMember(user.id) }, { guild: guild.id, only: [user.id] })
    }
    this.#membersChanged({ added_members: [raw] })
  }

  removeMember(user: string): void {
    if (this.thread?.members.delete(user)) this.#membersChanged({ removed_member_ids: [user] })
  }

  rawThreadMember(user: string): { id: string; user_id: string; join_timestamp: string; flags: number } {
    const joined = this.thread?.members.get(user)?.joined ?? 0
    return { id: this.id, user_id: user, join_timestamp: iso(joined), flags: 0 }
  }

  /** For whom: their membership of a thread goes with it. */
  raw(user?: string): APIChannel & Record<string, unknown> {
    return (this.thread ? this.#rawThread(this.thread, user) : this.guild ? this.#rawChannel() : this.#rawDm(user)) as never
  }

  #rawDm(user?: string): object {
    return {
      id: this.id,
      type: this.type,
      last_message_id: this.lastMessage,
      flags: 0,
      recipients: this.recipients.filter(({ id }) => id !== user),
    }
  }

  #rawChannel(): object {
    const { id, type, guild, name, parent, position, nsfw, topic, slow, tags } = this
    const hasText = type !== ChannelType.GuildCategory
    const isForum = type === ChannelType.GuildForum || type === ChannelType.GuildMedia
    const isVoice = type === ChannelType.GuildVoice || type === ChannelType.GuildStageVoice
    return {
      id,
      type,
      flags: 0,
      guild_id: guild?.id,
      name,
      parent_id: parent?.id ?? null,
      position,
      permission_overwrites: this.overwrites.map(rawOverwrite),
      ...(hasText && { nsfw, rate_limit_per_user: slow, last_message_id: this.lastMessage }),
      ...(hasText && !isVoice && { topic, last_pin_timestamp: this.lastPin === null ? null : iso(this.lastPin) }),
      ...(isVoice && { bitrate: 64_000, user_limit: 0, rtc_region: null }),
      ...(isForum && { available_tags: tags, default_reaction_emoji: null, default_sort_order: null, default_forum_layout: 0 }),
    }
  }

  #rawThread(thread: ThreadState, user?: string): object {
    const { id, type, guild, name, parent, slow } = this
    return {
      id,
      type,
      flags: 0,
      guild_id: guild?.id,
      name,
      parent_id: parent?.id ?? null,
      owner_id: thread.owner,
      last_message_id: this.lastMessage,
      last_pin_timestamp: this.lastPin === null ? null : iso(this.lastPin),
      rate_limit_per_user: slow,
      thread_metadata: {
        archived: thread.archived,
        archive_timestamp: iso(thread.changed),
        auto_archive_duration: thread.archiveAfter,
        locked: thread.locked,
        create_timestamp: iso(thread.created),
        ...(type === ChannelType.PrivateThread && { invitable: thread.invitable }),
      },
      message_count: thread.count,
      // «Approximate … stops counting at 50».
      member_count: Math.min(50, thread.members.size),
      total_message_sent: thread.total,
      ...(thread.tags.length > 0 && { applied_tags: thread.tags }),
      ...(user !== undefined && thread.members.has(user) && { member: this.rawThreadMember(user) }),
    }
  }

  #membersChanged(what: object): void {
    const { guild, thread } = this
    const counted = { id: this.id, guild_id: guild?.id, member_count: Math.min(50, thread?.members.size ?? 0) }
    this.world.emit("THREAD_MEMBERS_UPDATE", { ...counted, ...what }, this.audience)
  }

  #author(who: Speaker): Author {
    return { user: who instanceof Bot ? who.user : who }
  }
}
