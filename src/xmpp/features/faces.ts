// Pictures of our users, for networks that show who speaks: their vCard (XEP-0054, XEP-0153), else their avatar node (XEP-0084).
import { createHash } from "node:crypto"
import type { Element } from "@xmpp/xml"
import { Lru } from "../../core/lru.js"
import type { BareJid } from "../../core/model.js"
import { imageType, type Picture } from "../../core/faces/picture.js"
import { StanzaError } from "../iq.js"
import { el, type Xml } from "../stanza.js"
import type { Context, Incoming } from "../types.js"

const nsUpdate = "vcard-temp:x:update"
const nsPubsub = "http://jabber.org/protocol/pubsub"
const nodeMetadata = "urn:xmpp:avatar:metadata"
const nodeData = "urn:xmpp:avatar:data"

/** Bytes: what a client may set as a picture, with a margin. */
const largest = 1 << 20
/** Without news a picture is asked for again after so long, ms; where there was none, or none could be had, sooner. */
const freshMs = 6 * 60 * 60_000
const noneMs = 10 * 60_000
/** A server answers for its users at once, or not at all. */
const answerMs = 5000
const remembered = 200

interface Known {
  at: number
  /** SHA-1 of the picture in hex, «» without one; undefined until it is there. */
  hash: string | undefined
  picture: Promise<Picture | undefined>
}

export class Faces {
  readonly #known = new Lru<BareJid, Known>(remembered)
  /** The hash that presences told last. */
  readonly #told = new Lru<BareJid, string>(10 * remembered)

  constructor(private readonly context: Pick<Context, "link" | "log">) {}

  /** A presence of a client: the client or its server put the hash of the picture there (XEP-0153 §3.1, XEP-0398 §3). */
  heard({ el: stanza, fromBare, type }: Incoming): void {
    if (type !== "") return
    const told = stanza.getChild("x", nsUpdate)?.getChildText("photo")
    // An empty `<x/>` is of a client that does not know yet.
    if (told === null || told === undefined || told.length > 64) return
    const before = this.#told.get(fromBare)
    this.#told.set(fromBare, told)
    if (told !== before && told !== this.#known.get(fromBare)?.hash) this.#known.delete(fromBare)
  }

  /** Undefined: they have none, or it cannot be had now. Never rejects. */
  of(user: BareJid): Promise<Picture | undefined> {
    const known = this.#known.get(user)
    if (known && Date.now() - known.at < (known.hash === "" ? noneMs : freshMs)) return known.picture
    const fresh: Known = { at: Date.now(), hash: undefined, picture: this.#fetch(user) }
    this.#known.set(user, fresh)
    void fresh.picture.then((picture) => (fresh.hash = picture ? createHash("sha1").update(picture.bytes).digest("hex") : ""))
    return fresh.picture
  }

  async #fetch(user: BareJid): Promise<Picture | undefined> {
    return (
      (await this.#ask(user, el("vCard", { xmlns: "vcard-temp" }), photoOf)) ??
      (await this.#ask(user, items(nodeMetadata), (answer) => Promise.resolve(idOf(answer))).then((id) =>
        id === undefined ? undefined : this.#ask(user, items(nodeData, id), dataOf),
      ))
    )
  }

  async #ask<T>(user: BareJid, payload: Xml, read: (answer: Element) => T | Promise<T>): Promise<T | undefined> {
    try {
      return await read(await this.context.link.iq({ to: user, type: "get", payload, timeoutMs: answerMs }))
    } catch (error) {
      this.context.log.debug({ reason: String(error) }, "a user's picture cannot be had")
      // Who was not asked is asked with the next word; who does not answer only in a while, for each word waits for it.
      if (error instanceof StanzaError && error.local === "offline") this.#known.delete(user)
      return undefined
    }
  }
}

function items(node: string, id?: string): Xml {
  const wanted = id === undefined ? el("items", { node, max_items: 1 }) : el("items", { node }, el("item", { id }))
  return el("pubsub", { xmlns: nsPubsub }, wanted)
}

function photoOf(answer: Element): Picture | undefined {
  return pictureIn(answer.getChild("vCard", "vcard-temp")?.getChild("PHOTO")?.getChildText("BINVAL"))
}

/** Of the published avatar, the id; an item without `<info/>` says that there is none (XEP-0084 §4.2). */
function idOf(answer: Element): string | undefined {
  const metadata = answer.getChild("pubsub", nsPubsub)?.getChild("items")?.getChild("item")?.getChild("metadata", nodeMetadata)
  const info = metadata?.getChildren("info").find((one) => one.attrs["url"] === undefined)
  return info?.attrs["id"]
}

function dataOf(answer: Element): Picture | undefined {
  return pictureIn(answer.getChild("pubsub", nsPubsub)?.getChild("items")?.getChild("item")?.getChildText("data", nodeData))
}

function pictureIn(base64: string | null | undefined): Picture | undefined {
  if (!base64 || base64.length > 2 * largest) return undefined
  const bytes = Buffer.from(base64, "base64")
  const mime = imageType(bytes)
  return mime && bytes.length <= largest ? { mime, bytes } : undefined
}
