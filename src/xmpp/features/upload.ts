// Room for files on our own server (XEP-0363): its upload service is looked for, and asked in the name of who shows the file.
import type { Element } from "@xmpp/xml"
import { AdapterError } from "../../adapter/errors.js"
import { parentDomain } from "../../config/address.js"
import { readableSize } from "../../core/files/size.js"
import type { Slot, SlotRequest } from "../../core/ports.js"
import { StanzaError } from "../iq.js"
import { el } from "../stanza.js"
import type { Context } from "../types.js"
import { nsInfo, nsItems } from "./disco-answers.js"

const nsUpload = "urn:xmpp:http:upload:0"

/** What was found is asked for again after so long, ms; what was not there, sooner. */
const freshMs = 60 * 60_000
const noneMs = 5 * 60_000
/** Items of the server that are looked at. */
const mostItems = 50
const answerMs = 15_000
/** XEP-0363 §5: no other header may be honoured. */
const headerNames = new Map(["Authorization", "Cookie", "Expires"].map((name) => [name.toLowerCase(), name]))

interface UploadService {
  jid: string
  /** Bytes; undefined: it does not say. */
  most: number | undefined
}

export class Uploads {
  #found: { at: number; service: Promise<UploadService | undefined> } | undefined
  #service: UploadService | undefined
  /** The service, and since when it takes nothing of ours (epoch ms). */
  #refused: { jid: string; at: number } | undefined

  constructor(
    private readonly context: Pick<Context, "link" | "log" | "domain" | "contactJid" | "roomJid">,
    private readonly now: () => number = Date.now,
  ) {}

  /** As `Face.slot`. */
  async slot(file: SlotRequest, by: { legacyId: string; tag: string; room: boolean }): Promise<Slot | undefined> {
    const service = await this.#find()
    if (!service) return undefined
    if (this.#refused?.jid === service.jid && this.now() - this.#refused.at < noneMs) return undefined
    if (service.most !== undefined && file.bytes > service.most) throw tooLarge(file.bytes, service.most)
    const { context } = this
    // Who counts what a sender puts there counts the contact or room, not all of the gateway.
    const from = (by.room ? context.roomJid(by.legacyId, by.tag) : context.contactJid(by.legacyId, by.tag)) ?? context.domain
    const payload = el("request", {
      xmlns: nsUpload,
      filename: file.name.replaceAll("/", "_"),
      size: String(file.bytes),
      "content-type": file.mime,
    })
    let answer: Element
    try {
      answer = await context.link.iq({ to: service.jid, type: "get", payload, from, timeoutMs: answerMs })
    } catch (error) {
      return this.#refusal(error, service, file)
    }
    const slot = readSlot(answer)
    if (!slot) throw new AdapterError("retry", `${service.jid} offered a place for a file that cannot be used.`, { blocks: "message" })
    return slot
  }

  #refusal(error: unknown, service: UploadService, file: SlotRequest): undefined {
    if (!(error instanceof StanzaError)) throw error
    const { condition, more } = error
    if (more?.is("file-too-large", nsUpload)) {
      const most = bytesIn(more.getChildText("max-file-size"))
      // Remembered, so that the next one need not be tried.
      if (most !== undefined) service.most = most
      throw tooLarge(file.bytes, most)
    }
    if (
      error.local === undefined &&
      (error.type === "auth" || ["not-allowed", "item-not-found", "feature-not-implemented"].includes(condition))
    ) {
      const remedy = "its configuration has to name the domain of this gateway"
      this.context.log.warn({ service: service.jid, condition }, `${service.jid} takes no files from ${this.context.domain}: ${remedy}.`)
      this.#refused = { jid: service.jid, at: this.now() }
      return undefined
    }
    if (error.type === "modify")
      throw new AdapterError("rejected", `The upload service takes no such file: ${error.message}.`, { cause: error })
    const wait = retryAt(more, this.now())
    throw new AdapterError("retry", `The upload service takes no files at the moment: ${error.message}.`, {
      blocks: "message",
      cause: error,
      ...(wait !== undefined && { retryAfterMs: wait }),
    })
  }

