// What the gateway asks of the world, and the world of the gateway.
import type { APIUser, GatewayGuildCreateDispatchData } from "discord-api-types/v10"

/** Something that happened, as it is before intents and rights narrow it for each bot. */
export interface Dispatch {
  t: string
  d: Record<string, unknown>
  /** Only bots in it hear of it. Neither guild nor `only`: a direct chat's must have `only`. */
  guild?: string
  /** Only those who may view it hear of it. Absent: everybody in the guild. */
  channel?: string
  /** User ids of the bots who hear of it. */
  only?: readonly string[]
}

/** A bot as the gateway sees it. */
export interface GatewayBot {
  readonly token: string
  readonly user: APIUser
  readonly application: { id: string; flags: number }
  /** Privileged intents that are switched on for its application, as bits. */
  readonly intents: number
}

export interface Ground {
  readonly violations: string[]
  /** Undefined: unknown, or revoked. */
  botOf(token: string): GatewayBot | undefined
  guildsOf(bot: GatewayBot): readonly string[]
  /** With all members and all presences: the gateway takes away what the bot does not get. Undefined: the guild is down. */
  guildCreate(bot: GatewayBot, guild: string): GatewayGuildCreateDispatchData | undefined
  mayView(user: string, channel: string): boolean
  /** Epoch ms. */
  now(): number
  /** Something changed that a test may be waiting for. */
  changed(): void
}
