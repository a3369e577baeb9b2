// All that is kept of a user, as a file of theirs: JSON, delivered like any other file, or else in parts by chat.
import type { Media } from "../files/media.js"
import type { BareJid, Link } from "../model.js"
import type { Slot, SlotRequest } from "../ports.js"
import { Refusal } from "../ports.js"
import { words } from "../words/words.js"
import type { Preferences } from "./preferences.js"
import type { Exported, ExportKind, PersonalStore } from "./store.js"

/** Of each kind and link so many are told at most, so many a page; and so many characters in all. */
const bounds = { items: 50_000, page: 500, characters: 16 << 20 }
/** Parts in a chat: characters of one, and how many there are at most. */
const parts = { characters: 20_000, most: 50 }
/** The file must be where it can be fetched within so many ms. */
const patienceMs = 60_000

const kinds: readonly ExportKind[] = ["contacts", "rooms", "messages", "reactions"]

export interface ExporterParts {
  store: PersonalStore
  preferences: Preferences
  network: string
  media?: Media
  slot(file: SlotRequest): Promise<Slot | undefined>
  /** Says something to the user; resolves when it is committed. */
  tell(link: Link, text: string): Promise<void>
  now(): number
}

export class Exporter {
  /** One at a time for each user: each reads all there is. */
  readonly #busy = new Set<BareJid>()

  constructor(private readonly of: ExporterParts) {}

  /** At an address; or, where there is no place for files, by so many messages to the user's link on this network. Throws `Refusal`. */
  async deliver(user: BareJid, link: Link | undefined): Promise<{ url: string } | { messages: number }> {
    if (this.#busy.has(user)) throw new Refusal("resource-constraint", words("Your data is being gathered already. One moment."), "wait")
    this.#busy.add(user)
    try {
      const text = await this.#gather(user)
      const url = await this.#put(text)
      if (url !== undefined) return { url }
      if (!link) throw new Refusal("item-not-found", words("There is no place for files here, and no account of yours to write to."))
      const messages = cut(text)
      for (const message of messages) await this.of.tell(link, message)
      return { messages: messages.length }
    } finally {
      this.#busy.delete(user)
    }
  }

  async #gather(user: BareJid): Promise<string> {
    const { store, preferences, now } = this.of
    const known = await store.exportUser(user)
    if (!known) throw new Refusal("item-not-found", words("Nothing is kept of you here."))
    const links: Record<string, unknown>[] = []
    let room = bounds.characters
    for (const { id, ...link } of known.links) {
      const told: Record<string, unknown> = { ...link }
      for (const kind of kinds) {
        const { items, all } = await this.#all(Number(id), kind, room)
        told[kind] = items
        if (!all) told[`${kind}_incomplete`] = true
        room -= JSON.stringify(items).length
      }
      links.push(told)
    }
    const whole = {
      user,
      known_since: known.since,
      exported_at: now(),
      notes:
        "Times are milliseconds since 1970-01-01 UTC. The gateway keeps no texts of direct messages, only that and when they were said.",
      preferences: preferences.of(user),
      links,
    }
    return JSON.stringify(whole, null, 1)
  }

  async #all(link: number, kind: ExportKind, room: number): Promise<{ items: Exported[]; all: boolean }> {
    const items: Exported[] = []
    let left = room
    for (let after: string | undefined = ""; after !== undefined;) {
      const page: { items: Exported[]; next?: string } = await this.of.store.exportPage({ link, kind, after, limit: bounds.page })
      left -= JSON.stringify(page.items).length
      if (left < 0) return { items, all: false }
      items.push(...page.items)
      after = page.next
      if (after !== undefined && items.length >= bounds.items) return { items, all: false }
    }
    return { items, all: true }
  }

  /** Undefined: there is no place for files. */
  async #put(text: string): Promise<string | undefined> {
    const { media, network, slot } = this.of
    if (!media) return undefined
    const bytes = new TextEncoder().encode(text)
    const file = { name: "my-data.json", mime: "application/json", bytes: bytes.length }
    const download = () => Promise.resolve({ stream: new Blob([bytes]).stream(), bytes: bytes.length, mime: file.mime })
    const how = { network, download, maxBytes: bytes.length, slot, signal: AbortSignal.timeout(patienceMs) }
    try {
      return (await media.share({ ...file, source: { ref: "export" } }, how)).url
    } catch {
      return undefined
    }
  }
}

function cut(text: string): string[] {
  const pieces: string[] = []
  for (let at = 0; at < text.length && pieces.length < parts.most; at += parts.characters)
    pieces.push(text.slice(at, at + parts.characters))
  if (pieces.length * parts.characters < text.length) pieces.push("…")
  return pieces
}
