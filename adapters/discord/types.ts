// What the parts of this adapter know of each other. Raw data (`Json`) is read with loose.ts, everywhere.
import type { REST } from "discord.js"
import type { Contact, Host, NetworkEvent } from "xferry"
import type { Addresses } from "./files/addresses.js"
import type { Json } from "./loose.js"
import type { Options } from "./options.js"
import type { Snowflake } from "./places.js"

/** What is sealed: never logged. */
export interface Secret {
  token: string
}

/** One bot, connected: what every part may use. */
export interface Bot {
  /** The bot's own user. */
  self: Contact
  application: Snowflake
  rest: REST
  options: Options
  host: Host
  world: World
  dms: Dms
  webhooks: Webhooks
  /** Where the files of recent messages are. */
  addresses: Addresses
  /** Privileged intents that are switched on (intents.ts). */
  may: { members: boolean; presences: boolean; content: boolean }
}

export interface Overwrite {
  id: Snowflake
  /** 0: a role's, 1: a member's. */
  type: number
  allow: bigint
  deny: bigint
}

export interface Channel {
  id: Snowflake
  /** Channel Object, Channel Types. Threads are 10, 11, 12. */
  type: number
  /** Undefined: a direct chat. */
  guild: Snowflake | undefined
  /** Category of a channel, channel or forum of a thread. */
  parent: Snowflake | undefined
  name: string
  topic: string
  slowSeconds: number
  overwrites: readonly Overwrite[]
  archived: boolean
  locked: boolean
  /** Who made a thread. */
  creator?: Snowflake | undefined
}

export interface Role {
  id: Snowflake
  name: string
  permissions: bigint
  position: number
}

/** Somebody in a guild, as far as is known. */
export interface Member {
  user: Snowflake
  /** Name in the guild, if it is another than everywhere. */
  nick: string | undefined
  roles: readonly Snowflake[]
  /** Epoch ms until which they are in timeout; 0: they are not. */
  mutedUntil: number
}

export interface Guild {
  id: Snowflake
  name: string
  owner: Snowflake | undefined
  /** Down for the moment: nothing is known of it. */
  unavailable: boolean
  memberCount: number | undefined
  icon?: string | undefined
  /** Guild Object, Premium Tier: by it larger files are taken. */
  premiumTier?: number | undefined
  roles: Map<Snowflake, Role>
  channels: Map<Snowflake, Channel>
  /** Custom emoji: name and whether it moves, by id. */
  emojis: Map<Snowflake, { name: string; animated: boolean }>
  /** The bot itself. */
  self: Member | undefined
}

/** All that the bot sees: guilds, channels and roles whole, people as far as they were met lately (bounded). From memory. */
export interface World {
  guild(id: Snowflake): Guild | undefined
  guilds(): Iterable<Guild>
  /** Of a guild, a thread, or a direct chat. */
  channel(id: Snowflake): Channel | undefined
  member(guild: Snowflake, user: Snowflake): Member | undefined
  /** Who it is, if they were met. */
  contact(user: Snowflake): Contact | undefined
  /** All of a guild who were met lately. */
  people(guild: Snowflake): Member[]
  /** Learns people from what comes with messages: `member` without its user; `channel`: where they spoke. */
  met(guild: Snowflake | undefined, user: Json, member?: Json, channel?: Snowflake): void
  /** Learns a channel or thread that REST answered with or that came with a message. Undefined: it is none. */
  learn(channel: Json): Channel | undefined
  /** Names for texts, in a guild or (undefined) a direct chat. */
  names(guild: Snowflake | undefined): Names
}

/** Between ids and what people read. All from memory; undefined: unknown. */
export interface Names {
  user(id: Snowflake): string | undefined
  role(id: Snowflake): string | undefined
  channel(id: Snowflake): string | undefined
  /** The custom emoji of this name, which the bot may use here. */
  emoji(name: string): { id: Snowflake; animated: boolean } | undefined
  roleNamed(name: string): Snowflake | undefined
  channelNamed(name: string): Snowflake | undefined
}

/** Direct chats (dms.ts). Remembered in `host.state`. */
export interface Dms {
  /** Opens it if there is none yet. Throws AdapterError. */
  channelOf(user: Snowflake, signal: AbortSignal): Promise<Snowflake>
  /** Undefined: no direct chat of this bot's. */
  userOf(channel: Snowflake): Promise<Snowflake | undefined>
  learn(channel: Snowflake, user: Snowflake): Promise<void>
  /** Of a channel that nobody told of. Undefined: it is a direct chat, as far as anybody can say. */
  guildOf(channel: Snowflake): Promise<Snowflake | undefined>
}

/** The webhooks by which this bot speaks as others (webhooks.ts). */
export interface Webhooks {
  isOurs(webhook: Snowflake): boolean
}

/** What a dispatch of the gateway tells the core, in order; from the part that knows it. Never throws for what a server sends. */
export type Handlers = Readonly<Record<string, (data: Json) => NetworkEvent[] | Promise<NetworkEvent[]>>>
