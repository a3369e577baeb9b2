// Reactions and votes: what people do with a message, and who hears of it (Gateway Events, Message Reaction … and Message Poll Vote …).
import { MessageType } from "discord-api-types/v10"
import type { Message, Reactor } from "./message.js"
import { post, tellChange } from "./post.js"
import type { Person } from "./users.js"

export type ReactionEmoji = Reactor["emoji"]

/** «👍», or an emoji of a server. */
export function emojiFrom(emoji: string | { id: string; name: string; animated?: boolean }): ReactionEmoji {
  return typeof emoji === "string" ? { id: null, name: emoji } : { id: emoji.id, name: emoji.name, animated: emoji.animated ?? false }
}

/** One and the same, whether it is written with the sign that asks for colour or without. */
export function keyOf({ id, name }: ReactionEmoji): string {
  return id ?? name.replaceAll("\ufe0f", "")
}

export function reactorOf(message: Message, emoji: ReactionEmoji): Reactor | undefined {
  return message.reactors.find((one) => keyOf(one.emoji) === keyOf(emoji))
}

function whereOf(message: Message): object {
  const { guild, id } = message.in
  return { channel_id: id, message_id: message.id, ...(guild && { guild_id: guild.id }) }
}

export function react(message: Message, user: Person, emoji: ReactionEmoji): void {
  const known = reactorOf(message, emoji)
  if (known?.users.includes(user)) return
  if (known) known.users.push(user)
  else message.reactors.push({ emoji, users: [user] })
  const member = message.in.guild?.members.get(user.id)
  message.in.world.emit(
    "MESSAGE_REACTION_ADD",
    {
      user_id: user.id,
      ...whereOf(message),
      emoji: known?.emoji ?? emoji,
      ...(member && { member: message.in.guild?.rawMember(member) }),
      ...(!message.webhook_id && { message_author_id: message.author.id }),
      burst: false,
      type: 0,
    },
    message.in.audience,
  )
}

/** False: they did not react so. */
export function unreact(message: Message, user: Person, emoji: ReactionEmoji): boolean {
  const known = reactorOf(message, emoji)
  if (!known?.users.includes(user)) return false
  known.users.splice(known.users.indexOf(user), 1)
  if (known.users.length === 0) message.reactors.splice(message.reactors.indexOf(known), 1)
  const what = { user_id: user.id, ...whereOf(message), emoji: known.emoji, burst: false, type: 0 }
  message.in.world.emit("MESSAGE_REACTION_REMOVE", what, message.in.audience)
  return true
}

/** By a moderator: all of them, or of one emoji. */
export function clearReactions(message: Message, emoji?: ReactionEmoji): void {
  const gone = message.reactors.filter((one) => emoji === undefined || keyOf(one.emoji) === keyOf(emoji))
  for (const one of gone) message.reactors.splice(message.reactors.indexOf(one), 1)
  const [first] = gone
  if (!first) return
  if (emoji) message.in.world.emit("MESSAGE_REACTION_REMOVE_EMOJI", { ...whereOf(message), emoji: first.emoji }, message.in.audience)
  else message.in.world.emit("MESSAGE_REACTION_REMOVE_ALL", whereOf(message), message.in.audience)
}

/** Votes, or takes the vote back. */
export function vote(message: Message, user: Person, answer: number, on = true): void {
  const { poll } = message
  if (!poll) throw new TypeError("this is no poll")
  poll.results ??= { is_finalized: false, answer_counts: [] }
  const counts = poll.results.answer_counts
  const known = counts.find(({ id }) => id === answer)
  if (known) known.count += on ? 1 : -1
  else if (on) counts.push({ id: answer, count: 1, me_voted: false })
  const what = { user_id: user.id, ...whereOf(message), answer_id: answer }
  message.in.world.emit(on ? "MESSAGE_POLL_VOTE_ADD" : "MESSAGE_POLL_VOTE_REMOVE", what, message.in.audience)
}

/** Its time is over: it is said so, with who has won. */
export function endPoll(message: Message): void {
  const { poll } = message
  if (!poll) throw new TypeError("this is no poll")
  poll.results ??= { is_finalized: false, answer_counts: [] }
  poll.results.is_finalized = true
  tellChange(message)
  const field = (name: string, value: string): object => ({ name, value, inline: false })
  const embed = {
    type: "poll_result",
    fields: [
      field("poll_question_text", poll.question.text ?? ""),
      field("total_votes", String(poll.results.answer_counts.reduce((sum, { count }) => sum + count, 0))),
    ],
  }
  post(
    message.in,
    { user: message.author },
    { type: MessageType.PollResult, embeds: [embed], message_reference: { type: 0, ...whereOf(message) } },
  )
}
