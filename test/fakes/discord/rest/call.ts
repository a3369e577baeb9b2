// One request as the routes see it, and what most of them ask first.
import { ChannelType } from "discord-api-types/v10"
import type { FakeDiscord } from "../index.js"
import { blanked } from "../intents.js"
import type { Channel } from "../world/channel.js"
import type { Guild, Member } from "../world/guild.js"
import { type Message, shown } from "../world/message.js"
import { Flags } from "../world/permissions.js"
import type { Bot, Person } from "../world/users.js"
import type { File, World } from "../world/world.js"
import { refused, unauthorized } from "./refused.js"

export type Params = Record<string, unknown>

/** Gives the body of the answer; undefined: there is none. */
export type Route = (call: Call) => unknown

export class Call {
  constructor(
    readonly fake: FakeDiscord,
    /** Who asks; absent on routes that are open to all. */
    private readonly asker: Bot | undefined,
    readonly params: Readonly<Record<string, string>>,
    readonly query: Params,
    readonly body: Params,
    readonly files: ReadonlyMap<number, File>,
    readonly reason: string | null,
  ) {}

  get bot(): Bot {
    if (!this.asker) throw unauthorized()
    return this.asker
  }

  get world(): World {
    return this.fake.world
  }

  get author(): { user: Person } {
    return { user: this.bot.user }
  }

  /** The guild of the path, if the bot is in it. */
  get guild(): Guild {
    const guild = this.world.guilds.get(this.params["guild_id"]!)
    if (!guild) throw refused(10004)
    if (!guild.members.has(this.bot.id)) throw refused(50001)
    return guild
  }

  /** The channel of the path, if the bot may view it. */
  get channel(): Channel {
    return this.view(this.params["channel_id"]!)
  }

  view(id: string): Channel {
    const channel = this.world.channels.get(id)
    if (!channel) throw refused(10003)
    if (!channel.mayView(this.bot.id)) throw refused(50001)
    return channel
  }

  /** The message of the path. */
  messageIn(channel: Channel): Message {
    const message = channel.messages.find(({ id }) => id === this.params["message_id"])
    if (!message) throw refused(10008)
    return message
  }

  member(guild: Guild, id = this.params["user_id"]!): Member {
    const member = guild.members.get(id)
    if (!member) throw refused(this.world.user(id) ? 10007 : 10013)
    return member
  }

  /** Refuses if the bot may not do that there. */
  need(where: Channel | Guild, permission: bigint): void {
    if (!(where.permissionsOf(this.bot.id) & permission)) throw refused(50013)
  }

  /** Refuses where the bot does not stand above them (Permissions, Permission Hierarchy). */
  needAbove(guild: Guild, rank: number): void {
    if (guild.rankOf(this.bot.id) <= rank) throw refused(50013)
  }

  needGuild(channel: Channel): Guild {
    if (!channel.guild) throw refused(50003)
    return channel.guild
  }

  /** A message as this bot gets to see it: content only with the application's switch. */
  shown(message: Message): unknown {
    const whole = shown(message, this.bot.id)
    const mayRead = this.bot.application.flags & (1 << 19) || !message.in.guild
    return mayRead ? whole : blanked(this.bot, whole)
  }
}

export function isForum({ type }: Channel): boolean {
  return type === ChannelType.GuildForum || type === ChannelType.GuildMedia
}

/** Refuses to write in it (Threads, Archived & Locked). */
export function needWritable(call: Call, channel: Channel): void {
  if (isForum(channel) || channel.type === ChannelType.GuildCategory) throw refused(50008)
  call.need(channel, channel.thread ? Flags.SendMessagesInThreads : Flags.SendMessages)
  if (channel.thread?.locked && !(channel.permissionsOf(call.bot.id) & Flags.ManageThreads)) throw refused(160005)
}
