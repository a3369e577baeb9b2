// What moderators do to people: out of the server, banned, in timeout.
import { Routes } from "discord.js"
import { AdapterError, type Role } from "xferry"
import { unlessGone } from "../talk/place.js"
import { type Change, type Done, done, type Of, personOf, reason, type Table } from "./calls.js"
import { memberOf } from "./lookup.js"
import { isThread } from "./permissions.js"
import { standing } from "./rights.js"

/** Modify Guild Member: `communication_disabled_until` is at most 28 days from now. An hour for clocks that differ. */
const longestTimeoutMs = (28 * 24 - 1) * 3_600_000

export const moderation = {
  async kick({ bot, world, guild, channel, op, signal }) {
    const user = personOf(op.user)
    // Somebody can be taken out of a thread alone; out of a channel nobody can.
    const route = channel && isThread(channel) ? Routes.threadMembers(channel.id, user) : Routes.guildMember(guild.id, user)
    await done(() => bot.rest.delete(route, { signal, ...reason(op.why) }))
    if (!channel || !isThread(channel)) world.part(guild.id, user)
  },
  async ban({ bot, world, guild, op, signal }) {
    const user = personOf(op.user)
    await done(() => bot.rest.put(Routes.guildBan(guild.id, user), { body: {}, signal, ...reason(op.why) }))
    world.part(guild.id, user)
  },
  async unban({ bot, guild, op, signal }) {
    const user = personOf(op.user)
    await done(() => unlessGone(() => bot.rest.delete(Routes.guildBan(guild.id, user), { signal, ...reason(op.why) })))
  },
  role: (change) => give(change, change.op.role),
} satisfies Table

async function give(change: Change<Of<"role">>, role: Role): Promise<Done> {
  const { bot, world, guild, channel, op, signal } = change
  if (role === "banned") return moderation.ban({ ...change, op: { ...op, do: "ban" } })
  if (role === "none") return moderation.kick({ ...change, op: { ...op, do: "kick" } })
  if (role === "owner" || role === "admin")
    throw new AdapterError("unsupported", "On Discord power comes with roles that each server makes for itself: give such a role there.")
  const user = personOf(op.user)
  const member = await memberOf(bot, world, guild.id, user, signal)
  if (!member) throw new AdapterError("denied", "This person is not on the server, and no bot can add people. An invite link can.")
  const was = standing(guild, channel, member).role
  const isTimedOut = member.mutedUntil > Date.now()
  if (role === "member" && !isTimedOut) {
    if (was !== "muted") return
    throw new AdapterError(
      "denied",
      "What keeps this person from writing here are the permissions of their roles or of the channel: change them on Discord.",
    )
  }
  if (was === "owner" || was === "admin")
    throw new AdapterError("denied", "This person has power over the server by their roles: only there can it be taken from them.")
  if (role === "muted" && was === "muted") return
  const until = role === "muted" ? new Date(Date.now() + longestTimeoutMs).toISOString() : null
  const body = { communication_disabled_until: until }
  await done(() => bot.rest.patch(Routes.guildMember(guild.id, user), { body, signal }))
  world.join(guild.id, { ...member, mutedUntil: until === null ? 0 : Date.parse(until) })
}
