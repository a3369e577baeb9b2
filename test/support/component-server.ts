// A scripted XEP-0114 server: real TCP, real handshake, the test plays everything behind it. Dialogue style: send, expect, reply.
import { createHash, randomBytes } from "node:crypto"
import { createServer as createTcp, type AddressInfo, type Server, type Socket } from "node:net"
import { createServer as createTls } from "node:tls"
import type { Element } from "@xmpp/xml"
import { parseXml, predicate, type Pattern } from "./xml-match.js"
import { ServerStream } from "./component-stream.js"

export interface ComponentServerOptions {
  /** The component's domain, with `secret`. Several on one port: a record of domain → secret instead. */
  domain: string | Record<string, string>
  secret?: string
  /** Direct TLS (`xmpps://`). PEM. */
  tls?: { key: string; cert: string }
}

/**
 * ```ts
 * const server = await startComponentServer({ domain: "tg.example.test", secret: "s1" })
 * // start what is tested with server.service, then:
 * await server.online()
 * server.send("<message from='romeo@example.test/x' to='42@tg.example.test' type='chat' id='1'><body>hi</body></message>")
 * const answer = await server.expect("<message from='42@tg.example.test'><body>hello</body></message>")
 * const info = await server.ask("<iq type='get' from='romeo@example.test/x' to='tg.example.test'><query xmlns='…disco#info'/></iq>")
 * await server.close() // throws if a stanza broke the rules a real server enforces (see `violations`)
 * ```
 */
export interface ComponentServer {
  readonly port: number
  /** `xmpp://127.0.0.1:<port>`, or `xmpps://localhost:<port>` with `tls`. */
  readonly service: string
  /** Every stanza the component sent, in order, apart from pings answered automatically. */
  readonly received: Element[]
  /** Pings (XEP-0199) to other domains or to the component's own domain, answered or not. */
  readonly pings: Element[]
  /** How many TCP connections were accepted, and how many handshakes succeeded. */
  readonly connections: number
  readonly handshakes: number
  /** How many streams the component ended with `</stream:stream>`. */
  readonly politeEnds: number
  /** Stream errors the component sent. */
  readonly streamErrors: string[]
  /** What a real server would have ended the stream for (it was ended): forbidden characters, foreign `from`, no `to`. Empty it in a test that wants them. */
  readonly violations: string[]
  /** Raw chunks as they came from the socket since the handshake: what one read brought. */
  readonly chunks: string[]
  /** Answer pings to bare domains with a result, and echo those to the component's own domain as real servers do. Default true. */
  answerPings: boolean
  /** Another answer to pings: XML to send, or undefined for none. Wins over `answerPings`. */
  onPing: ((ping: Element) => string | undefined) | undefined
  /** End every handshake with this stream error (`conflict`, `host-unknown` …), or never answer the stream header (`silent`). */
  refuse: string | undefined
  /** Sent in the same write as `<handshake/>`. */
  afterHandshake: string
  /** Answer `</stream:stream>` with the same. Default true. */
  answerClose: boolean
  /** Resolves when an authenticated stream of the domain (default: the first, or any) exists. */
  online(domain?: string): Promise<void>
  /** Resolves when no authenticated stream of the domain exists. */
  offline(domain?: string): Promise<void>
  /** Writes a stanza to the component as it is. */
  send(xml: string, domain?: string): void
  /**
   * The first stanza not taken by an earlier `expect` that matches: partial XML (see xml-match.ts) or a predicate. Others stay for later.
   * Rejects with a list of what came instead after `deadlineMs` (5,000).
   */
  expect(pattern: Pattern, deadlineMs?: number): Promise<Element>
  /** Throws if a stanza not taken by `expect` matches. Sync first, for instance by `ask()`. */
  refute(pattern: Pattern): void
  /** Sends an IQ (an `id` is made if missing) and resolves its result or error. */
  ask(xml: string, deadlineMs?: number): Promise<Element>
  /** Result for an IQ of the component. */
  reply(iq: Element, payload?: string): void
  /** Stanza error for anything the component sent. */
  error(stanza: Element, type: string, condition: string, text?: string): void
  /** Ends the stream with a stream error. */
  streamError(condition: string, domain?: string): void
  /** Destroys the connection(s): of one domain, or all. */
  cut(domain?: string): void
  /** Stops reading and answering, but keeps the connection: half-open. */
  halfOpen(domain?: string): void
  /** Stops reading, but not writing: a server that is slow to take; and goes on. */
  stall(domain?: string): void
  unstall(domain?: string): void
  /** Writes bytes in pieces of `size` (default 1), each in a write of its own. */
  writeRaw(data: Buffer, size?: number, domain?: string): Promise<void>
  /** Stops listening and cuts all: outage. */
  down(): Promise<void>
  /** Listens again on the same port. */
  up(): Promise<void>
  /** Ends everything; throws if there are `violations`. */
  close(): Promise<void>
}

