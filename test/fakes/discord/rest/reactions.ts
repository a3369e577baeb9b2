// Reactions by REST (Message, Create Reaction and the following), and addresses of attachments that are signed anew.
import type { Channel } from "../world/channel.js"
import { older } from "../world/ids.js"
import type { Message } from "../world/message.js"
import { Flags } from "../world/permissions.js"
import { clearReactions, emojiFrom, react, type ReactionEmoji, reactorOf, unreact } from "../world/reactions.js"
import type { Call, Route } from "./call.js"
import { refused } from "./refused.js"

const most = 20
// A flag newer than what is compiled for.
const rgi = new RegExp("^\\p{RGI_Emoji}$", "v")

function readable(call: Call): { channel: Channel; message: Message } {
  const { channel } = call
  call.need(channel, Flags.ReadMessageHistory)
  return { channel, message: call.messageIn(channel) }
}

/** «name:id» of a server of the bot's, or that stands there already. */
function emojiOf(call: Call, message: Message): ReactionEmoji {
  const said = call.params["emoji_name"]!
  const [, id] = /^\w{1,32}:(\d+)$/.exec(said) ?? []
  if (id === undefined) {
    if (!rgi.test(said) && !rgi.test(`${said}\ufe0f`)) throw refused(10014)
    return emojiFrom(said)
  }
  const standing = message.reactors.find(({ emoji }) => emoji.id === id)?.emoji
  const known = standing ?? call.world.guildsOf(call.bot.id).flatMap(({ emojis }) => emojis.get(id) ?? [])[0]
  if (!known) throw refused(10014)
  return standing ?? emojiFrom(known as { id: string; name: string })
}

const add: Route = (call) => {
  const { channel, message } = readable(call)
  const emoji = emojiOf(call, message)
  if (channel.thread?.archived) throw refused(50083)
  if (!reactorOf(message, emoji)) {
    call.need(channel, Flags.AddReactions)
    if (message.reactors.length >= most) throw refused(30010)
  }
  react(message, call.bot.user, emoji)
  return undefined
}

const remove: Route = (call) => {
  const { channel, message } = readable(call)
  if (channel.thread?.archived) throw refused(50083)
  if (!unreact(message, call.bot.user, emojiOf(call, message))) throw refused(10014)
  return undefined
}

const list: Route = (call) => {
  const { message } = readable(call)
  const { after = "0", limit = 25 } = call.query as { after?: string; limit?: number }
  const users = reactorOf(message, emojiOf(call, message))?.users ?? []
  return [...users]
    .sort((a, b) => (older(a.id, b.id) ? -1 : 1))
    .filter(({ id }) => older(after, id))
    .slice(0, limit)
}

const clear =
  (one: boolean): Route =>
  (call) => {
    const { channel, message } = readable(call)
    call.need(channel, Flags.ManageMessages)
    clearReactions(message, one ? emojiOf(call, message) : undefined)
    return undefined
  }

const of = "/channels/{channel_id}/messages/{message_id}/reactions"

export const reactions: Record<string, Route> = {
  [`PUT ${of}/{emoji_name}/@me`]: add,
  [`DELETE ${of}/{emoji_name}/@me`]: remove,
  [`GET ${of}/{emoji_name}`]: list,
  [`DELETE ${of}/{emoji_name}`]: clear(true),
  [`DELETE ${of}`]: clear(false),
  "POST /attachments/refresh-urls": ({ world, body }) => ({
    refreshed_urls: (body["attachment_urls"] as string[]).map((original) => ({
      original,
      refreshed: world.signed(new URL(original).pathname),
    })),
  }),
}
