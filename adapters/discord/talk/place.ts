// Where something is said: the channel, and the one whose webhooks speak there.
import { DiscordAPIError, Routes } from "discord.js"
import { AdapterError, type ChatRef, type MessageRef } from "xferry"
import { explain } from "../connection/errors.js"
import type { Sending } from "../files/outgoing.js"
import { object } from "../loose.js"
import { isSnowflake, placeOf, type Snowflake } from "../places.js"
import type { Bot, Channel } from "../types.js"
import { isThread } from "../world/permissions.js"
import type { DirectChats } from "./dms.js"
import type { WebhookPool } from "./webhooks.js"

/** A bot with the parts that talk. */
export type Talker = Bot & { dms: DirectChats; webhooks: WebhookPool }

export interface Place {
  channel: Snowflake
  /** Undefined: a direct chat. */
  guild: Snowflake | undefined
  /** Whose webhooks speak here: the parent of a thread, the channel itself. Undefined: nobody's. */
  hooks: Snowflake | undefined
  thread: boolean
  /** Of a direct chat. */
  user?: Snowflake
}

/** Channel Object, Channel Types: what has no messages of its own. */
const silent: ReadonlyMap<number, string> = new Map([
  [4, "This is a category: messages are written in its channels."],
  [14, "This is a directory: nobody writes messages here."],
  [15, "This is a forum: messages are written in its posts. Start a post to begin one."],
  [16, "This is a forum of pictures: messages are written in its posts. Start a post to begin one."],
])

/** Throws an AdapterError: there is no such place, or nothing can be said there. */
export async function whereIs(bot: Talker, chat: ChatRef, signal: AbortSignal): Promise<Place> {
  if ("user" in chat) {
    if (!isSnowflake(chat.user)) throw new AdapterError("gone", "Discord does not let bots write to webhooks, nor to what is no person.")
    const channel = await bot.dms.channelOf(chat.user, signal)
    return { channel, guild: undefined, hooks: undefined, thread: false, user: chat.user }
  }
  const place = placeOf(chat.room)
  if (!place) throw new AdapterError("gone", "This is not the number of a channel on Discord.")
  if ("guild" in place) throw new AdapterError("unsupported", "This is a server: messages are written in its channels.")
  const channel = bot.world.channel(place.channel) ?? (await ask(bot, place.channel, signal))
  const why = silent.get(channel.type)
  if (why !== undefined) throw new AdapterError("unsupported", why)
  const thread = isThread(channel)
  return { channel: channel.id, guild: channel.guild, hooks: thread ? channel.parent : channel.id, thread }
}

/** Archived threads are not told when the bot connects. */
async function ask({ rest, world }: Talker, channel: Snowflake, signal: AbortSignal): Promise<Channel> {
  try {
    const found = world.learn(object(await rest.get(Routes.channel(channel), { signal })))
    if (found) return found
  } catch (error) {
    throw explain(error)
  }
  throw new AdapterError("retry", "Discord did not say what kind of channel this is.")
}

/** How files are sent: as long as they move, they may take their time. */
export function sendingOf({ options }: Pick<Bot, "options">, signal: AbortSignal): Sending {
  return { signal, stillMs: options.timeoutSeconds * 1000 }
}

/** JSON error code of a refusal; undefined: it was no refusal. */
export function codeOf(error: unknown): number | undefined {
  return error instanceof DiscordAPIError ? Number(error.code) : undefined
}

/** Opcodes and Status Codes, JSON Error Codes. */
export const code = {
  unknownChannel: 10003,
  unknownMessage: 10008,
  unknownEmoji: 10014,
  unknownWebhook: 10015,
  invalidWebhookToken: 50027,
  missingPermissions: 50013,
  invalidForm: 50035,
  archivedThread: 50083,
  noHistoryToReplyTo: 160002,
} as const

/** Throws an AdapterError: it has none, as the network never gave it one. */
export function messageIdOf({ id }: MessageRef): Snowflake {
  if (isSnowflake(id)) return id
  throw new AdapterError("gone", "This message no longer exists on Discord.")
}

/** What is not there any more need not be taken away. Throws what `run` throws. `isGone`: its refusal says so. */
export async function unlessGone(
  run: () => Promise<unknown>,
  isGone = (error: unknown): boolean => explain(error).kind === "gone",
): Promise<void> {
  try {
    await run()
  } catch (error) {
    if (!isGone(error)) throw error
  }
}

/** What a call made with a webhook's token met: the webhook was deleted, or its token replaced. */
export function isVanished(error: unknown): boolean {
  if (!(error instanceof DiscordAPIError)) return false
  const said = codeOf(error)
  if (said === code.unknownWebhook || said === code.invalidWebhookToken) return true
  // Other servers give no codes.
  return error.status === 401 || (error.status === 404 && !said)
}

/**
 * A thread that the service does not open by itself is opened, once (Topics, Threads). Throws what `run` throws, or an AdapterError if
 * the thread must not be opened.
 */
export async function reopening<T>(
  { rest }: Pick<Bot, "rest">,
  channel: Snowflake,
  signal: AbortSignal,
  run: () => Promise<T>,
): Promise<T> {
  try {
    return await run()
  } catch (error) {
    if (codeOf(error) !== code.archivedThread) throw error
  }
  await rest.patch(Routes.channel(channel), { body: { archived: false }, signal }).catch((error: unknown) => {
    throw explain(error)
  })
  return run()
}
