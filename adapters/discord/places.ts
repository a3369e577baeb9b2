// Where something is said: Discord's guilds, channels and threads as room ids and back.
import type { LegacyRoomId } from "xferry"

export type Snowflake = string

/** Discord's ids: 64 bits in decimal (Reference, Snowflakes). */
const snowflake = /^[1-9]\d{0,19}$/

export function isSnowflake(text: unknown): text is Snowflake {
  return typeof text === "string" && snowflake.test(text)
}

/** A guild may have a channel with its own id (the first channel of old guilds): the letter tells them apart. */
export function guildRoom(guild: Snowflake): LegacyRoomId {
  return `g${guild}`
}

/** Channels, categories, forums, threads and posts have ids of one kind, which are their rooms' ids. Undefined: none of Discord's. */
export function placeOf(room: LegacyRoomId): { guild: Snowflake } | { channel: Snowflake } | undefined {
  if (room.startsWith("g") && isSnowflake(room.slice(1))) return { guild: room.slice(1) }
  return isSnowflake(room) ? { channel: room } : undefined
}

/** Milliseconds of Unix time in a snowflake. */
export function timeOf(id: Snowflake): number {
  return Number((BigInt(id) >> 22n) + 1_420_070_400_000n)
}