export async function startComponentServer(options: ComponentServerOptions): Promise<ComponentServer> {
  const server = new ScriptedServer(options)
  await server.up()
  return server
}

class ScriptedServer implements ComponentServer {
  port = 0
  connections = 0
  handshakes = 0
  politeEnds = 0
  readonly received: Element[] = []
  readonly pings: Element[] = []
  readonly streamErrors: string[] = []
  readonly violations: string[] = []
  readonly chunks: string[] = []
  answerPings = true
  onPing: ((ping: Element) => string | undefined) | undefined
  refuse: string | undefined
  afterHandshake = ""
  answerClose = true
  readonly secrets: ReadonlyMap<string, string>
  private readonly scheme: string
  private readonly tls: { key: string; cert: string } | undefined
  private readonly streams = new Set<ServerStream>()
  private readonly taken = new Set<Element>()
  private readonly waiting = new Set<() => void>()
  private listener: Server | undefined

  constructor(options: ComponentServerOptions) {
    this.secrets = new Map(typeof options.domain === "string" ? [[options.domain, options.secret ?? ""]] : Object.entries(options.domain))
    this.tls = options.tls
    this.scheme = options.tls ? "xmpps://localhost" : "xmpp://127.0.0.1"
  }

  get service(): string {
    return `${this.scheme}:${this.port}`
  }

  async up(): Promise<void> {
    const accept = (socket: Socket): void => {
      this.connections += 1
      const stream: ServerStream = new ServerStream(socket, {
        open: (domain) => this.opened(stream, domain),
        handshake: (hash) => this.authenticate(stream, hash),
        stanza: (el) => this.stanza(stream, el),
        chunk: (text) => this.chunks.push(text),
        violation: (text) => this.violations.push(text),
        streamError: (text) => this.streamErrors.push(text),
        politeEnd: () => this.ended(stream),
        close: () => {
          this.streams.delete(stream)
          this.wake()
        },
      })
      this.streams.add(stream)
      this.wake()
    }
    const listener = this.tls ? createTls(this.tls, accept) : createTcp(accept)
    await new Promise<void>((resolve, reject) => {
      listener.once("error", reject)
      listener.listen(this.port, "127.0.0.1", resolve)
    })
    this.listener = listener
    this.port = (listener.address() as AddressInfo).port
  }

  async down(): Promise<void> {
    const listener = this.listener
    this.listener = undefined
    this.cut()
    if (listener) await new Promise((resolve) => listener.close(resolve))
  }

  async close(): Promise<void> {
    await this.down()
    if (this.violations.length > 0) throw new Error(`a real server would have ended the stream: ${this.violations.join("; ")}`)
  }

  private opened(stream: ServerStream, domain: string): void {
    if (this.refuse === "silent") return
    stream.domain = domain
    stream.id = randomBytes(6).toString("hex")
    stream.write(
      `<?xml version='1.0'?><stream:stream xmlns='jabber:component:accept' xmlns:stream='http://etherx.jabber.org/streams' from='${domain}' id='${stream.id}'>`,
    )
    if (!this.secrets.has(domain)) stream.fail("host-unknown")
  }

  private authenticate(stream: ServerStream, hash: string): void {
    const wanted = createHash("sha1")
      .update(stream.id + (this.secrets.get(stream.domain) ?? ""))
      .digest("hex")
    if (this.refuse !== undefined) return stream.fail(this.refuse)
    if (hash !== wanted) return stream.fail("not-authorized")
    stream.authenticated = true
    this.handshakes += 1
    stream.write("<handshake/>" + this.afterHandshake)
    this.wake()
  }

  private ended(stream: ServerStream): void {
    this.politeEnds += 1
    if (this.answerClose) stream.end()
  }

  private stanza(stream: ServerStream, el: Element): void {
    const to = el.attrs.to ?? ""
    const ping = el.name === "iq" && el.attrs.type === "get" && el.getChild("ping", "urn:xmpp:ping") !== undefined && !/[@/]/.test(to)
    if (ping) {
      this.pings.push(el)
      const answer = this.onPing ? this.onPing(el) : this.answerPings ? this.pong(stream, el) : undefined
      if (answer !== undefined) stream.write(answer)
      if (answer !== undefined || this.onPing) return this.wake()
    }
    this.received.push(el)
    this.wake()
  }

  private pong(stream: ServerStream, ping: Element): string {
    const { id, from, to } = ping.attrs
    if (to === stream.domain) return ping.toString()
    return `<iq type='result' id='${id}' from='${to}' to='${from}'/>`
  }

  private wake(): void {
    for (const look of [...this.waiting]) look()
  }

