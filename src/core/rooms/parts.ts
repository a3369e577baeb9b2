// What the core's halves of rooms are made of, as the network puts them together.
import type { Capabilities } from "../../adapter/contract.js"
import type { AnyAdapter } from "../../adapter/define.js"
import type { Gate } from "../admin/gate.js"
import type { Accounts } from "../accounts.js"
import type { Asides } from "../asides/asides.js"
import type { Bridging } from "../bridges/ports.js"
import type { Commitment } from "../commitment.js"
import type { Delivery } from "../delivery.js"
import type { Directory } from "../directory.js"
import type { IdMint } from "../ids.js"
import type { Guests } from "../identity/guests.js"
import type { Carriage } from "../inward.js"
import type { Log } from "../log.js"
import type { ConfiguredAccount } from "../parts.js"
import type { Pictures } from "../faces/pictures.js"
import type { Face, Utterance } from "../ports.js"
import type { Sender } from "../sender.js"
import type { Store } from "../store.js"
import type { Preferences } from "../personal/preferences.js"
import type { Typing } from "../typing.js"
import type { Registry } from "./registry.js"

export interface RoomParts {
  /** Id and name of the network. */
  network: string
  name: string
  adapter: AnyAdapter
  capabilities: Capabilities
  configured: readonly ConfiguredAccount[]
  store: Store
  ids: IdMint
  log: Log
  directory: Directory
  registry: Registry
  delivery: Delivery
  sender: Sender
  guests: Guests
  accounts: Pick<Accounts, "live" | "soonLive" | "state" | "describe">
  commitment: Commitment
  typing: Typing
  preferences: Preferences
  carriage: Carriage
  asides: Asides
  pictures: Pictures
  bridges: Bridging
  /** Whether a user may say something now. Absent: they may. */
  gate?: Pick<Gate, "say">
  /** A foreign person is shown whose picture is not here yet. */
  wantAvatar(account: number, legacyId: string): void
  /** The way of a message to one person. Throws `Refusal`. */
  direct(said: Utterance): Promise<void>
  face: () => Face
}
