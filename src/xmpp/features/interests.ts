// Which clients of our users want to be told of avatars: their capabilities (XEP-0115) say so by «+notify» (XEP-0163 §4.3.2).
import { Lru } from "../../core/lru.js"
import type { BareJid, FullJid } from "../../core/model.js"
import { bareOf } from "../jid.js"
import { el } from "../stanza.js"
import type { Context, Incoming } from "../types.js"
import { nsMetadata } from "./avatar.js"
import { nsCaps } from "./caps.js"
import { nsInfo } from "./disco-answers.js"

/** A client answers at once, or not at all, ms. */
const answerMs = 20_000
const longestNode = 1000

/** `wants`: undefined until the client has answered. */
interface Client {
  caps: string
  wants: boolean | undefined
}

export class Interests {
  /** A client says the same whoever runs it, but is believed only about the user's own clients: nobody else can say it for them. */
  readonly #known = new Lru<string, Promise<boolean | undefined>>(5000)
  readonly #clients = new Lru<FullJid, Client>(50_000)
  /** Called when a client is found to want them: it has been told of none yet. */
  onWanted: (full: FullJid) => void = () => undefined

  constructor(private readonly context: Pick<Context, "link" | "log">) {}

  /** A presence to one of our addresses. */
  heard({ el: stanza, from, fromBare, type }: Incoming): void {
    if (type === "unavailable") return this.#gone(from)
    if (type !== "" || (from as string) === fromBare) return
    const c = stanza.getChild("c", nsCaps)
    const { node, ver } = c?.attrs ?? {}
    if (node === undefined || ver === undefined || node.length + ver.length > longestNode) return
    const caps = `${node}#${ver}`
    if (this.#clients.get(from)?.caps === caps) return
    const client: Client = { caps, wants: undefined }
    this.#clients.set(from, client)
    void this.#ask(from, fromBare, caps).then((wants) => {
      if (this.#clients.get(from) !== client) return
      client.wants = wants
      if (wants === true) this.onWanted(from)
    })
  }

  /** Undefined: their capabilities are not known. */
  wants(full: FullJid): boolean | undefined {
    return this.#clients.get(full)?.wants
  }

  /** A new stream: who is there says so again. */
  clear(): void {
    this.#clients.clear()
  }

  #gone(from: FullJid): void {
    this.#clients.delete(from)
  }

  #ask(full: FullJid, user: BareJid, caps: string): Promise<boolean | undefined> {
    const key = `${bareOf(user)} ${caps}`
    const known = this.#known.get(key)
    if (known) return known
    const asked = this.context.link
      .iq({ to: full, type: "get", payload: el("query", { xmlns: nsInfo, node: caps }), timeoutMs: answerMs })
      .then((answer) => {
        const features = answer.getChild("query", nsInfo)?.getChildren("feature") ?? []
        return features.some(({ attrs }) => attrs["var"] === `${nsMetadata}+notify`)
      })
      .catch((error: unknown) => {
        this.context.log.debug({ reason: String(error) }, "a client's capabilities are not known")
        // Another of the user's clients, or this one when it comes again, may answer.
        this.#known.delete(key)
        return undefined
      })
    this.#known.set(key, asked)
    return asked
  }
}
