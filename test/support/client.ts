// A real XMPP client for tests, on @xmpp/client: keeps all it receives, waits for what must come.
import type { Duplex } from "node:stream"
import { client as xmppClient, type Client } from "@xmpp/client"
import xml, { type Element } from "@xmpp/xml"
import { DeadlineError, patience, within } from "./deadline.js"
import type { XmppServer } from "./server.js"
import { predicate, type Pattern } from "./xml-match.js"

export interface ClientOptions {
  server: Pick<XmppServer, "domain" | "c2sPort" | "wsUrl">
  user: string
  password: string
  resource?: string
  /** Over WebSocket instead of TCP. */
  websocket?: boolean
  /** Comes back by itself, with presence and carbons as before. Default: false. */
  reconnect?: boolean
  /** Goes on-line with this presence; false: stays without presence. Default: `<presence/>`. */
  presence?: string | false
  /** XEP-0280. */
  carbons?: boolean
  /** Answers subscription requests with `subscribed`, and asks back. Default: false. */
  acceptSubscriptions?: boolean
  /** Is shown every stanza as it comes. */
  watch?: (el: Element) => void
}

export interface RosterItem {
  jid: string
  name: string
  subscription: string
  /** «subscribe» while our request is unanswered. */
  ask: string
  groups: string[]
}