  private until<T>(what: () => T | undefined, deadlineMs: number, complaint: () => string): Promise<T> {
    const now = what()
    if (now !== undefined) return Promise.resolve(now)
    const { promise, resolve, reject } = deferred<T>()
    const timer = setTimeout(() => {
      this.waiting.delete(look)
      reject(new Error(complaint()))
    }, deadlineMs)
    const look = (): void => {
      const value = what()
      if (value === undefined) return
      clearTimeout(timer)
      this.waiting.delete(look)
      resolve(value)
    }
    this.waiting.add(look)
    return promise
  }

  private find(domain?: string): ServerStream | undefined {
    return [...this.streams].filter((stream) => stream.authenticated && (domain === undefined || stream.domain === domain)).at(-1)
  }

  private need(domain?: string): ServerStream {
    const stream = this.find(domain)
    if (!stream) throw new Error(`no authenticated stream${domain === undefined ? "" : ` of ${domain}`}`)
    return stream
  }

  async online(domain?: string): Promise<void> {
    await this.until(
      () => this.find(domain),
      5000,
      () => `the component did not come on-line (${this.connections} connections)`,
    )
  }

  async offline(domain?: string): Promise<void> {
    await this.until(
      () => (this.find(domain) ? undefined : true),
      5000,
      () => "the component did not go off-line",
    )
  }

  send(xml: string, domain?: string): void {
    this.need(domain).write(xml)
  }

  private untaken(): Element[] {
    return this.received.filter((el) => !this.taken.has(el))
  }

  async expect(pattern: Pattern, deadlineMs = 5000): Promise<Element> {
    const wanted = predicate(pattern)
    const complaint = (): string => `expected ${String(pattern)}\nbut there was only:\n${this.untaken().join("\n")}`
    // Each stanza is looked at once by who waits: there may be thousands.
    let looked = 0
    const take = (): Element | undefined => {
      for (const el of this.received.slice(looked)) {
        looked += 1
        if (this.taken.has(el) || !wanted(el)) continue
        this.taken.add(el)
        return el
      }
      return undefined
    }
    return this.until(take, deadlineMs, complaint)
  }

  refute(pattern: Pattern): void {
    const found = this.untaken().find(predicate(pattern))
    if (found) throw new Error(`not expected: ${found.toString()}`)
  }

  async ask(xml: string, deadlineMs?: number): Promise<Element> {
    const iq = parseXml(xml)
    iq.attrs.id ??= randomBytes(6).toString("hex")
    const { id, from, to } = iq.attrs
    this.send(iq.toString(), to === undefined ? undefined : this.domainOf(to))
    return this.expect(
      (el) => el.name === "iq" && el.attrs.id === id && el.attrs.to === from && /^(result|error)$/.test(el.attrs.type ?? ""),
      deadlineMs,
    )
  }

  private domainOf(jid: string): string | undefined {
    const domain = jid.replace(/\/.*$/s, "").replace(/^.*@/s, "")
    return this.secrets.has(domain) ? domain : undefined
  }

  reply(iq: Element, payload = ""): void {
    const { id, from, to } = iq.attrs
    this.send(`<iq type='result' id='${id}' from='${to}' to='${from}'>${payload}</iq>`, this.domainOf(from ?? ""))
  }

  error(stanza: Element, type: string, condition: string, text?: string): void {
    const { id, from, to } = stanza.attrs
    const note = text === undefined ? "" : `<text xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'>${text}</text>`
    const inner = `<error type='${type}'><${condition} xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/>${note}</error>`
    this.send(`<${stanza.name} type='error' id='${id}' from='${to}' to='${from}'>${inner}</${stanza.name}>`, this.domainOf(from ?? ""))
  }

  streamError(condition: string, domain?: string): void {
    this.need(domain).fail(condition)
  }

  cut(domain?: string): void {
    for (const stream of this.streams) if (domain === undefined || stream.domain === domain) stream.destroy()
  }

  halfOpen(domain?: string): void {
    this.need(domain).freeze()
  }

  stall(domain?: string): void {
    this.need(domain).listen(false)
  }

  unstall(domain?: string): void {
    this.need(domain).listen(true)
  }

  async writeRaw(data: Buffer, size = 1, domain?: string): Promise<void> {
    const stream = this.need(domain)
    for (let at = 0; at < data.length; at += size) await stream.writePiece(data.subarray(at, at + size))
  }
}

function deferred<T>(): { promise: Promise<T>; resolve: (value: T) => void; reject: (error: Error) => void } {
  let resolve!: (value: T) => void
  let reject!: (error: Error) => void
  const promise = new Promise<T>((yes, no) => {
    resolve = yes
    reject = no
  })
  return { promise, resolve, reject }
}
