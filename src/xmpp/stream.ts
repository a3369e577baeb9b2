// One connection and its stream (XEP-0114), from the first byte to the last: handshake, reading, writing, ending. It never comes back.
import { createHash } from "node:crypto"
import { StringDecoder } from "node:string_decoder"
import { Component } from "@xmpp/component-core"
import type { Element } from "@xmpp/xml"
import type { ServerAddress } from "../config/address.js"
import type { Outage } from "./outage.js"
import { Output } from "./output.js"
import { GuardedParser, type Limits, type StreamFault } from "./parser.js"
import type { Timers } from "./timers.js"
import { openSocket, type TlsOptions } from "./tls-socket.js"

const NS_STREAM = "http://etherx.jabber.org/streams"
const NS_STREAM_ERRORS = "urn:ietf:params:xml:ns:xmpp-streams"
const FOOTER = "</stream:stream>"
/** How long an ended stream may take to close its socket, ms. */
const LINGER_MS = 2000

export interface StreamSetup {
  address: ServerAddress
  domain: string
  secret: string
  tls?: TlsOptions | undefined
  limits: Limits
  timers: Timers
  /** For connecting, opening and authenticating together, ms. */
  handshakeMs: number
}

/** None of them may throw. */
export interface StreamHandlers {
  online(): void
  stanza(el: Element): void
  /** A stanza over the limits: name and addresses only. */
  refused(el: Element, why: string): void
  /** Nothing can be sent or will be received any more. Once. */
  down(outage: Outage): void
  /** The socket is closed: another may be opened. Once, after `down`. */
  closed(): void
  /** More is queued than the server takes. */
  pressure(on: boolean): void
}

/**
 * The library's own `start`, `open` and `authenticate` are not used: they wait for promises, and a server may send `<handshake/>` and the
 * first stanzas in one read; a promise would be too late for these.
 */
export class ComponentStream extends Component {
  /** By `timers.now()`. */
  heardAt: number
  private readonly decoder = new StringDecoder("utf8")
  private output: Output | undefined
  private deadline: unknown
  private authenticated = false
  private over = false
  private gone = false

  constructor(
    private readonly setup: StreamSetup,
    private readonly handlers: StreamHandlers,
  ) {
    super({ service: "", domain: setup.domain })
    this.heardAt = setup.timers.now()
    this.on("error", (error: Error) => this.fail({ kind: "socket", error }))
    this.on("open", (header: Element) => this.shakeHands(header))
    this.on("close", () => this.serverEnded())
    this.on("disconnect", () => this.disconnected())
  }

  begin(): void {
    const { address, tls, timers, handshakeMs } = this.setup
    this.deadline = timers.set(() => this.fail({ kind: "handshake-timeout", ms: handshakeMs }), handshakeMs)
    try {
      const socket = openSocket(address, tls, () => this.greet())
      this._attachSocket(socket)
    } catch (error) {
      // For instance a CA that is no PEM.
      this.down({ kind: "socket", error: error as Error })
      process.nextTick(() => this.disconnected())
    }
  }

  /** Queues text for the end of this tick. False: too late. */
  put(text: string): boolean {
    if (!this.authenticated || this.over || !this.output) return false
    this.output.send(text)
    return true
  }

  listen(on: boolean): void {
    if (on) this.socket?.resume()
    else this.socket?.pause()
  }

  /** Destroys the connection. */
  fail(outage: Outage): void {
    this.down(outage)
    this.socket?.destroy()
  }

  /** Writes what is queued, then the end of the stream; the server closes, after having read it all. */
  finish(): void {
    if (!this.authenticated || this.over || !this.output) return this.fail({ kind: "closed" })
    this.output.end(FOOTER)
    this.authenticated = false
    this.ending = true
  }

  private ending = false

  private greet(): void {
    const { socket } = this
    if (!socket || this.over) return
    // Nagle and delayed ACK together hold a burst's second write for 40 ms.
    socket.setNoDelay(true)
    this.output = new Output(
      socket,
      (on) => this.handlers.pressure(on),
      () => (this.heardAt = this.setup.timers.now()),
    )
    const header = this.headerElement()
    header.attrs.to = this.setup.domain
    this.root = header
    const parser = new GuardedParser(this.setup.limits)
    parser.on("refused", (el: Element, why: string) => {
      if (!this.over) this.handlers.refused(el, why)
    })
    this._attachParser(parser)
    socket.write(this.header(header))
  }

  /** XEP-0114 §3. UTF-8, which servers hash; the library takes the secret for Latin-1. */
  private shakeHands(header: Element): void {
    const hash = createHash("sha1").update((header.attrs.id ?? "") + this.setup.secret, "utf8")
    if (!this.over) this.socket?.write(`<handshake>${hash.digest("hex")}</handshake>`)
  }

  override _onData(data: Buffer): void {
    this.heardAt = this.setup.timers.now()
    // One decoder a connection: a character may be split between two reads.
    if (!this.over) this.parser?.write(this.decoder.write(data))
  }

  override _onElement(el: Element): void {
    if (this.over) return
    const { name } = el
    if (this.authenticated || this.ending) {
      if (name === "message" || name === "presence" || name === "iq") return this.handlers.stanza(el)
    } else if (name === "handshake") {
      this.authenticated = true
      this.setup.timers.clear(this.deadline)
      return this.handlers.online()
    }
    if (el.is("error", NS_STREAM)) this.streamError(el)
  }

  private streamError(el: Element): void {
    const children = el.getChildElements().filter((child) => child.getNS() === NS_STREAM_ERRORS)
    const condition = children.find((child) => child.getName() !== "text")?.getName() ?? "undefined-condition"
    const text = children.find((child) => child.getName() === "text")?.getText() ?? ""
    this.close_({ kind: "stream-error", condition, text }, FOOTER)
  }

  override _onParserError(error: Error): void {
    const fault = error as StreamFault
    const told = `<stream:error><${fault.condition} xmlns='${NS_STREAM_ERRORS}'/></stream:error>${FOOTER}`
    this.close_({ kind: "unreadable", fault }, told)
  }

  private serverEnded(): void {
    this.close_({ kind: "closed" }, this.ending ? "" : FOOTER)
  }

  /** Ends with some last words, and waits a little for the other side to close. */
  private close_(outage: Outage, lastWords: string): void {
    const { socket } = this
    this.down(outage)
    if (!socket || socket.destroyed) return
    socket.end(lastWords)
    // Whatever still comes must be read, or the end of it is never seen.
    socket.resume()
    const linger = this.setup.timers.set(() => socket.destroy(), LINGER_MS)
    socket.once("close", () => this.setup.timers.clear(linger))
  }

  private down(outage: Outage): void {
    if (this.over) return
    this.over = true
    this.authenticated = false
    this.setup.timers.clear(this.deadline)
    this.output?.drop()
    this.handlers.down(outage)
  }

  private disconnected(): void {
    if (this.gone) return
    this.gone = true
    this.down({ kind: "closed" })
    this.handlers.closed()
  }
}
