// Saying something by a webhook: with another one where it was deleted, and as much of the speaker's face as Discord takes.
import type { Speaker } from "xferry"
import { explain } from "../connection/errors.js"
import type { Snowflake } from "../places.js"
import { code, codeOf, isVanished, type Talker } from "./place.js"
import { type Puppet, puppetOf } from "./puppet.js"
import type { Hook } from "./webhooks.js"

/** A webhook that was deleted, and a picture that Discord does not take, are no reason to give up. */
const attempts = 3

/**
 * `run` with the webhook for `channel`. It throws what the library throws.
 *
 * @returns undefined: there is no webhook, or Discord does not take the name: the bot itself has to say it
 * @throws AdapterError
 */
export async function execute<T>(
  bot: Talker,
  channel: Snowflake,
  as: Speaker,
  signal: AbortSignal,
  run: (hook: Hook, puppet: Puppet) => Promise<T>,
): Promise<T | undefined> {
  let puppet = puppetOf(as)
  for (let attempt = 0; attempt < attempts; attempt++) {
    const hook = await bot.webhooks.at(channel, signal)
    if (!hook) return undefined
    try {
      return await run(hook, puppet)
    } catch (error) {
      if (isVanished(error)) await bot.webhooks.forget(hook.id, channel)
      else if (puppet.avatar_url !== undefined && isRefused(error, /\bavatar_url\b/i)) puppet = { username: puppet.username }
      else if (isRefused(error, /\busername\b/i)) return undefined
      else throw explain(error, { unsure: true, webhook: true })
    }
  }
  return undefined
}

/** Discord names the field of the form. */
function isRefused(error: unknown, field: RegExp): boolean {
  return codeOf(error) === code.invalidForm && field.test(String(error))
}
