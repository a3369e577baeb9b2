// A client that loses nothing where XEP-0114 loses in silence: resends what has no receipt, and catches up from its archive.
//
// What a user writes and a server hands to a component's socket is gone, without an error, when that process dies before it reads: there is
// no acknowledgement in XEP-0114. So a message counts as sent when its receipt (XEP-0184) is here. What has none is sent again, in order and
// with the same id, when there is a reason to believe that it can arrive: after our own login, and when the contact shows presence, which it
// does at every start of the gateway. Between an error and that, the conversation waits: something later must not overtake.
//
// What others write and the server hands to our own socket is gone with it, too. The archive (XEP-0313) has it: at each login everything
// after the last known archive id is fetched, and what comes live meanwhile is looked at afterwards, for it is later, or known by its id.
import type { Element } from "@xmpp/xml"
import { TestClient } from "./client.js"
import type { XmppServer } from "./server.js"

export interface CarefulOptions {
  server: XmppServer
  user: string
  password: string
  /** Messages without receipt in a conversation at a time. */
  window: number
  /** A message not seen before, in the order in which a person reads them. */
  read(from: string, body: string): void
  /** A message of ours has arrived. */
  receipt(to: string, body: string): void
}

interface Talk {
  to: string
  unsent: string[]
  /** Id → body, in the order they were written. */
  waiting: Map<string, string>
  halted: boolean
}

export class CarefulClient {
  /** What must never happen. */
  readonly faults: string[] = []
  /** How often something happened, for the reader of a failure. */
  readonly counts = { resent: 0, errors: 0, repeated: 0 }
  readonly #options: CarefulOptions
  readonly #talks = new Map<string, Talk>()
  readonly #bare: string
  /** Id → body of all that was read. */
  readonly #seen = new Map<string, string>()
  #client: TestClient | undefined
  #lastArchived = ""
  /** What came while we catch up. */
  #held: Element[] | undefined

  constructor(options: CarefulOptions) {
    this.#options = options
    this.#bare = `${options.user}@${options.server.domain}`
  }

  async login(): Promise<TestClient> {
    const { server, user, password } = this.#options
    this.#client = undefined
    for (const talk of this.#talks.values()) talk.halted = true
    this.#held = []
    const client = await TestClient.connect({ server, user, password, resource: "careful", watch: (el) => this.#take(el) })
    await this.#catchUp(client)
    this.#client = client
    const held = this.#held
    this.#held = undefined
    for (const el of held) this.#take(el)
    return client
  }

  async logout(): Promise<void> {
    await this.#client?.disconnect()
  }

  say(to: string, body: string): void {
    let talk = this.#talks.get(to)
    if (!talk) this.#talks.set(to, (talk = { to, unsent: [], waiting: new Map<string, string>(), halted: false }))
    talk.unsent.push(body)
    this.#pump(talk)
  }

  #take(el: Element): void {
    const result = el.getChild("result", "urn:xmpp:mam:2")
    if (this.#held && !result) this.#held.push(el)
    else if (el.is("presence")) {
      const { from, type = "available" } = el.attrs
      for (const talk of this.#talks.values()) {
        if (from !== talk.to && from !== domainOf(talk.to)) continue
        if (type === "available") this.#again(talk)
        else if (type === "unavailable") talk.halted = true
      }
    } else if (el.is("message")) {
      const archived = result?.getChild("forwarded", "urn:xmpp:forward:0")?.getChild("message")
      const stanzaId = el.getChildren("stanza-id").find((child) => child.attrs["by"] === this.#bare)
      this.#lastArchived = result?.attrs["id"] ?? stanzaId?.attrs["id"] ?? this.#lastArchived
      // An old error says nothing of now.
      if (archived?.attrs["type"] === "error") return
      this.#message(archived ?? el)
    }
  }

  #message(el: Element): void {
    const { id = "", from = "", type } = el.attrs
    const [peer = ""] = from.split("/", 1)
    if (peer === this.#bare) return
    if (type === "error") return this.#failed(peer, id, el)
    const receipt = el.getChild("received", "urn:xmpp:receipts")
    if (receipt) return this.#arrived(peer, receipt.attrs["id"] ?? "")
    const body = el.getChildText("body")
    if (body === null) return
    const known = this.#seen.get(id)
    if (known !== undefined) {
      this.counts.repeated++
      if (known !== body || id === "") this.faults.push(`the id «${id}» stands for «${known}» and for «${body}»`)
      return
    }
    this.#seen.set(id, body)
    this.#options.read(peer, body)
  }

  #arrived(peer: string, id: string): void {
    const talk = this.#talks.get(peer)
    const body = talk?.waiting.get(id)
    if (!talk || body === undefined) return // the receipt of a resend
    talk.waiting.delete(id)
    this.#options.receipt(peer, body)
    this.#pump(talk)
  }

  #failed(peer: string, id: string, el: Element): void {
    const talk = this.#talks.get(peer)
    if (!talk?.waiting.has(id)) return
    this.counts.errors++
    // The server's own word for a component that is not there. Anything else nobody has a reason to say here.
    if (!el.getChild("error")?.getChild("remote-server-timeout")) this.faults.push(`refused: ${String(el)}`)
    talk.halted = true
  }

  #again(talk: Talk): void {
    talk.halted = false
    for (const [id, body] of talk.waiting) {
      this.counts.resent++
      this.#send(talk, id, body)
    }
    this.#pump(talk)
  }

  #pump(talk: Talk): void {
    while (!talk.halted && this.#client?.online === true && talk.waiting.size < this.#options.window) {
      const body = talk.unsent.shift()
      if (body === undefined) return
      const id = this.#client.id()
      talk.waiting.set(id, body)
      this.#send(talk, id, body)
    }
  }

  #send({ to }: Talk, id: string, body: string): void {
    // A write that fails is a message without receipt: the next login sends it again.
    if (this.#client?.online === true) void this.#client.say(to, body, { id, receipt: true }).catch(() => undefined)
  }

  async #catchUp(client: TestClient): Promise<void> {
    for (let complete = false; !complete;) {
      const after = this.#lastArchived === "" ? "" : `<after>${this.#lastArchived}</after>`
      const page = `<set xmlns='http://jabber.org/protocol/rsm'><max>250</max>${after}</set>`
      const answer = await client.iq("set", "", `<query xmlns='urn:xmpp:mam:2'>${page}</query>`, 60_000)
      const fin = answer.getChild("fin", "urn:xmpp:mam:2")
      if (!fin) throw new Error(`no archive: ${String(answer)}`)
      complete = fin.attrs["complete"] === "true" || !fin.getChild("set")?.getChildText("last")
    }
  }
}

function domainOf(jid: string): string {
  return jid.slice(jid.indexOf("@") + 1)
}
