// Threads and forum posts (Channel, Start Thread …; Threads).
import { ChannelType } from "discord-api-types/v10"
import type { Channel } from "../world/channel.js"
import { older } from "../world/ids.js"
import { Flags } from "../world/permissions.js"
import { startThread } from "../world/post.js"
import { type Call, isForum, type Route } from "./call.js"
import { draftOf } from "./drafts.js"
import { invalid, refused } from "./refused.js"

interface Wanted {
  name: string
  type?: ChannelType | null
  auto_archive_duration?: number | null
  rate_limit_per_user?: number | null
  applied_tags?: string[] | null
  invitable?: boolean | null
  message?: Record<string, unknown>
}

const carriers: readonly number[] = [ChannelType.GuildText, ChannelType.GuildAnnouncement]

function fieldsOf({ name, auto_archive_duration: archiveAfter, rate_limit_per_user: slow, applied_tags: tags }: Wanted): {
  name: string
  archiveAfter?: number
  slow?: number
  tags?: string[]
} {
  return { name, ...(archiveAfter && { archiveAfter }), ...(slow && { slow }), ...(tags && { tags }) }
}

const fromMessage: Route = (call) => {
  const { channel } = call
  const wanted = call.body as unknown as Wanted
  if (!carriers.includes(channel.type)) throw refused(50024)
  call.need(channel, Flags.CreatePublicThreads)
  const from = call.messageIn(channel)
  if (call.world.channels.has(from.id)) throw refused(160004)
  return startThread(channel, call.author, { ...fieldsOf(wanted), from }).raw(call.bot.id)
}

const start: Route = (call) => {
  const { channel } = call
  const wanted = call.body as unknown as Wanted
  if (isForum(channel)) return startPost(call, channel, wanted)
  if (!carriers.includes(channel.type)) throw refused(50024)
  // «type … defaults to PRIVATE_THREAD»: so it is documented for bots of this version.
  const type: ChannelType = wanted.type ?? ChannelType.PrivateThread
  const allowed = channel.type === ChannelType.GuildText ? [11, 12] : [10]
  if (!allowed.includes(type)) throw invalid("type", "BASE_TYPE_CHOICES", `Value must be one of {${allowed.join(", ")}}.`)
  call.need(channel, type === ChannelType.PrivateThread ? Flags.CreatePrivateThreads : Flags.CreatePublicThreads)
  const { invitable } = wanted
  const how = { ...fieldsOf(wanted), type, ...(typeof invitable === "boolean" && { invitable }) }
  return startThread(channel, call.author, how).raw(call.bot.id)
}

/** «Requires the SEND_MESSAGES permission» (Start Thread in Forum or Media Channel). */
function startPost(call: Call, forum: Channel, wanted: Wanted): object {
  if (!wanted.message) throw invalid("message", "BASE_TYPE_REQUIRED", "This field is required")
  call.need(forum, Flags.SendMessages)
  const unknown = (wanted.applied_tags ?? []).find((id) => !forum.tags.some((tag) => tag.id === id))
  if (unknown !== undefined) throw invalid("applied_tags", "FORUM_TAG_UNKNOWN", `Unknown tag ${unknown}`)
  const first = draftOf(call, wanted.message, forum)
  const thread = startThread(forum, call.author, { ...fieldsOf(wanted), first })
  return { ...thread.raw(call.bot.id), message: call.shown(thread.messages[0]!) }
}

const active: Route = (call) => {
  const { guild, bot } = call
  const threads = guild.threads.filter((thread) => thread.mayView(bot.id)).sort((a, b) => (older(a.id, b.id) ? 1 : -1))
  return { ...rawList(call, threads), has_more: false }
}

