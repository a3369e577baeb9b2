// The verbs towards Telegram.
import { type Api, TelegramApiError } from "node-telegram-bot-api"
import { AdapterError, type ChatRef, type Session } from "xferry"
import type { capabilities } from "./capabilities.js"
import { explain } from "./errors.js"
import { contactOf } from "./people.js"

type Verbs = Omit<Session<typeof capabilities>, "self" | "ended">

/** `bot`: its username, for advice in errors. */
export function verbs(api: Api, bot: string | undefined): Verbs {
  const known = { unsure: false, bot }
  return {
    async send({ chat, body, silent }, signal) {
      const message = { chat_id: idOf(chat), text: body.text, ...(silent && { disable_notification: true }) }
      const sent = await api.sendMessage(message, signal).catch((error: unknown) => {
        throw explain(error, { unsure: true, bot })
      })
      return { id: String(sent.message_id), at: new Date(sent.date * 1000) }
    },
    async edit({ chat, message, body }, signal) {
      const target = { chat_id: idOf(chat), message_id: Number(message.id), text: body.text }
      const edited = await api.editMessageText(target, signal).catch((error: unknown) => {
        // The edit got there before, or changed nothing.
        if (says(error, /message is not modified/i)) return true
        throw explain(error, known)
      })
      return typeof edited === "object" && edited.edit_date !== undefined ? { revision: String(edited.edit_date) } : {}
    },
    async retract({ chat, message }, signal) {
      await api.deleteMessage({ chat_id: idOf(chat), message_id: Number(message.id) }, signal).catch((error: unknown) => {
        if (!says(error, /message to delete not found/i)) throw explain(error, known)
      })
    },
    async typing({ chat, active }, signal) {
      // Telegram shows it for five seconds or until the message; there is no way to take it back.
      if (!active) return
      await api.sendChatAction({ chat_id: idOf(chat), action: "typing" }, signal).catch((error: unknown) => {
        throw explain(error, known)
      })
    },
    async contact(id, signal) {
      if (!isPerson(id)) {
        const link = bot === undefined ? "the bot's address" : `https://t.me/${bot}`
        throw new AdapterError(
          "gone",
          `Telegram lets a bot find people by their number only. Send them ${link}: once they have written, they appear by themselves.`,
        )
      }
      const chat = await api.getChat({ chat_id: Number(id) }, signal).catch((error: unknown) => {
        throw explain(error, known)
      })
      return contactOf({ ...chat, first_name: chat.first_name ?? "" })
    },
  }
}

/** Groups have negative numbers. */
function isPerson(id: string): boolean {
  return /^[1-9]\d{0,15}$/.test(id)
}

function idOf(chat: ChatRef): number {
  if ("room" in chat) throw new AdapterError("unsupported", "Groups are not relayed.")
  if (!isPerson(chat.user)) throw new AdapterError("gone", "This is not the number of a person on Telegram.")
  return Number(chat.user)
}

function says(error: unknown, description: RegExp): boolean {
  return error instanceof TelegramApiError && error.errorCode === 400 && description.test(error.description)
}
