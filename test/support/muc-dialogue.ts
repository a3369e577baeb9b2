// A user's side of XEP-0045, spoken through the scripted server: joining, talking, leaving.
import { randomUUID } from "node:crypto"
import type { Element } from "@xmpp/xml"
import type { ComponentServer } from "./component-server.js"

/** What a client got at its join, in the order of XEP-0045 §7.1; all of it is taken from the server's stanzas. */
export interface Entry {
  /** Presences of the others. */
  faces: Element[]
  /** One's own, with 110. */
  self: Element
  history: Element[]
  subject: Element
}

export interface RoomWords {
  id?: string
  /** XEP-0308: id of the message that this one replaces. */
  replaces?: string
  /** XEP-0461: stanza id of what is answered. */
  reply?: string
  /** More children, as XML. */
  more?: string
}

const muc = "http://jabber.org/protocol/muc"

export class MucDialogue {
  constructor(private readonly server: ComponentServer) {}

  /** Resolves when the subject has come, which ends a join. Rejects with the error presence. `inner`: XML in the request, as `<history …/>`. */
  async join(from: string, room: string, nick: string, inner = ""): Promise<Entry> {
    const { server } = this
    const start = server.received.length
    server.send(`<presence from='${from}' to='${room}/${escape(nick)}'><x xmlns='${muc}'>${inner}</x></presence>`)
    const came = (el: Element): boolean => el.attrs["to"] === from && inRoom(el, room) && server.received.indexOf(el) >= start
    const self = await server.expect((el) => came(el) && el.name === "presence" && (el.attrs["type"] === "error" || hasStatus(el, "110")))
    if (self.attrs["type"] === "error") throw new Error(self.toString())
    const subject = await server.expect((el) => came(el) && isSubject(el))
    const faces: Element[] = []
    const history: Element[] = []
    for (const el of server.received.slice(start, server.received.indexOf(subject))) {
      if (!came(el) || el === self) continue
      if (el.name !== "presence" && el.name !== "message") continue
      ;(el.name === "presence" ? faces : history).push(await server.expect((one) => one === el))
    }
    return { faces, self, history, subject }
  }

  /** Resolves with one's own unavailable presence. */
  async leave(from: string, room: string, nick: string): Promise<Element> {
    this.server.send(`<presence type='unavailable' from='${from}' to='${room}/${escape(nick)}'/>`)
    return this.server.expect(
      (el) =>
        el.name === "presence" && el.attrs["type"] === "unavailable" && el.attrs["to"] === from && inRoom(el, room) && hasStatus(el, "110"),
    )
  }

  /** Says something to the room; returns the stanza's id. */
  say(from: string, room: string, text: string, { id = randomUUID(), replaces, reply, more = "" }: RoomWords = {}): string {
    const correction = replaces === undefined ? "" : `<replace id='${replaces}' xmlns='urn:xmpp:message-correct:0'/>`
    const answer = reply === undefined ? "" : `<reply id='${reply}' to='${room}' xmlns='urn:xmpp:reply:0'/>`
    this.server.send(
      `<message from='${from}' to='${room}' type='groupchat' id='${id}'><body>${escape(text)}</body>${correction}${answer}${more}</message>`,
    )
    return id
  }

  /** The next message of the room with this body that comes to the client (not an error). */
  async heard(to: string, room: string, text: string): Promise<Element> {
    return this.server.expect((el) => this.#isTo(el, to, room) && el.getChildText("body") === text)
  }

  /** The next message of the room with this id that comes to the client: one's own reflection, or an error if `type` says so. */
  async answered(to: string, room: string, id: string, type = "groupchat"): Promise<Element> {
    return this.server.expect((el) => this.#isTo(el, to, room, type) && el.attrs["id"] === id)
  }

  #isTo(el: Element, to: string, room: string, type = "groupchat"): boolean {
    return el.name === "message" && el.attrs["type"] === type && el.attrs["to"] === to && inRoom(el, room)
  }
}

export const hasStatus = (el: Element, code: string): boolean =>
  el
    .getChild("x", `${muc}#user`)
    ?.getChildren("status")
    .some(({ attrs }) => attrs["code"] === code) ?? false

/** XEP-0359, given by the room. */
export function stanzaId(el: Element): string {
  const id = el.getChild("stanza-id", "urn:xmpp:sid:0")?.attrs["id"]
  if (id === undefined) throw new Error(`without a stanza id: ${el.toString()}`)
  return id
}

/** XEP-0045 §8.1: a subject and no body. */
export const isSubject = (el: Element): boolean =>
  el.name === "message" && el.getChild("subject") !== undefined && el.getChild("body") === undefined

const escape = (text: string): string => text.replace(/[&<>'"]/g, (char) => `&#${char.charCodeAt(0)};`)

function inRoom({ attrs }: Element, room: string): boolean {
  const from = attrs["from"] ?? ""
  return from === room || from.startsWith(`${room}/`)
}
