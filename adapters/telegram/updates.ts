// One update of the Bot API as one event of the contract: pure.
import { createHash } from "node:crypto"
import type { ChatMemberUpdated, Message, Update, UpdateType } from "node-telegram-bot-api"
import type { NetworkEvent } from "xferry"
import { bodyOf, replyOf } from "./body.js"
import { calledOf, contactOf } from "./people.js"

/** What getUpdates is asked for; anything else Telegram does not even send. */
export const allowedUpdates: UpdateType[] = ["message", "edited_message", "my_chat_member"]

/** `skip` says in words why nothing comes of an update. `once`: the core cannot recognise a second one by an id. */
export type Translated = { event: NetworkEvent; once?: true } | { skip: string }

export function translate(update: Update): Translated {
  if ("message" in update) return fromPrivate(update.message, written)
  if ("edited_message" in update) return fromPrivate(update.edited_message, edited)
  if ("my_chat_member" in update) return blocked(update.my_chat_member)
  return { skip: "kind of update not asked for" }
}

/** Updates with the same key must be committed in their order. */
export function orderKey(update: Update): number {
  for (const value of Object.values(update)) if (typeof value === "object" && "chat" in value) return (value as Message).chat.id
  return 0
}

function fromPrivate(message: Message, then: (message: Message) => Translated): Translated {
  return message.chat.type === "private" ? then(message) : { skip: "not a private chat" }
}

/** In a private chat the chat's id is the person's. */
function common(message: Message) {
  const { chat } = message
  return {
    chat: { user: String(chat.id) },
    from: contactOf(message.from ?? { ...chat, first_name: chat.first_name ?? "" }),
    id: String(message.message_id),
  }
}

function written(message: Message): Translated {
  const body = bodyOf(message)
  if (!body) return { skip: "service message" }
  const reply = replyOf(message)
  const event: NetworkEvent = { type: "message", ...common(message), at: new Date(message.date * 1000), body }
  if (reply) event.reply = reply
  if (message.media_group_id) event.group = message.media_group_id
  return { event }
}

function edited(message: Message): Translated {
  const body = bodyOf(message)
  if (!body) return { skip: "service message" }
  // A shared live location is «edited» every few seconds for up to eight hours.
  if (message.location?.live_period !== undefined) return { skip: "live location moved" }
  const seconds = message.edit_date ?? message.date
  return { event: { type: "edit", ...common(message), at: new Date(seconds * 1000), revision: `${seconds}-${hash(body.text)}`, body } }
}

/** Telegram's clock has one second; two edits within one differ by their text. */
function hash(text: string): string {
  return createHash("sha256").update(text).digest("base64url").slice(0, 8)
}

/** Of a private chat this comes only when the person blocks or unblocks the bot. */
function blocked({ chat, from, date, old_chat_member: before, new_chat_member: after }: ChatMemberUpdated): Translated {
  if (chat.type !== "private") return { skip: "not a private chat" }
  if (before.status === after.status) return { skip: "nothing changed" }
  const told =
    after.status === "kicked"
      ? "has blocked the bot: your messages do not arrive any more."
      : "has unblocked the bot: your messages arrive again."
  const by = contactOf(from)
  return {
    event: { type: "notice", chat: { user: String(chat.id) }, at: new Date(date * 1000), text: `${calledOf(from)} ${told}`, by },
    once: true,
  }
}
