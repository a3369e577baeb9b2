// The network's one session: its rooms, and what is asked of each.
import type { Element } from "@xmpp/xml"
import { randomUUID } from "node:crypto"
import type {
  ChatRef,
  Contact,
  FileRef,
  Host,
  MessageRef,
  Role,
  Room as RoomFacts,
  Send,
  Sent,
  Session,
  Speaker,
} from "../../adapter/contract.js"
import { AdapterError } from "../../adapter/errors.js"
import { Lru } from "../../core/lru.js"
import { StanzaError } from "../iq.js"
import { bareOf } from "../jid.js"
import { presence, textEl, type Xml } from "../stanza.js"
import { Book } from "./book.js"
import { answer } from "./desk.js"
import { isNotJoined, noVoice, refusedWord } from "./errors.js"
import { fetchFile, fetchPicture } from "./fetch.js"
import { historyOf } from "./history.js"
import { account, listenerJid, readRoom } from "./jids.js"
import { change, moderate } from "./manage.js"
import type { Occupant } from "./occupant.js"
import type { capabilities, Options } from "./options.js"
import { Pictures } from "./pictures.js"
import type { StanzaPort } from "./port.js"
import { pictureRef, roleOf } from "./roll.js"
import { Room } from "./room.js"
import { corrected, reacted, sayings, takenBack, voiceRequest, type Placed } from "./speech.js"
import type { Reflected } from "./utterances.js"
import type { Voice } from "./voices.js"

/** Joins at once when a session begins. */
const parallel = 10
/** Occupants of former runs that were told to leave are not told again within this many. */
const ghosts = 2000

type Verbs = Session<typeof capabilities>

export async function openSession(port: StanzaPort, options: Options, host: Host): Promise<Verbs> {
  await port.untilOnline(host.signal)
  const session = new RoomsSession(port, options, host, await Book.open(host))
  session.start()
  return session
}

class RoomsSession implements Verbs {
  readonly self: Contact
  readonly ended: Promise<void>
  readonly #rooms = new Map<string, Room>()
  readonly #pictures: Pictures
  readonly #end = new AbortController()
  /** By room and occupant: whom we asked for voice for. */
  readonly #asked = new Lru<string, true>(1000)
  /** Of what was said lately, by room and stanza id: whoever lost its handle need not. */
  readonly #handles = new Lru<string, string>(2000)
  readonly #ghosts = new Lru<string, true>(ghosts)
  #settle: { resolve(): void; reject(error: unknown): void } = { resolve: () => undefined, reject: () => undefined }
  #detach = (): void => undefined

