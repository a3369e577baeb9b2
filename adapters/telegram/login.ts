// From a token to an account: one question, and a second where another program already uses the bot.
import type { Api } from "node-telegram-bot-api"
import { AdapterError, type Ask } from "xferry"
import { client, type Secret } from "./client.js"
import { explain } from "./errors.js"
import type { Options } from "./options.js"

const form = /\d+:[\w-]{30,}/
/** White space and invisible characters that copying brings along. */
const invisible = /[\s\u200b-\u200f\u2060\ufeff]+/g

const take = "Remove the webhook"
const leave = "Leave it as it is"

export async function login(ask: Ask, options: Options, signal: AbortSignal): Promise<{ id: string; secret: Secret }> {
  const answer = await ask({
    title: "Telegram bot",
    text:
      "You need a bot of your own: write to https://t.me/BotFather, send /newbot, choose a name, and copy the token it gives you. " +
      "People who write to your bot then appear among your contacts, and groups and channels it is added to become rooms. " +
      "For groups also send /setprivacy and choose Disable, or the bot hears little there. Use the bot for nothing else, and keep the token to yourself.",
    fields: [{ name: "token", label: "Bot token", secret: true }],
  })
  const token = tokenIn(answer["token"] ?? "")
  if (token === undefined) {
    throw new AdapterError(
      "rejected",
      "This is not a bot token. A token consists of a number, a colon and at least 30 letters, such as 4711:AAF…; @BotFather shows it after /newbot or /token.",
    )
  }
  const api = client({ token }, options)
  const me = await api.getMe(signal).catch(asRefusal)
  if (me.is_bot !== true) throw new AdapterError("rejected", "What answered is not Telegram's Bot API: it did not name a bot.")
  await freeOfWebhook(api, ask, signal)
  return { id: String(me.id), secret: { token } }
}

/** The token in what was typed or pasted, be it with BotFather's words around it. */
export function tokenIn(text: string): string | undefined {
  const joined = text.replace(invisible, "")
  if (/^\d+:[\w-]+$/.test(joined)) return form.test(joined) ? joined : undefined
  return form.exec(text)?.[0]
}

/** While a webhook is set, Telegram gives nothing to who asks; but it is somebody's, so it is not removed unasked. */
async function freeOfWebhook(api: Api, ask: Ask, signal: AbortSignal): Promise<void> {
  const { url } = await api.getWebhookInfo(signal).catch(asRefusal)
  if (url === "") return
  const place = URL.canParse(url) ? new URL(url).host : "another program"
  const text = `Telegram delivers this bot's messages to ${place} by webhook. The gateway receives nothing until that webhook is removed, and then ${place} receives nothing.`
  const { webhook } = await ask({
    title: "This bot is in use elsewhere",
    text,
    fields: [{ name: "webhook", label: "What to do", options: [leave, take] }],
  })
  if (webhook !== take)
    throw new AdapterError("rejected", `${text} Make another bot for the gateway, or log in again and choose «${take}».`)
  await api.deleteWebhook({}, signal).catch(asRefusal)
}

/** At login a bad token is an error in the form, not the end of an account. */
function asRefusal(error: unknown): never {
  const problem = explain(error, { unsure: false })
  if (problem.kind !== "logged-out") throw problem
  throw new AdapterError("rejected", "Telegram does not know this token: it is mistyped, or was revoked. Copy it again from @BotFather.", {
    cause: problem.cause,
  })
}
