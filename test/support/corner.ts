// One conversation of a real client: with a contact, or in a room. What comes is taken in order; what is said is made of XML.
import assert from "node:assert/strict"
import type { Element } from "@xmpp/xml"
import type { Place } from "./cells.js"
import { isFrom, type TestClient } from "./client.js"
import { bodyOf, escape, nickOf } from "./seat.js"
import { fileIn, type SharedFile } from "./shared-file.js"
import { predicate, type Pattern } from "./xml-match.js"

export class Corner {
  #next = 0

  constructor(
    readonly place: Place,
    readonly client: TestClient,
    /** Of the contact or room. */
    readonly jid: string,
    /** The user's own, in a room. */
    private readonly nick: () => string = () => "",
  ) {}

  get type(): "chat" | "groupchat" {
    return this.place === "room" ? "groupchat" : "chat"
  }

  /** What has come so far is not looked at any more. */
  mark(): void {
    this.#next = this.client.received.length
  }

  /** The next stanza of the others that matches, come or to come; what came before it is not looked at any more. Errors are never skipped. */
  async next(pattern: Pattern, what: string, timeout = 15_000): Promise<Element> {
    const match = predicate(pattern)
    const fits = (el: Element): boolean => this.#isTheirs(el) && match(el)
    const wrong = (el: Element): boolean => isFrom(el, this.jid) && el.is("message") && el.attrs["type"] === "error"
    const since = this.#next
    const found = await this.client.waitFor((el) => fits(el) || (wrong(el) && !match(el)), {
      since,
      timeout,
      what: `${what} in ${this.jid}`,
    })
    assert.ok(fits(found), `instead of ${what} there came ${found.toString()}`)
    this.#next = this.client.received.indexOf(found) + 1
    return found
  }

  /** The next message with this text, the quotation for old clients apart. */
  async text(text: string | RegExp): Promise<Element> {
    const fits = (body: string | null): boolean => body !== null && (typeof text === "string" ? body === text : text.test(body))
    return this.next((el) => el.is("message") && fits(bodyOf(el)), `«${String(text)}»`)
  }

  /** What the gateway tells the user alone of what happened here, wherever it says so; no error. */
  async told(text: RegExp): Promise<Element> {
    const fits = (el: Element): boolean => el.is("message") && el.attrs["type"] !== "error" && text.test(el.getChildText("body") ?? "")
    return this.client.waitFor(fits, { since: this.#next, what: `to be told ${String(text)}` })
  }

  /** The next message that is a file; its bytes were fetched from where the stanza says. */
  async file(): Promise<SharedFile> {
    return fileIn(await this.next((el) => el.is("message") && el.getChild("x", "jabber:x:oob") !== undefined, "a file"))
  }

  /** The next message with an element of this namespace. */
  async with(name: string, xmlns: string): Promise<Element> {
    return this.next((el) => el.is("message") && el.getChild(name, xmlns) !== undefined, `<${name} xmlns='${xmlns}'/>`)
  }

  /** Sends a message of the right type and gives its id. `inner`: XML within it. */
  async send(inner: string, id = this.client.id()): Promise<string> {
    await this.client.send(`<message to='${escape(this.jid)}' type='${this.type}' id='${escape(id)}'>${inner}</message>`)
    return id
  }

  async say(text: string, more = ""): Promise<string> {
    return this.send(`<body>${escape(text)}</body>${more}`)
  }

  /** Says something; resolves with the id by which it is pointed to: the stanza's own, in a room the one the room gave it (XEP-0359). */
  async said(text: string, more = ""): Promise<string> {
    return this.settled(await this.say(text, more))
  }

  /** The id by which what was sent is pointed to. */
  async settled(id: string): Promise<string> {
    if (this.place === "direct") return id
    return this.idOf(await this.reflected(id))
  }

  /** What the room gave back. */
  async reflected(id: string): Promise<Element> {
    const own = (el: Element): boolean => el.is("message") && el.attrs["id"] === id && isFrom(el, this.jid) && el.attrs["type"] !== "error"
    return this.client.waitFor(own, { since: 0, what: `the reflection of ${id}` })
  }

  /** The error that the stanza with this id gets: its words. */
  async refused(id: string): Promise<Element> {
    const refusal = (el: Element): boolean => el.attrs["id"] === id && el.attrs["type"] === "error"
    return this.client.waitFor(refusal, { since: 0, what: `an error to ${id}` })
  }

  /** By which a message of the others is replied to, reacted to and retracted (XEP-0461, XEP-0444, XEP-0424): the room's id, else the sender's. */
  idOf(el: Element): string {
    const id = this.place === "room" ? el.getChild("stanza-id", "urn:xmpp:sid:0")?.attrs["id"] : el.attrs["id"]
    assert.ok(id !== undefined, `without an id: ${el.toString()}`)
    return id
  }

  #isTheirs(el: Element): boolean {
    if (!isFrom(el, this.jid) || el.attrs["type"] === "error") return false
    return this.place === "direct" || nickOf(el) !== this.nick()
  }
}

/** XEP-0461, with what older clients show instead (XEP-0428). */
export function replying(id: string, to: string, quotation = ""): string {
  const end = [...quotation].length
  const fallback = `<fallback xmlns='urn:xmpp:fallback:0' for='urn:xmpp:reply:0'><body start='0' end='${end}'/></fallback>`
  return `<reply xmlns='urn:xmpp:reply:0' id='${escape(id)}' to='${escape(to)}'/>${quotation === "" ? "" : fallback}`
}

/** XEP-0308; `id` is the stanza's. */
export const correcting = (id: string): string => `<replace xmlns='urn:xmpp:message-correct:0' id='${escape(id)}'/>`

/** XEP-0424, as clients send it. */
export const retracting = (id: string): string =>
  `<retract xmlns='urn:xmpp:message-retract:1' id='${escape(id)}'/><fallback xmlns='urn:xmpp:fallback:0' for='urn:xmpp:message-retract:1'/><body>This person attempted to retract a previous message, but it's unsupported by your client.</body><store xmlns='urn:xmpp:hints'/>`

/** XEP-0444: all that one thinks. */
export function reacting(id: string, ...emoji: string[]): string {
  return `<reactions xmlns='urn:xmpp:reactions:0' id='${escape(id)}'>${emoji.map((one) => `<reaction>${one}</reaction>`).join("")}</reactions><store xmlns='urn:xmpp:hints'/>`
}

/** What others think now, of which message: «<id>: 👍 🔥». */
export function reactionsIn(el: Element): string {
  const reactions = el.getChild("reactions", "urn:xmpp:reactions:0")
  assert.ok(reactions, el.toString())
  return [`${reactions.attrs["id"]}:`, ...reactions.getChildren("reaction").map((one) => one.text())].join(" ")
}
