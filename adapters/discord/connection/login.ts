// From a token to an account: one question, and a look at whether Discord lets the bot read.
import { PermissionFlagsBits, type REST, Routes } from "discord.js"
import { AdapterError, type Ask } from "xferry"
import { flag, id, type Json, object } from "../loose.js"
import type { Options } from "../options.js"
import type { Snowflake } from "../places.js"
import type { Secret } from "../types.js"
import { explain } from "./errors.js"
import { granted, type May, missing, switches, switchesPage } from "./intents.js"
import { client } from "./rest.js"
import { isOfficial } from "./address.js"
import { NotTheApi } from "./transport.js"

/** What the bot needs on a server, and what makes its rooms whole. */
const permissions =
  PermissionFlagsBits.ViewChannel |
  PermissionFlagsBits.SendMessages |
  PermissionFlagsBits.SendMessagesInThreads |
  PermissionFlagsBits.CreatePublicThreads |
  PermissionFlagsBits.ReadMessageHistory |
  PermissionFlagsBits.ManageWebhooks |
  PermissionFlagsBits.ManageMessages |
  // No longer a part of the one above since 2026.
  PermissionFlagsBits.PinMessages |
  PermissionFlagsBits.ManageThreads |
  PermissionFlagsBits.ManageChannels |
  PermissionFlagsBits.EmbedLinks |
  PermissionFlagsBits.AttachFiles |
  PermissionFlagsBits.SendVoiceMessages |
  PermissionFlagsBits.AddReactions |
  PermissionFlagsBits.UseExternalEmojis |
  PermissionFlagsBits.CreateInstantInvite

/** Where a server's owner adds the bot (OAuth2, Bot Authorization Flow). */
export function inviteLink(application: string): string {
  return `https://discord.com/oauth2/authorize?client_id=${application}&scope=bot&permissions=${permissions}`
}

const explanation = [
  "You need a bot of your own:",
  "1. At https://discord.com/developers/applications choose New Application, then Bot.",
  "2. Under Privileged Gateway Intents switch on Message Content Intent, or the bot reads nothing. Server Members Intent (who belongs to a server) and Presence Intent (who is online) are good to have.",
  "3. Choose Reset Token, copy the token, and keep it to yourself.",
  "Then you get a link by which to add the bot to a server. The channels it can see become rooms, and people who write to it appear among your contacts. Use the bot for nothing else.",
].join("\n")

export async function login(ask: Ask, options: Options, signal: AbortSignal): Promise<{ id: string; secret: Secret; next: string }> {
  const answer = await ask({
    title: "Discord bot",
    text: explanation,
    fields: [{ name: "token", label: "Bot token", secret: true }],
  })
  const token = tokenIn(answer["token"] ?? "")
  if (token === undefined)
    throw new AdapterError("rejected", `This is not a bot token. ${switchesPage(undefined)} shows it once, after Bot, Reset Token.`)
  const over = new AbortController()
  const { self, application, may } = await identity(client({ token }, options, over.signal), signal)
    .catch(asRefusal)
    .finally(() => over.abort())
  if (!may.content) throw contentNeeded(application, "rejected")
  const lost = missing(may, application)
  const next = `To add the bot to a server you administer, open ${inviteLink(application)}${lost === undefined ? "" : `\n${lost}`}`
  return { id: self, secret: { token }, next }
}

/** White space and invisible characters that copying brings along, quotes around it, and the word of the HTTP header. */
export function tokenIn(typed: string): string | undefined {
  const token = typed
    .replace(/^[\s"'`«»]*Bot\s+/i, "")
    .replace(/[\s\u200b-\u200f\u2060\ufeff]+/g, "")
    .replace(/^["'`«]+|["'`»]+$/g, "")
  // What a header can hold; the rest is known to the server only.
  return /^[\x21-\x7e]{1,500}$/.test(token) ? token : undefined
}

/** Who the bot is, and what it may. Throws what the library throws, or an AdapterError. */
export async function identity(
  rest: REST,
  signal: AbortSignal,
): Promise<{ self: Snowflake; user: Json; application: Snowflake; may: May }> {
  const user = object(await rest.get(Routes.user(), { signal }))
  const self = id(user["id"])
  if (self === undefined) throw new AdapterError("retry", "What answered is not Discord's API: it did not name a user.")
  if (user["bot"] !== undefined && user["bot"] !== null && !flag(user["bot"]))
    throw new AdapterError("denied", "This token belongs to a person's account. Discord forbids that; only a bot's token will do.")
  const application = await applicationOf(rest, signal)
  return { self, user, application: id(application["id"]) ?? self, may: granted(application, !isOfficial(rest.options.api)) }
}

/** Servers that do not know the call are taken to allow everything; bots of old have other ids than their application. */
async function applicationOf(rest: REST, signal: AbortSignal): Promise<Json> {
  try {
    return object(await rest.get(Routes.currentApplication(), { signal }))
  } catch (error) {
    const problem = explain(error)
    if (error instanceof NotTheApi) return {}
    if (problem.kind === "retry" || problem.kind === "logged-out") throw problem
    return {}
  }
}

export function contentNeeded(application: Snowflake, kind: "rejected" | "denied"): AdapterError {
  return new AdapterError(
    kind,
    `Discord hides from this bot what people write. Switch on «${switches.content}» at ${switchesPage(application)} (Bot, Privileged Gateway Intents), then try again.`,
    kind === "denied" ? { blocks: "account", retryAfterMs: 60_000 } : {},
  )
}

/** At login a bad token is an error in the form, not the end of an account. */
function asRefusal(error: unknown): never {
  const problem = explain(error)
  if (problem.kind !== "logged-out") throw problem
  throw new AdapterError(
    "rejected",
    "Discord does not know this token: it is mistyped, or was reset. Reset it at https://discord.com/developers/applications (Bot, Reset Token) and copy the new one.",
    { cause: problem.cause },
  )
}
