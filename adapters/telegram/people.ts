// Telegram's users and chats as contacts.
import type { Chat, User } from "node-telegram-bot-api"
import type { Contact } from "xferry"

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
