// What one network is made of, as the composition root hands it over.
import type { AnyAdapter } from "../adapter/define.js"
import type { Agreements } from "./bridges/agreements.js"
import type { Exchange } from "./bridges/exchange.js"
import type { LimitSettings } from "./admin/limits.js"
import type { Process } from "./admin/ports.js"
import type { Store } from "./store.js"
import type { Clock } from "./clock.js"
import type { IdMint } from "./ids.js"
import type { Log } from "./log.js"
import type { BareJid } from "./model.js"
import type { Media } from "./files/media.js"
import type { Picture } from "./faces/picture.js"
import type { Shrink } from "./faces/pictures.js"
import type { ReactionMode } from "./asides/means.js"
import type { Tickets } from "./identity/tickets.js"
import type { Household } from "./personal/household.js"
import type { Preferences } from "./personal/preferences.js"

/** Where a secret is stored: an account's credential, or with `key` a value of its adapter. `account` is the network's own id. */
export interface Place {
  network: string
  account: string
  key?: string
}

/** Seals and opens what is secret in the store; bound to its place, so that values cannot be swapped between rows. */
export interface Vault {
  seal(place: Place, text: string): Uint8Array
  /** Throws if the key is unknown or the value was tampered with. */
  open(place: Place, sealed: Uint8Array): string
}

/** An account that the configuration names, not a user: its rooms are for whom the configuration says. */
export interface ConfiguredAccount {
  /** Its name there, and the tag of its rooms' addresses. */
  tag: string
  /** Answers to the questions of the adapter's login, by field. */
  answers: Readonly<Record<string, string>>
  /** `others`: under what else it may be named, nearest first: former ids of the room, then the rooms it belongs to. */
  mayEnter(user: BareJid, room: string, ...others: string[]): boolean
  /** There are rooms that some user may enter. */
  isOpen?: boolean
  /** `proven`: users prove who they are on the network, which then says what they may enter; `mayEnter` narrows that. Default «listed». */
  join?: "listed" | "proven"
  /** Several users may be the same foreign person. Default: no. */
  sharedIdentities?: boolean
}

export interface NetworkParts {
  id: string
  domain: string
  adapter: AnyAdapter
  options: unknown
  /** What users want; of all networks the same. Absent: nobody can want anything. */
  preferences?: Preferences
  /** All networks of the gateway. Absent: this is the only one. */
  household?: Household
  mayRegister(user: BareJid): boolean
  /** Who may administer this network. Absent: nobody. */
  isAdmin?(user: BareJid): boolean
  /** All of them. Absent: there are none. */
  admins?(): readonly BareJid[]
  /** How much a user may do; asked whenever it is needed. Absent: as much as they like. */
  limits?(): LimitSettings
  /** Absent: nobody can do anything to the process. */
  process?: Process
  configured: readonly ConfiguredAccount[]
  store: Store
  vault: Vault
  ids: IdMint
  log: Log
  /** Puts a picture where the world can fetch it; returns its address. Absent: there is no such place. */
  publish?(picture: Picture): string
  /** Makes pictures of people and rooms small enough; absent: what is too large is not shown. */
  shrink?: Shrink
  /** Where the account can react only as itself. Default: «both». */
  reactions?: ReactionMode
  /** Absent: files are told of as text, in both directions. */
  media?: Media
  /** One-time codes. Absent: nobody can prove anything. */
  tickets?: Tickets
  /** Bridges, of all networks the same. Absent: there are none. */
  exchange?: Exchange
  /** What is agreed upon bridges, of all networks the same. Absent: nobody can make one. */
  agreements?: Agreements
  /** Default: the real one. */
  clock?: Clock
}
