// A guild: its members, roles and channels, and what happens among them.
import { ChannelType, type APIGuildMember, type APIRole } from "discord-api-types/v10"
import { Channel, type OverwriteFields } from "./channel.js"
import { createOf, rawMember, rawRole, rawGuild } from "./guild-raw.js"
import { byId } from "./ids.js"
import { all, type Asker, bits, Flags, inGuild, ordinary, type Permissions } from "./permissions.js"
import { type Bot, type Person } from "./users.js"
import type { World } from "./world.js"

export interface Member {
  user: Person
  nick: string | null
  roles: string[]
  /** Epoch ms. */
  joined: number
  /** Epoch ms until which they are in timeout; 0: they are not. */
  mutedUntil: number
}

export interface Role {
  id: string
  name: string
  permissions: bigint
  position: number
  mentionable: boolean
  /** Of a bot. */
  managed: boolean
  color: number
  hoist: boolean
}

export interface Emoji {
  id: string
  name: string
  animated: boolean
}

export interface ChannelFields {
  name: string
  id?: string
  /** Default: text. */
  type?: ChannelType
  parent?: Channel
  topic?: string
  /** Default: those of the category. */
  overwrites?: readonly OverwriteFields[]
  /** Slow mode, in seconds. */
  slow?: number
  nsfw?: boolean
  /** Names of a forum's tags. */
  tags?: readonly string[]
}

/** What a bot gets unless a test says otherwise: everything but the administrator's bit. */
const usual = all & ~Flags.Administrator

export class Guild {
  readonly members = new Map<string, Member>()
  readonly roles = new Map<string, Role>()
  readonly emojis = new Map<string, Emoji>()
  /** Reasons, by user. */
  readonly bans = new Map<string, { user: Person; reason: string | null }>()
  isDown = false
  description: string | null = null
  icon: string | null = null
  /** 2 and 3 take larger files. */
  premiumTier = 0

  constructor(
    readonly world: World,
    readonly id: string,
    public name: string,
    public owner: Person,
    everyoneMay: bigint = ordinary,
  ) {
    world.guilds.set(id, this)
    const everyone = {
      id,
      name: "@everyone",
      permissions: everyoneMay,
      position: 0,
      mentionable: false,
      managed: false,
      color: 0,
      hoist: false,
    }
    this.roles.set(id, everyone)
    this.#enter(owner)
  }

  /** Without threads, in the order they were made. */
  get channels(): Channel[] {
    return [...this.world.channels.values()].filter((channel) => channel.guild === this && !channel.thread)
  }

  /** Those that are not archived. */
  get threads(): Channel[] {
    return [...this.world.channels.values()].filter((channel) => channel.guild === this && channel.thread?.archived === false)
  }

  // ---- people

  /** With a role of its own, above all others. */
  addBot(bot: Bot, { permissions = usual }: { permissions?: Permissions } = {}): void {
    const role = this.makeRole({ name: bot.user.username, permissions, managed: true, position: this.roles.size })
    this.#enter(bot.user, null, [role.id])
    this.world.emit("GUILD_CREATE", this.create(bot.id), { guild: this.id, only: [bot.id] })
  }

