// Pure: how what users of ours think reaches a network where the account can react only as itself.
import type { Capabilities } from "../../adapter/contract.js"
import type { LineUse } from "../model.js"
import type { LineRefresh } from "./store.js"
import { narrowed } from "../rooms/access.js"
import type { RoomRow } from "../rooms/model.js"

/** As the administrator wants it (docs/admin/configuration.md): reactions of the account's own, a line that says who thinks what, or both as needed. */
export type ReactionMode = "union" | "summary" | "both"

export interface ReactionMeans {
  /** What users may react with; undefined: nothing. */
  accepts: Capabilities["react"]
  /** Absent: there is no line. */
  line?: LineUse
  wanted: LineRefresh["wanted"]
}

/** `shared`: the account speaks for several. */
export function reactionMeans(mode: ReactionMode, network: Capabilities, room: RoomRow, shared: boolean): ReactionMeans {
  const { react, edit } = narrowed(network, room.facts.limits)
  // A line that cannot be edited would be one more for each reaction.
  if (mode === "union" || network.react?.as !== "bot" || !edit || !maySay(room)) return { accepts: react, wanted: false }
  if (mode === "both") return react ? { accepts: react, line: "also", wanted: { native: react } } : { accepts: react, wanted: false }
  const accepts = { as: "bot" as const }
  return react && !shared ? { accepts, line: "also", wanted: { native: react } } : { accepts, line: "only", wanted: "always" }
}

/** The account can write there, as far as is known. */
export function maySay({ state, facts: { limits, self } }: RoomRow): boolean {
  return state === "open" && limits?.send !== false && self?.maySend !== false && self?.role !== "muted"
}
