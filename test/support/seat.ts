// A client's place in a room: how it comes in, what it says, and all that the room told it, in words that can be compared.
import assert from "node:assert/strict"
import type { Element } from "@xmpp/xml"
import type { TestClient } from "./client.js"

const nsUser = "http://jabber.org/protocol/muc#user"
const nsMuc = "http://jabber.org/protocol/muc"
const nsReply = "urn:xmpp:reply:0"

/** What a client got at its join (XEP-0045 §7.1). */
export interface Entry {
  /** «Nick affiliation/role» of each of the others. */
  faces: string[]
  self: Element
  history: Element[]
  subject: Element
}

export class Seat {
  entry!: Entry
  /** Where what is live begins in `client.received`. */
  #live = 0

  private constructor(
    readonly client: TestClient,
    readonly room: string,
    public nick: string,
  ) {}

  /** Resolves when the subject has come, which ends a join. Rejects with the error. `inner`: XML within the `<x/>`. */
  static async take(client: TestClient, room: string, nick: string, inner = ""): Promise<Seat> {
    const it = new Seat(client, room, nick)
    await it.enter(inner)
    return it
  }

  async enter(inner = ""): Promise<Entry> {
    const { client, room } = this
    const since = client.received.length
    await client.send(`<presence to='${escape(`${room}/${this.nick}`)}'><x xmlns='${nsMuc}'>${inner}</x></presence>`)
    const end = await client.waitFor((el) => this.#isHere(el) && (el.attrs["type"] === "error" || isSubject(el)), {
      since,
      what: `the end of its join to ${room}`,
    })
    if (end.attrs["type"] === "error") throw new JoinError(end)
    const at = client.received.lastIndexOf(end)
    this.#live = at + 1
    const came = client.received.slice(since, at).filter((el) => this.#isHere(el))
    const self = came.find((el) => codes(el).includes("110"))
    assert.ok(self, "a self-presence")
    this.nick = nickOf(self)
    const faces = came.slice(0, came.indexOf(self))
    const history = came.slice(came.indexOf(self) + 1)
    assert.ok(
      faces.every((el) => el.is("presence")),
      "who is there comes before oneself",
    )
    assert.ok(
      history.every((el) => el.is("message") && el.getChild("delay", "urn:xmpp:delay")),
      "history comes between oneself and the subject",
    )
    return (this.entry = { faces: faces.map((el) => standing(el)), self, history, subject: end })
  }

  /** Resolves with one's own unavailable presence. */
  async leave(note = ""): Promise<Element> {
    const since = this.client.received.length
    await this.client.send(`<presence type='unavailable' to='${escape(`${this.room}/${this.nick}`)}'>${note}</presence>`)
    return this.out(since)
  }

  /** One's own end in the room, come or to come. */
  async out(since = this.#live): Promise<Element> {
    return this.presence(this.nick, (el) => el.attrs["type"] === "unavailable" && codes(el).includes("110"), since)
  }

  /** Says something and gives the stanza's id; resolves when it is sent. `more`: XML beside the body. */
  async send(text: string, more = "", id = this.client.id()): Promise<string> {
    const { client, room } = this
    await client.send(`<message to='${escape(room)}' type='groupchat' id='${escape(id)}'><body>${escape(text)}</body>${more}</message>`)
    return id
  }

  /** Says something and waits for its reflection, which it gives. */
  async say(text: string, more = ""): Promise<Element> {
    return this.reflected(await this.send(text, more))
  }

