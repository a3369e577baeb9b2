// What people say to the gateway itself, as «/name argument»: recognised here, carried out by the core. Pure.
import type { Message } from "node-telegram-bot-api"
import type { Host } from "xferry"
import { isRoom } from "./places.js"

export interface Said {
  name: string
  argument: string
}

/** Bot API, BotCommand: lower-case letters, digits, underscores; people type it in any case, with the bot's name behind it in groups. */
const form = /^\/([a-z0-9_]{1,32})(?:@([a-z0-9_]+))?(?:\s+([\s\S]*))?$/i

/**
 * Undefined: it is no command, or one of somebody else's, hence a message as any other. `offered`: what the core has, without
 * `start` mostly, which takes a code from a link; bare it is what Telegram's own button says, and a first word to the owner of the bot.
 */
export function commandIn(message: Message, bot: string | undefined, offered: Host["commands"]): Said | undefined {
  if (offered.length === 0 || !isCommanding(message)) return undefined
  const [, typed, to, rest = ""] = form.exec(message.text ?? "") ?? []
  if (typed === undefined || (to !== undefined && to.toLowerCase() !== bot?.toLowerCase())) return undefined
  const name = typed.toLowerCase()
  const argument = rest.trim()
  const known = offered.some((command) => command.name === name) || (name === "start" && argument !== "")
  return known ? { name, argument } : undefined
}

/** Somebody's own words, said here and now. */
function isCommanding(message: Message): boolean {
  const { chat, text, forward_origin, via_bot, is_automatic_forward, business_connection_id } = message
  if (typeof text !== "string" || (chat.type !== "private" && !isRoom(chat))) return false
  return !forward_origin && !via_bot && is_automatic_forward !== true && business_connection_id === undefined
}
