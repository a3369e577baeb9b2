// Telegram's users and chats as contacts.
import { createHash } from "node:crypto"
import type { Chat, Message, User } from "node-telegram-bot-api"
import type { Contact } from "xferry"

/** @GroupAnonymousBot: stands where an administrator acts for the group (Bot API, Message, `from`). */
const anonymous = 1_087_968_824

/** «» for a deleted account, whose names are empty. */
export function nameOf({ first_name, last_name, title }: Partial<Pick<Chat, "first_name" | "last_name" | "title">>): string {
  return (title ?? [first_name, last_name].filter(Boolean).join(" ")).trim()
}

/** The same where a text needs some name. */
export function calledOf(who: Parameters<typeof nameOf>[0]): string {
  return nameOf(who) || "a deleted account"
}

type Person = Pick<User, "id" | "first_name" | "last_name" | "username" | "language_code"> & { is_bot?: boolean; bio?: string | undefined }

export function contactOf(user: Person): Contact {
  const name = nameOf(user)
  const profile: Record<string, string> = {}
  if (user.username) profile["url"] = `https://t.me/${user.username}`
  if (user.language_code) profile["language"] = user.language_code
  if (user.bio) profile["bio"] = user.bio
  return {
    id: String(user.id),
    ...(name !== "" && { name }),
    ...(user.username && { username: user.username }),
    ...(user.is_bot !== undefined && { kind: user.is_bot ? "bot" : "person" }),
    ...(Object.keys(profile).length > 0 && { profile }),
  }
}

/** A group or channel that speaks. Whoever signs is told apart: several may speak for one channel, each by a name that stays. */
export function speakingChat(chat: Chat, signature?: string): Contact {
  const name = nameOf(chat)
  const signed = signature === undefined || signature === "" ? undefined : signature
  return {
    id: signed === undefined ? String(chat.id) : `${chat.id}.${shortHash(signed)}`,
    kind: "room",
    ...(name !== "" && { name: signed === undefined ? name : `${signed} (${name})` }),
    ...(chat.username && signed === undefined && { username: chat.username, profile: { url: `https://t.me/${chat.username}` } }),
  }
}

/** Who speaks: a person or bot, or a group or channel in whose name somebody does. */
export function senderOf(message: Message): Contact {
  const { chat, from, sender_chat, author_signature } = message
  if (sender_chat) return speakingChat(sender_chat, author_signature)
  if (from && from.id !== anonymous) return contactOf(from)
  if (chat.type !== "private") return speakingChat(chat, author_signature)
  return contactOf({ ...chat, first_name: chat.first_name ?? "" })
}

/** Who acts, in an update that is no message. */
export function actorOf(from: User, chat: Chat): Contact {
  return from.id === anonymous ? speakingChat(chat) : contactOf(from)
}

/** Enough to tell apart what differs within one message or one channel. */
export function shortHash(text: string): string {
  return createHash("sha256").update(text).digest("base64url").slice(0, 8)
}
