// How somebody on Telegram hands a one-time code to the gateway: by a link that opens the bot, or by typing it.
import type { User } from "node-telegram-bot-api"
import { AdapterError, type Session } from "xferry"
import type { capabilities } from "./capabilities.js"

/** core.telegram.org/bots/features#deep-linking: letters, digits, «-» and «_», up to 64. */
const form = /^[\w-]{1,64}$/

export function entryVerb({ username, first_name: name }: User): Session<typeof capabilities>["entry"] {
  return ({ code }) => {
    if (!form.test(code)) return Promise.reject(new AdapterError("rejected", "Telegram's links take no such code."))
    // Every bot has one; a server of another make may keep it to itself.
    if (username === undefined) return Promise.resolve({ text: `Send the bot «${name}» on Telegram this message: /start ${code}` })
    const url = `https://t.me/${username}?start=${code}`
    return Promise.resolve({
      text: `Open ${url} and press Start in Telegram, or send this message there to @${username}: /start ${code}`,
      url,
    })
  }
}
