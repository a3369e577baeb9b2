// Where something is said: Telegram's chats and forum topics as room ids and back.
import type { Chat, Message } from "node-telegram-bot-api"
import type { ChatRef, LegacyRoomId } from "xferry"
import { word } from "./loose.js"

/** A chat, or a topic of a forum. The General topic has no thread: it is the forum itself. `login`: the business connection for which the bot acts. */
export interface Place {
  chat: number
  thread?: number
  login?: string
}

/** Ids of supergroups and channels lie below, those of basic groups above (tdlib/telegram-bot-api, `get_supergroup_chat_id`). */
const supergroups = -1_000_000_000_000

export function roomId(chat: number, thread?: number): LegacyRoomId {
  return thread === undefined ? String(chat) : `${chat}/${thread}`
}

/** Undefined: this is no room of Telegram's. */
export function placeOf(room: LegacyRoomId): Place | undefined {
  const [, chat, thread] = /^(-[1-9]\d{0,15})(?:\/([1-9]\d{0,9}))?$/.exec(room) ?? []
  if (chat === undefined) return undefined
  return { chat: Number(chat), ...(thread !== undefined && { thread: Number(thread) }) }
}

/** A group as Telegram made them first: without rights for each, topics or bans; it may become a supergroup. */
export function isBasic(chat: number): boolean {
  return chat < 0 && chat > supergroups
}

/** People of Telegram have positive numbers. */
export function isPerson(id: string): boolean {
  return /^[1-9]\d{0,15}$/.test(id)
}

/** The direct messages of a channel are no room: each of them is between two. */
export function isRoom({ type, is_direct_messages }: Chat): boolean {
  return (type === "group" || type === "supergroup" || type === "channel") && is_direct_messages !== true
}

/** Outside forums a thread is nothing but a chain of replies. */
export function threadOf(message: Message): number | undefined {
  return message.is_topic_message === true ? message.message_thread_id : undefined
}

/** In a private chat the chat's id is the person's. A business account's chat with the same person is another one (Bot API, Message). */
export function chatRef(message: Message): ChatRef {
  if (isRoom(message.chat)) return { room: roomId(message.chat.id, threadOf(message)) }
  const login = word(message.business_connection_id)
  return { user: String(message.chat.id), ...(login !== undefined && { login }) }
}
