// Pictures of foreign people: fetched in the background when they are shown somewhere, and whoever sees them is told.
import type { FileRef } from "../../adapter/contract.js"
import type { AnySession } from "../../adapter/define.js"
import type { Accounts } from "../accounts.js"
import type { Onlookers } from "./store.js"
import type { Directory } from "../directory.js"
import type { Log } from "../log.js"
import { avatarKey, type Avatar } from "./picture.js"
import { mostKept, type Pictures } from "./pictures.js"
import type { Face } from "../ports.js"
import type { Registry } from "../rooms/registry.js"
import type { Store } from "../store.js"

export interface AvatarsParts {
  network: string
  store: Store
  directory: Directory
  registry: Registry
  accounts: Pick<Accounts, "live">
  pictures: Pictures
  face: () => Face
  log: Log
}

/** People whose account was not connected when they were shown: fetched when it is. */
const mostPut = 2000

export class Avatars {
  readonly #settling = new Map<string, Promise<void>>()
  /** Shown again while theirs was fetched: perhaps with yet another picture. */
  readonly #again = new Set<string>()
  /** By account. */
  readonly #later = new Map<number, Set<string>>()

  constructor(private readonly parts: AvatarsParts) {}

  /** As shown, or if another one is due, that one. Undefined: there is none, or it cannot be had now. Never rejects. */
  async of(account: number, legacyId: string): Promise<Avatar | undefined> {
    const { store, network, pictures, log } = this.parts
    try {
      const known = await store.avatarOf(network, legacyId)
      if (known?.state.due) await this.#settle(account, legacyId)
      const now = known?.state.due ? await store.avatarOf(network, legacyId) : known
      const shown = now?.state.shown
      if (!now || !shown) return undefined
      const kept = await pictures.kept(shown.hash)
      if (kept || now.file === null || now.state.due) return kept
      const fetched = await pictures.get({ account, file: now.file, again: this.#asked(legacyId) })
      if (fetched === undefined) return undefined
      // What has this name at the network may look otherwise by now.
      await this.#commit(legacyId, now.state.key, fetched === "useless" ? null : fetched)
      return fetched === "useless" ? undefined : fetched
    } catch (error) {
      log.warn({ err: error }, "a picture could not be read")
      return undefined
    }
  }

  /** They are shown somewhere, and what the network told of their picture is not here yet. Not awaited. */
  want(account: number, legacyId: string): void {
    if (!this.parts.accounts.live(account)) {
      const later = this.#later.get(account) ?? new Set()
      this.#later.set(account, later)
      if (later.size < mostPut) later.add(legacyId)
      return
    }
    if (this.#settling.has(legacyId)) this.#again.add(legacyId)
    void this.#settle(account, legacyId)
  }

  /** The session of an account is up. */
  up(account: number): void {
    const later = this.#later.get(account) ?? []
    this.#later.delete(account)
    for (const legacyId of later) this.want(account, legacyId)
  }

  /** The account is no more. */
  forget(account: number): void {
    this.#later.delete(account)
  }

  /** Never rejects. */
  #settle(account: number, legacyId: string): Promise<void> {
    const known = this.#settling.get(legacyId)
    if (known) return known
    const settling = this.#settled(account, legacyId)
      .catch((error: unknown) => this.parts.log.warn({ err: error }, "a picture could not be stored"))
      .finally(() => {
        this.#settling.delete(legacyId)
        if (this.#again.delete(legacyId)) this.want(account, legacyId)
      })
    this.#settling.set(legacyId, settling)
    return settling
  }

  async #settled(account: number, legacyId: string): Promise<void> {
    const { store, network, pictures } = this.parts
    // The network may tell of yet another one while this is fetched; not without end.
    for (let tries = 0; tries < 3; tries++) {
      const told = await store.avatarOf(network, legacyId)
      if (!told?.state.due) return
      const { file } = told
      const found = file === null ? null : await pictures.get({ account, file, again: this.#asked(legacyId) })
      if (found === undefined) return
      if (await this.#commit(legacyId, avatarKey(file), found === "useless" ? null : found)) return
    }
  }

  /** False: the network has told of another one meanwhile. */
  async #commit(legacyId: string, key: string, avatar: Avatar | null): Promise<boolean> {
    const { store, network } = this.parts
    const seen = await store.settleAvatar({ network, legacyId, key, avatar, now: Date.now(), most: mostKept })
    if (seen) this.#tell(seen)
    return seen !== null
  }

  #tell({ entries, participants }: Onlookers): void {
    const { directory, registry, face } = this.parts
    for (const { link: id, entry } of entries) {
      const link = directory.links.get(id)
      if (!link) continue
      directory.rememberContact(link, entry.contact)
      face().avatarChanged(link, entry.contact)
    }
    for (const participant of participants) {
      const room = registry.byId(participant.room)
      if (room && participant.present) face().rooms.changed(room, { k: "participant", participant, former: null, isNew: false })
    }
  }

  /** A reference may be of another account, or older than the network keeps it. */
  #asked(legacyId: string): (session: AnySession, signal: AbortSignal) => Promise<FileRef | null | undefined> {
    return async (session, signal) => (await session.contact?.(legacyId, signal))?.avatar
  }
}
