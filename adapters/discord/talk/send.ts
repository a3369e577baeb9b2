// Messages towards Discord: by a webhook under the speaker's name and face where that is possible, else by the bot.
import { createHash } from "node:crypto"
import { MessageFlags, type RouteLike, Routes } from "discord.js"
import type { MessageRef, Send, Sent, Session, Upload } from "xferry"
import type { capabilities } from "../capabilities.js"
import { rowsOf } from "../commands/buttons.js"
import { explain } from "../connection/errors.js"
import { NoAnswer } from "../connection/transport.js"
import { downloadVerb } from "../files/download.js"
import { Unread } from "../files/form.js"
import { type Voice, voiceOf } from "../files/ogg.js"
import { outgoing } from "../files/outgoing.js"
import { id, type Json, object } from "../loose.js"
import { isSnowflake, timeOf } from "../places.js"
import { compose, isQuoting } from "./compose.js"
import { editVerbs } from "./edit.js"
import { execute } from "./execute.js"
import { handleOf } from "./handle.js"
import { historyVerb } from "./history.js"
import { code, codeOf, type Place, reopening, sendingOf, type Talker, whereIs } from "./place.js"
import { reactVerb } from "./react.js"
import { typingVerb } from "./typing.js"

/** Create Message, `nonce`: up to 25 characters. */
const maxNonce = 25

type Verbs = Pick<Session<typeof capabilities>, "send" | "edit" | "retract" | "react" | "typing" | "history" | "download">

export function talkVerbs(bot: Talker): Verbs {
  return {
    async send(op, signal) {
      const place = await whereIs(bot, op.chat, signal)
      return (await asPuppet(bot, place, op, signal)) ?? (await asBot(bot, place, op, signal))
    },
    ...editVerbs(bot),
    ...typingVerb(bot),
    ...historyVerb(bot),
    ...reactVerb(bot),
    ...downloadVerb(bot),
  }
}

/** Undefined: it has to be said by the bot. */
async function asPuppet(bot: Talker, place: Place, op: Send, signal: AbortSignal): Promise<Sent | undefined> {
  const { as, body, reply, silent } = op
  if (!as || op.asks === true || !bot.options.puppets || place.guild === undefined || place.hooks === undefined) return undefined
  return execute(bot, place.hooks, as, signal, async (hook, puppet) => {
    const content = await compose(bot, place, body, { reply }, signal)
    const query = new URLSearchParams({ wait: "true", ...(place.thread && { thread_id: place.channel }) })
    const said = { ...content, ...puppet, ...(silent === true && { flags: MessageFlags.SuppressNotifications }) }
    const answer = await reopening(bot, place.channel, signal, () =>
      bot.rest.post(Routes.webhook(hook.id, hook.token), {
        auth: false,
        query,
        signal,
        ...outgoing(said, body.files, sendingOf(bot, signal)),
      }),
    )
    return sentOf(answer, op, handleOf({ webhook: hook.id, quoted: reply !== undefined && isQuoting(content.content) }))
  })
}

async function asBot(bot: Talker, place: Place, op: Send, signal: AbortSignal): Promise<Sent> {
  try {
    return await post(bot, place, op, signal, isPointable(op.reply))
  } catch (error) {
    if (place.user !== undefined && codeOf(error) === code.unknownChannel) {
      await bot.dms.forget(place.user)
      const again = await whereIs(bot, op.chat, signal)
      return await post(bot, again, op, signal, isPointable(op.reply)).catch((error: unknown) => {
        throw explain(error, { unsure: true })
      })
    }
    if (!op.reply || !isUnanswerable(error)) throw explain(error, { unsure: true })
    return await post(bot, place, op, signal, false).catch((error: unknown) => {
      throw explain(error, { unsure: true })
    })
  }
}

/** `points`: it is a reply to Discord, else it is told what it answers. Throws what the library throws. */
async function post(bot: Talker, place: Place, op: Send, signal: AbortSignal, points: boolean): Promise<Sent> {
  const { as, body, key, reply, silent } = op
  const named = as && as.own !== true ? as.name : undefined
  const quotes = points ? undefined : reply
  const content = await compose(bot, place, body, { name: named, reply: quotes }, signal)
  const buttons = op.asks === true ? rowsOf(body.extras, place.user) : undefined
  const said = {
    ...content,
    ...(buttons && { components: buttons }),
    // The same nonce within some minutes: the same message is given, and no other is made.
    nonce: nonceOf(key),
    enforce_nonce: true,
    ...(points && reply && { message_reference: { message_id: reply.id, fail_if_not_exists: false } }),
  }
  const quiet = silent === true ? MessageFlags.SuppressNotifications : 0
  const route: RouteLike = Routes.channelMessages(place.channel)
  const go = (message: object, flags: number, voice?: Voice): Promise<unknown> =>
    reopening(bot, place.channel, signal, () =>
      bot.rest.post(route, {
        signal,
        ...outgoing({ ...message, ...(flags !== 0 && { flags }) }, body.files, { ...sendingOf(bot, signal), voice }),
      }),
    )
  const voice = content.content === "" ? await voiceIn(body.files, signal) : undefined
  const { content: _, ...mute } = said
  const answer = await (voice === undefined
    ? go(said, quiet)
    : go(mute, quiet | MessageFlags.IsVoiceMessage, voice).catch((error: unknown) => {
        if (!isVoiceRefused(error)) throw error
        return go(said, quiet)
      }))
  return sentOf(answer, op, handleOf({ named: named !== undefined, quoted: quotes !== undefined && isQuoting(content.content) }))
}

/** A voice message is one voice note and nothing else (Message Resource, Voice Messages). */
async function voiceIn(files: readonly Upload[] | undefined, signal: AbortSignal): Promise<Voice | undefined> {
  const [file, second] = files ?? []
  if (file?.kind !== "voice" || second || file.spoiler === true) return undefined
  try {
    return await voiceOf(file, signal)
  } catch (cause) {
    throw explain(new NoAnswer("no answer", { cause: new Unread("a file could not be read", { cause }) }))
  }
}

/** Voice messages are switched off there or for the bot, or the server knows none. Nothing was sent. */
function isVoiceRefused(error: unknown): boolean {
  const said = codeOf(error) ?? 0
  return said === code.missingPermissions || said === code.invalidForm || (said >= 50159 && said <= 50173)
}

function isPointable(reply: MessageRef | undefined): boolean {
  return reply !== undefined && isSnowflake(reply.id)
}

/** There is no reading the history, or what is answered is a message of Discord's own. Nothing was sent. */
function isUnanswerable(error: unknown): boolean {
  const said = codeOf(error)
  return said === code.noHistoryToReplyTo || (said === code.invalidForm && /message_reference|reply/i.test(String(error)))
}

export function nonceOf(key: string): string {
  return key.length <= maxNonce ? key : createHash("sha256").update(key).digest("base64url").slice(0, maxNonce)
}

function sentOf(answer: unknown, { key }: Send, handle: string | undefined): Sent {
  const message: Json = object(answer)
  const given = id(message["id"])
  // It was said, but nobody will find it again: better than saying it twice.
  if (given === undefined) return { id: `unknown-${key}` }
  return { id: given, at: new Date(timeOf(given)), ...(handle !== undefined && { handle }) }
}
