// A room's own archive (XEP-0313 over XEP-0059): pages of what was said, oldest first.
import type { Element } from "@xmpp/xml"
import { randomBytes } from "node:crypto"
import { el, textEl, type Xml } from "../stanza.js"
import { nsRsm } from "../muc/rsm.js"
import { refusedIq } from "./errors.js"
import type { StanzaPort } from "./port.js"

const nsMam = "urn:xmpp:mam:2"
/** Of what was missed at once: pages, and messages of each. */
const mostPages = 60
const pageSize = 50

export interface PageQuery {
  /** Epoch ms. */
  start?: number
  after?: string
  /** «» for the end. */
  before?: string
  ids?: readonly string[]
  max: number
}

/** One message as it was said. `id`: the archive's, which is its stanza id (XEP-0313 §4.3). */
export interface Archived {
  id: string
  at: number
  el: Element
}

export interface ArchivePage {
  items: Archived[]
  complete: boolean
  last: string | undefined
}

export class Archive {
  /** Questions under way: what came for each. Bounded by their pages. */
  readonly #asked = new Map<string, { items: Archived[]; max: number }>()

  constructor(
    private readonly port: Pick<StanzaPort, "iq">,
    private readonly room: string,
    private readonly jid: string,
  ) {}

  /** Rejects with `AdapterError`: `gone` if the message to begin at is not there. */
  async page(query: PageQuery): Promise<ArchivePage> {
    const { start, after, before, ids, max } = query
    const queryid = randomBytes(9).toString("base64url")
    const asked = { items: [] as Archived[], max }
    this.#asked.set(queryid, asked)
    const field = (name: string, ...values: string[]): Xml => el("field", { var: name }, ...values.map((one) => textEl("value", one)))
    const form = el(
      "x",
      { xmlns: "jabber:x:data", type: "submit" },
      el("field", { var: "FORM_TYPE", type: "hidden" }, textEl("value", nsMam)),
      start !== undefined && field("start", new Date(start).toISOString()),
      ids && field("ids", ...ids),
    )
    const set = el(
      "set",
      { xmlns: nsRsm },
      textEl("max", String(max)),
      after !== undefined && textEl("after", after),
      before !== undefined && textEl("before", before),
    )
    try {
      const payload = el("query", { xmlns: nsMam, queryid }, form, set)
      const answer = await this.port.iq({ from: this.jid, to: this.room, type: "set", payload })
      const fin = answer.getChild("fin", nsMam)
      const last = fin?.getChild("set", nsRsm)?.getChildText("last") ?? asked.items.at(-1)?.id
      return { items: asked.items, complete: fin?.attrs["complete"] === "true" || asked.items.length === 0, last }
    } catch (error) {
      throw refusedIq(error, `Asking ${this.room} for what was said there`)
    } finally {
      this.#asked.delete(queryid)
    }
  }

  /** All since then, oldest first; false if there is more than is fetched at once. */
  async since(start: number, take: (item: Archived) => void): Promise<boolean> {
    let after: string | undefined
    for (let pages = 0; pages < mostPages; pages++) {
      const page = await this.page({ start, max: pageSize, ...(after !== undefined && { after }) })
      for (const item of page.items) take(item)
      if (page.complete || page.last === undefined || page.last === after) return true
      after = page.last
    }
    return false
  }

  /** True: the stanza is from the archive, or pretends to be. */
  takes(stanza: Element): boolean {
    const result = stanza.getChild("result", nsMam)
    if (!result) return false
    // XEP-0313 §4.1: only who was asked answers.
    const asked = stanza.attrs["from"] === this.room ? this.#asked.get(result.attrs["queryid"] ?? "") : undefined
    const forwarded = result.getChild("forwarded", "urn:xmpp:forward:0")
    const message = forwarded?.getChild("message")
    const at = Date.parse(forwarded?.getChild("delay", "urn:xmpp:delay")?.attrs["stamp"] ?? "")
    const { id } = result.attrs
    if (asked && message && id !== undefined && asked.items.length < asked.max)
      asked.items.push({ id, at: Number.isNaN(at) ? Date.now() : at, el: message })
    return true
  }
}