const nsInfo = "http://jabber.org/protocol/disco#info"
const escape = (text: string) => text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`)

export class TestClient {
  /** Every stanza received, in order, over all connections. */
  readonly received: Element[] = []
  /** What the library complained about; connections that drop while reconnecting end up here. */
  readonly errors: Error[] = []
  readonly bare: string
  readonly #client: Client
  readonly #options: ClientOptions
  readonly #waiting = new Set<() => void>()
  #agreeing = false
  /** Stanzas since stream management was agreed on. */
  #handled = 0
  #logins = 0
  #mark = 0
  #ids = 0

  private constructor(options: ClientOptions) {
    this.#options = options
    this.bare = `${options.user}@${options.server.domain}`
    const client = (this.#client = xmppClient({
      service: options.websocket ? options.server.wsUrl : `xmpp://127.0.0.1:${options.server.c2sPort}`,
      domain: options.server.domain,
      username: options.user,
      password: options.password,
      ...(options.resource && { resource: options.resource }),
    }))
    client.timeout = 5_000 * patience
    client.reconnect.delay = 100
    // Without: a dead connection would live on at the server and swallow messages until it is resumed (XEP-0198).
    client.streamManagement.allowResume = false
    // What every client answers: who answers neither cannot be told from one that is not there.
    client.iqCallee.get("urn:xmpp:ping", "ping", () => true)
    client.iqCallee.get(nsInfo, "query", () => xml("query", { xmlns: nsInfo }, xml("identity", { category: "client", type: "pc" })))
    // It also forgets what was read together with <enabled/>, and servers end a stream whose acknowledgements go back: we begin to count.
    Object.defineProperty(client.streamManagement, "inbound", {
      get: () => this.#handled,
      set: (count: number) => (this.#handled = count === 0 ? this.#handled : count),
    })
    // The library decodes each TCP read by itself and so breaks characters that two reads share.
    const attach = client._attachSocket.bind(client)
    client._attachSocket = (socket: Duplex & { setEncoding?(encoding: "utf8"): void; setNoDelay?(on: boolean): void }) => {
      socket.setEncoding?.("utf8")
      socket.setNoDelay?.(true)
      attach(socket)
    }
    client.on("error", (error: Error) => this.errors.push(error))
    client.on("stanza", (el: Element) => this.#take(el))
    client.on("nonza", (el: Element) => this.#nonza(el))
    client.on("offline", () => this.#wake())
    client.on("disconnect", () => this.#wake())
  }

  /** Logs in; resolves when it is on-line, its presence sent. */
  static async connect(options: ClientOptions): Promise<TestClient> {
    const it = new TestClient(options)
    const client = it.#client
    if (!options.reconnect) client.reconnect.stop()
    let first = true
    const again = () => {
      if (!first) void it.#announce().catch((error: Error) => it.errors.push(error))
    }
    client.on("online", again)
    await within(client.start(), 30_000, `${it.bare} to log in`)
    first = false
    await it.#announce()
    return it
  }

  /** The full JID. */
  get jid(): string {
    return this.#client.jid?.toString() ?? ""
  }

  get online(): boolean {
    return this.#client.status === "online"
  }

  /** Resolves when it has come back after the next cut: call it before the connection goes. */
  async nextLogin(timeout = 20_000): Promise<void> {
    const before = this.#logins
    await this.until(() => (this.#logins > before ? true : undefined), { timeout, what: `${this.bare} to log in again` })
  }

  /** From here on: what `waitFor` looks at from now. */
  mark(): number {
    return (this.#mark = this.received.length)
  }

  /** The first stanza since the mark (or since `since`) that matches, come or to come. */
  async waitFor(pattern: Pattern, options: { timeout?: number; since?: number; what?: string } = {}): Promise<Element> {
    const since = options.since ?? this.#mark
    const match = predicate(pattern)
    return this.until(() => this.received.slice(since).find(match), {
      timeout: options.timeout ?? 10_000,
      what: `${this.bare} to receive ${options.what ?? String(pattern)}`,
      since,
    })
  }

  /** A message with this body (or matching it) from this JID (full or bare). */
  async waitForMessage(from: string, body: string | RegExp, options: { timeout?: number; since?: number } = {}): Promise<Element> {
    return this.waitFor(
      (el) => {
        const text = el.is("message") && el.attrs["type"] !== "error" ? el.getChildText("body") : null
        return text !== null && isFrom(el, from) && (typeof body === "string" ? text === body : body.test(text))
      },
      { ...options, what: `«${String(body)}» from ${from}` },
    )
  }

  /** A presence of this type («available» for none) from this JID (full or bare). */
  async waitForPresence(from: string, type = "available", options: { timeout?: number; since?: number } = {}): Promise<Element> {
    const match: Pattern = (el: Element) => el.is("presence") && isFrom(el, from) && (el.attrs["type"] ?? "available") === type
    return this.waitFor(match, { ...options, what: `presence ${type} from ${from}` })
  }

  /** The value as soon as there is one; asked again whenever something arrives. */
  async until<T>(value: () => T | undefined, options: { timeout: number; what: string; since?: number }): Promise<T> {
    let wake = (): void => undefined
    try {
      return await within(
        new Promise<T>((resolve) => {
          wake = () => {
            const found = value()
            if (found !== undefined) resolve(found)
          }
          this.#waiting.add(wake)
          wake()
        }),
        options.timeout,
        options.what,
      )
    } catch (error) {
      if (!(error instanceof DeadlineError)) throw error
      const got = this.received.slice(options.since ?? 0).map(String)
      throw new Error(`${error.message}. It received ${got.length} stanzas:\n${got.slice(-20).join("\n").slice(-6000)}`, { cause: error })
    } finally {
      this.#waiting.delete(wake)
    }
  }

  /** All presences received from a JID (full or bare), oldest first. */
  presences(from: string): Element[] {
    return this.received.filter((el) => el.is("presence") && isFrom(el, from))
  }

  /** All messages with a body received from a JID (full or bare), oldest first. */
  messages(from: string): Element[] {
    return this.received.filter((el) => el.is("message") && isFrom(el, from) && el.getChildText("body") !== null)
  }

  /** One stanza, as it is to stand on the wire. */
  async send(stanza: Element | string): Promise<void> {
    if (typeof stanza !== "string") return this.#client.send(stanza)
    // No stream surrounds a WebSocket frame: the namespace must be named (RFC 7395 §3.3.3).
    const framed = this.#options.websocket && !/^<\w+[^>]*\sxmlns=/.test(stanza)
    await this.#client.write(framed ? stanza.replace(/^<\w+/, "$& xmlns='jabber:client'") : stanza)
  }

  /** An id that this client has not used before. */
  id(): string {
    return `${(this.#options.resource ?? "c").replaceAll(/\W/g, "")}-${++this.#ids}-${Math.random().toString(36).slice(2, 12)}`
  }

  /** Sends a chat message and gives its id. `inner` is XML beside the body. */
  async say(to: string, body: string, options: { id?: string; receipt?: boolean; replace?: string; inner?: string } = {}): Promise<string> {
    const id = options.id ?? this.id()
    const receipt = options.receipt ? "<request xmlns='urn:xmpp:receipts'/>" : ""
    const replace = options.replace ? `<replace xmlns='urn:xmpp:message-correct:0' id='${escape(options.replace)}'/>` : ""
    await this.send(
      `<message to='${escape(to)}' type='chat' id='${escape(id)}'><body>${escape(body)}</body>${receipt}${replace}${options.inner ?? ""}</message>`,
    )
    return id
  }

  /** The answer, result or error, matched by id and sender (RFC 6120 §8.2.3). */
  async iq(type: "get" | "set", to: string, payload: string, timeout = 10_000): Promise<Element> {
    const id = this.id()
    const since = this.received.length
    await this.send(`<iq type='${type}' id='${id}'${to && ` to='${escape(to)}'`}>${payload}</iq>`)
    const answers: Pattern = (el: Element) =>
      el.is("iq") && el.attrs["id"] === id && ["result", "error"].includes(el.attrs["type"] ?? "") && (to === "" || el.attrs["from"] === to)
    return this.waitFor(answers, { since, timeout, what: `the answer of ${to || "its server"} to ${payload}` })
  }

  async roster(): Promise<RosterItem[]> {
    const answer = await this.iq("get", "", "<query xmlns='jabber:iq:roster'/>")
    return (answer.getChild("query", "jabber:iq:roster")?.getChildren("item") ?? []).map((item) => ({
      jid: item.attrs["jid"] ?? "",
      name: item.attrs["name"] ?? "",
      subscription: item.attrs["subscription"] ?? "none",
      ask: item.attrs["ask"] ?? "",
      groups: item.getChildren("group").map((group) => group.text()),
    }))
  }

  /** Comes back once the server has handled all that was sent before: streams keep order (RFC 6120 §10.1). */
  async fence(): Promise<void> {
    await this.iq("get", this.#options.server.domain, "<ping xmlns='urn:xmpp:ping'/>")
  }

  /** Resolves when the component of this domain answers: servers bounce what they cannot deliver at once. */
  async reachable(domain: string, timeout = 20_000): Promise<Element> {
    const deadline = Date.now() + timeout
    for (;;) {
      const answer = await this.iq("get", domain, "<query xmlns='http://jabber.org/protocol/disco#info'/>")
      if (answer.attrs["type"] === "result") return answer
      if (Date.now() > deadline) throw new Error(`${domain} is not there after ${timeout} ms: ${String(answer)}`)
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }

  /** The user's archive (XEP-0313), all of it or what was exchanged with one JID, oldest first: the forwarded messages. */
  async archive(withJid?: string): Promise<Element[]> {
    const found: Element[] = []
    const filter = withJid
      ? `<x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE' type='hidden'><value>urn:xmpp:mam:2</value></field><field var='with'><value>${escape(withJid)}</value></field></x>`
      : ""
    for (let after = ""; ;) {
      const query = this.id()
      const since = this.received.length
      const page = `<set xmlns='http://jabber.org/protocol/rsm'><max>250</max>${after && `<after>${escape(after)}</after>`}</set>`
      const answer = await this.iq("set", "", `<query xmlns='urn:xmpp:mam:2' queryid='${query}'>${filter}${page}</query>`, 30_000)
      for (const el of this.received.slice(since)) {
        const result = el.is("message") ? el.getChild("result", "urn:xmpp:mam:2") : undefined
        const message =
          result?.attrs["queryid"] === query ? result.getChild("forwarded", "urn:xmpp:forward:0")?.getChild("message") : undefined
        if (message) found.push(message)
      }
      const fin = answer.getChild("fin", "urn:xmpp:mam:2")
      const last = fin?.getChild("set", "http://jabber.org/protocol/rsm")?.getChildText("last")
      if (!fin) throw new Error(`no archive: ${String(answer)}`)
      if (fin.attrs["complete"] === "true" || !last) return found
      after = last
    }
  }

  /** Cuts the TCP connection as a lost network does. */
  cut(): void {
    this.#client.socket?.destroy()
  }

  /** Reads and acknowledges nothing any more, as a phone that lost its network; the server does not know it yet. */
  freeze(): void {
    this.#client.socket?.pause()
  }

  /** Logs out. */
  async disconnect(): Promise<void> {
    this.#client.reconnect.stop()
    if (this.#client.status === "offline") return
    if (this.#client.status !== "disconnect") await this.#client.stop()
  }

  async #announce(): Promise<void> {
    await this.until(() => (this.#agreeing ? undefined : true), { timeout: 15_000, what: "stream management" })
    if (this.#options.carbons) await this.iq("set", "", "<enable xmlns='urn:xmpp:carbons:2'/>")
    // Without it the server sends no roster pushes (RFC 6121 §2.2).
    await this.roster()
    if (this.#options.presence !== false) await this.send(this.#options.presence ?? "<presence/>")
    this.#logins += 1
    this.#wake()
  }

  // The library counts stanzas wrong until stream management (XEP-0198) is agreed on: say nothing before.
  #nonza(el: Element): void {
    if (el.getName() === "features") this.#agreeing = el.getChild("sm", "urn:xmpp:sm:3") !== undefined
    if (el.is("enabled", "urn:xmpp:sm:3")) this.#handled = 0
    if (el.is("enabled", "urn:xmpp:sm:3") || el.is("failed", "urn:xmpp:sm:3")) this.#agreeing = false
    this.#wake()
  }

  #take(el: Element): void {
    this.received.push(el)
    this.#options.watch?.(el)
    if (this.#options.acceptSubscriptions && el.is("presence") && el.attrs["type"] === "subscribe") {
      const to = escape(el.attrs["from"] ?? "")
      for (const type of ["subscribed", "subscribe"])
        this.send(`<presence type='${type}' to='${to}'/>`).catch((error: Error) => this.errors.push(error))
    }
    this.#wake()
  }

  #wake(): void {
    for (const wake of [...this.#waiting]) wake()
  }
}

/** Whether a stanza comes from a JID; a bare JID stands for all its resources. */
export function isFrom(el: Element, jid: string): boolean {
  const from = el.attrs["from"] ?? ""
  return from === jid || from.startsWith(`${jid}/`)
}

export { xml }