  #find(): Promise<UploadService | undefined> {
    const known = this.#found
    if (known && this.now() - known.at < (this.#service ? freshMs : noneMs)) return known.service
    const found = { at: this.now(), service: this.#search() }
    this.#found = found
    return found.service.then(
      (service) => (this.#service = service),
      (error: unknown) => {
        if (this.#found === found) this.#found = undefined
        throw new AdapterError("retry", "The server did not say where files may be put.", { blocks: "message", cause: error })
      },
    )
  }

  /** Rejects where nobody could be asked. */
  async #search(): Promise<UploadService | undefined> {
    const host = parentDomain(this.context.domain)
    const answer = await this.#ask(host, nsItems)
    const items = answer?.getChild("query", nsItems)?.getChildren("item") ?? []
    const listed = items
      .map(({ attrs }) => attrs["jid"] ?? "")
      .filter((jid) => jid !== "" && !jid.includes("@") && jid !== this.context.domain)
    const candidates = [...new Set([...listed.slice(0, mostItems), host])]
    const services = await Promise.all(candidates.map(async (jid) => serviceIn(jid, await this.#ask(jid, nsInfo))))
    const service = services.find((one) => one !== undefined)
    this.context.log.debug({ service: service?.jid, most: service?.most }, "looked for an upload service")
    return service
  }

  /** Undefined: refused, or no answer in time. Rejects without a stream. */
  async #ask(to: string, xmlns: string): Promise<Element | undefined> {
    try {
      return await this.context.link.iq({ to, type: "get", payload: el("query", { xmlns }), timeoutMs: answerMs })
    } catch (error) {
      if (error instanceof StanzaError && error.local !== "offline") return undefined
      throw error
    }
  }
}

function serviceIn(jid: string, answer: Element | undefined): UploadService | undefined {
  const query = answer?.getChild("query", nsInfo)
  if (!query?.getChildren("feature").some(({ attrs }) => attrs["var"] === nsUpload)) return undefined
  const value = (form: Element, name: string): string | null | undefined =>
    form
      .getChildren("field")
      .find(({ attrs }) => attrs["var"] === name)
      ?.getChildText("value")
  // XEP-0363 §4: an extension of the answer (XEP-0128); there may be others.
  const form = query.getChildren("x", "jabber:x:data").find((one) => value(one, "FORM_TYPE") === nsUpload)
  return { jid, most: form && bytesIn(value(form, "max-file-size")) }
}

function bytesIn(text: string | null | undefined): number | undefined {
  return text && /^\s*\d{1,15}\s*$/.test(text) ? Number(text) : undefined
}

function readSlot(answer: Element): Slot | undefined {
  const slot = answer.getChild("slot", nsUpload)
  const put = slot?.getChild("put")
  const [to, from] = [urlOf(put), urlOf(slot?.getChild("get"))]
  if (to === undefined || from === undefined) return undefined
  const headers: Record<string, string> = {}
  for (const header of put?.getChildren("header") ?? []) {
    const name = headerNames.get((header.attrs["name"] ?? "").toLowerCase())
    if (name !== undefined)
      headers[name] = header
        .getText()
        .replace(/[\r\n]/g, "")
        .trim()
  }
  return { put: to, headers, get: from }
}

function urlOf(child: Element | undefined): string | undefined {
  const url = child?.attrs["url"] ?? ""
  return URL.canParse(url) && /^https?:$/.test(new URL(url).protocol) ? url : undefined
}

function tooLarge(bytes: number, most: number | undefined): AdapterError {
  const limit = most === undefined ? "" : `, the server takes ${readableSize(most)} at most`
  return new AdapterError("rejected", `It has ${readableSize(bytes)}${limit}.`)
}

/** XEP-0363 §5: when to try again. Milliseconds from now. */
function retryAt(more: Element | undefined, now: number): number | undefined {
  const stamp = more?.is("retry", nsUpload) ? Date.parse(more.attrs["stamp"] ?? "") : NaN
  return Number.isNaN(stamp) ? undefined : Math.min(Math.max(stamp - now, 1000), 24 * 60 * 60_000)
}
