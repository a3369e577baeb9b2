// Changing and deleting messages: with the right of whoever posted them, or of a moderator.
import { Routes } from "discord.js"
import { AdapterError, type Session } from "xferry"
import type { capabilities } from "../capabilities.js"
import { explain } from "../connection/errors.js"
import { outgoing } from "../files/outgoing.js"
import { type Json, object, text, time } from "../loose.js"
import type { Snowflake } from "../places.js"
import { compose, headOf } from "./compose.js"
import { type Note, noteOf } from "./handle.js"
import { code, codeOf, isVanished, messageIdOf, type Place, reopening, sendingOf, type Talker, unlessGone, whereIs } from "./place.js"
import { cut } from "./puppet.js"
import type { Hook } from "./webhooks.js"

/** Reference, Audit Log Reason: 1-512 characters, URL-encoded. */
const maxReason = 150

export function editVerbs(bot: Talker): Pick<Session<typeof capabilities>, "edit" | "retract"> {
  return {
    async edit({ chat, message, body }, signal) {
      const target = messageIdOf(message)
      const place = await whereIs(bot, chat, signal)
      const note = noteOf(message.handle)
      const hook = await hookOf(bot, note)
      if (note.webhook !== undefined && !hook) throw lost()
      const where = address(hook, place, target)
      try {
        const head =
          note.named === true || note.quoted === true ? headOf(text((await read(bot, where, signal))["content"]) ?? "", note) : undefined
        const { embeds, ...content } = await compose(bot, place, body, { head }, signal)
        // What was too long for a name before it may fit now, and the other way round.
        const said = { ...content, ...((embeds ?? note.named === true) && { embeds: embeds ?? [] }) }
        // Without new files those that are there stay.
        const patch = (): Promise<unknown> =>
          bot.rest.patch(where.route, { ...where.by, signal, ...outgoing(said, body.files, sendingOf(bot, signal)) })
        const answer = await reopening(bot, place.channel, signal, patch)
        const told = object(answer)
        // Servers that answer with nothing: without it the echo would look like another change.
        const seen = "id" in told ? told : await read(bot, where, signal).catch(() => told)
        const at = time(seen["edited_timestamp"])
        return at === undefined ? {} : { revision: String(at) }
      } catch (error) {
        if (!hook || !isVanished(error)) throw explain(error, { unsure: false, webhook: hook !== undefined })
        await bot.webhooks.forget(hook.id, place.hooks)
        throw lost()
      }
    },
    async retract({ chat, message, why }, signal) {
      const target = messageIdOf(message)
      const place = await whereIs(bot, chat, signal)
      const hook = await hookOf(bot, noteOf(message.handle))
      if (hook && (await byHook(bot, hook, place, target, signal))) return
      const { route } = address(undefined, place, target)
      const reason = why === undefined || why === "" ? {} : { reason: cut(why, maxReason) }
      await unlessGone(() => reopening(bot, place.channel, signal, () => bot.rest.delete(route, { signal, ...reason })), isUnknown).catch(
        (error: unknown) => {
          throw explain(error)
        },
      )
    },
  }
}

interface Address {
  route: `/${string}`
  by: { auth?: false; query?: URLSearchParams }
}

function address(hook: Hook | undefined, { channel, thread }: Place, message: Snowflake): Address {
  if (!hook) return { route: Routes.channelMessage(channel, message), by: {} }
  const query = thread ? { query: new URLSearchParams({ thread_id: channel }) } : {}
  return { route: Routes.webhookMessage(hook.id, hook.token, message), by: { auth: false, ...query } }
}

async function read({ rest }: Talker, { route, by }: Address, signal: AbortSignal): Promise<Json> {
  return object(await rest.get(route, { ...by, signal }))
}

/** Undefined: the bot posted it, somebody else, or a webhook that is no longer known. */
async function hookOf({ webhooks }: Talker, { webhook }: Note): Promise<Hook | undefined> {
  return webhook === undefined ? undefined : webhooks.byId(webhook)
}

/** False: the webhook is gone, and the bot may try with its own right. */
async function byHook(bot: Talker, hook: Hook, place: Place, message: Snowflake, signal: AbortSignal): Promise<boolean> {
  const { route, by } = address(hook, place, message)
  try {
    await unlessGone(() => reopening(bot, place.channel, signal, () => bot.rest.delete(route, { ...by, signal })), isUnknown)
    return true
  } catch (error) {
    if (!isVanished(error)) throw explain(error, { unsure: false, webhook: true })
    await bot.webhooks.forget(hook.id, place.hooks)
    return false
  }
}

function isUnknown(error: unknown): boolean {
  return codeOf(error) === code.unknownMessage
}

function lost(): AdapterError {
  return new AdapterError("gone", "The webhook that posted this message was deleted on Discord: nobody can change the message any more.")
}