/** Of public threads the last archived first, of joined private ones the newest first. */
const archived =
  (isPrivate: boolean, mine = false): Route =>
  (call) => {
    const { channel, bot, world, query } = call
    if (!(channel.permissionsOf(bot.id) & Flags.ReadMessageHistory)) throw refused(50001)
    if (isPrivate && !mine) call.need(channel, Flags.ManageThreads)
    const { before, limit = 50 } = query as { before?: string; limit?: number }
    const isBefore = ({ id, thread }: Channel): boolean =>
      before === undefined || (mine ? older(id, before) : thread!.changed < Date.parse(before))
    const all = [...world.channels.values()]
      .filter(({ parent, thread }) => parent === channel && thread?.archived)
      .filter(({ type }) => (type === ChannelType.PrivateThread) === isPrivate)
      .filter(({ thread }) => !mine || thread?.members.has(bot.id))
      .filter(isBefore)
      .sort((a, b) => (mine ? (older(a.id, b.id) ? 1 : -1) : b.thread!.changed - a.thread!.changed))
    return { ...rawList(call, all.slice(0, limit)), has_more: all.length > limit }
  }

function rawList({ bot }: Call, threads: readonly Channel[]): object {
  const joined = threads.filter(({ thread }) => thread?.members.has(bot.id))
  return { threads: threads.map((thread) => thread.raw(bot.id)), members: joined.map((thread) => thread.rawThreadMember(bot.id)) }
}

function threadOf(call: Call): Channel {
  const { channel } = call
  if (!channel.thread) throw refused(50024)
  return channel
}

const members: Route = (call) => {
  const thread = threadOf(call)
  const { with_member: withMember, after, limit = 100 } = call.query as { with_member?: boolean; after?: string; limit?: number }
  const ids = [...thread.thread!.members.keys()]
    .filter((id) => after === undefined || older(after, id))
    .sort((a, b) => (older(a, b) ? -1 : 1))
  return ids.slice(0, withMember ? limit : undefined).map((id) => rawMember(thread, id, withMember))
}

function rawMember(thread: Channel, id: string, withMember = false): object {
  const member = withMember ? thread.guild?.members.get(id) : undefined
  return { ...thread.rawThreadMember(id), ...(member && { member: thread.guild?.rawMember(member) }) }
}

/** «Also requires the thread is not archived». */
function needAwake(thread: Channel): Channel {
  if (thread.thread?.archived) throw refused(50083)
  return thread
}

export const threads: Record<string, Route> = {
  "POST /channels/{channel_id}/messages/{message_id}/threads": fromMessage,
  "POST /channels/{channel_id}/threads": start,
  "GET /guilds/{guild_id}/threads/active": active,
  "GET /channels/{channel_id}/threads/archived/public": archived(false),
  "GET /channels/{channel_id}/threads/archived/private": archived(true),
  "GET /channels/{channel_id}/users/@me/threads/archived/private": archived(true, true),
  "GET /channels/{channel_id}/thread-members": members,
  "GET /channels/{channel_id}/thread-members/{user_id}": (call) => {
    const thread = threadOf(call)
    const id = call.params["user_id"]!
    if (!thread.thread!.members.has(id)) throw refused(10007)
    return rawMember(thread, id, call.query["with_member"] === true)
  },
  "PUT /channels/{channel_id}/thread-members/@me": (call) => needAwake(threadOf(call)).addMember(call.bot.user),
  "DELETE /channels/{channel_id}/thread-members/@me": (call) => needAwake(threadOf(call)).removeMember(call.bot.id),
  "PUT /channels/{channel_id}/thread-members/{user_id}": (call) => {
    const thread = needAwake(threadOf(call))
    call.need(thread, Flags.SendMessagesInThreads)
    thread.addMember(call.member(thread.guild!).user)
  },
  "DELETE /channels/{channel_id}/thread-members/{user_id}": (call) => {
    const thread = needAwake(threadOf(call))
    if (thread.thread?.owner !== call.bot.id || thread.type !== ChannelType.PrivateThread) call.need(thread, Flags.ManageThreads)
    thread.removeMember(call.params["user_id"]!)
  },
}
