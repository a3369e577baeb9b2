// What the network remembers between sessions: the rooms it is in, how it gets into them, and how far it has heard each.
import { createHmac, randomBytes, timingSafeEqual } from "node:crypto"
import type { Host } from "../../adapter/contract.js"
import { AdapterError } from "../../adapter/errors.js"

export interface Entry {
  jid: string
  password?: string
  /** We are out for good, until somebody makes us join again: why. */
  closed?: string
}

/** How far a room was heard: when (epoch ms, by the room's clock where it tells), and the last ids. */
export interface Heard {
  at: number
  ids: string[]
}

const mostRooms = 2000
/** Ids that are remembered of each room: no more come twice within the time that is looked at twice. */
const mostIds = 200
/** What was heard is written down so long after, in ms: what came since is heard again, and known again. */
const writeMs = 1000

export class Book {
  readonly #rooms = new Map<string, Entry>()
  readonly #heard = new Map<string, Heard>()
  readonly #due = new Map<string, NodeJS.Timeout>()
  #seed = Buffer.alloc(0)
  #writing: Promise<void> = Promise.resolve()

  private constructor(private readonly host: Pick<Host, "state" | "log">) {}

  static async open(host: Pick<Host, "state" | "log">): Promise<Book> {
    const book = new Book(host)
    const seed = await host.state.get("seed")
    book.#seed = seed === undefined ? randomBytes(32) : Buffer.from(seed, "base64")
    if (seed === undefined) await host.state.set("seed", book.#seed.toString("base64"))
    for (const entry of JSON.parse((await host.state.get("rooms")) ?? "[]") as Entry[]) book.#rooms.set(entry.jid, entry)
    for (const jid of book.#rooms.keys()) {
      const heard = await host.state.get(`heard ${jid}`)
      if (heard !== undefined) book.#heard.set(jid, JSON.parse(heard) as Heard)
    }
    return book
  }

  get rooms(): Entry[] {
    return [...this.#rooms.values()]
  }

  get(jid: string): Entry | undefined {
    return this.#rooms.get(jid)
  }

  async put(entry: Entry): Promise<void> {
    if (!this.#rooms.has(entry.jid) && this.#rooms.size >= mostRooms)
      throw new AdapterError("rejected", `The gateway is in ${mostRooms} rooms, which is the most.`)
    this.#rooms.set(entry.jid, entry)
    await this.#store()
  }

  async remove(jid: string): Promise<void> {
    clearTimeout(this.#due.get(jid))
    this.#due.delete(jid)
    this.#heard.delete(jid)
    if (!this.#rooms.delete(jid)) return
    await this.#store()
    await this.host.state.set(`heard ${jid}`, null)
  }

  #store(): Promise<void> {
    return this.host.state.set("rooms", JSON.stringify(this.rooms))
  }

  heard(jid: string): Heard | undefined {
    return this.#heard.get(jid)
  }

  /** The core has it. */
  hears(jid: string, id: string, at: number): void {
    const heard = this.#heard.get(jid) ?? { at: 0, ids: [] }
    heard.at = Math.max(heard.at, at)
    if (id !== "") heard.ids = [...heard.ids.slice(1 - mostIds), id]
    this.#heard.set(jid, heard)
    if (this.#due.has(jid) || !this.#rooms.has(jid)) return
    this.#due.set(
      jid,
      setTimeout(() => this.#write(jid), writeMs),
    )
  }

  #write(jid: string): void {
    clearTimeout(this.#due.get(jid))
    this.#due.delete(jid)
    const heard = this.#heard.get(jid)
    if (!heard) return
    const text = JSON.stringify(heard)
    this.#writing = this.#writing
      .then(() => this.host.state.set(`heard ${jid}`, text))
      .catch((error: unknown) => this.host.log.warn({ room: jid, err: error }, "how far a room was heard could not be written down"))
  }

  /** Writes what is still to be written. Never rejects. */
  async close(): Promise<void> {
    for (const jid of [...this.#due.keys()]) this.#write(jid)
    await this.#writing
  }

  /** The stanza id for a key: nobody else can make one, so that what we said is known again where the room's memory is all there is. */
  idOf(room: string, key: string): string {
    return `${key}~${this.#mark(room, key)}`
  }

  isOurs(room: string, id: string): boolean {
    const end = id.lastIndexOf("~")
    if (end < 0) return false
    const [told, right] = [id.slice(end + 1), this.#mark(room, id.slice(0, end))]
    return told.length === right.length && timingSafeEqual(Buffer.from(told, "latin1"), Buffer.from(right, "latin1"))
  }

  #mark(room: string, key: string): string {
    return createHmac("sha256", this.#seed).update(`${room}\n${key}`).digest("base64url").slice(0, 16)
  }
}
