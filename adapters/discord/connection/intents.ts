// What the bot asks the gateway for, and which of it Discord must be told to allow.
import { ApplicationFlags, GatewayIntentBits } from "discord.js"
import { type Json, number } from "../loose.js"
import type { Bot } from "../types.js"

export type May = Bot["may"]

/** Application Object, Application Flags: «limited» is the switch of a bot in fewer than 100 servers. */
const flags: Record<keyof May, number> = {
  content: ApplicationFlags.GatewayMessageContent | ApplicationFlags.GatewayMessageContentLimited,
  members: ApplicationFlags.GatewayGuildMembers | ApplicationFlags.GatewayGuildMembersLimited,
  presences: ApplicationFlags.GatewayPresence | ApplicationFlags.GatewayPresenceLimited,
}

/** As the switches are called where they are set. */
export const switches: Record<keyof May, string> = {
  content: "Message Content Intent",
  members: "Server Members Intent",
  presences: "Presence Intent",
}

/**
 * Which privileged intents are switched on for an application. A server that does not say is taken to allow everything; and other
 * servers than Discord's (`isOther`) have the field without a meaning: 0 for all.
 */
export function granted(application: Json, isOther = false): May {
  const set = number(application["flags"]) ?? number(application["flags_new"])
  if (set === undefined || (isOther && set === 0)) return { content: true, members: true, presences: true }
  // Bits above 31 are out of reach of `&`, and none of ours.
  const has = (flag: number): boolean => (Number(BigInt(Math.trunc(set)) & 0xffffffffn) & flag) !== 0
  return { content: has(flags.content), members: has(flags.members), presences: has(flags.presences) }
}

const always =
  GatewayIntentBits.Guilds |
  GatewayIntentBits.GuildModeration |
  GatewayIntentBits.GuildExpressions |
  GatewayIntentBits.GuildWebhooks |
  GatewayIntentBits.GuildMessages |
  GatewayIntentBits.GuildMessageReactions |
  GatewayIntentBits.GuildMessageTyping |
  GatewayIntentBits.GuildMessagePolls |
  GatewayIntentBits.DirectMessages |
  GatewayIntentBits.DirectMessageReactions |
  GatewayIntentBits.DirectMessageTyping |
  GatewayIntentBits.DirectMessagePolls

/** Gateway Intents, as a bit field. */
export function intentsOf(may: May): number {
  return (
    always |
    (may.content ? GatewayIntentBits.MessageContent : 0) |
    (may.members ? GatewayIntentBits.GuildMembers : 0) |
    (may.presences ? GatewayIntentBits.GuildPresences : 0)
  )
}

/** Where an application's switches are. */
export function switchesPage(application: string | undefined): string {
  return `https://discord.com/developers/applications${application === undefined ? "" : `/${application}/bot`}`
}

/** What is lost without the switches that are off; undefined: all are on. */
export function missing(may: May, application: string | undefined): string | undefined {
  const off = (["members", "presences"] as const).filter((key) => !may[key])
  if (off.length === 0) return undefined
  const lost = off.map((key) => (key === "members" ? "who belongs to a server" : "who is online")).join(" and ")
  return `The bot is not told ${lost}: switch on «${off.map((key) => switches[key]).join("» and «")}» at ${switchesPage(application)}. It counts from the bot's next connection on.${off.includes("members") ? " Until then it is noticed only after some minutes who lost a role, or left." : ""}`
}
