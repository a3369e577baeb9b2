// A client in rooms that loses nothing where XEP-0114 loses in silence: resends what was not reflected, and catches up from the archive.
//
// As in careful-client.ts, what a server hands to a component that dies before it reads is gone without an error. In a room a message counts
// as sent when its reflection is here (XEP-0045 §7.4). What has none is sent again, in order and with the same id, when there is a reason to
// believe that it can arrive: after joining, and when the gateway asks whether we are there, which it does on each new stream. Between an
// error and that, the room waits: something later must not overtake.
//
// What is said while this client is away, the room's archive has (XEP-0313): at each join everything after the last known stanza id is
// fetched before anything that came live meanwhile is looked at.
import type { Element } from "@xmpp/xml"
import { TestClient } from "./client.js"
import { codes, conditionOf, escape, nickOf } from "./seat.js"
import type { XmppServer } from "./server.js"

const nsMam = "urn:xmpp:mam:2"
const nsMuc = "http://jabber.org/protocol/muc"

/** A message as a person sees it in the end: with its corrections, or taken back. */
export interface Line {
  id: string
  nick: string
  text: string
  retracted: boolean
}

export interface CarefulRoomsOptions {
  server: XmppServer
  user: string
  password: string
  nick: string
  /** The gateway's. */
  domain: string
  /** Messages of ours without reflection in a room at a time. */
  window: number
  /** A message not seen before, ours as well, in the order in which a person reads them. */
  read(room: string, line: Line): void
  /** One of them was corrected or taken back. */
  changed(room: string, line: Line): void
}

interface Place {
  room: string
  unsent: string[]
  /** Id → body, in the order they were written. */
  waiting: Map<string, string>
  halted: boolean
  lines: Line[]
  /** By stanza id, and by the id that its author gave it, under which corrections name it. */
  byId: Map<string, Line>
  byName: Map<string, Line>
  /** Stanza id → body of all that came, corrections and the like as well. */
  known: Map<string, string | null>
  lastArchived: string
  /** What came while we catch up. */
  held: Element[] | undefined
  joining: Promise<void> | undefined
}

/** The server's own words for a component that is not there. */
const isAway = (el: Element): boolean => ["remote-server-timeout", "service-unavailable"].includes(conditionOf(el))

export class CarefulRooms {
  /** What must never happen. */
  readonly faults: string[] = []
  /** How often something happened, for the reader of a failure. `repeated`: came once more with the same id. */
  readonly counts = { resent: 0, errors: 0, repeated: 0, joins: 0, streams: 0, caughtUp: 0 }
  readonly #places = new Map<string, Place>()
  #client: TestClient | undefined
  #logins = 0

  constructor(private readonly options: CarefulRoomsOptions) {}

  /** Logs in (again), and goes into all rooms that it was in. */
  async login(): Promise<TestClient> {
    const { server, user, password, domain } = this.options
    for (const place of this.#places.values()) {
      place.halted = true
      // The gateway may not know yet that we were away, and go on where we missed something.
      place.held = []
    }
    this.#client = undefined
    const login = ++this.#logins
    // What an old connection still has is of the past.
    const watch = (el: Element): void => (login === this.#logins ? this.#take(el) : undefined)
    const client = await TestClient.connect({ server, user, password, resource: "careful", watch })
    this.#client = client
    await client.reachable(domain)
    await Promise.all([...this.#places.values()].map((place) => this.#join(place)))
    return client
  }

  async logout(): Promise<void> {
    await this.#client?.disconnect()
  }

  /** The network below is gone, as the client learns at once and the server soon. */
  async cut(): Promise<void> {
    this.#client?.cut()
    await this.login()
  }

  async enter(room: string): Promise<void> {
    const place: Place = {
      room,
      unsent: [],
      waiting: new Map(),
      halted: true,
      lines: [],
      byId: new Map(),
      byName: new Map(),
      known: new Map(),
      lastArchived: "",
      held: undefined,
      joining: undefined,
    }
    this.#places.set(room, place)
    await this.#join(place)
  }

  say(room: string, body: string): void {
    const place = this.#place(room)
    place.unsent.push(body)
    this.#pump(place)
  }

  /** Everything said in a room, in the order in which it was read. */
  lines(room: string): readonly Line[] {
    return this.#place(room).lines
  }

  /** Messages of ours that the room has not reflected yet. */
  unreflected(room: string): number {
    const { unsent, waiting } = this.#place(room)
    return unsent.length + waiting.size
  }

  #place(room: string): Place {
    const place = this.#places.get(room)
    if (!place) throw new Error(`not in ${room}`)
    return place
  }

  #take(el: Element): void {
    const from = el.attrs["from"] ?? ""
    if (el.is("iq")) {
      // To one address of ours, for all rooms: the gateway is there, and what it did not take before it never will.
      if (el.attrs["type"] === "get" && from.endsWith(`@${this.options.domain}`) && el.getChild("ping", "urn:xmpp:ping")) this.#newStream()
      return
    }
    const place = this.#places.get(from.split("/", 1)[0] ?? "")
    if (!place) return
    if (el.is("presence")) this.#presence(place, el)
    else if (el.is("message")) this.#message(place, el)
  }

  #presence(place: Place, el: Element): void {
    const isOut = el.attrs["type"] === "unavailable" && codes(el).includes("110")
    if (isOut && nickOf(el) === this.options.nick) void this.#join(place)
  }

