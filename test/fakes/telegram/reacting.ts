// Reactions of people in groups and channels of the fake.
//
// message_reaction and message_reaction_count come to administrators only (docs, Update); in channels nobody is named.
import type { Chat, ReactionType, User } from "node-telegram-bot-api"
import { type Bot, userOf } from "./bot.js"
import type { Post } from "./posts.js"

/** Emoji; digits are the numbers of custom ones. */
export function reactionTypes(emoji: readonly string[]): ReactionType[] {
  return emoji.map((one) =>
    /^\d+$/.test(one) ? { type: "custom_emoji", custom_emoji_id: one } : one === "⭐" ? { type: "paid" } : { type: "emoji", emoji: one },
  )
}

/** Tells these bots what somebody thinks of a post now. `as`: the group or channel in whose name. */
export function reactIn(chat: Chat, bots: readonly Bot[], post: Post, by: User | { as: Chat }, emoji: readonly string[]): void {
  const who = "as" in by ? by.as.id : by.id
  const old_reaction = post.reactions.get(who) ?? []
  const new_reaction = reactionTypes(emoji)
  post.reactions.set(who, new_reaction)
  const actor = "as" in by ? { actor_chat: by.as } : { user: userOf(by) }
  for (const bot of bots)
    bot.push({ message_reaction: { chat, message_id: post.id(bot), ...actor, date: bot.seconds, old_reaction, new_reaction } })
}

/** Tells these bots how many think what of a post. */
export function countIn(chat: Chat, bots: readonly Bot[], post: Post, counts: Record<string, number>): void {
  const reactions = Object.entries(counts).map(([emoji, total_count]) => ({ type: reactionTypes([emoji])[0], total_count }))
  for (const bot of bots) bot.push({ message_reaction_count: { chat, message_id: post.id(bot), date: bot.seconds, reactions } })
}