  join(who: Person, { nick = null, roles = [] }: { nick?: string | null; roles?: readonly Role[] } = {}): Member {
    return this.#enter(
      who,
      nick,
      roles.map(({ id }) => id),
    )
  }

  leave(who: { id: string }): void {
    const member = this.members.get(who.id)
    if (!member) return
    this.members.delete(who.id)
    for (const { guild, thread } of this.world.channels.values()) if (guild === this) thread?.members.delete(who.id)
    this.world.emit("GUILD_MEMBER_REMOVE", { guild_id: this.id, user: member.user }, { guild: this.id })
    if (!member.user.bot) return
    this.world.emit("GUILD_DELETE", { id: this.id }, { guild: this.id, only: [who.id] })
    // Its role goes with it.
    for (const id of member.roles) if (this.roles.get(id)?.managed) this.deleteRole(this.roles.get(id)!)
  }

  /** The same as leaving, to whoever watches. */
  kick(who: { id: string }): void {
    this.leave(who)
  }

  ban(who: Person, reason: string | null = null): void {
    this.bans.set(who.id, { user: who, reason })
    this.world.emit("GUILD_BAN_ADD", { guild_id: this.id, user: who }, { guild: this.id })
    this.leave(who)
  }

  unban(who: Person): void {
    if (this.bans.delete(who.id)) this.world.emit("GUILD_BAN_REMOVE", { guild_id: this.id, user: who }, { guild: this.id })
  }

  /** Changes of a membership. `mutedUntil`: epoch ms. */
  change(who: { id: string }, fields: Partial<Pick<Member, "nick" | "roles" | "mutedUntil">>): void {
    const member = this.members.get(who.id)
    if (!member) throw new TypeError("not a member")
    this.whileSeeing(() => {
      Object.assign(member, fields)
      this.world.emit("GUILD_MEMBER_UPDATE", { ...this.rawMember(member), guild_id: this.id }, { guild: this.id })
    })
  }

  setNick(who: { id: string }, nick: string | null): void {
    this.change(who, { nick })
  }

  give(who: { id: string }, role: { id: string }): void {
    const held = this.members.get(who.id)?.roles ?? []
    if (!held.includes(role.id)) this.change(who, { roles: [...held, role.id] })
  }

  take(who: { id: string }, role: { id: string }): void {
    this.change(who, { roles: (this.members.get(who.id)?.roles ?? []).filter((id) => id !== role.id) })
  }

  /** Until this time, epoch ms; 0 ends it. */
  timeout(who: { id: string }, mutedUntil: number): void {
    this.change(who, { mutedUntil })
  }

  // ---- roles

  /** At the lowest place, unless `position` says another: the others move up. */
  makeRole(fields: { name: string; permissions?: Permissions; position?: number; mentionable?: boolean; managed?: boolean }): Role {
    const { name, permissions = 0n, position = 1, mentionable = false, managed = false } = fields
    for (const role of this.roles.values()) {
      if (role.position >= position && role.id !== this.id) this.editRole(role, { position: role.position + 1 })
    }
    const role = { id: this.world.ids.next(), name, permissions: bits(permissions), position, mentionable, managed, color: 0, hoist: false }
    this.roles.set(role.id, role)
    this.world.emit("GUILD_ROLE_CREATE", { guild_id: this.id, role: rawRole(role) }, { guild: this.id })
    return role
  }

  editRole(
    role: { id: string },
    { permissions, ...fields }: Partial<Omit<Role, "permissions" | "id">> & { permissions?: Permissions },
  ): Role {
    const known = this.roles.get(role.id)
    if (!known) throw new TypeError("no such role")
    this.whileSeeing(() => {
      Object.assign(known, fields, permissions !== undefined && { permissions: bits(permissions) })
      this.world.emit("GUILD_ROLE_UPDATE", { guild_id: this.id, role: rawRole(known) }, { guild: this.id })
    })
    return known
  }

  deleteRole(role: { id: string }): void {
    this.whileSeeing(() => {
      this.roles.delete(role.id)
      for (const member of this.members.values()) member.roles = member.roles.filter((id) => id !== role.id)
      this.world.emit("GUILD_ROLE_DELETE", { guild_id: this.id, role_id: role.id }, { guild: this.id })
    })
  }

  // ---- channels, and the guild itself

  makeChannel(fields: ChannelFields): Channel {
    const { name, type = ChannelType.GuildText, parent, topic = null, overwrites, slow = 0, nsfw = false, tags = [] } = fields
    const channel = new Channel(this.world, fields.id ?? this.world.ids.next(), type, name, this, parent)
    const position = this.channels.filter((other) => other !== channel).length
    Object.assign(channel, { topic, slow, nsfw, position })
    channel.tags = tags.map((tag) => ({ id: this.world.ids.next(), name: tag, moderated: false, emoji_id: null, emoji_name: null }))
    channel.overwrites = overwrites
      ? overwrites.map(({ of, allow = 0n, deny = 0n }) => ({
          id: of.id,
          type: this.roles.has(of.id) ? 0 : 1,
          allow: bits(allow),
          deny: bits(deny),
        }))
      : (parent?.overwrites.map((one) => ({ ...one })) ?? [])
    this.world.emit("CHANNEL_CREATE", channel.raw(), { guild: this.id })
    return channel
  }

  /** `picture`: what the CDN has of it. */
  makeEmoji(name: string, animated = false, picture?: Uint8Array): Emoji {
    const emoji = { id: this.world.ids.next(), name, animated }
    if (picture) this.world.publish(`emojis/${emoji.id}.${animated ? "gif" : "png"}`, picture, animated ? "image/gif" : "image/png")
    this.emojis.set(emoji.id, emoji)
    this.#emojisChanged()
    return emoji
  }

  deleteEmoji({ id }: { id: string }): void {
    if (this.emojis.delete(id)) this.#emojisChanged()
  }

  update(fields: Partial<Pick<Guild, "name" | "owner" | "description" | "premiumTier" | "icon">>): void {
    Object.assign(this, fields)
    this.world.emit("GUILD_UPDATE", rawGuild(this), { guild: this.id })
  }

  /** An outage: nobody sees it until it is up again. */
  goDown(): void {
    this.isDown = true
    this.world.emit("GUILD_DELETE", { id: this.id, unavailable: true }, { guild: this.id })
  }

  comeUp(): void {
    this.isDown = false
    for (const { id, bot } of [...this.members.values()].map(({ user }) => user)) {
      if (bot) this.world.emit("GUILD_CREATE", this.create(id), { guild: this.id, only: [id] })
    }
  }

  /** Its owner deletes it. */
  destroy(): void {
    this.world.emit("GUILD_DELETE", { id: this.id }, { guild: this.id })
    this.world.guilds.delete(this.id)
    for (const channel of [...this.world.channels.values()]) if (channel.guild === this) this.world.channels.delete(channel.id)
    for (const webhook of [...this.world.webhooks.values()]) if (webhook.channel.guild === this) this.world.webhooks.delete(webhook.id)
  }

  // ---- rights

  /** @internal */
  asker(user: string): Asker | undefined {
    const member = this.members.get(user)
    const isTimedOut = (member?.mutedUntil ?? 0) > this.world.now()
    return member && { id: user, roles: member.roles, isOwner: this.owner.id === user, isTimedOut }
  }

  /** In the guild as a whole. Undefined: of everyone. */
  permissionsOf(user: string | undefined): bigint {
    const asker = user === undefined ? { id: "", roles: [], isOwner: false, isTimedOut: false } : this.asker(user)
    return asker ? inGuild(asker, this.id, this.roles) : 0n
  }

  /** Position of the highest role; the owner is above all. */
  rankOf(user: string): number {
    if (this.owner.id === user) return Infinity
    return Math.max(0, ...(this.members.get(user)?.roles ?? []).map((id) => this.roles.get(id)?.position ?? 0))
  }

  /** @internal Carries out a change of rights: who then sees more channels hears of their threads (Gateway Events, Thread List Sync). */
  whileSeeing(apply: () => void): void {
    const seen = (): Map<string, Set<Channel>> =>
      new Map(
        this.world.bots
          .filter(({ id }) => this.members.has(id))
          .map(({ id }) => [id, new Set(this.channels.filter((channel) => channel.mayView(id)))] as const),
      )
    const before = seen()
    apply()
    for (const [bot, channels] of seen()) {
      const gained = [...channels].filter((channel) => !before.get(bot)?.has(channel))
      const threads = this.threads.filter((thread) => gained.includes(thread.parent!) && thread.mayView(bot))
      if (threads.length === 0) continue
      const members = threads.filter(({ thread }) => thread?.members.has(bot)).map((thread) => thread.rawThreadMember(bot))
      const d = { guild_id: this.id, channel_ids: gained.map(({ id }) => id), threads: threads.map((thread) => thread.raw(bot)), members }
      this.world.emit("THREAD_LIST_SYNC", d, { guild: this.id, only: [bot] })
    }
  }

  // ---- raw

  rawMember(member: Member): APIGuildMember {
    return rawMember(member, this.world.now())
  }

  rawRoles(): APIRole[] {
    return [...this.roles.values()].map(rawRole)
  }

  raw(): Record<string, unknown> {
    return rawGuild(this)
  }

  /** GUILD_CREATE for this user. */
  create(user: string): Record<string, unknown> {
    return createOf(this, user)
  }

  sortedMembers(): Member[] {
    return [...this.members.values()].sort((a, b) => byId(a.user, b.user))
  }

  #enter(user: Person, nick: string | null = null, roles: string[] = []): Member {
    const member = { user, nick, roles, joined: this.world.now(), mutedUntil: 0 }
    this.members.set(user.id, member)
    this.world.emit("GUILD_MEMBER_ADD", { ...this.rawMember(member), guild_id: this.id }, { guild: this.id })
    return member
  }

  #emojisChanged(): void {
    this.world.emit("GUILD_EMOJIS_UPDATE", { guild_id: this.id, emojis: rawGuild(this)["emojis"] }, { guild: this.id })
  }
}
