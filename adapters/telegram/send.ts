// Messages towards Telegram: sent, edited, deleted, and that somebody types.
import type { ReplyParameters } from "node-telegram-bot-api"
import { AdapterError, type MessageRef, type Reply, type Session } from "xferry"
import { type Calls, placeIn, says } from "./calls.js"
import type { capabilities } from "./capabilities.js"
import { contactOf } from "./people.js"
import { isPerson, type Place } from "./places.js"

type Verbs = Pick<Session<typeof capabilities>, "send" | "edit" | "retract" | "typing" | "contact">

/** Bot API, ReplyParameters: 0-1024 characters. */
const maxQuote = 1024

export function messageVerbs(calls: Calls): Verbs {
  const { api, me } = calls
  return {
    async send({ chat, body, reply, silent }, signal) {
      const place = placeIn(chat)
      const sent = await calls.at(
        place,
        () => {
          const message = { ...target(place), text: body.text, ...(silent && { disable_notification: true }) }
          const answering = reply && replyTo(reply)
          if (!answering) return api.sendMessage(message, signal)
          return api.sendMessage({ ...message, reply_parameters: answering }, signal).catch((error: unknown) => {
            // The quote is not, or no longer, a part of what it quotes; nothing was sent.
            if (answering.quote === undefined || !says(error, /quote/i)) throw error
            const { quote: _, ...bare } = answering
            return api.sendMessage({ ...message, reply_parameters: bare }, signal)
          })
        },
        true,
      )
      return { id: String(sent.message_id), at: new Date(sent.date * 1000) }
    },
    async edit({ chat, message, body }, signal) {
      const place = placeIn(chat)
      // The edit got there before, or changed nothing.
      const edited = await calls.unless(/message is not modified/i, place, () =>
        api.editMessageText({ chat_id: place.chat, message_id: idOf(message), text: body.text }, signal),
      )
      return typeof edited === "object" && edited.edit_date !== undefined ? { revision: String(edited.edit_date) } : {}
    },
    async retract({ chat, message }, signal) {
      const place = placeIn(chat)
      await calls.unless(/message to delete not found/i, place, () =>
        api.deleteMessage({ chat_id: place.chat, message_id: idOf(message) }, signal),
      )
    },
    async typing({ chat, active }, signal) {
      // Telegram shows it for five seconds or until the message; there is no way to take it back.
      if (!active) return
      const place = placeIn(chat)
      await calls.at(place, () => api.sendChatAction({ ...target(place), action: "typing" }, signal))
    },
    async contact(id, signal) {
      if (!isPerson(id)) {
        const link = me.username === undefined ? "the bot's address" : `https://t.me/${me.username}`
        throw new AdapterError(
          "gone",
          `Telegram lets a bot find people by their number only. Send them ${link}: once they have written, they appear by themselves.`,
        )
      }
      const place = { chat: Number(id) }
      const chat = await calls.at(place, () => api.getChat({ chat_id: place.chat }, signal))
      return contactOf({ ...chat, first_name: chat.first_name ?? "" })
    },
  }
}

function target({ chat, thread }: Place): { chat_id: number; message_thread_id?: number } {
  return { chat_id: chat, ...(thread !== undefined && { message_thread_id: thread }) }
}

/** Telegram counts messages from 1. */
export function idOf({ id }: MessageRef): number {
  if (!/^[1-9]\d{0,9}$/.test(id)) throw new AdapterError("gone", "This message no longer exists on Telegram.")
  return Number(id)
}

/** What is answered may be deleted by now: that must not stop the answer. */
function replyTo({ id, quote }: Reply): ReplyParameters | undefined {
  if (!/^[1-9]\d{0,9}$/.test(id)) return undefined
  const fits = quote !== undefined && quote !== "" && quote.length <= maxQuote
  return { message_id: Number(id), allow_sending_without_reply: true, ...(fits && { quote }) }
}
