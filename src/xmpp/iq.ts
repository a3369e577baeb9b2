// Our own IQ requests: an answer counts only from the entity that was asked (RFC 6120 §8.2.3), and every request ends somehow.
import { randomBytes } from "node:crypto"
import type { Element } from "@xmpp/xml"
import type { Log } from "../core/log.js"
import type { Refused } from "../core/model.js"
import { sameJid } from "./jid.js"
import { el, NS_STANZAS, type Xml } from "./stanza.js"
import type { Timers } from "./timers.js"
import type { IqRequest } from "./types.js"

export const PING = el("ping", { xmlns: "urn:xmpp:ping" })

const TIMEOUT_MS = 30_000

/** A stanza error that answered a request of ours, or stands for the answer that never came. */
export class StanzaError extends Error implements Refused {
  readonly type: Refused["type"]
  readonly condition: string
  readonly text: string
  /** Who answered; undefined if nobody did. */
  readonly from: string | undefined
  /** Made here: no answer in time, or the stream ended. */
  readonly local: "timeout" | "offline" | undefined
  /** What the application said beside the condition (RFC 6120 §8.3.4). */
  readonly more: Element | undefined

  constructor(error: Refused, from?: string, local?: "timeout" | "offline", more?: Element) {
    super(error.text === "" ? error.condition : `${error.condition}: ${error.text}`)
    this.name = "StanzaError"
    this.type = error.type
    this.condition = error.condition
    this.text = error.text
    this.from = from
    this.local = local
    this.more = more
  }

  /** Reads a stanza of type `error` (RFC 6120 §8.3.2). */
  static of(stanza: Element): StanzaError {
    const error = stanza.getChild("error")
    const children = error?.getChildElements().filter((child) => child.getNS() === NS_STANZAS) ?? []
    const condition = children.find((child) => child.getName() !== "text")?.getName() ?? "undefined-condition"
    const text = children.find((child) => child.getName() === "text")?.getText() ?? ""
    const type = ["auth", "cancel", "modify", "wait"].find((known) => known === error?.attrs.type) ?? "cancel"
    const more = error?.getChildElements().find((child) => child.getNS() !== NS_STANZAS)
    return new StanzaError({ type: type as Refused["type"], condition, text }, stanza.attrs.from, undefined, more)
  }
}

interface Asked {
  peer: string
  resolve(el: Element): void
  reject(error: StanzaError): void
  timer: unknown
}

export interface IqTrackerOptions {
  domain: string
  send(xml: Xml): boolean
  timers: Timers
  log: Log
}

export class IqTracker {
  private readonly asked = new Map<string, Asked>()
  // Nobody but our own server can send from our own domain, so a `get` from there with this prefix is an echo, however late.
  private readonly prefix = randomBytes(6).toString("base64url")

  constructor(private readonly options: IqTrackerOptions) {}

  get size(): number {
    return this.asked.size
  }

  ask(request: IqRequest): Promise<Element> {
    const { domain, send, timers } = this.options
    const { to, type, payload, from = domain, timeoutMs = TIMEOUT_MS } = request
    // Unpredictable, or a stranger could answer in somebody's name where the name is not checked.
    const id = this.prefix + randomBytes(12).toString("base64url")
    return new Promise((resolve, reject) => {
      if (!send(el("iq", { type, to, from, id }, payload as Xml))) {
        reject(offline())
        return
      }
      const timer = timers.set(() => {
        this.asked.delete(id)
        const text = `no answer from ${to} within ${timeoutMs} ms`
        reject(new StanzaError({ type: "wait", condition: "remote-server-timeout", text }, undefined, "timeout"))
      }, timeoutMs)
      this.asked.set(id, { peer: to, resolve, reject, timer })
    })
  }

  /** For each `result` and `error`. True: it was meant for a request of ours, or pretended to be. `error`: take it for that one. */
  settle(answer: Element, error?: Refused): boolean {
    const asked = this.asked.get(answer.attrs.id ?? "")
    if (!asked) return false
    if (!isFrom(answer.attrs.from, asked.peer)) {
      this.options.log.debug({ from: answer.attrs.from, asked: asked.peer }, "an IQ answer from somebody who was not asked: dropped")
      return true
    }
    this.finish(answer.attrs.id ?? "", asked)
    if (error) asked.reject(new StanzaError(error, answer.attrs.from))
    else if (answer.attrs.type === "error") asked.reject(StanzaError.of(answer))
    else asked.resolve(answer)
    return true
  }

  /**
   * For each `get` and `set`. True: it is a request of ours to our own domain, which servers route back as it is: the echo is the answer.
   */
  echoed(request: Element): boolean {
    const { id = "", from, to } = request.attrs
    const { domain } = this.options
    if (from === undefined || to === undefined || !id.startsWith(this.prefix) || !sameJid(from, domain) || !sameJid(to, domain))
      return false
    const asked = this.asked.get(id)
    if (asked) {
      this.finish(id, asked)
      asked.resolve(request)
    }
    return true
  }

  /** The stream ended: no answer will come. */
  end(): void {
    const all = [...this.asked.values()]
    this.asked.clear()
    for (const asked of all) {
      this.options.timers.clear(asked.timer)
      asked.reject(offline())
    }
  }

  private finish(id: string, asked: Asked): void {
    this.asked.delete(id)
    this.options.timers.clear(asked.timer)
  }
}

function offline(): StanzaError {
  return new StanzaError(
    { type: "wait", condition: "remote-server-timeout", text: "the link to our own server is down" },
    undefined,
    "offline",
  )
}

/** Only our server itself can leave `from` out, and it would for itself alone: accepted where a bare domain was asked. */
function isFrom(from: string | undefined, peer: string): boolean {
  return from === undefined ? !/[@/]/.test(peer) : sameJid(from, peer)
}
