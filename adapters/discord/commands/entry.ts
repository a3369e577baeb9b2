// How somebody on Discord hands a one-time code to the gateway: by the application command, or by typing it to the bot.
import { AdapterError, type Session } from "xferry"
import type { capabilities } from "../capabilities.js"
import { isOfficial } from "../connection/address.js"
import type { Bot } from "../types.js"
import { slash } from "./offer.js"

const form = /^[\w-]{1,64}$/

export function entryVerb(bot: Pick<Bot, "self" | "options" | "host">): Pick<Session<typeof capabilities>, "entry"> {
  return {
    entry({ code }) {
      if (!form.test(code)) return Promise.reject(new AdapterError("rejected", "Discord's commands take no such code."))
      const { self, options, host } = bot
      const name = self.username ?? self.name ?? self.id
      const url = isOfficial(options.apiRoot) ? `https://discord.com/users/${self.id}` : undefined
      const chat = `a direct chat with ${name}${url === undefined ? "" : ` (${url})`}`
      const hasLink = host.commands.some((command) => command.name === "link")
      const ways = hasLink
        ? `Use the command /${slash} link ${code} on Discord, on a server where the bot ${name} is or in ${chat}. As a message there this does the same: !${slash} link ${code}`
        : `Send this message on Discord in ${chat}: !${slash} start ${code}`
      return Promise.resolve({
        text: `${ways}\nDiscord lets only people write to the bot who share a server with it.`,
        ...(url !== undefined && { url }),
      })
    },
  }
}
