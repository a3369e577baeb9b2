// Reactions that Discord tells of: who reacts with what, and how many did before.
import { type Contact, type Emoji, type NetworkEvent, type ReactionChange } from "xferry"
import { explain } from "../connection/errors.js"
import { emojiFile } from "../files/refs.js"
import { flag, id, isObject, type Json, list, number, object, text } from "../loose.js"
import type { Snowflake } from "../places.js"
import type { Bot, Handlers } from "../types.js"
import { contactOf } from "../world/people.js"
import { heardIn } from "./heard.js"

/** Emoji on one message (twenty on Discord). */
const most = 50
/** Get Reactions: up to 100 at once. */
const maxPage = 100

/** Undefined: it says nothing. Emoji of servers: a text «:name:», and their picture. */
export function emojiOf(raw: unknown): Emoji | undefined {
  const emoji = object(raw)
  const [key, name] = [id(emoji["id"]), text(emoji["name"])]
  if (key === undefined) return name ? { text: name } : undefined
  // Of one that was deleted the name is null.
  const called = /^\w{1,64}$/.test(name ?? "") && name ? name : "emoji"
  return { text: `:${called}:`, id: key, file: emojiFile(key, called, flag(emoji["animated"])) }
}

/** Reaction Object: how many there are of each, without the bot's own, which are those of our users. */
export function countsOf(message: Json): ReactionChange[] {
  const counts = list(message["reactions"])
    .slice(0, most)
    .flatMap((each) => {
      const emoji = emojiOf(each["emoji"])
      const count = othersIn(each)
      return emoji && count > 0 ? [{ emoji, count }] : []
    })
  return counts.length > 0 ? [{ counts }] : []
}

function othersIn(each: Json): number {
  const count = Math.trunc(number(each["count"]) ?? 1)
  return count - (flag(each["me"]) || flag(each["me_burst"]) ? 1 : 0)
}

export function reactionHandlers(bot: Bot): Handlers {
  /** Undefined: nobody knows of which message, or where it is. */
  const about = async (data: Json): Promise<((change: ReactionChange, own?: boolean) => NetworkEvent) | undefined> => {
    const message = id(data["message_id"])
    const place = message === undefined ? undefined : await heardIn(bot, data, id(data["user_id"]))
    if (message === undefined || !place) return undefined
    const member = object(data["member"])
    if (isObject(member["user"])) bot.world.met(place.guild, member["user"], member)
    return (change, own = false) => ({ type: "reactions", chat: place.chat, id: message, change, ...(own && { own }) })
  }

  const step = async (data: Json, kind: "add" | "remove"): Promise<NetworkEvent[]> => {
    const [event, emoji] = [await about(data), emojiOf(data["emoji"])]
    const user = id(data["user_id"])
    if (!event || !emoji || user === undefined) return []
    const from = contactOf(object(object(data["member"])["user"])) ?? bot.world.contact(user) ?? { id: user }
    if (user === bot.self.id) return [event({ from: bot.self, [kind]: emoji }, true)]
    return [event({ from, [kind]: emoji })]
  }

  const cleared = async (data: Json, emoji?: Emoji): Promise<NetworkEvent[]> => {
    const event = await about(data)
    return event ? [event({ cleared: true, ...(emoji && { emoji }) })] : []
  }

  return {
    MESSAGE_REACTION_ADD: (data) => step(data, "add"),
    MESSAGE_REACTION_REMOVE: (data) => step(data, "remove"),
    MESSAGE_REACTION_REMOVE_ALL: (data) => cleared(data),
    MESSAGE_REACTION_REMOVE_EMOJI: (data) => {
      const emoji = emojiOf(data["emoji"])
      return emoji ? cleared(data, emoji) : []
    },
  }
}

/** How much may still be asked, of all messages of a page. */
export interface Budget {
  left: number
}

/** Of a message of the past: who reacted with what, as long as `budget` lasts and there are few of them; else how many. */
export async function reactionsOf(
  bot: Bot,
  message: Json,
  channel: Snowflake,
  budget: Budget,
  signal: AbortSignal,
): Promise<ReactionChange[]> {
  const counts = countsOf(message)
  const [first] = counts
  const key = id(message["id"])
  if (!first || !("counts" in first) || key === undefined) return counts
  if (first.counts.length > budget.left || first.counts.some(({ count }) => count >= maxPage)) return counts
  budget.left -= first.counts.length
  const sets = new Map<Snowflake, { from: Contact; set: Emoji[] }>()
  try {
    for (const { emoji } of first.counts) {
      const route = `/channels/${channel}/messages/${key}/reactions/${routeOf(emoji)}` as const
      const query = new URLSearchParams({ limit: String(maxPage) })
      for (const user of list(await bot.rest.get(route, { query, signal }))) {
        const from = contactOf(user)
        if (!from || from.id === bot.self.id) continue
        const known = sets.get(from.id) ?? { from, set: [] }
        known.set.push(emoji)
        sets.set(from.id, known)
      }
    }
  } catch (error) {
    const problem = explain(error)
    if (signal.aborted) throw problem
    budget.left = 0
    bot.host.log.debug({ channel, message: key, reason: problem.message }, "who reacted could not be asked")
    return counts
  }
  return [...sets.values()]
}

/** Create Reaction: «name:id» for emoji of servers, URL-encoded. */
export function routeOf({ text, id }: Pick<Emoji, "text" | "id">): string {
  return encodeURIComponent(id === undefined ? text : `${text.replace(/^:|:$/g, "")}:${id}`)
}
