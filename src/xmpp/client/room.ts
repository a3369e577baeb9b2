// One room of another service: the listener that is in it for ever, what is heard there, and what was missed.
import type { Element } from "@xmpp/xml"
import type { Contact, Host, NetworkEvent, Room as RoomFacts } from "../../adapter/contract.js"
import { AdapterError } from "../../adapter/errors.js"
import { backoffMs } from "../../core/errors.js"
import { Lru } from "../../core/lru.js"
import { nsInfo } from "../features/disco-answers.js"
import { PING, StanzaError } from "../iq.js"
import { bareOf, resourceOf } from "../jid.js"
import { el, escape, join, type Xml } from "../stanza.js"
import { Archive, type Archived } from "./archive.js"
import { Authors } from "./authors.js"
import type { Book } from "./book.js"
import { carryOut } from "./commands.js"
import { isNotJoined, refusedJoin } from "./errors.js"
import { Hearing, type Said } from "./hearing.js"
import { factsOf, givesIds, givesOccupantIds, hasArchive, readInfo, unknownInfo, type RoomInfo } from "./info.js"
import { listenerJid } from "./jids.js"
import { Occupant, type Exit } from "./occupant.js"
import type { Options } from "./options.js"
import { Pause, nothing } from "./pause.js"
import type { Pictures } from "./pictures.js"
import type { StanzaPort } from "./port.js"
import { Presences } from "./presences.js"
import { Roll } from "./roll.js"
import { Utterances, type Reflected } from "./utterances.js"
import { Voices } from "./voices.js"

/** Whoever speaks waits so long for the room to be joined, in ms. */
const readyMs = 20_000
/** Who was put out comes back after it, and who may not come in asks again, in ms. */
const kickedMs = 60_000
const deniedMs = 10 * 60_000
/** What was said so long before the last that was heard is looked at again, ms: clocks differ, and our own words are found there. */
const lookBackMs = 60_000
/** Messages that wait while what was missed before them is fetched. */
const mostHeld = 1000

export interface RoomParts {
  port: StanzaPort
  host: Host
  book: Book
  options: Options
  pictures: Pictures
  signal: AbortSignal
  /** The core could not commit an event: the session cannot go on. */
  broken(error: unknown): void
  /** We are out for good. */
  closed(room: Room, why: "removed" | "deleted", text: string): void
}

export class Room {
  readonly listener: Occupant
  readonly roll: Roll
  readonly hearing: Hearing
  readonly archive: Archive
  readonly authors: Authors
  readonly said: Utterances
  readonly voices: Voices
  /** Addresses of those whose affiliation we changed, by id. */
  readonly acted = new Lru<string, string>(500)
  info: RoomInfo = unknownInfo
  topic: string | undefined
  /** Why we are not in it. */
  trouble: AdapterError | undefined
  #isIn = false
  /** Told when `isIn` or `trouble` changes. */
  readonly #change = new Pause()
  readonly #presences: Presences
  readonly #end = new AbortController()
  #lose: (exit: Exit) => void = nothing
  /** What is said now, while what was missed is fetched. */
  #held: Element[] | undefined
  #heardAt = Date.now()
  #isNew = false
  #pinging: NodeJS.Timeout | undefined

