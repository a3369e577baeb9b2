// Fetches what Discord holds, as a stream: from its CDN only, with addresses that are signed anew where they have expired.
import { Routes } from "discord.js"
import { AdapterError, type Session } from "xferry"
import type { capabilities } from "../capabilities.js"
import { explain } from "../connection/errors.js"
import { list, object, text } from "../loose.js"
import type { Bot } from "../types.js"
import { type Fetched, NotThere, open } from "./fetch.js"
import { onCdn, trusted } from "./hosts.js"
import { isOnCdn, type Pointed, pointedBy } from "./refs.js"

export function downloadVerb(bot: Bot): Pick<Session<typeof capabilities>, "download"> {
  return {
    async download({ ref }, signal) {
      const pointed = pointedBy(ref)
      if (!pointed) {
        if (!isOnCdn(ref)) throw gone()
        return fetched(bot, onCdn(ref, bot.options), signal)
      }
      const known = bot.addresses.get(ref)
      if (known !== undefined)
        try {
          return await open(...wanted(bot, known), signal)
        } catch (error) {
          if (!(error instanceof NotThere)) throw error
        }
      return fetched(bot, await anew(bot, ref, pointed, signal), signal)
    },
  }
}

async function fetched(bot: Bot, address: string, signal: AbortSignal): Promise<Fetched> {
  try {
    return await open(...wanted(bot, address), signal)
  } catch (error) {
    throw error instanceof NotThere ? gone() : error
  }
}

function wanted({ options }: Bot, address: string): [URL, (hop: string) => URL | undefined, number] {
  const url = trusted(address, options)
  if (url) return [url, (hop) => trusted(hop, options), options.timeoutSeconds * 1000]
  throw new AdapterError("unsupported", "This file is not on Discord's servers. The admin can name others in the option cdn.")
}

/** Whoever reads a message is given valid addresses of what came with it. */
async function anew(bot: Bot, ref: string, pointed: Pointed, signal: AbortSignal): Promise<string> {
  const { channel, message } = pointed
  try {
    const answer = object(await bot.rest.get(Routes.channelMessage(channel, message), { signal }))
    const url = bot.addresses.learn({ ...answer, channel_id: channel, id: message }).get(ref)
    if (url !== undefined) return url
    throw gone()
  } catch (error) {
    const problem = explain(error)
    const signed = problem.kind === "denied" ? await signedAnew(bot, pointed, signal) : undefined
    if (signed === undefined) throw problem.kind === "gone" ? gone() : problem
    return signed
  }
}

/** What the bot could read when it came, but not afterwards: without Read Message History. */
async function signedAnew({ rest, host }: Bot, { path, channel, message }: Pointed, signal: AbortSignal): Promise<string | undefined> {
  if (path === undefined) return undefined
  try {
    const body = { attachment_urls: [`https://cdn.discordapp.com/${path}`] }
    const answer = object(await rest.post("/attachments/refresh-urls", { body, signal }))
    return list(answer["refreshed_urls"]).flatMap((each) => text(each["refreshed"]) ?? [])[0]
  } catch (error) {
    host.log.debug({ channel, message, reason: explain(error).message }, "the address of a file could not be signed anew")
    return undefined
  }
}

function gone(): AdapterError {
  return new AdapterError("gone", "This file no longer exists on Discord.")
}
