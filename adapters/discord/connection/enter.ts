// How a bot comes in: who it is, what it may, and the gateway with as many of the privileged intents as are switched on.
import type { REST } from "discord.js"
import type { Host } from "xferry"
import type { Options } from "../options.js"
import type { Snowflake } from "../places.js"
import type { Handlers, Secret } from "../types.js"
import { type GatewayParts, openGateway } from "./gateway.js"
import { intentsOf, type May, missing } from "./intents.js"
import { contentNeeded, identity } from "./login.js"
import { IntentsRefused } from "./shard.js"

export interface EnterParts extends Pick<GatewayParts, "load" | "missing" | "requests"> {
  /** `may` is brought up to date here. */
  bot: { rest: REST; application: Snowflake; may: May; host: Host; options: Options }
  secret: Secret
  handlers: readonly Handlers[]
}

/**
 * Resolves when the session is there and the servers it announced are known.
 *
 * @returns `ended`: as `Session.ended`
 * @throws AdapterError
 */
export async function enter({ bot, secret, handlers, load, missing: unheard, requests }: EnterParts): Promise<{ ended: Promise<void> }> {
  const { rest, host, application, options } = bot
  for (;;) {
    if (!bot.may.content) throw contentNeeded(application, "denied")
    const lost = missing(bot.may, application)
    if (lost !== undefined) host.log.info({ application }, lost)
    try {
      const intents = intentsOf(bot.may)
      const { apiRoot } = options
      return await openGateway({ rest, token: secret.token, apiRoot, intents, host, handlers, load, missing: unheard, requests })
    } catch (error) {
      if (!(error instanceof IntentsRefused)) throw error
      bot.may = fewer(bot.may, (await identity(rest, host.signal)).may)
    }
  }
}

/** After close code 4014: what is switched on by now, or, where the server does not say, first without what can be done without. */
export function fewer(asked: May, now: May): May {
  const may = { content: asked.content && now.content, members: asked.members && now.members, presences: asked.presences && now.presences }
  if (intentsOf(may) !== intentsOf(asked)) return may
  const spare = asked.members || asked.presences
  return { content: spare, members: false, presences: false }
}
