// Request Guild Members (op 8): who is found, in chunks of 1000.
import {
  GatewayIntentBits as Bits,
  type GatewayGuildCreateDispatchData,
  type GatewayGuildMembersChunkDispatchData,
  type GatewayRequestGuildMembersDataBase,
} from "discord-api-types/v10"

export interface MembersRequest extends GatewayRequestGuildMembersDataBase {
  query?: string
  limit?: number
  user_ids?: string | string[]
}

const most = 1000

/** A text: why Discord would not answer (Gateway Events, Request Guild Members). */
export function chunks(
  guild: GatewayGuildCreateDispatchData,
  { query, limit = 0, user_ids, presences, nonce }: MembersRequest,
  intents: number,
): GatewayGuildMembersChunkDispatchData[] | string {
  if (presences && !(intents & Bits.GuildPresences)) return "asks for presences without the intent"
  if (query === undefined && user_ids === undefined) return "asks for no members: neither query nor user_ids"
  if (query === "" && !(intents & Bits.GuildMembers)) return "asks for all members without the intent"
  if (query && (limit < 1 || limit > 100)) return "asks for members by name with a limit that is not from 1 to 100"
  const wanted = user_ids === undefined ? undefined : [user_ids].flat()
  if (wanted && wanted.length > 100) return "asks for more than 100 members by id"
  const found = guild.members.filter(({ user, nick }) => {
    if (wanted) return wanted.includes(user.id)
    return [user.username, user.global_name, nick].some((name) => name?.toLowerCase().startsWith((query ?? "").toLowerCase()))
  })
  const members = limit > 0 ? found.slice(0, limit) : found
  const missing = wanted?.filter((id) => !found.some(({ user }) => user.id === id)) ?? []
  const count = Math.max(1, Math.ceil(members.length / most))
  return Array.from({ length: count }, (_none, i) => {
    const part = members.slice(i * most, (i + 1) * most)
    const shown = guild.presences.filter((presence) => part.some(({ user }) => user.id === presence.user.id))
    return {
      guild_id: guild.id,
      members: part,
      chunk_index: i,
      chunk_count: count,
      ...(missing.length > 0 && { not_found: missing }),
      ...(presences && { presences: shown.map(({ guild_id: _guild, ...presence }) => presence) as never }),
      ...(nonce !== undefined && Buffer.byteLength(nonce) <= 32 && { nonce }),
    }
  })
}
