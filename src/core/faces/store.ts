// What pictures of foreign people need of the store, one function a transaction; part of the `Store` port (store.ts).
import type { FileRef } from "../../adapter/contract.js"
import type { RosterEntry } from "../model.js"
import type { Avatar, AvatarState } from "./picture.js"
import type { Participant } from "../rooms/model.js"

/** Who sees a contact: those who have it in their list, and the rooms it is in. */
export interface Onlookers {
  entries: { link: number; entry: RosterEntry }[]
  participants: Participant[]
}

/** Times are epoch ms. `most`: bytes that are kept in all; beyond, the pictures that were asked for longest ago are dropped. */
export interface AvatarStore {
  // ---- store/avatars.ts
  /** What the network told of a contact's picture, and what is shown. Undefined: it told nothing. */
  avatarOf(network: string, legacyId: string): Promise<{ file: FileRef | null; state: AvatarState } | undefined>
  /**
   * What the network told last (`key`) is shown from now on; `avatar` null: there is none, or none that can be shown. Null: it told of
   * another meanwhile. No onlookers: to them nothing is new.
   */
  settleAvatar(settled: {
    network: string
    legacyId: string
    key: string
    avatar: Avatar | null
    now: number
    most: number
  }): Promise<Onlookers | null>
  /** Keeps a picture by its hash. */
  putPicture(avatar: Avatar, now: number, most: number): Promise<void>
  /** Undefined: it is not kept (any more). */
  picture(hash: string, now: number): Promise<Avatar | undefined>
  /** Deletes up to `limit` pictures that no contact has and nobody asked for since `before`; resolves how many. */
  prunePictures(before: number, limit: number): Promise<number>
}
