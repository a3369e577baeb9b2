// What the bot sees, in memory: guilds, channels and roles whole, people as far as they were met lately.
import type { Contact } from "xferry"
import { id, isObject, type Json, list, object } from "../loose.js"
import type { Snowflake } from "../places.js"
import type { Channel, Guild, Member, Names, Role, World } from "../types.js"
import { Bounded } from "./bounded.js"
import { namesIn } from "./names.js"
import { contactOf, userOf } from "./people.js"
import { isThread } from "./permissions.js"
import { Settling } from "./settling.js"
import { emptyGuild, readChannel, readEmojis, readGuild, readMember, readRole } from "./read.js"

/** People over all guilds, and of each the rooms they were lately seen in. */
const mostPeople = 20_000
const mostRooms = 20
/** Threads that nobody writes in any more, and direct chats. */
const mostArchived = 5000
const mostDirect = 2000

export class BotWorld implements World {
  readonly #guilds = new Map<Snowflake, Guild>()
  /** Guild by channel or thread. */
  readonly #places = new Map<Snowflake, Snowflake>()
  readonly #direct = new Bounded<Snowflake, Channel>(mostDirect)
  readonly #archived = new Bounded<Snowflake, Snowflake>(mostArchived, (thread, guild) => this.#drop(guild, thread))
  /** By guild and user. */
  readonly #members = new Bounded<string, Member>(mostPeople, (key) => this.#unlist(key))
  readonly #inGuild = new Map<Snowflake, Set<Snowflake>>()
  readonly #users = new Bounded<Snowflake, Contact>(mostPeople)
  readonly #seen = new Bounded<Snowflake, Set<Snowflake>>(mostPeople)

  readonly settling = new Settling()

  /** `self`: the bot's user id. */
  constructor(readonly self: Snowflake) {}

  /** Resolves when all guilds that were announced have come, or are not likely to. */
  settled(signal: AbortSignal): Promise<void> {
    return this.settling.settled(signal)
  }

  // ---- asked by others
  guild(guild: Snowflake): Guild | undefined {
    return this.#guilds.get(guild)
  }

  guilds(): Iterable<Guild> {
    return this.#guilds.values()
  }

  channel(channel: Snowflake): Channel | undefined {
    const guild = this.#places.get(channel)
    return guild === undefined ? this.#direct.get(channel) : this.#guilds.get(guild)?.channels.get(channel)
  }

  member(guild: Snowflake, user: Snowflake): Member | undefined {
    return user === this.self ? this.#guilds.get(guild)?.self : this.#members.get(`${guild} ${user}`)
  }

  contact(user: Snowflake): Contact | undefined {
    return this.#users.get(user)
  }

  /** All who were met lately. */
  known(): Contact[] {
    return this.#users.values()
  }