  constructor(
    readonly jid: string,
    private readonly parts: RoomParts,
  ) {
    const { port, options, pictures } = parts
    const listener = (this.listener = new Occupant(
      listenerJid(port.domain),
      jid,
      port,
      { name: options.nick },
      {
        out: (exit) => this.#lose(exit),
        created: () => (this.#isNew = true),
        changed: () => this.tell({ type: "access", room: jid }),
      },
    ))
    this.roll = new Roll(jid, () => givesOccupantIds(this.info))
    this.hearing = new Hearing(jid, this.roll, () => givesIds(this.info))
    this.archive = new Archive(port, jid, listener.jid)
    this.authors = new Authors(jid, this)
    this.said = new Utterances(jid, port, (since) => this.#lookBack(since))
    const { signal } = this.#end
    this.voices = new Voices({ room: jid, port, options, pictures, listener, signal, request: () => this.#request(undefined) })
    this.#presences = new Presences({
      room: jid,
      roll: this.roll,
      isOurs: (nick) => this.voices.has(nick),
      isSettled: () => this.#isIn,
      tell: (event) => this.tell(event),
    })
  }

  get isIn(): boolean {
    return this.#isIn
  }

  get facts(): RoomFacts {
    return factsOf(this.jid, this.info, this.topic, this.listener.role === "moderator")
  }

  /** Joins, and comes back for ever. */
  start(): void {
    void this.#run()
  }

  async #run(): Promise<void> {
    const { signal } = this.#end
    let failures = 0
    while (!signal.aborted) {
      const lost = new Promise<Exit>((resolve) => (this.#lose = resolve))
      let wait: number
      try {
        await this.#enter()
        failures = 0
        const exit = await lost
        if (this.#out(exit)) return
        failures += 1
        wait = exit.why === "kicked" ? kickedMs * (1 + Math.random()) : exit.why === "removed" ? deniedMs : backoffMs(failures)
      } catch (error) {
        if (signal.aborted) return
        failures += 1
        const trouble = refusedJoin(error, this.jid)
        if (this.trouble?.message !== trouble.message)
          this.parts.host.log.info({ room: this.jid, reason: trouble.message }, "a room could not be joined")
        this.#set(false, trouble)
        this.listener.leave("")
        wait = trouble.kind === "retry" ? backoffMs(failures) : deniedMs
      }
      await this.#sleep(wait)
    }
  }

  /** True: for good. */
  #out({ why, by, reason }: Exit): boolean {
    const { host } = this.parts
    const detail = `${by === undefined ? "" : ` by ${by}`}${reason === undefined ? "" : `: ${reason}`}`
    const text = `This gateway is no longer in ${this.jid} (${why}${detail}).`
    host.log.info({ room: this.jid, why, by, reason }, "put out of a room")
    const isFinal = why === "banned" || why === "destroyed"
    this.#set(false, new AdapterError(isFinal ? "denied" : "retry", text))
    this.voices.lost()
    if (!isFinal) return false
    this.parts.closed(this, why === "banned" ? "removed" : "deleted", text)
    return true
  }

  async #enter(): Promise<void> {
    const { book } = this.parts
    const known = book.heard(this.jid)
    await this.refresh()
    this.#held = []
    this.#presences.begin()
    this.#isNew = false
    await this.listener.join(this.#request(known?.at), this.#end.signal)
    if (this.#isNew) {
      // A room that nobody had: we asked to be in one that is there, and leaving makes an end of it (XEP-0045 §10.1).
      throw new AdapterError("gone", `There is no room ${this.jid}.`)
    }
    this.#presences.settle()
    if (!known) book.hears(this.jid, "", Date.now())
    else if (hasArchive(this.info)) await this.#catchUp(known.at)
    this.#heardAt = Date.now()
    this.#set(true, undefined)
    this.#release()
    this.tell({ type: "room", room: this.facts })
    clearInterval(this.#pinging)
    this.#pinging = setInterval(() => void this.#selfPing(), this.parts.options.pingMinutes * 60_000)
    this.#pinging.unref()
  }

  /** With what must be said to come in; `since`: the history to be shown. */
  #request(since: number | undefined): Xml {
    const { password } = this.parts.book.get(this.jid) ?? {}
    const shown = since !== undefined && !hasArchive(this.info)
    const history = shown ? { since: new Date(since - lookBackMs).toISOString(), maxstanzas: 500 } : { maxstanzas: 0 }
    return join([el("history", history), password !== undefined && el("password", {}, escape(password))])
  }

  /** Asks the room about itself. Rejects if there is none. */
  async refresh(): Promise<void> {
    const { port } = this.parts
    try {
      const answer = await port.iq({ from: this.listener.jid, to: this.jid, type: "get", payload: el("query", { xmlns: nsInfo }) })
      this.info = readInfo(answer)
    } catch (error) {
      // Some tell nothing to who is not in: the join says how things are. But what is not there must not be made by us.
      if (error instanceof StanzaError && error.local === undefined && !/^(item-not-found|gone|remote-server)/.test(error.condition)) return
      throw refusedJoin(error, this.jid)
    }
  }

  /** Resolves when we are in it. Rejects with `AdapterError`. */
  async ready(signal: AbortSignal): Promise<void> {
    const end = AbortSignal.any([signal, this.#end.signal, AbortSignal.timeout(readyMs)])
    while (!this.#isIn) {
      const { trouble } = this
      if (trouble && trouble.kind !== "retry") throw trouble
      if (end.aborted) throw trouble ?? new AdapterError("retry", `${this.jid} is not joined yet.`)
      await this.#change.wait(end)
    }
  }

  #set(isIn: boolean, trouble: AdapterError | undefined): void {
    this.#isIn = isIn
    this.trouble = trouble
    this.#change.over()
  }

  async #sleep(ms: number): Promise<void> {
    const timer = setTimeout(() => this.#change.over(), ms)
    await this.#change.wait(this.#end.signal)
    clearTimeout(timer)
  }

  /** XEP-0410: nobody told us that we are out. */
  async #selfPing(): Promise<void> {
    const { port, options } = this.parts
    if (!this.#isIn || Date.now() - this.#heardAt < options.pingMinutes * 45_000) return
    try {
      await port.iq({ from: this.listener.jid, to: `${this.jid}/${this.listener.nick}`, type: "get", payload: PING })
      this.#heardAt = Date.now()
    } catch (error) {
      // §3: whoever cannot be asked is in all the same; a room that does not answer is asked again.
      if (isNotJoined(error)) this.lost()
    }
  }

  /** The room does not know us any more. */
  lost(): void {
    this.listener.lost()
    this.#lose({ why: "failed" })
  }

  // ---- what is heard

  /** A stanza for the listener. */
  hear(stanza: Element): void {
    this.#heardAt = Date.now()
    if (stanza.name === "presence") {
      if (!this.listener.heard(stanza) || this.listener.isIn) this.#presences.hear(stanza)
      return
    }
    if (this.archive.takes(stanza)) return
    if (stanza.attrs["type"] === "error") return this.said.refused(stanza)
    if (stanza.attrs["type"] !== "groupchat") return
    if (stanza.getChild("subject") && !stanza.getChild("body")) return this.#subject(stanza, resourceOf(stanza.attrs["from"] ?? ""))
    const delay = stanza.getChild("delay", "urn:xmpp:delay")
    // Whoever wrote off-line marks it so too; the room marks what it repeats.
    if (delay && (delay.attrs["from"] === undefined || bareOf(delay.attrs["from"]) === this.jid)) return this.#repeated(stanza, delay)
    if (!this.#held) return this.#live(stanza)
    if (this.#held.length < mostHeld) this.#held.push(stanza)
    // What is too much is fetched like what was missed before.
    else this.lost()
  }

  #release(): void {
    const held = this.#held ?? []
    this.#held = undefined
    for (const stanza of held) this.#live(stanza)
  }

  /** History that the room shows to who comes (XEP-0045 §7.2.13). */
  #repeated(stanza: Element, delay: Element): void {
    const known = this.parts.book.heard(this.jid)
    const at = Date.parse(delay.attrs["stamp"] ?? "")
    if (!known || this.#isIn || hasArchive(this.info) || Number.isNaN(at)) return
    this.#missed({ el: stanza, id: this.hearing.idOf(stanza), at }, (one) => known.ids.includes(one))
  }

  #live(stanza: Element): void {
    const from = stanza.attrs["from"] ?? ""
    const nick = resourceOf(from)
    const status = stanza.getChild("x", "http://jabber.org/protocol/muc#user")?.getChildren("status")
    if (status?.some(({ attrs }) => ["104", "170", "171", "172", "173", "174"].includes(attrs["code"] ?? ""))) this.#changed()
    const id = this.hearing.idOf(stanza)
    const at = Date.now()
    if (nick !== "" && (this.voices.has(nick) || this.#isOwn(stanza, { id, at }))) {
      this.hearing.note({ el: stanza, id }, this.roll.personOf(stanza))
      this.said.reflected(stanza, { id, at })
      return
    }
    if (nick !== "" && this.asked(stanza)) return this.parts.book.hears(this.jid, id, at)
    this.#tellSaid({ el: stanza, id, at, own: false })
  }

  /** Said by one of us, who may be gone. */
  #isOwn({ attrs: { id: own = "" } }: Element, as: Reflected): boolean {
    return this.parts.book.isOurs(this.jid, own) && this.said.isIt(own, as)
  }

  /** A command for the gateway, in the room or to the listener alone. False: it is none. */
  asked(stanza: Element): boolean {
    if (!this.#isIn || this.voices.has(resourceOf(stanza.attrs["from"] ?? ""))) return false
    return carryOut(stanza, this.roll, { ...this.parts, room: this, signal: this.#end.signal })
  }

  #tellSaid(said: Said): void {
    const heard = this.hearing.read(said)
    if (!heard) return
    if (!heard.verify) return this.tell(heard.event, said)
    const { id, person } = heard.verify
    const author = this.hearing.authorOf(id)
    if (author === person.id) return this.tell(heard.event, said)
    if (author !== undefined) return this.parts.host.log.debug({ room: this.jid, id }, "somebody takes back what another said: passed over")
    void this.authors
      .of(id)
      .then((one) => {
        if (one === person.id) this.tell(heard.event, said)
      })
      .catch((error: unknown) =>
        this.parts.host.log.debug({ room: this.jid, id, err: error }, "whose message that was could not be found out"),
      )
  }

  #subject(stanza: Element, nick: string): void {
    const topic = stanza.getChildText("subject") ?? ""
    if (this.voices.has(nick)) this.said.reflected(stanza, { id: this.hearing.idOf(stanza), at: Date.now() })
    if (this.topic === topic) return
    const isFirst = this.topic === undefined
    this.topic = topic
    const by = isFirst || nick === "" || this.voices.has(nick) ? undefined : this.#contactAt(stanza)
    if (this.#isIn) this.tell({ type: "room", room: { id: this.jid, topic }, ...(by && { by }) })
  }

  #contactAt(stanza: Element): Contact {
    return this.roll.contact(this.roll.personOf(stanza))
  }

  /** Its configuration. */
  #changed(): void {
    this.refresh()
      .then(() => this.tell({ type: "room", room: this.facts }))
      .catch((error: unknown) => this.parts.host.log.debug({ room: this.jid, err: error }, "a changed room does not answer"))
  }

  // ---- what was missed

  async #catchUp(at: number): Promise<void> {
    const known = new Set(this.parts.book.heard(this.jid)?.ids)
    if (!(await this.archive.since(at - lookBackMs, (item) => this.#missed(item, (one) => known.has(one)))))
      this.parts.host.log.warn({ room: this.jid }, "more was missed in a room than is fetched; the rest is left out")
  }

  async #lookBack(since: number): Promise<void> {
    if (!hasArchive(this.info)) return
    await this.archive.since(since - lookBackMs, ({ el, id, at }) => {
      if (this.#isOwn(el, { id, at })) this.said.arrived(el.attrs["id"] ?? "", { id, at })
    })
  }

  #missed({ el, id, at }: Archived, isKnown: (id: string) => boolean): void {
    const isOwn = this.#isOwn(el, { id, at })
    if (isOwn || isKnown(id)) this.hearing.note({ el, id }, this.roll.personOf(el))
    if (isOwn) return this.said.arrived(el.attrs["id"] ?? "", { id, at })
    if (isKnown(id) || (el.getChild("subject") && !el.getChild("body"))) return
    this.#tellSaid({ el, id, at, own: false })
  }

  /** In order. What the core has is heard for good. */
  tell(event: NetworkEvent, said?: Pick<Said, "id" | "at">): void {
    const { host, port, book } = this.parts
    if (this.#end.signal.aborted || host.signal.aborted) return
    const told = host.emit(event).then(
      () => {
        if (said) book.hears(this.jid, said.id, said.at)
      },
      (error: unknown) => this.parts.broken(error),
    )
    port.while(told)
  }

  /** Leaves with all of us. */
  end(): void {
    if (this.#end.signal.aborted) return
    clearInterval(this.#pinging)
    this.voices.end()
    this.listener.leave("")
    this.#isIn = false
    this.#end.abort()
    this.said.end(new AdapterError("unknown-outcome", `The gateway left ${this.jid}.`))
    this.#change.over()
  }
}
