// The world's part of a session: what the gateway tells of it, and the verbs that need nothing else.
import type { NetworkEvent, Session } from "xferry"
import type { capabilities } from "../capabilities.js"
import type { Snowflake } from "../places.js"
import type { Talker } from "../talk/place.js"
import type { Handlers } from "../types.js"
import { accessVerbs } from "./access.js"
import { memberHandlers } from "./comings.js"
import { findVerbs } from "./find.js"
import { guildHandlers } from "./gateway.js"
import { loadMissing, loadWorld } from "./load.js"
import { manageVerbs } from "./manage.js"
import { memberVerbs } from "./members.js"
import { presenceRequests, Presences } from "./presence.js"
import { roomVerbs } from "./rooms.js"
import { Told } from "./told.js"
import type { BotWorld } from "./world.js"

type Whole = Session<typeof capabilities>
type Verbs = Pick<Whole, "access" | "find" | "manage" | "members" | "rooms"> & Required<Pick<Whole, "contact" | "room">>

export interface WorldPart {
  handlers: Handlers
  verbs: Verbs
  /** After a resume without READY: builds the world by REST. Returns what is to be emitted before anything that the gateway replays. Throws an AdapterError. */
  load(signal: AbortSignal): Promise<NetworkEvent[]>
  /** Looks by REST at guilds of which the gateway told nothing. */
  missing(signal: AbortSignal): Promise<NetworkEvent[]>
  /** What is asked of the gateway once a resumed session is there (Request Guild Members). */
  requests(): { guild_id: Snowflake }[]
}

/** `world` is `bot.world`. */
export function worldPart(bot: Talker, world: BotWorld): WorldPart {
  const told = new Told(bot, world)
  const presences = new Presences()
  return {
    handlers: { ...guildHandlers(bot, world, told, presences), ...memberHandlers(bot, world, told, presences) },
    verbs: {
      ...roomVerbs(bot, world),
      ...memberVerbs(bot, world),
      ...accessVerbs(bot, world),
      ...manageVerbs(bot, world),
      ...findVerbs(bot, world),
    },
    load: (signal) => loadWorld(bot, world, told, signal),
    missing: (signal) => loadMissing(bot, world, told, signal),
    requests: () => presenceRequests(bot, world),
  }
}