  people(guild: Snowflake): Member[] {
    return [...(this.#inGuild.get(guild) ?? [])].flatMap((user) => this.#members.get(`${guild} ${user}`) ?? [])
  }

  names(guild: Snowflake | undefined): Names {
    return namesIn(this, guild)
  }

  /** Where somebody spoke lately. */
  seen(user: Snowflake): Snowflake[] {
    return [...(this.#seen.get(user) ?? [])]
  }

  met(guild: Snowflake | undefined, user: Json, member?: Json, channel?: Snowflake): void {
    const contact = contactOf(user)
    if (!contact) return
    this.know(contact)
    if (guild !== undefined && isObject(member) && Array.isArray(member["roles"])) this.join(guild, readMember(contact.id, member))
    if (guild === undefined || channel === undefined) return
    const rooms = this.#seen.get(contact.id) ?? new Set()
    rooms.delete(channel)
    rooms.add(channel)
    const [oldest] = rooms
    if (rooms.size > mostRooms && oldest !== undefined) rooms.delete(oldest)
    this.#seen.set(contact.id, rooms)
  }

  // ---- told by the gateway and by REST
  learn(data: Json): Channel | undefined {
    const key = id(data["id"])
    if (key === undefined) return undefined
    const known = this.channel(key)
    // Channels that come with a message do not say whose they are.
    const guild = id(data["guild_id"]) ?? known?.guild ?? this.channel(id(data["parent_id"]) ?? "")?.guild
    const channel = readChannel(data, guild, known)
    if (channel) this.put(channel)
    return channel
  }

  put(channel: Channel): void {
    if (channel.guild === undefined) return this.#direct.set(channel.id, channel)
    const guild = this.#guilds.get(channel.guild)
    if (!guild) return
    guild.channels.set(channel.id, channel)
    this.#places.set(channel.id, guild.id)
    if (isThread(channel) && channel.archived) this.#archived.set(channel.id, guild.id)
    else this.#archived.delete(channel.id)
  }

  /** Returns what it was; with a channel its threads go. */
  remove(key: Snowflake): Channel | undefined {
    const channel = this.channel(key)
    this.#direct.delete(key)
    this.#archived.delete(key)
    if (channel?.guild === undefined) return channel
    if (!isThread(channel))
      for (const each of this.#guilds.get(channel.guild)?.channels.values() ?? [])
        if (isThread(each) && each.parent === key) this.#drop(channel.guild, each.id)
    this.#drop(channel.guild, key)
    return channel
  }

  #drop(guild: Snowflake, channel: Snowflake): void {
    this.#guilds.get(guild)?.channels.delete(channel)
    this.#places.delete(channel)
  }

  /** GUILD_CREATE, GUILD_UPDATE, or what REST says of a guild. */
  putGuild(data: Json): Guild | undefined {
    const before = this.#guilds.get(id(data["id"]) ?? "")
    const guild = readGuild(data, this.self, before)
    if (!guild) return undefined
    this.#guilds.set(guild.id, guild)
    if (before && before.channels !== guild.channels) for (const channel of before.channels.keys()) this.#places.delete(channel)
    for (const channel of guild.channels.values()) this.#places.set(channel.id, guild.id)
    for (const member of list(data["members"])) this.putMember(guild.id, member)
    return guild
  }

  /** It is there, and nothing is known of it for the moment. */
  outage(key: Snowflake): void {
    this.#guilds.set(key, { ...(this.#guilds.get(key) ?? emptyGuild(key)), unavailable: true })
  }

  removeGuild(key: Snowflake): void {
    for (const channel of this.#guilds.get(key)?.channels.keys() ?? []) this.#places.delete(channel)
    for (const user of this.#inGuild.get(key) ?? []) this.#members.delete(`${key} ${user}`)
    this.#inGuild.delete(key)
    this.#guilds.delete(key)
  }

  putRole(guild: Snowflake, data: Json): Role | undefined {
    const roles = this.#guilds.get(guild)?.roles
    const role = readRole(data, guild, roles?.get(id(data["id"]) ?? ""))
    if (role) roles?.set(role.id, role)
    return role
  }

  /** Nobody has it any more, as nothing else tells of each. */
  dropRole(guild: Snowflake, role: Snowflake): void {
    const known = this.#guilds.get(guild)
    known?.roles.delete(role)
    for (const member of [known?.self, ...this.people(guild)])
      if (member?.roles.includes(role)) this.join(guild, { ...member, roles: member.roles.filter((one) => one !== role) })
  }

  putEmojis(guild: Snowflake, data: unknown): void {
    const known = this.#guilds.get(guild)
    if (known) known.emojis = readEmojis(data)
  }

  /** A Guild Member with its user. Returns who it is. */
  putMember(guild: Snowflake, data: Json): Member | undefined {
    const user = userOf(data)
    const contact = contactOf(object(user))
    if (!contact) return undefined
    this.know(contact)
    const member = readMember(contact.id, data)
    this.join(guild, member)
    return member
  }

  join(guild: Snowflake, member: Member): void {
    if (member.user === this.self) {
      const known = this.#guilds.get(guild)
      if (known) known.self = member
      return
    }
    const there = this.#inGuild.get(guild) ?? new Set()
    there.add(member.user)
    this.#inGuild.set(guild, there)
    this.#members.set(`${guild} ${member.user}`, member)
  }

  part(guild: Snowflake, user: Snowflake): void {
    this.#members.delete(`${guild} ${user}`)
    this.#unlist(`${guild} ${user}`)
  }

  /** True: something of it is new. What a partial user lacks stays. */
  know(contact: Contact): boolean {
    const before = this.#users.get(contact.id)
    const after = { ...before, ...contact }
    this.#users.set(contact.id, after)
    return before !== undefined && JSON.stringify(before) !== JSON.stringify(after)
  }

  #unlist(key: string): void {
    const [guild = "", user = ""] = key.split(" ")
    const there = this.#inGuild.get(guild)
    there?.delete(user)
    if (there?.size === 0) this.#inGuild.delete(guild)
  }
}
