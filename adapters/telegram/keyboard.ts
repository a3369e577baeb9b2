// Choices that are offered to foreign people as buttons under a message, and what a press of one says.
import type { InlineKeyboardButton, InlineKeyboardMarkup } from "node-telegram-bot-api"
import type { Extra } from "xferry"
import { list } from "./loose.js"

/** Bot API, InlineKeyboardButton: callback_data has 1-64 bytes. */
const maxData = 64
/** Telegram takes no more. */
const maxButtons = 100
/** Before the id of what is chosen: buttons that another program once made with this bot are none of ours. */
const mark = "x/"

/** Undefined: nothing is offered. An option that fits into no button is left out; the text has to name it. */
export function keyboardOf(extras: readonly Extra[] | undefined): InlineKeyboardMarkup | undefined {
  const choices = list(extras).filter((extra) => extra.type === "choice")
  const options = choices.flatMap((choice) => (choice.closed === true ? [] : choice.options))
  const buttons = options.flatMap(({ id, text, url }): InlineKeyboardButton[] => {
    if (text.trim() === "") return []
    if (url !== undefined) return [{ text, url }]
    const callback_data = mark + id
    return id === "" || Buffer.byteLength(callback_data) > maxData ? [] : [{ text, callback_data }]
  })
  return buttons.length === 0 ? undefined : { inline_keyboard: buttons.slice(0, maxButtons).map((button) => [button]) }
}

/** The command of a button of ours. */
export function chosenIn(data: string | undefined): { name: string; argument: string } | undefined {
  if (typeof data !== "string" || !data.startsWith(mark)) return undefined
  const [, name = "", argument = ""] = /^(\S*)\s*([\s\S]*)$/.exec(data.slice(mark.length)) ?? []
  return name === "" ? undefined : { name, argument: argument.trim() }
}
