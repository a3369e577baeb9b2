// One XEP-0114 stream for a probe: connects once, and says exactly what went wrong.
import { createHash } from "node:crypto"
import { isIP, type Socket } from "node:net"
import { StringDecoder } from "node:string_decoder"
import xml, { type Element } from "@xmpp/xml"
import type { NetworkConfig } from "../config/index.js"
import { openSocket } from "../xmpp/tls-socket.js"

/** Why a probe failed. `detail`: error code of the system, or condition of the stream error. */
export class ProbeError extends Error {
  constructor(
    readonly kind: "refused" | "unknown-host" | "unreachable" | "tls" | "silent" | "closed" | "not-for-components" | "stream-error",
    readonly detail: string,
  ) {
    super(`${kind}: ${detail}`)
    this.name = "ProbeError"
  }
}

const NAMESPACE = "jabber:component:accept"
const STREAM_ERRORS = "urn:ietf:params:xml:ns:xmpp-streams"

export class ProbeStream {
  readonly #socket: Socket
  readonly #parser = new xml.Parser()
  readonly #waiting = new Set<(el: Element | ProbeError) => void>()
  #ended: ProbeError | undefined
  /** Messages without a text: the privileges are among them. */
  readonly unasked: Element[] = []

  constructor(socket: Socket) {
    this.#socket = socket
    const decoder = new StringDecoder("utf8")
    socket.on("data", (chunk) => {
      try {
        this.#parser.write(decoder.write(chunk))
      } catch {
        this.#end(new ProbeError("closed", "the answer is not XMPP"))
      }
    })
    socket.on("error", (error: NodeJS.ErrnoException) => this.#end(new ProbeError("closed", error.code ?? error.message)))
    socket.on("close", () => this.#end(new ProbeError("closed", "the server ended the connection")))
    this.#parser.on("error", () => this.#end(new ProbeError("closed", "the answer is not XMPP")))
    this.#parser.on("start", (el: Element) => this.#tell(el))
    this.#parser.on("element", (el: Element) => this.#read(el))
  }

  write(xml: string): void {
    this.#socket.write(xml)
  }

  /** The first element from now on that `wanted` takes. Rejects with ProbeError when the stream ends or `ms` have passed. */
  next(wanted: (el: Element) => boolean, ms: number): Promise<Element> {
    return new Promise((resolve, reject) => {
      if (this.#ended !== undefined) return reject(this.#ended)
      const timer = setTimeout(() => look(new ProbeError("silent", `no answer in ${ms / 1000} s`)), ms)
      const look = (el: Element | ProbeError): void => {
        if (!(el instanceof ProbeError) && !wanted(el)) return
        clearTimeout(timer)
        this.#waiting.delete(look)
        if (el instanceof ProbeError) reject(el)
        else resolve(el)
      }
      this.#waiting.add(look)
    })
  }

  /** Ends the stream; the server's end is not waited for longer than a second. */
  close(): Promise<void> {
    return new Promise((resolve) => {
      if (this.#socket.destroyed) return resolve()
      const timer = setTimeout(() => this.#socket.destroy(), 1000)
      this.#socket.once("close", () => {
        clearTimeout(timer)
        resolve()
      })
      this.#socket.end("</stream:stream>")
    })
  }

  #read(el: Element): void {
    if (el.getName() !== "error") {
      if (el.name === "message" && el.attrs["type"] !== "error" && el.getChild("body") !== undefined) this.#giveBack(el)
      else if (el.name === "message") this.unasked.push(el)
      return this.#tell(el)
    }
    const condition = el.getChildElements().find((child) => child.attrs["xmlns"] === STREAM_ERRORS && child.name !== "text")
    const name = condition?.name ?? "undefined-condition"
    this.#end(new ProbeError(name === "invalid-namespace" ? "not-for-components" : "stream-error", name))
  }

  /** A user writes while there is no gateway but this probe: without an answer the message would seem to have arrived. */
  #giveBack({ attrs: { id = "", from = "", to = "" } }: Element): void {
    const error = "<error type='wait'><recipient-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>"
    this.write(`<message type='error' id='${escape(id)}' from='${escape(to)}' to='${escape(from)}'>${error}</message>`)
  }

  #tell(el: Element | ProbeError): void {
    for (const look of [...this.#waiting]) look(el)
  }

  #end(error: ProbeError): void {
    this.#ended ??= error
    this.#tell(this.#ended)
  }
}

/** Opens TCP (and TLS). Rejects with ProbeError. */
export function connect({ server }: NetworkConfig, ms: number): Promise<ProbeStream> {
  return new Promise((resolve, reject) => {
    const fail = (error: NodeJS.ErrnoException): void => {
      clearTimeout(timer)
      socket.destroy()
      reject(error instanceof ProbeError ? error : connectError(error))
    }
    const timer = setTimeout(() => fail(new ProbeError("unreachable", `no connection in ${ms / 1000} s`)), ms)
    const { ca, servername } = server.tls ?? {}
    const tls = { ...(ca !== undefined && { ca }), ...(servername !== undefined && isIP(servername) === 0 && { servername }) }
    const socket = openSocket(server, tls, () => {
      clearTimeout(timer)
      socket.off("error", fail)
      resolve(new ProbeStream(socket))
    })
    socket.once("error", fail)
  })
}

function connectError(error: NodeJS.ErrnoException): ProbeError {
  // Several addresses were tried: the errors of all are in one.
  const code = error.code ?? (error as { errors?: NodeJS.ErrnoException[] }).errors?.[0]?.code ?? error.message
  if (code === "ECONNREFUSED") return new ProbeError("refused", code)
  if (code === "ENOTFOUND" || code === "EAI_AGAIN") return new ProbeError("unknown-host", code)
  if (/^(ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|ENETDOWN)$/.test(code)) return new ProbeError("unreachable", code)
  return new ProbeError("tls", code)
}

/** Opens the stream and shows the secret (XEP-0114 §3). Rejects with ProbeError: «stream-error» and its condition, or «closed». */
export async function handshake(stream: ProbeStream, { domain, secret }: NetworkConfig, ms: number): Promise<void> {
  const header = stream.next((el) => el.getName() === "stream", ms)
  stream.write(`<?xml version='1.0'?><stream:stream xmlns='${NAMESPACE}' xmlns:stream='http://etherx.jabber.org/streams' to='${domain}'>`)
  const { id = "", xmlns = "" } = (await header).attrs
  if (xmlns !== NAMESPACE) throw new ProbeError("not-for-components", xmlns)
  const done = stream.next((el) => el.name === "handshake", ms)
  stream.write(
    `<handshake>${createHash("sha1")
      .update(id + secret.reveal())
      .digest("hex")}</handshake>`,
  )
  await done
}

/** For attribute values. */
export function escape(text: string): string {
  return text.replace(/[&<>'"]/g, (char) => `&#${char.charCodeAt(0)};`)
}