  #message(place: Place, el: Element): void {
    if (el.attrs["type"] === "error") return this.#failed(place, el)
    const result = el.getChild("result", nsMam)
    const archived = result?.getChild("forwarded", "urn:xmpp:forward:0")?.getChild("message")
    if (archived) {
      this.counts.caughtUp++
      this.#said(place, archived, result?.attrs["id"] ?? "")
    } else if (place.held) place.held.push(el)
    else if (el.attrs["type"] === "groupchat") {
      const id = el.getChildren("stanza-id").find((child) => child.attrs["by"] === place.room)?.attrs["id"]
      if (id !== undefined) this.#said(place, el, id)
    }
  }

  #said(place: Place, el: Element, id: string): void {
    const { id: name = "" } = el.attrs
    const body = el.getChildText("body")
    this.#reflected(place, nickOf(el), name)
    const known = place.known.get(id)
    if (known !== undefined) {
      this.counts.repeated++
      // What was taken back since has no body in the archive.
      if (body !== null && body !== known) this.faults.push(`the stanza id «${id}» stands for «${known}» and for «${body}»`)
      return
    }
    place.known.set(id, body)
    place.lastArchived = id
    const retracts = el.getChild("retract", "urn:xmpp:message-retract:1")?.attrs["id"]
    if (retracts !== undefined) return this.#change(place, place.byId.get(retracts), { retracted: true }, el)
    if (body === null) return
    const replaces = el.getChild("replace", "urn:xmpp:message-correct:0")?.attrs["id"]
    if (replaces !== undefined) return this.#change(place, place.byName.get(replaces), { text: body }, el)
    const line = { id, nick: nickOf(el), text: body, retracted: false }
    place.lines.push(line)
    place.byId.set(id, line)
    if (name !== "") place.byName.set(name, line)
    this.options.read(place.room, line)
  }

  #change(place: Place, line: Line | undefined, change: Partial<Line>, el: Element): void {
    if (!line) return void this.faults.push(`of what was never said: ${String(el)}`)
    Object.assign(line, change)
    this.options.changed(place.room, line)
  }

  #reflected(place: Place, nick: string, name: string): void {
    if (nick === this.options.nick && place.waiting.delete(name)) this.#pump(place)
  }

  #failed(place: Place, el: Element): void {
    if (!place.waiting.has(el.attrs["id"] ?? "")) return
    this.counts.errors++
    place.halted = true
    if (conditionOf(el) === "not-acceptable") void this.#join(place)
    // Anything else nobody has a reason to say here.
    else if (!isAway(el)) this.faults.push(`refused: ${String(el)}`)
  }

  #newStream(): void {
    this.counts.streams++
    for (const place of this.#places.values()) if (!place.joining) this.#again(place)
  }

  #again(place: Place): void {
    place.halted = false
    for (const [id, body] of place.waiting) {
      this.counts.resent++
      this.#send(place, id, body)
    }
    this.#pump(place)
  }

  #pump(place: Place): void {
    while (!place.halted && this.#client?.online === true && place.waiting.size < this.options.window) {
      const body = place.unsent.shift()
      if (body === undefined) return
      const id = this.#client.id()
      place.waiting.set(id, body)
      this.#send(place, id, body)
    }
  }

  #send({ room }: Place, id: string, body: string): void {
    const stanza = `<message to='${escape(room)}' type='groupchat' id='${escape(id)}'><body>${escape(body)}</body></message>`
    // A write that fails is a message without reflection: the next login sends it again.
    if (this.#client?.online === true) void this.#client.send(stanza).catch(() => undefined)
  }

  /** One at a time; never rejects. */
  #join(place: Place): Promise<void> {
    place.halted = true
    return (place.joining ??= this.#joined(place)
      .catch((error: unknown) => void this.faults.push(`not in ${place.room}: ${String(error)}`))
      .finally(() => (place.joining = undefined)))
  }

  async #joined(place: Place): Promise<void> {
    const { room } = place
    const { nick, domain } = this.options
    for (;;) {
      const client = this.#client
      if (client?.online !== true) return // the next login joins
      this.counts.joins++
      place.held ??= []
      const since = client.received.length
      await client.send(`<presence to='${escape(`${room}/${nick}`)}'><x xmlns='${nsMuc}'><history maxstanzas='0'/></x></presence>`)
      const isEnd = (el: Element): boolean =>
        (el.is("presence") && el.attrs["type"] === "error") || (el.is("message") && el.getChild("subject") !== undefined)
      const end = await client.waitFor((el) => el.attrs["from"]?.split("/", 1)[0] === room && isEnd(el), {
        since,
        timeout: 30_000,
        what: `the end of its join to ${room}`,
      })
      if (end.attrs["type"] !== "error") {
        await this.#catchUp(client, place)
        const held = place.held
        place.held = undefined
        for (const el of held) this.#message(place, el)
        return this.#again(place)
      }
      if (!isAway(end)) throw new Error(String(end))
      await client.reachable(domain)
    }
  }

  async #catchUp(client: TestClient, { room, lastArchived }: Place): Promise<void> {
    for (let after = lastArchived, complete = false; !complete;) {
      const page = `<set xmlns='http://jabber.org/protocol/rsm'><max>100</max>${after && `<after>${escape(after)}</after>`}</set>`
      const answer = await client.iq("set", room, `<query xmlns='${nsMam}' queryid='${client.id()}'>${page}</query>`, 60_000)
      const fin = answer.getChild("fin", nsMam)
      if (!fin) throw new Error(`no archive: ${String(answer)}`)
      const last = fin.getChild("set")?.getChildText("last")
      complete = fin.attrs["complete"] === "true" || !last
      after = last ?? after
    }
  }
}
