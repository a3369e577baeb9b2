// Who speaks for whom in one room: an occupant a speaker, come at the first word and gone when idle, or the listener with the name before.
import type { Speaker } from "../../adapter/contract.js"
import { AdapterError } from "../../adapter/errors.js"
import { Lru } from "../../core/lru.js"
import type { Xml } from "../stanza.js"
import { speakerJid } from "./jids.js"
import { Occupant, type Exit } from "./occupant.js"
import type { Options } from "./options.js"
import type { Pictures } from "./pictures.js"
import type { StanzaPort } from "./port.js"

/** Whoever spoke within this time (ms) does not leave to make room for others. */
const restMs = 5 * 60_000
/** Whom the room put out stays out for so long, ms; who could not get in tries again after it. */
const barredMs = 10 * 60_000
const sweepMs = 30_000
const remembered = 1000

export interface Voice {
  occupant: Occupant
  /** Goes before the text; «»: the occupant has this name. */
  name: string
}

interface VoiceParts {
  room: string
  port: StanzaPort
  options: Options
  pictures: Pictures
  listener: Occupant
  signal: AbortSignal
  /** What stands in the request to join. */
  request(): Xml | undefined
}

export class Voices {
  readonly #all = new Map<string, Occupant>()
  readonly #barred = new Lru<string, { until: number; error?: AdapterError }>(remembered)
  readonly #sweeping: NodeJS.Timeout

  constructor(private readonly parts: VoiceParts) {
    this.#sweeping = setInterval(() => this.#sweep(), sweepMs)
    this.#sweeping.unref()
  }

  get(jid: string): Occupant | undefined {
    return this.#all.get(jid)
  }

  /** One of us has this nick. */
  has(nick: string): boolean {
    if (this.parts.listener.nick === nick) return true
    for (const occupant of this.#all.values()) if (occupant.nick === nick && occupant.isNear) return true
    return false
  }

  /** Resolves with somebody who is in the room. Rejects with `AdapterError`. */
  async of(as: Speaker | undefined): Promise<Voice> {
    const { listener, options, port } = this.parts
    if (!as) return { occupant: listener, name: "" }
    const instead: Voice = { occupant: listener, name: as.name }
    const jid = speakerJid(port.domain, as.id)
    const barred = this.#barred.get(jid)
    if (barred && barred.until > Date.now()) {
      if (barred.error) throw barred.error
      return instead
    }
    const occupant = this.#all.get(jid) ?? (this.#hasPlace(options.occupants) ? this.#make(jid, as) : undefined)
    if (!occupant) return instead
    this.#dress(occupant, as)
    try {
      await occupant.join(this.parts.request(), this.parts.signal)
      return { occupant, name: "" }
    } catch (error) {
      if (!(error instanceof AdapterError) || error.kind === "retry") throw error
      this.#all.delete(jid)
      // The room does not take this one; those of its members whom it lets in say it.
      this.#barred.set(jid, { until: Date.now() + barredMs, ...(/banned/.test(error.message) && { error }) })
      if (/banned/.test(error.message)) throw error
      return instead
    }
  }

  /** Who was put out without a word comes in again. Rejects with `AdapterError`. */
  async back(occupant: Occupant): Promise<void> {
    if (occupant !== this.parts.listener) await occupant.join(this.parts.request(), this.parts.signal)
  }

  #make(jid: string, as: Speaker): Occupant {
    const { room, port } = this.parts
    const occupant: Occupant = new Occupant(jid, room, port, { name: as.name }, { out: (exit) => this.#out(occupant, exit) })
    this.#all.set(jid, occupant)
    return occupant
  }

  #dress(occupant: Occupant, as: Speaker): void {
    const { pictures, signal } = this.parts
    const look = (): void => occupant.looks({ name: as.name, picture: pictures.of(occupant.jid)?.hash })
    pictures.want(occupant.jid, as, signal, look)
    look()
  }

  /** Makes room if somebody has not spoken for a while. */
  #hasPlace(most: number): boolean {
    if (this.#all.size < most) return true
    let longest: Occupant | undefined
    for (const one of this.#all.values()) if (!longest || one.spokeAt < longest.spokeAt) longest = one
    if (!longest || most === 0 || Date.now() - longest.spokeAt < restMs) return false
    this.#leave(longest)
    return true
  }

  #leave(occupant: Occupant): void {
    occupant.leave("")
    this.#all.delete(occupant.jid)
  }

  #out(occupant: Occupant, { why, by, reason }: Exit): void {
    // They come again with their next word, but not those whom somebody wanted out.
    if (why !== "kicked" && why !== "banned") return
    this.#all.delete(occupant.jid)
    const text = `${occupant.nick} was ${why} from ${this.parts.room}${by === undefined ? "" : ` by ${by}`}${reason === undefined ? "" : `: ${reason}`}`
    const again = why === "kicked" ? ` Try again in ${barredMs / 60_000} minutes.` : ""
    this.#barred.set(occupant.jid, {
      until: why === "banned" ? Number.POSITIVE_INFINITY : Date.now() + barredMs,
      error: new AdapterError("denied", `${text}.${again}`),
    })
  }

  #sweep(): void {
    const before = Date.now() - this.parts.options.idleMinutes * 60_000
    for (const occupant of [...this.#all.values()]) if (occupant.spokeAt < before) this.#leave(occupant)
  }

  /** The room has forgotten all of us, as far as can be told. */
  lost(): void {
    for (const occupant of this.#all.values()) occupant.lost()
  }

  end(): void {
    clearInterval(this.#sweeping)
    for (const occupant of [...this.#all.values()]) this.#leave(occupant)
  }
}
