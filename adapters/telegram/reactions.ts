// Who thinks what of a message, as events: pure.
import type { ChatFullInfo, MessageReactionCountUpdated, MessageReactionUpdated } from "node-telegram-bot-api"
import type { Contact, Limits, NetworkEvent } from "xferry"
import { emojiOf } from "./emoji.js"
import { list } from "./loose.js"
import { isRoom, roomId } from "./places.js"
import { contactOf, speakingChat } from "./people.js"

type Reactions = Extract<NetworkEvent, { type: "reactions" }>

/** Telegram tells the chat and not the topic; `thread`: of the message, where it is known. */
type ThreadOf = (chat: number, message: number) => number | undefined

/** message_reaction: all that one person, or a group or channel, thinks of it now. */
export function reactionChanged(update: MessageReactionUpdated, threadOf: ThreadOf): Reactions | undefined {
  const from = actorOf(update)
  return from && { ...where(update, threadOf), change: { from, set: list(update.new_reaction).map(emojiOf) } }
}

/** message_reaction_count: in channels nobody is named. */
export function reactionsCounted(update: MessageReactionCountUpdated, threadOf: ThreadOf): Reactions {
  const counts = list(update.reactions).map(({ type, total_count: count }) => ({ emoji: emojiOf(type), count }))
  return { ...where(update, threadOf), change: { counts } }
}

function actorOf({ user, actor_chat }: MessageReactionUpdated): Contact | undefined {
  return user ? contactOf(user) : actor_chat && speakingChat(actor_chat)
}

function where(
  { chat, message_id }: Pick<MessageReactionUpdated, "chat" | "message_id">,
  threadOf: ThreadOf,
): Pick<Reactions, "type" | "chat" | "id"> {
  const ref = isRoom(chat) ? { room: roomId(chat.id, threadOf(chat.id, message_id)) } : { user: String(chat.id) }
  return { type: "reactions", chat: ref, id: String(message_id) }
}

/** Bot API, ChatFullInfo: absent, all emoji are allowed; custom ones a bot may set only where others did. */
export function reactionLimits({ available_reactions: available }: Pick<ChatFullInfo, "available_reactions">): Limits {
  if (!Array.isArray(available)) return {}
  const allowed = available.flatMap((one) => ("emoji" in one ? [one.emoji] : []))
  return { react: allowed.length > 0 ? { allowed } : false }
}
