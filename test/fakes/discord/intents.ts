// What of an event a bot gets: by the intents it asked for, by what it may view, and its content (Gateway, Gateway Intents).
import { GatewayIntentBits as Bits } from "discord-api-types/v10"
import type { Dispatch, GatewayBot, Ground } from "./ground.js"

type Json = Record<string, unknown>

export const privileged = Bits.GuildMembers | Bits.GuildPresences | Bits.MessageContent
/** All that exist: others are invalid. */
export const known = Object.values(Bits).reduce<number>((all, bit) => (typeof bit === "number" ? all | bit : all), 0)

/** Intents of events in guilds; one of them is enough. */
const inGuilds: readonly [RegExp, number][] = [
  [/^GUILD_MEMBER_(?:ADD|UPDATE|REMOVE)$/, Bits.GuildMembers],
  [/^THREAD_MEMBERS_UPDATE$/, Bits.Guilds | Bits.GuildMembers],
  [/^(?:GUILD_BAN_|GUILD_AUDIT_LOG_)/, Bits.GuildModeration],
  [/^GUILD_(?:EMOJIS|STICKERS|SOUNDBOARD)/, Bits.GuildExpressions],
  [/^(?:GUILD_INTEGRATIONS|INTEGRATION)_/, Bits.GuildIntegrations],
  [/^WEBHOOKS_/, Bits.GuildWebhooks],
  [/^INVITE_/, Bits.GuildInvites],
  [/^VOICE_/, Bits.GuildVoiceStates],
  [/^PRESENCE_/, Bits.GuildPresences],
  [/^MESSAGE_REACTION_/, Bits.GuildMessageReactions],
  [/^MESSAGE_POLL_/, Bits.GuildMessagePolls],
  [/^MESSAGE_/, Bits.GuildMessages],
  [/^TYPING_/, Bits.GuildMessageTyping],
  [/^GUILD_SCHEDULED_EVENT_/, Bits.GuildScheduledEvents],
  [/^(?:GUILD|CHANNEL|THREAD|STAGE_INSTANCE)_/, Bits.Guilds],
]

/** Intents of events in direct chats. */
const inDms: readonly [RegExp, number][] = [
  [/^MESSAGE_REACTION_/, Bits.DirectMessageReactions],
  [/^MESSAGE_POLL_/, Bits.DirectMessagePolls],
  [/^(?:MESSAGE_|CHANNEL_PINS_)/, Bits.DirectMessages],
  [/^TYPING_/, Bits.DirectMessageTyping],
]

/** The event's data for this bot. Undefined: it does not hear of it. */
export function narrowed(ground: Ground, bot: GatewayBot, intents: number, { t, d, guild, channel, only }: Dispatch): Json | undefined {
  if (only && !only.includes(bot.user.id)) return undefined
  if (guild !== undefined && !only && !ground.guildsOf(bot).includes(guild)) return undefined
  if (guild === undefined && !only) return undefined
  // A guild it enters is told by GUILD_CREATE.
  if (t === "GUILD_MEMBER_ADD" && idOf(d["user"]) === bot.user.id) return undefined
  const needed = (guild === undefined ? inDms : inGuilds).find(([kind]) => kind.test(t))?.[1]
  // Changes of the bot itself are told without the intent.
  const ofItself = t === "GUILD_MEMBER_UPDATE" && idOf(d["user"]) === bot.user.id
  if (needed !== undefined && !ofItself && (intents & needed) === 0) return undefined
  if (guild !== undefined && channel !== undefined && !ground.mayView(bot.user.id, channel)) return undefined
  if (t === "GUILD_CREATE") return guildFor(bot, intents, d)
  const content = (intents & Bits.MessageContent) !== 0 || guild === undefined
  return !content && /^MESSAGE_(?:CREATE|UPDATE)$/.test(t) ? (blanked(bot, d) as Json) : d
}

/** «members and presences will only contain your bot and users in voice channels» without the intent (Guild Create). */
function guildFor(bot: GatewayBot, intents: number, d: Json): Json {
  if (intents & Bits.GuildPresences) return d
  const members = d["members"] as { user: { id: string } }[]
  return { ...d, members: members.filter(({ user }) => user.id === bot.user.id), presences: [] }
}

const contents: readonly (readonly [string, unknown])[] = [
  ["content", ""],
  ["embeds", []],
  ["attachments", []],
  ["components", []],
]

/** Without the intent: empty, but in what the bot wrote itself and where it is mentioned (Gateway, Message Content Intent). */
export function blanked(bot: GatewayBot, value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value
  const message = value as Json
  const mentioned = ((message["mentions"] ?? []) as unknown[]).some((user) => idOf(user) === bot.user.id)
  if (idOf(message["author"]) === bot.user.id || mentioned) return message
  const blank = { ...message }
  for (const [field, nothing] of contents) if (field in blank) blank[field] = nothing
  delete blank["poll"]
  if (blank["referenced_message"]) blank["referenced_message"] = blanked(bot, blank["referenced_message"])
  if (Array.isArray(blank["message_snapshots"])) {
    blank["message_snapshots"] = blank["message_snapshots"].map((snapshot: Json) => ({
      ...snapshot,
      message: blanked(bot, snapshot["message"]),
    }))
  }
  return blank
}

function idOf(user: unknown): unknown {
  return (user as { id?: unknown } | undefined)?.id
}