  constructor(
    private readonly port: StanzaPort,
    private readonly options: Options,
    private readonly host: Host,
    private readonly book: Book,
  ) {
    this.self = { id: account, name: options.nick, kind: "bot" }
    this.#pictures = new Pictures(port)
    this.ended = new Promise((resolve, reject) => (this.#settle = { resolve, reject }))
    this.ended.catch(() => undefined)
  }

  start(): void {
    const { port, host } = this
    this.#detach = port.attach({
      stanza: (stanza) => this.#hear(stanza),
      down: (text) => void this.#close(new AdapterError("retry", text)),
    })
    // Between the stream's end and here nobody was told of it.
    if (!port.online) return void this.#close(new AdapterError("retry", "The stream to the XMPP server has ended."))
    if (host.signal.aborted) return void this.#close(undefined)
    host.signal.addEventListener("abort", () => void this.#close(undefined), { once: true })
    const due = this.book.rooms.filter(({ closed }) => closed === undefined)
    // A service that sees all of us come at once takes it for an attack.
    const next = (): void => {
      const entry = due.shift()
      if (!entry || this.#end.signal.aborted) return
      const room = this.#open(entry.jid)
      void room.ready(this.#end.signal).then(next, next)
    }
    for (let i = 0; i < parallel; i++) next()
  }

  #open(jid: string): Room {
    const { port, host, book, options } = this
    const room = new Room(jid, {
      port,
      host,
      book,
      options,
      pictures: this.#pictures,
      signal: this.#end.signal,
      broken: (error) => void this.#close(new AdapterError("retry", "The gateway could not store what was said.", { cause: error })),
      closed: (one, why, text) => void this.#closed(one, why, text),
    })
    this.#rooms.set(jid, room)
    room.start()
    return room
  }

  async #closed(room: Room, why: "removed" | "deleted", text: string): Promise<void> {
    const entry = this.book.get(room.jid)
    try {
      await this.host.emit({ type: "notice", chat: { room: room.jid }, at: new Date(), text })
      await this.host.emit({ type: "gone", room: room.jid, why })
      if (entry) await this.book.put({ ...entry, closed: text })
    } catch (error) {
      // It is tried again with the next session, and refused again.
      this.host.log.warn({ room: room.jid, err: error }, "that a room is lost could not be told")
    }
    room.end()
  }

  /** `error`: why; undefined: we are to end. */
  async #close(error: AdapterError | undefined): Promise<void> {
    if (this.#end.signal.aborted) return
    this.#end.abort()
    for (const room of this.#rooms.values()) room.end()
    this.#detach()
    await this.book.close()
    if (error) this.#settle.reject(error)
    else this.#settle.resolve()
  }

  // ---- stanzas

  #hear(stanza: Element): void {
    const { to = "", from = "" } = stanza.attrs
    const room = this.#rooms.get(bareOf(from))
    const isListener = to === listenerJid(this.port.domain)
    if (stanza.name === "iq") return this.#answer(stanza, room)
    if (isListener) {
      if (room && stanza.attrs["type"] !== "chat") return room.hear(stanza)
      if (room && stanza.name === "message" && room.asked(stanza)) return
      return this.#answer(stanza, room)
    }
    // What all hear, the listener hears too: of the copies nothing is read.
    const isError = stanza.attrs["type"] === "error"
    if (stanza.name === "message" && stanza.attrs["type"] === "groupchat") return this.#ghost(to, from, room)
    const occupant = room?.voices.get(to)
    if (stanza.name === "presence") {
      if (occupant) occupant.heard(stanza)
      else if (!isError && stanza.attrs["type"] !== "unavailable") this.#ghost(to, from, room)
    } else if (isError) room?.said.refused(stanza)
    else this.#answer(stanza, room)
  }

  /** Somebody of ours from before a crash is still in a room: they come again with their next word. */
  #ghost(jid: string, from: string, room: Room | undefined): void {
    if (room?.voices.get(jid)) return
    const key = `${jid} ${bareOf(from)}`
    if (this.#ghosts.get(key)) return
    this.#ghosts.set(key, true)
    this.port.send(presence({ from: jid, to: from, type: "unavailable" }))
  }

  #answer(stanza: Element, room: Room | undefined): void {
    const { to = "" } = stanza.attrs
    const name = room?.voices.get(to)?.nick ?? this.options.nick
    const said = answer(stanza, name, this.#pictures)
    if (said !== undefined) this.port.send(said)
  }

  // ---- verbs

  #room(chat: ChatRef): Room {
    if (!("room" in chat)) throw new AdapterError("unsupported", "Only rooms can be written to here.")
    const room = this.#rooms.get(chat.room)
    if (room) return room
    const closed = this.book.get(chat.room)?.closed
    throw new AdapterError("gone", closed ?? `This gateway is not in ${chat.room}.`)
  }

  async send({ chat, body, key, reply, as }: Send, signal: AbortSignal): Promise<Sent> {
    const room = this.#room(chat)
    await room.ready(signal)
    const files: Placed[] = []
    for (const file of body.files ?? []) {
      const { open: _, ...info } = file
      files.push({ ...info, url: file.url ?? (await this.port.place(file, signal)) })
    }
    const voice = await this.#voice(room, as)
    const parts: Sent[] = []
    let main: Sent | undefined
    for (const { suffix, inner } of sayings(body.text, files, reply, voice.name)) {
      const id = this.book.idOf(room.jid, key + suffix)
      const sent = refOf(await this.#say(room, voice.occupant, id, inner, signal), id, voice)
      this.#handles.set(`${room.jid} ${sent.id}`, sent.handle ?? "")
      if (suffix === "") main = sent
      else parts.push(sent)
    }
    if (!main) throw new AdapterError("rejected", "There is nothing to say.")
    return { ...main, ...(parts.length > 0 && { parts }) }
  }

  async #voice(room: Room, as: Speaker | undefined): Promise<Voice> {
    const voice = await room.voices.of(as)
    if (voice.occupant.role === "visitor") throw this.#mute(room, voice.occupant)
    return voice
  }

