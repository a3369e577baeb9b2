// Bookmarks of rooms (XEP-0402) in their users' own accounts, where the server lets us write them (XEP-0356).
import type { Element } from "@xmpp/xml"
import type { BareJid } from "../../core/model.js"
import type { Privileges } from "../features/privileges.js"
import type { StanzaError } from "../iq.js"
import { el, fromElement, join, textEl, type Xml } from "../stanza.js"
import type { Context, Feature } from "../types.js"

const ns = "urn:xmpp:bookmarks:1"
const nsPubsub = "http://jabber.org/protocol/pubsub"

export const bookmarks: Feature = { xep: { number: 402, version: "1.2.0", name: "PEP Native Bookmarks" } }

/** A room as its user is to find it. */
export interface Mark {
  address: string
  name: string
  nick: string
  autojoin: boolean
}

/** XEP-0402 §3.3: a bookmark is for its user alone. */
const options = el(
  "publish-options",
  {},
  el(
    "x",
    { xmlns: "jabber:x:data", type: "submit" },
    option("FORM_TYPE", `${nsPubsub}#publish-options`, "hidden"),
    option("pubsub#persist_items", "true"),
    option("pubsub#max_items", "max"),
    option("pubsub#send_last_published_item", "never"),
    option("pubsub#access_model", "whitelist"),
  ),
)

function option(name: string, value: string, type?: string): Xml {
  return el("field", { var: name, type }, textEl("value", value))
}

export class Bookmarks {
  /** Names we wrote, by user and address: what differs from them the user chose. */
  readonly #written = new Map<string, string>()

  constructor(
    private readonly context: Pick<Context, "log">,
    private readonly privileges: Pick<Privileges, "ask" | "mayAsk">,
  ) {}

  async may(user: BareJid): Promise<boolean> {
    return (await this.privileges.mayAsk(user, nsPubsub, "get")) && (await this.privileges.mayAsk(user, nsPubsub, "set"))
  }

  /** Makes a bookmark, unless the user has one of this room. False: it could not be written. */
  add(user: BareJid, mark: Mark): Promise<boolean> {
    return this.#try(user, async () => {
      if (await this.#read(user, mark.address)) return
      await this.#publish(user, mark.address, mark, textEl("nick", mark.nick))
      this.#remember(user, mark.address, mark.name)
    })
  }

  /** Follows the room's name, unless the user gave the bookmark one of their own. */
  async rename(user: BareJid, address: string, name: string): Promise<void> {
    const written = this.#written.get(key(user, address))
    if (written === undefined || written === name) return
    await this.#try(user, async () => {
      const known = await this.#read(user, address)
      if (!known || known.attrs.name !== written) return void this.#written.delete(key(user, address))
      await this.#publish(user, address, { ...known.attrs, name }, inside(known))
      this.#remember(user, address, name)
    })
  }

  /** The room has another address: the bookmark goes there with all its user's settings. */
  async move(user: BareJid, from: string, to: string): Promise<void> {
    await this.#try(user, async () => {
      const known = await this.#read(user, from)
      if (!known) return
      await this.#publish(user, to, known.attrs, inside(known))
      const written = this.#written.get(key(user, from))
      if (written !== undefined) this.#remember(user, to, written)
      await this.#retract(user, from)
    })
  }

  async remove(user: BareJid, address: string): Promise<void> {
    await this.#try(user, async () => {
      if (await this.#read(user, address)) await this.#retract(user, address)
    })
  }

  /** False: not granted, or it went wrong. What could not be read is not written: it might be the user's own. */
  async #try(user: BareJid, work: () => Promise<void>): Promise<boolean> {
    if (!(await this.may(user))) return false
    try {
      await work()
      return true
    } catch (error) {
      const { condition, message } = error as Partial<StanzaError>
      if (condition === undefined) throw error
      this.context.log.info({ user, condition, err: message }, "a bookmark could not be written")
      return false
    }
  }

  /** The `<conference/>`; undefined: there is none. */
  async #read(user: BareJid, address: string): Promise<Element | undefined> {
    const wanted = el("items", { node: ns }, el("item", { id: address }))
    try {
      const answer = await this.privileges.ask(user, "get", nsPubsub, el("pubsub", { xmlns: nsPubsub }, wanted))
      const items = answer?.getChild("pubsub")?.getChild("items")?.getChildren("item") ?? []
      return items.find(({ attrs }) => attrs.id === address)?.getChild("conference", ns)
    } catch (error) {
      // No such item, or the user never had a bookmark.
      if ((error as Partial<StanzaError>).condition === "item-not-found") return undefined
      throw error
    }
  }

  async #publish(
    user: BareJid,
    address: string,
    { name, autojoin }: { name?: string; autojoin?: string | boolean },
    inner: Xml,
  ): Promise<void> {
    const conference = el("conference", { xmlns: ns, name, autojoin: autojoin === undefined ? undefined : String(autojoin) }, inner)
    const publish = el("publish", { node: ns }, el("item", { id: address }, conference))
    await this.privileges.ask(user, "set", nsPubsub, el("pubsub", { xmlns: nsPubsub }, publish, options))
  }

  /** `notify`: the user's clients leave the room (§3.5). */
  async #retract(user: BareJid, address: string): Promise<void> {
    this.#written.delete(key(user, address))
    const retract = el("retract", { node: ns, notify: "true" }, el("item", { id: address }))
    await this.privileges.ask(user, "set", nsPubsub, el("pubsub", { xmlns: nsPubsub }, retract))
  }

  #remember(user: BareJid, address: string, name: string): void {
    if (this.#written.size > 10_000) this.#written.clear()
    this.#written.set(key(user, address), name)
  }
}

/** What is not ours to read is kept (XEP-0402 §2). */
function inside(conference: Element): Xml {
  return join(conference.getChildElements().map(fromElement))
}

function key(user: BareJid, address: string): string {
  return `${user} ${address}`
}
