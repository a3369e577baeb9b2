// Whose rights may have changed by what the gateway tells: what the core then asks again, of one person or of all.
import { isDeepStrictEqual } from "node:util"
import type { LegacyRoomId, NetworkEvent } from "xferry"
import { guildRoom, type Snowflake } from "../places.js"
import type { Channel, Guild, Member } from "../types.js"
import { isThread } from "./permissions.js"
import { isCategory, isForum } from "./rights.js"
import { isVisible } from "./rooms.js"

/** So many threads of a channel are told of one by one. */
const mostSingly = 10

/** Of somebody, in all of a guild. `before`: as they were, if that is known. */
export function ofMember(guild: Snowflake, before: Member | undefined, now: Member): NetworkEvent[] {
  const isSame = before?.mutedUntil === now.mutedUntil && isDeepStrictEqual([...before.roles].sort(), [...now.roles].sort())
  return isSame ? [] : [{ type: "access", room: guildRoom(guild), user: now.user }]
}

/** Of everybody, in all of a guild, besides `events`. */
export function ofAll({ id }: Guild, events: readonly NetworkEvent[]): NetworkEvent[] {
  return including(events, [guildRoom(id)])
}

/** Of everybody, in a channel and its threads or in a thread, besides `events`. What the bot does not see any more is told to be gone, what it sees only now to be there. */
export function ofChannel(guild: Guild, before: Channel | undefined, now: Channel, events: readonly NetworkEvent[]): NetworkEvent[] {
  // A category's overwrites are copied to its channels, which are told of each.
  if (!before || isCategory(now) || isSame(before, now)) return [...events]
  if (!isVisible(guild, before) || !isVisible(guild, now)) return [...events]
  if (isThread(now) || isForum(now)) return including(events, [now.id])
  const threads = [...guild.channels.values()].filter((each) => isThread(each) && each.parent === now.id && !each.archived)
  return including(events, threads.length > mostSingly ? [guildRoom(guild.id)] : [now.id, ...threads.map(({ id }) => id)])
}

function isSame(before: Channel, now: Channel): boolean {
  if (isThread(now)) return before.locked === now.locked && before.parent === now.parent
  return before.type === now.type && isDeepStrictEqual(before.overwrites, now.overwrites)
}

function including(events: readonly NetworkEvent[], rooms: readonly LegacyRoomId[]): NetworkEvent[] {
  const told = events.flatMap((event) => (event.type === "access" && event.user === undefined ? [event.room] : []))
  if (told.includes(undefined)) return [...events]
  return [...events, ...rooms.filter((room) => !told.includes(room)).map((room): NetworkEvent => ({ type: "access", room }))]
}
