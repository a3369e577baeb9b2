// That somebody types: Discord shows the bot typing for ten seconds or until its message; a webhook cannot.
import { Routes } from "discord.js"
import type { Session } from "xferry"
import type { capabilities } from "../capabilities.js"
import { explain } from "../connection/errors.js"
import { type Talker, whereIs } from "./place.js"

export function typingVerb(bot: Talker): Pick<Session<typeof capabilities>, "typing"> {
  return {
    async typing({ chat, active }, signal) {
      // There is no way to take it back.
      if (!active) return
      const { channel } = await whereIs(bot, chat, signal)
      try {
        await bot.rest.post(Routes.channelTyping(channel), { signal })
      } catch (error) {
        throw explain(error)
      }
    },
  }
}
