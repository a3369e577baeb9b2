// What one network is made of, as the composition root hands it over.
import type { AnyAdapter } from "../adapter/define.js"
import type { Store } from "./store.js"
import type { Clock } from "./clock.js"
import type { IdMint } from "./ids.js"
import type { Log } from "./log.js"
import type { BareJid } from "./model.js"
import type { Media } from "./files/media.js"
import type { Picture } from "./faces/picture.js"
import type { Shrink } from "./faces/pictures.js"
import type { ReactionMode } from "./asides/means.js"

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
}

export interface NetworkParts {
  id: string
  domain: string
  adapter: AnyAdapter
  options: unknown
  mayRegister(user: BareJid): boolean
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
  /** Default: the real one. */
  clock?: Clock
}
