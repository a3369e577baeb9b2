// Reactions towards Discord: the bot has one set of them on a message, which is brought to what our users want.
import { Routes } from "discord.js"
import { AdapterError, type Emoji, type Session } from "xferry"
import type { capabilities } from "../capabilities.js"
import { explain } from "../connection/errors.js"
import { flag, list, object } from "../loose.js"
import type { Snowflake } from "../places.js"
import type { Names } from "../types.js"
import { code, codeOf, messageIdOf, reopening, type Talker, unlessGone, whereIs } from "./place.js"
import { emojiOf, routeOf } from "./reactions.js"

export function reactVerb(bot: Talker): Pick<Session<typeof capabilities>, "react"> {
  return {
    async react({ chat, message, emoji }, signal) {
      const target = messageIdOf(message)
      const { channel, guild } = await whereIs(bot, chat, signal)
      const there = await reactionsOn(bot, channel, target, signal)
      const names = bot.world.names(guild)
      const wanted = new Map(emoji.map((text) => known(text, names, there)).map((each) => [keyOf(each), each]))
      try {
        for (const { emoji, own } of there)
          if (own && !wanted.has(keyOf(emoji)))
            await unlessGone(
              () => reopening(bot, channel, signal, () => bot.rest.delete(routeTo(channel, target, emoji), { signal })),
              (error) => codeOf(error) === code.unknownEmoji,
            )
        for (const [key, each] of wanted)
          if (!there.some(({ emoji, own }) => own && keyOf(emoji) === key))
            await reopening(bot, channel, signal, () => add(bot, channel, target, each, signal))
      } catch (error) {
        throw refusal(error)
      }
    },
  }
}

interface Standing {
  emoji: Emoji
  /** The bot is among those who reacted so. */
  own: boolean
}

async function reactionsOn({ rest }: Talker, channel: Snowflake, message: Snowflake, signal: AbortSignal): Promise<Standing[]> {
  try {
    const answer = object(await rest.get(Routes.channelMessage(channel, message), { signal }))
    return list(answer["reactions"]).flatMap((each) => {
      const emoji = emojiOf(each["emoji"])
      return emoji ? [{ emoji, own: flag(each["me"]) || flag(each["me_burst"]) }] : []
    })
  } catch (error) {
    throw explain(error)
  }
}

/** «:name:» is one that stands there already, or one of a server's. */
function known(text: string, names: Names, there: readonly Standing[]): Emoji {
  const [, name] = /^:(\w{1,64}):$/.exec(text) ?? []
  if (name === undefined) return { text }
  const standing = there.find(({ emoji }) => emoji.id !== undefined && emoji.text === text)
  const id = standing?.emoji.id ?? names.emoji(name)?.id
  if (id === undefined) throw new AdapterError("rejected", `There is no emoji «${text}» on this Discord server.`, { blocks: "message" })
  return { text, id }
}

/** Servers and clients differ in whether they write the sign that makes a character an emoji. */
function keyOf({ id, text }: Emoji): string {
  return id ?? text.replaceAll("\ufe0f", "")
}

/** Create Reaction, Delete Own Reaction. The library's own route has the «@» escaped, which not every server takes. */
function routeTo(channel: Snowflake, message: Snowflake, emoji: Emoji): `/${string}` {
  return `/channels/${channel}/messages/${message}/reactions/${routeOf(emoji)}/@me`
}

async function add({ rest }: Talker, channel: Snowflake, message: Snowflake, emoji: Emoji, signal: AbortSignal): Promise<void> {
  try {
    await rest.put(routeTo(channel, message, emoji), { signal })
  } catch (error) {
    if (codeOf(error) !== code.unknownEmoji || emoji.id !== undefined) throw error
    // The same emoji, written the other way.
    const bare = emoji.text.replaceAll("\ufe0f", "")
    await rest.put(routeTo(channel, message, { text: bare === emoji.text ? `${bare}\ufe0f` : bare }), { signal })
  }
}

function refusal(error: unknown): AdapterError {
  // It is the emoji that Discord does not know, not the message.
  if (codeOf(error) === code.unknownEmoji)
    return new AdapterError("rejected", "Discord does not know this emoji.", { blocks: "message", cause: explain(error).cause })
  return explain(error)
}
