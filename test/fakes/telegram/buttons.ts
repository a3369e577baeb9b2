// Buttons under messages, who presses them, and the list of commands, on the fake.
//
// Docs: callback_data has 1-64 bytes (InlineKeyboardButton), BUTTON_DATA_INVALID otherwise (core.telegram.org/api/errors); a query is answered
// once and soon (server: «query is too old and response timeout expired or query ID is invalid»); an edit without reply_markup takes the buttons away.
import type { InlineKeyboardMarkup, Message } from "node-telegram-bot-api"
import { type Bot, type Person, Refused, userOf } from "./bot.js"
import type { Call, Params } from "./methods.js"
import { posted } from "./posting.js"

const bad = (words: string): never => {
  throw new Refused(400, `Bad Request: ${words}`)
}

export function markupOf({ reply_markup }: Params): Pick<Message, "reply_markup"> {
  if (reply_markup === undefined) return {}
  const markup = reply_markup as InlineKeyboardMarkup
  for (const { text, callback_data } of markup.inline_keyboard.flat()) {
    if (text.trim() === "") bad("BUTTON_TEXT_INVALID")
    const bytes = Buffer.byteLength(callback_data ?? "x")
    if (bytes < 1 || bytes > 64) bad("BUTTON_DATA_INVALID")
  }
  return { reply_markup: markup }
}

/** Presses the button that is called so. */
export function press(bot: Bot, person: Person, message: Message, button: string): string {
  const found = message.reply_markup?.inline_keyboard.flat().find(({ text }) => text === button)
  if (found?.callback_data === undefined) throw new Error(`no button «${button}»`)
  return pressData(bot, person, message, found.callback_data)
}

/** «The message … can contain no callback buttons with this data» (CallbackQuery). */
export function pressData(bot: Bot, person: Person, message: Message, data: string): string {
  const id = `${bot.nextUpdateId}0815`
  bot.queries.set(id, undefined)
  bot.push({ callback_query: { id, from: userOf(person), message, chat_instance: String(message.chat.id), data } })
  return id
}

export const heededButtons: Record<string, readonly string[]> = {
  answerCallbackQuery: ["callback_query_id", "text", "show_alert"],
  editMessageReplyMarkup: ["chat_id", "message_id", "reply_markup"],
  setMyCommands: ["commands", "scope", "language_code"],
  deleteMyCommands: ["scope", "language_code"],
}

export const buttonMethods: Record<string, (call: Call) => unknown> = {
  answerCallbackQuery({ bot, params }) {
    const id = String(params["callback_query_id"])
    if (!bot.queries.has(id) || bot.queries.get(id)) bad("query is too old and response timeout expired or query ID is invalid")
    const text = (params["text"] as string | undefined) ?? ""
    if (text.length > 200) bad("MESSAGE_TOO_LONG")
    bot.queries.set(id, { text, alert: params["show_alert"] === true })
    return true
  },
  editMessageReplyMarkup(call) {
    const { note, message, change } = posted(call, "message to edit not found")
    if (!note) bad("message can't be edited")
    const { reply_markup } = markupOf(call.params)
    if (JSON.stringify(reply_markup) === JSON.stringify(message.reply_markup)) bad("message is not modified")
    return change({ reply_markup })
  },
  setMyCommands({ bot, params }) {
    const commands = params["commands"] as { command: string; description: string }[]
    if (commands.length > 100) bad("BOT_COMMANDS_TOO_MUCH")
    for (const { command, description } of commands) {
      if (!/^[a-z0-9_]{1,32}$/.test(command)) bad("BOT_COMMAND_INVALID")
      if (description.length < 1 || description.length > 256) bad("BOT_COMMAND_DESCRIPTION_INVALID")
    }
    bot.commands.set(menuOf(params), commands)
    return true
  },
  deleteMyCommands({ bot, params }) {
    bot.commands.delete(menuOf(params))
    return true
  },
}

/** «scope language». */
function menuOf({ scope, language_code = "" }: Params): string {
  return `${(scope as { type: string } | undefined)?.type ?? "default"} ${String(language_code)}`.trim()
}
