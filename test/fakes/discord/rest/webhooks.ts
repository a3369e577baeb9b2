// Webhooks: made by bots, spoken through by whoever has the token (Webhook).
import { ChannelType, MessageFlags } from "discord-api-types/v10"
import type { Channel } from "../world/channel.js"
import { type Draft, type Message, shown, webhookUser } from "../world/message.js"
import { Flags } from "../world/permissions.js"
import { post, remove, startThread } from "../world/post.js"
import type { Webhook } from "../world/webhook.js"
import { type Call, isForum, type Params, type Route } from "./call.js"
import { draftOf } from "./drafts.js"
import { edited } from "./messages.js"
import { invalid, refused } from "./refused.js"

const hosts: readonly number[] = [
  ChannelType.GuildText,
  ChannelType.GuildAnnouncement,
  ChannelType.GuildVoice,
  ChannelType.GuildStageVoice,
  ChannelType.GuildForum,
  ChannelType.GuildMedia,
]

/**
 * Create Webhook: «does not contain the substrings `clyde` or `discord` (case-insensitive)», and «follows the nickname guidelines»
 * (Users, Usernames and Nicknames), of which the trimming is played here. Documented for user names only, and still refused here: «everyone» and «here».
 */
function legalName(given: string, field: string): string {
  const name = given.trim().replace(/\s+/g, " ")
  const length = [...name].length
  if (length < 1 || length > 80) throw invalid(field, "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 80 in length.")
  const bad = /clyde|discord/i.exec(name)?.[0]
  if (bad) throw invalid(field, "USERNAME_INVALID_CONTAINS", `Username cannot contain "${bad.toLowerCase()}"`)
  if (/^(?:everyone|here)$/.test(name)) throw invalid(field, "USERNAME_INVALID", `Username cannot be "${name}"`)
  return name
}

const create: Route = (call) => {
  const { channel, bot, world, body } = call
  if (!hosts.includes(channel.type)) throw refused(50024)
  call.need(channel, Flags.ManageWebhooks)
  const name = legalName(body["name"] as string, "name")
  if (world.webhooksOf(channel).length >= 15) throw refused(30007)
  return channel.makeWebhook(name, bot).raw(true)
}

/** Tokens only of what this application made. */
const list: Route = (call) => {
  const { channel, world } = call
  call.needGuild(channel)
  call.need(channel, Flags.ManageWebhooks)
  return world.webhooksOf(channel).map((webhook) => webhook.raw(webhook.application === call.bot.id))
}

const listInGuild: Route = (call) => {
  const { guild, world } = call
  call.need(guild, Flags.ManageWebhooks)
  return [...world.webhooks.values()]
    .filter((webhook) => webhook.channel.guild === guild)
    .map((webhook) => webhook.raw(webhook.application === call.bot.id))
}

function managed(call: Call): Webhook {
  const webhook = call.world.webhooks.get(call.params["webhook_id"]!)
  if (!webhook) throw refused(10015)
  call.need(webhook.channel, Flags.ManageWebhooks)
  return webhook
}

function byToken({ world, params }: Call): Webhook {
  const webhook = world.webhooks.get(params["webhook_id"]!)
  if (!webhook) throw refused(10015)
  if (webhook.token !== params["webhook_token"]) throw refused(50027)
  return webhook
}

const change =
  (find: (call: Call) => Webhook): Route =>
  (call) => {
    const webhook = find(call)
    const { name, avatar, channel_id: moved } = call.body as { name?: string; avatar?: string | null; channel_id?: string | null }
    if (typeof name === "string") webhook.name = legalName(name, "name")
    if (avatar !== undefined) webhook.avatar = avatar === null ? null : "a".repeat(32)
    if (moved) {
      const target = call.view(moved)
      call.need(target, Flags.ManageWebhooks)
      webhook.channel = target
    }
    webhook.told()
    return webhook.raw(true)
  }

const erase =
  (find: (call: Call) => Webhook): Route =>
  (call) => {
    find(call).delete()
    return undefined
  }

const execute: Route = (call) => {
  const webhook = byToken(call)
  const { body, query } = call
  const { thread_name: threadName } = body as { thread_name?: string | null }
  const forum = isForum(webhook.channel)
  if (threadName && !forum) throw refused(220003)
  if (threadName && query["thread_id"] !== undefined) throw refused(220002)
  if (forum && !threadName && query["thread_id"] === undefined) throw refused(220001)
  const channel = threadOf(call, webhook)
  if (channel.thread?.locked) throw refused(160005)
  const username = typeof body["username"] === "string" ? legalName(body["username"], "username") : webhook.name
  const avatarUrl = avatarOf(body)
  const author = {
    user: webhookUser(webhook, username, avatarUrl ? "f".repeat(32) : webhook.avatar),
    webhook,
    ...(avatarUrl !== undefined && { avatarUrl }),
  }
  const draft: Draft = draftOf(call, body, channel)
  if ((draft.flags ?? 0) & MessageFlags.IsVoiceMessage) throw invalid("flags", "BASE_TYPE_CHOICES", "Not a flag for webhooks")
  const tags = body["applied_tags"] as string[] | null | undefined
  const message = threadName
    ? startThread(channel, author, { name: threadName, first: draft, tags: tags ?? [] }).messages[0]!
    : post(channel, author, draft)
  return query["wait"] === true ? shown(message) : undefined
}

/** An address that is none is refused by the real server, too (known). */
function avatarOf({ avatar_url: url }: Params): string | undefined {
  if (typeof url !== "string" || url === "") return undefined
  if (!URL.canParse(url) || !/^https?:/.test(url)) throw invalid("avatar_url", "URL_TYPE_INVALID_URL", "Not a well formed URL.")
  return url
}

/** The channel, or a thread in it. */
function threadOf({ query, world }: Call, webhook: Webhook): Channel {
  const id = query["thread_id"]
  if (id === undefined) return webhook.channel
  const thread = world.channels.get(id as string)
  if (!thread?.thread || thread.parent !== webhook.channel) throw refused(10003)
  return thread
}

function own(call: Call): Message {
  const webhook = byToken(call)
  const found = threadOf(call, webhook).messages.find(({ id, webhook_id }) => id === call.params["message_id"] && webhook_id === webhook.id)
  if (!found) throw refused(10008)
  return found
}

const message = "/webhooks/{webhook_id}/{webhook_token}/messages/{message_id}"

export const webhooks: Record<string, Route> = {
  "POST /channels/{channel_id}/webhooks": create,
  "GET /channels/{channel_id}/webhooks": list,
  "GET /guilds/{guild_id}/webhooks": listInGuild,
  "GET /webhooks/{webhook_id}": (call) => {
    const webhook = managed(call)
    return webhook.raw(webhook.application === call.bot.id)
  },
  "PATCH /webhooks/{webhook_id}": change(managed),
  "DELETE /webhooks/{webhook_id}": erase(managed),
  "GET /webhooks/{webhook_id}/{webhook_token}": (call) => byToken(call).raw(true, false),
  "PATCH /webhooks/{webhook_id}/{webhook_token}": change(byToken),
  "DELETE /webhooks/{webhook_id}/{webhook_token}": erase(byToken),
  "POST /webhooks/{webhook_id}/{webhook_token}": execute,
  [`GET ${message}`]: (call) => shown(own(call)),
  [`PATCH ${message}`]: (call) => {
    const found = own(call)
    if (found.in.thread?.archived) throw refused(50083)
    return shown(edited(call, found, call.body))
  },
  [`DELETE ${message}`]: (call) => {
    const found = own(call)
    remove(found.in, [found])
    return undefined
  },
}
