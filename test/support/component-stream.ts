// One accepted connection of the scripted XEP-0114 server: parsing, and the rules real servers enforce.
import type { Socket } from "node:net"
import { StringDecoder } from "node:string_decoder"
import xml, { type Element } from "@xmpp/xml"

export interface StreamEvents {
  open(domain: string): void
  handshake(hash: string): void
  stanza(el: Element): void
  chunk(text: string): void
  violation(text: string): void
  streamError(text: string): void
  politeEnd(): void
  close(): void
}

// What XML 1.0 §2.2 forbids; lone surrogates cannot arrive, they would be invalid UTF-8 (U+FFFD after decoding).
// eslint-disable-next-line no-control-regex
const FORBIDDEN = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/

export class ServerStream {
  domain = ""
  id = ""
  authenticated = false
  private frozen = false
  private readonly held: string[] = []
  private readonly decoder = new StringDecoder("utf8")
  private readonly parser = new xml.Parser()

  constructor(
    private readonly socket: Socket,
    private readonly events: StreamEvents,
  ) {
    socket.setNoDelay(true)
    socket.on("error", () => undefined)
    socket.on("close", () => {
      this.authenticated = false
      events.close()
    })
    socket.on("data", (data) => this.read(data))
    this.parser.on("start", (el: Element) => events.open(el.attrs.to ?? ""))
    this.parser.on("element", (el: Element) => this.element(el))
    this.parser.on("end", () => events.politeEnd())
    this.parser.on("error", (error: Error) => this.violate("not-well-formed", error.message))
  }

  private read(data: Buffer): void {
    const text = this.decoder.write(data)
    if (this.authenticated) this.events.chunk(text)
    if (FORBIDDEN.test(text)) return this.violate("not-well-formed", "a character XML 1.0 forbids")
    // ltx is quadratic in a text that is not finished, see src/xmpp/parser.ts.
    const end = text.lastIndexOf(">") + 1
    const whole = end === 0 ? "" : this.held.splice(0).join("") + text.slice(0, end)
    this.held.push(text.slice(end))
    try {
      if (whole !== "") this.parser.write(whole)
    } catch (error) {
      this.violate("not-well-formed", (error as Error).message)
    }
  }

  private element(el: Element): void {
    if (el.name === "stream:error") return this.events.streamError(el.toString())
    if (!this.authenticated) {
      if (el.name === "handshake") this.events.handshake(el.getText())
      return
    }
    const { from, to } = el.attrs
    const domain = from?.replace(/\/.*$/s, "").replace(/^.*@/s, "")
    if (domain !== this.domain) return this.violate("invalid-from", el.toString())
    if (to === undefined || to === "") return this.violate("improper-addressing", el.toString())
    if (!["iq", "message", "presence"].includes(el.name)) return this.violate("unsupported-stanza-type", el.toString())
    if (el.attrs.xmlns !== undefined) return this.violate("invalid-namespace", el.toString())
    this.events.stanza(el)
  }

  private violate(condition: string, text: string): void {
    if (this.socket.destroyed || this.frozen) return
    this.events.violation(`${condition}: ${text.slice(0, 500)}`)
    this.fail(condition)
  }

  write(text: string): void {
    if (!this.frozen && this.socket.writable) this.socket.write(text)
  }

  fail(condition: string): void {
    this.write(`<stream:error><${condition} xmlns='urn:ietf:params:xml:ns:xmpp-streams'/></stream:error>`)
    this.end()
  }

  end(): void {
    this.write("</stream:stream>")
    this.socket.end()
  }

  destroy(): void {
    this.socket.destroy()
  }

  freeze(): void {
    this.frozen = true
    this.socket.pause()
  }

  listen(on: boolean): void {
    if (on) this.socket.resume()
    else this.socket.pause()
  }

  /** Writes and waits until the kernel has it and the event loop went round, so that pieces rarely share a segment. */
  writePiece(data: Buffer): Promise<void> {
    return new Promise((resolve) => this.socket.write(data, () => setImmediate(resolve)))
  }
}
