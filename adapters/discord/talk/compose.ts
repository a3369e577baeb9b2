// What a message towards Discord contains: who speaks, what is answered, the text, and whom it may ping.
import { Routes } from "discord.js"
import type { Body, FileInfo, Reply } from "xferry"
import { explain } from "../connection/errors.js"
import { object } from "../loose.js"
import { isSnowflake, type Snowflake } from "../places.js"
import { render, size } from "../text/render.js"
import type { Bot, Names } from "../types.js"
import { readMember } from "../world/read.js"
import type { Note } from "./handle.js"
import type { Place, Talker } from "./place.js"
import { cut, legalName } from "./puppet.js"

/** Create Message: up to 2000 characters, which are code points. */
const maxContent = 2000
/** Of what is answered, UTF-16 units. */
const maxExcerpt = 120
/** More would make everybody wait whom the bot has never met. */
const maxAsked = 5
/** Allowed Mentions Object. */
const maxMentions = 100

/** What Create Message, Execute Webhook and the edits of either have in common. */
export interface Content {
  content: string
  embeds?: { description: string }[]
  allowed_mentions: { parse: []; users: Snowflake[]; replied_user: false }
}

/** What is put before the text. */
export interface Before {
  name?: string | undefined
  /** Told in a line of its own, where there is no other way to point at it. */
  reply?: Reply | undefined
  /** As it stands before the text already (`headOf`). */
  head?: string | undefined
}

export async function compose(
  bot: Talker,
  place: Place,
  body: Pick<Body<FileInfo>, "text" | "spans">,
  before: Before,
  signal: AbortSignal,
): Promise<Content> {
  const names = bot.world.names(place.guild)
  const { name, reply, head } = before
  const named = name === undefined ? "" : `**${escaped(legalName(name), names)}**: `
  const taken = size(head?.replace(quotedLine, "") ?? named)
  const { content, users } = render(body, names, maxContent - taken)
  const rest = (startsBlock.test(content) ? named.replace(/ $/, "\n") : named) + content
  const first = head ?? (reply === undefined ? "" : quoted(reply, place, names, maxContent - size(rest)))
  const fits = [first, first.replace(quotedLine, "")].find((one) => size(one + rest) <= maxContent)
  return {
    // Nothing of what somebody said is left out: an embed holds twice as much (Message Resource, Embed Limits).
    ...(fits === undefined ? { content: (first + named).trim(), embeds: [{ description: content }] } : { content: fits + rest }),
    allowed_mentions: { parse: [], users: await pingable(bot, place, users, signal), replied_user: false },
  }
}

/** What `quoted` gives. */
const quotedLine = /^-# ↪ [^\n]*(\n|$)/u
/** Markdown that counts only at the beginning of a line. */
const startsBlock = /^(```|>|#{1,3} |-# |[-*] |\d+\. )/

/** A link to what is answered, and its beginning, in one small line; «»: there is no room for it. */
function quoted({ id, text, author }: Reply, { guild, channel }: Place, names: Names, room: number): string {
  const who = author === undefined ? "" : escaped(legalName(author), names)
  const link = isSnowflake(id) ? `https://discord.com/channels/${guild ?? "@me"}/${channel}/${id}` : undefined
  const label = who || "…"
  const pointer = `-# ↪ ${link === undefined ? label : `[${label}](<${link}>)`}`
  const line = cut((text ?? "").replace(/\s+/g, " "), maxExcerpt)
  const excerpt = line === "" ? "" : `: ${escaped(line, names)}${line.length < (text ?? "").trim().length ? "…" : ""}`
  return (
    [`${pointer}${excerpt}\n`, `${pointer}\n`].find((one) => size(one) <= room && !(link === undefined && who === "" && excerpt === "")) ??
    ""
  )
}

/** Whether it begins with what is answered. */
export function isQuoting(content: string): boolean {
  return quotedLine.test(content)
}

/** All that `compose` put before a text: a line with what is answered, a name, or both. */
export function headOf(content: string, { quoted, named }: Pick<Note, "quoted" | "named">): string {
  const line = quoted === true ? (quotedLine.exec(content)?.[0] ?? "") : ""
  const name = named === true ? (/^\*\*.{1,200}?\*\*:[ \n]?/u.exec(content.slice(line.length))?.[0] ?? "") : ""
  // What an embed holds follows without a blank.
  return (line + name).replace(/(?<=:)$/u, name === "" ? "" : " ")
}

/** As text that is shown as it is. */
function escaped(text: string, names: Names): string {
  return render({ text }, names).content.replace(/(?<!\\)[[\]]/g, "\\$&")
}

/** Who holds the role that lets itself be pinged from XMPP. */
async function pingable(bot: Talker, { guild }: Place, users: readonly Snowflake[], signal: AbortSignal): Promise<Snowflake[]> {
  const roles = guild === undefined ? [] : (bot.world.guild(guild)?.roles.values() ?? [])
  const willing = new Set([...roles].filter(({ name }) => name === bot.options.pingRole).map(({ id }) => id))
  if (guild === undefined || willing.size === 0) return []
  let asked = 0
  const holders: Snowflake[] = []
  for (const user of new Set(users)) {
    const member = bot.world.member(guild, user) ?? (asked++ < maxAsked ? await ask(bot, guild, user, signal) : undefined)
    if (member?.roles.some((role) => willing.has(role))) holders.push(user)
  }
  return holders.slice(0, maxMentions)
}

async function ask(
  { rest, world, host }: Bot,
  guild: Snowflake,
  user: Snowflake,
  signal: AbortSignal,
): Promise<ReturnType<Bot["world"]["member"]>> {
  try {
    const member = object(await rest.get(Routes.guildMember(guild, user), { signal }))
    world.met(guild, object(member["user"]), member)
    return readMember(user, member)
  } catch (error) {
    // They are mentioned all the same, without a ping.
    host.log.debug({ guild, user, reason: explain(error).message }, "whether somebody wants to be pinged could not be asked")
    return undefined
  }
}