  async reflected(id: string, timeout = 10_000): Promise<Element> {
    return this.client.waitFor((el) => this.#isHere(el) && el.attrs["type"] === "groupchat" && el.attrs["id"] === id, {
      since: 0,
      timeout,
      what: `the reflection of ${id}`,
    })
  }

  /** The error that a stanza with this id got. */
  async refused(id: string, timeout = 10_000): Promise<Element> {
    return this.client.waitFor((el) => el.attrs["id"] === id && el.attrs["type"] === "error", {
      since: 0,
      timeout,
      what: `an error to ${id}`,
    })
  }

  /** The last message of the room with this body, come or to come. */
  async hears(text: string, timeout = 10_000): Promise<Element> {
    const body = (el: Element): boolean => el.attrs["type"] === "groupchat" && bodyOf(el) === text
    await this.client.waitFor((el) => this.#isHere(el) && body(el), { since: this.#live, timeout, what: `«${text}»` })
    const found = this.talk().findLast(body)
    assert.ok(found)
    return found
  }

  /** A presence of this nick, come since the join or to come. */
  async presence(nick: string, match: (el: Element) => boolean = () => true, since = this.#live): Promise<Element> {
    const from = `${this.room}/${nick}`
    return this.client.waitFor((el) => el.is("presence") && el.attrs["from"] === from && match(el), {
      since,
      what: `a presence of ${from}`,
    })
  }

  /** Where the list of what came is now: for `since`. */
  now(): number {
    return this.client.received.length
  }

  /** Messages to all since the join, oldest first; typing is none. */
  talk(): Element[] {
    return this.client.received.slice(this.#live).filter((el) => this.#isHere(el) && isTalk(el))
  }

  /** In words, what they refer to resolved by what this client itself has seen. */
  lines(): string[] {
    const seen = [...this.entry.history, ...this.talk()]
    const ids = seen.flatMap((el) => stanzaIdOf(el) ?? [])
    assert.equal(new Set(ids).size, ids.length, `a stanza came twice: ${seen.map(String).join("\n")}`)
    return this.talk().flatMap((el) => (isNews(el) ? [] : [lineOf(el, seen)]))
  }

  /** Status codes of messages that the configuration changed (XEP-0045 §10.2.1), of which only their number is certain. */
  news(): string[] {
    return this.talk()
      .filter(isNews)
      .map((el) => codes(el).join(" "))
  }

  /** Presences of others and oneself since the join, in words. */
  comings(): string[] {
    return this.client.received
      .slice(this.#live)
      .filter((el) => el.is("presence") && this.#isHere(el))
      .map(standing)
  }

  async iq(type: "get" | "set", payload: string, nick = ""): Promise<Element> {
    return this.client.iq(type, nick === "" ? this.room : `${this.room}/${nick}`, payload)
  }

  #isHere(el: Element): boolean {
    const from = el.attrs["from"] ?? ""
    return (from === this.room || from.startsWith(`${this.room}/`)) && !el.is("iq")
  }
}

export class JoinError extends Error {
  readonly condition: string
  constructor(readonly stanza: Element) {
    super(stanza.toString())
    this.condition = conditionOf(stanza)
  }
}

export function conditionOf(el: Element): string {
  return (
    el
      .getChild("error")
      ?.getChildElements()
      .find((child) => !child.is("text"))
      ?.getName() ?? "no error"
  )
}

/** XEP-0359, given by the room. */
export function stanzaId(el: Element): string {
  const id = stanzaIdOf(el)
  assert.ok(id !== undefined, `without a stanza id: ${el.toString()}`)
  return id
}

function stanzaIdOf(el: Element): string | undefined {
  return el.getChild("stanza-id", "urn:xmpp:sid:0")?.attrs["id"]
}

export function codes(el: Element): string[] {
  return (el.getChild("x", nsUser)?.getChildren("status") ?? []).map(({ attrs }) => attrs["code"] ?? "")
}

export function itemOf(el: Element): Element | undefined {
  return el.getChild("x", nsUser)?.getChild("item")
}

export function nickOf(el: Element): string {
  const from = el.attrs["from"] ?? ""
  return from.includes("/") ? from.slice(from.indexOf("/") + 1) : ""
}

export function occupantIdOf(el: Element): string | undefined {
  return el.getChild("occupant-id", "urn:xmpp:occupant-id:0")?.attrs["id"]
}

/** «Nick affiliation/role», «Nick ← 307 by Who: why», «Nick → Other». */
export function standing(el: Element): string {
  const item = itemOf(el)
  const { affiliation, role, nick } = item?.attrs ?? {}
  const status = codes(el).filter((code) => code !== "110")
  if (el.attrs["type"] !== "unavailable") return [`${nickOf(el)} ${affiliation}/${role}`, ...status].join(" ")
  if (status.includes("303")) return `${nickOf(el)} → ${nick}`
  const actor = item?.getChild("actor")?.attrs["nick"]
  const reason = item?.getChildText("reason")
  return [`${nickOf(el)} ←`, ...status, ...(actor === undefined ? [] : [`by ${actor}`]), ...(reason ? [`«${reason}»`] : [])].join(" ")
}

/** Without what XEP-0428 marks as there for those who know no replies. */
export function bodyOf(el: Element): string | null {
  const body = el.getChildText("body")
  const marked = el.getChildren("fallback").find((child) => child.attrs["for"] === nsReply)
  const range = marked?.getChild("body")?.attrs
  if (body === null || !range) return body
  const points = [...body]
  points.splice(Number(range["start"]), Number(range["end"]) - Number(range["start"]))
  return points.join("")
}

function lineOf(el: Element, seen: readonly Element[]): string {
  const nick = nickOf(el) || "*"
  const retract = el.getChild("retract", "urn:xmpp:message-retract:1")
  if (retract) {
    const by = retract.getChild("moderated", "urn:xmpp:message-moderate:1")
    const who = by?.attrs["by"]?.split("/")[1]
    const why = retract.getChildText("reason")
    const target = seen.find((one) => stanzaIdOf(one) === retract.attrs["id"])
    return `${nick} retracts «${target ? bodyOf(target) : "?"}»${who === undefined ? "" : ` for ${who}`}${why ? `: ${why}` : ""}`
  }
  if (isSubject(el)) return `${nick} sets the subject «${el.getChildText("subject")}»`
  const body = bodyOf(el)
  const replaces = el.getChild("replace", "urn:xmpp:message-correct:0")?.attrs["id"]
  const answers = el.getChild("reply", nsReply)?.attrs["id"]
  const replaced = seen.find((one) => one.attrs["id"] === replaces)
  const answered = seen.find((one) => stanzaIdOf(one) === answers)
  const about = [
    ...(replaces === undefined ? [] : [` instead of «${replaced ? bodyOf(replaced) : "?"}»`]),
    ...(answers === undefined ? [] : [` to «${answered ? bodyOf(answered) : "?"}»`]),
  ]
  return `${nick}: ${body}${about.join("")}`
}

/** XEP-0045 §8.1: a subject and no body. */
function isSubject(el: Element): boolean {
  return el.is("message") && el.getChild("subject") !== undefined && el.getChild("body") === undefined
}

function isNews(el: Element): boolean {
  return el.getChild("body") === undefined && codes(el).length > 0
}

function isTalk(el: Element): boolean {
  const isState = el.getChildElements().some((child) => child.getNS() === "http://jabber.org/protocol/chatstates")
  return el.is("message") && el.attrs["type"] === "groupchat" && (!isState || el.getChild("body") !== undefined)
}

export const escape = (text: string): string => text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`)