  /** Moderators are asked once for each of us. */
  #mute(room: Room, { jid }: Occupant): AdapterError {
    const key = `${room.jid} ${jid}`
    if (!this.#asked.get(key)) this.port.send(voiceRequest(jid, room.jid))
    this.#asked.set(key, true)
    return noVoice(room.jid, true)
  }

  async #say(room: Room, occupant: Occupant, id: string, inner: Xml, signal: AbortSignal): Promise<Reflected> {
    for (let tries = 1; ; tries++) {
      try {
        return await room.said.say(occupant, id, inner, signal)
      } catch (error) {
        if (error instanceof StanzaError && error.condition === "forbidden" && occupant.role === "visitor") throw this.#mute(room, occupant)
        if (!isNotJoined(error)) throw refusedWord(error, room.jid)
        // It was put out without a word: back in, and said again.
        if (occupant === room.listener) room.lost()
        else occupant.lost()
        if (tries === 2) throw refusedWord(error, room.jid)
        await room.ready(signal)
        await room.voices.back(occupant)
      }
    }
  }

  async edit({ chat, message, body, as }: Parameters<Verbs["edit"]>[0], signal: AbortSignal): Promise<{ revision: string }> {
    const room = this.#room(chat)
    const said = this.#origin(room, message)
    if (!said) throw new AdapterError("unsupported", "Only what this gateway said can be changed.")
    await room.ready(signal)
    const { occupant, name } = await this.#again(room, as, said.byListener)
    const { at } = await this.#say(room, occupant, this.book.idOf(room.jid, randomUUID()), corrected(said.id, body, name), signal)
    return { revision: String(at) }
  }

  async retract({ chat, message, why, as }: Parameters<Verbs["retract"]>[0], signal: AbortSignal): Promise<void> {
    const room = this.#room(chat)
    await room.ready(signal)
    const said = this.#origin(room, message)
    if (!said) return moderate(this.port, room, message.id, why)
    const { occupant } = await this.#again(room, as, said.byListener)
    await this.#say(room, occupant, this.book.idOf(room.jid, randomUUID()), takenBack(message.id), signal)
  }

  async react({ chat, message, emoji, as }: Parameters<Verbs["react"]>[0], signal: AbortSignal): Promise<void> {
    const room = this.#room(chat)
    await room.ready(signal)
    if (emoji.length > 0) await room.authors.mustHave(message.id)
    const { occupant } = await this.#voice(room, as)
    await this.#say(room, occupant, this.book.idOf(room.jid, randomUUID()), reacted(message.id, emoji), signal)
  }

  #origin({ jid }: Room, { id, handle }: MessageRef): ReturnType<typeof originOf> {
    return originOf(handle ?? this.#handles.get(`${jid} ${id}`))
  }

  /** Whoever said it: nobody else may change it. */
  async #again(room: Room, as: Speaker | undefined, byListener: boolean): Promise<Voice> {
    return byListener ? { occupant: room.listener, name: as?.name ?? "" } : this.#voice(room, as)
  }

  download(file: FileRef, signal: AbortSignal): ReturnType<Verbs["download"]> {
    const { ref } = file
    if (!ref.startsWith(pictureRef)) return fetchFile(this.port, file, signal)
    const of = ref.slice(pictureRef.length)
    return fetchPicture(this.port, this.#room({ room: bareOf(of) }).listener.jid, of, signal)
  }

  async history(query: Parameters<Verbs["history"]>[0], signal: AbortSignal): ReturnType<Verbs["history"]> {
    const room = this.#room(query.chat)
    await room.ready(signal)
    return historyOf(room, (id) => this.book.isOurs(room.jid, id), query)
  }

  rooms(): Promise<{ items: RoomFacts[] }> {
    return Promise.resolve({ items: [...this.#rooms.values()].map(({ facts }) => facts) })
  }

  async room(id: string): Promise<RoomFacts> {
    const known = this.#rooms.get(id)
    if (known) return known.facts
    throw new AdapterError("gone", `This gateway is not in ${id}.`)
  }

  members({ room, cursor, limit }: Parameters<Verbs["members"]>[0]): ReturnType<Verbs["members"]> {
    const { roll } = this.#room({ room })
    const start = Number(cursor ?? 0)
    // Who is in by two clients is one person.
    const all = [...new Map([...roll.people].map((person) => [person.id, person])).values()]
    const items = all.slice(start, start + limit).map((person) => roll.member(person))
    const next = start + limit
    return Promise.resolve({ items, ...(next < all.length && { next: String(next) }) })
  }

  access({ room: id, user }: Parameters<Verbs["access"]>[0]): ReturnType<Verbs["access"]> {
    const room = this.#room({ room: id })
    const person = user === account ? room.listener : room.roll.byId(user)
    if (!person || (user === account && !room.isIn)) return Promise.resolve({ role: "none", maySend: false })
    // A moderator runs nothing: that is but for the time somebody is there (XEP-0045 §5.1).
    const { affiliation } = person
    const role = user === account || (affiliation !== "none" && affiliation !== "member") ? roleOf(person) : ordinary(person)
    return Promise.resolve({ role, maySend: person.role !== "visitor" && person.role !== "none" })
  }

  async manage(op: Parameters<Verbs["manage"]>[0], signal: AbortSignal): Promise<{ room: RoomFacts } | void> {
    if (op.do === "join") return { room: await this.#join(op.room, op.password, signal) }
    if (op.do === "leave") return this.#leave(op.room)
    const room = this.#room({ room: op.room })
    await room.ready(signal)
    if (op.do !== "topic") return change(this.port, room, op)
    await this.#say(room, room.listener, this.book.idOf(room.jid, randomUUID()), textEl("subject", op.text), signal)
  }

  /** `text`: a bare JID, or an `xmpp:` address that may hold a password. */
  async #join(text: string, given: string | undefined, signal: AbortSignal): Promise<RoomFacts> {
    const { jid, password = given } = readRoom(text)
    const known = this.#rooms.get(jid)
    if (known && !known.trouble && password === undefined) {
      await known.ready(signal)
      return known.facts
    }
    const former = this.book.get(jid)
    const kept = password ?? former?.password
    await this.book.put({ jid, ...(kept !== undefined && { password: kept }) })
    if (known) known.end()
    const room = this.#open(jid)
    try {
      await room.ready(signal)
      return room.facts
    } catch (error) {
      // Who asked is told; only what was there before is kept, and tried again.
      if (former && former.closed === undefined) throw error
      await this.#leave(jid)
      throw error
    }
  }

  async #leave(jid: string): Promise<void> {
    const room = this.#rooms.get(jid)
    if (!room && !this.book.get(jid)) throw new AdapterError("gone", `This gateway is not in ${jid}.`)
    room?.end()
    this.#rooms.delete(jid)
    await this.book.remove(jid)
  }
}

function ordinary({ role }: { role: string }): Role {
  return role === "none" ? "none" : role === "visitor" ? "muted" : "member"
}

/** `o`: by an occupant of their own, `l`: by the listener, with the name before. */
function refOf({ id, at }: Reflected, ours: string, { name }: Voice): Sent {
  return { id, handle: `${name === "" ? "o" : "l"}:${ours}`, at: new Date(at), revision: String(at) }
}

function originOf(handle: string | undefined): { id: string; byListener: boolean } | undefined {
  const [, by, id] = /^([ol]):(.+)$/s.exec(handle ?? "") ?? []
  return id === undefined ? undefined : { id, byListener: by === "l" }
}
