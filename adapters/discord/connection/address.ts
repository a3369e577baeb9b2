// Where the gateway is and how many connections it wants: GET /gateway/bot, read whatever a server says.
import { type REST, Routes } from "discord.js"
import { AdapterError } from "xferry"
import { number, object, text } from "../loose.js"
import { explain } from "./errors.js"
import { NotTheApi } from "./transport.js"

export interface GatewayAddress {
  url: string
  shards: number
  /** Shards that may identify at the same time. */
  concurrency: number
}

const official = "wss://gateway.discord.gg"
/** No bot is on so many servers that it needs more; a server that says otherwise is mistaken. */
const mostShards = 64

/** Get Gateway Bot. Throws an AdapterError; also where no session may be begun today and `fresh` ones are needed. */
export async function gatewayAddress(rest: REST, apiRoot: string, fresh: boolean, signal: AbortSignal): Promise<GatewayAddress> {
  const said = object(
    await rest.get(Routes.gatewayBot(), { signal }).catch((error: unknown) => {
      const problem = explain(error)
      if (!(error instanceof NotTheApi) && (problem.kind === "retry" || problem.kind === "logged-out")) throw problem
      // Some servers know only the call for everybody.
      return rest.get(Routes.gateway(), { signal }).catch(() => ({}))
    }),
  )
  const limit = object(said["session_start_limit"])
  const url = text(said["url"])
  const shards = Math.trunc(number(said["shards"]) ?? 1)
  const address = {
    url: url !== undefined && isWebSocket(url) ? url : guess(apiRoot),
    shards: Math.min(Math.max(shards, 1), mostShards),
    concurrency: Math.max(Math.trunc(number(limit["max_concurrency"]) ?? 1), 1),
  }
  const remaining = number(limit["remaining"]) ?? address.shards
  if (fresh && remaining < address.shards) {
    const retryAfterMs = Math.max(number(limit["reset_after"]) ?? 0, 60_000)
    const text = "Discord lets this bot begin no more sessions today, because it began too many."
    throw new AdapterError("retry", text, { blocks: "account", retryAfterMs })
  }
  return address
}

export function isWebSocket(url: string): boolean {
  return URL.canParse(url) && /^wss?:$/.test(new URL(url).protocol)
}

/** Discord's own servers, not those that only speak like them. */
export function isOfficial(apiRoot: string): boolean {
  return /(^|\.)discord\.com$/.test(new URL(apiRoot).hostname)
}

/** Discord's own is known; elsewhere it is where the REST API is. */
function guess(apiRoot: string): string {
  const root = new URL(apiRoot)
  if (isOfficial(apiRoot)) return official
  return `${root.protocol === "https:" ? "wss" : "ws"}://${root.host}/`
}
