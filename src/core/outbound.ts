// From XMPP to a person on the network: what is said is planned and committed, in the order of the conversation.
import type { AnyAdapter } from "../adapter/define.js"
import { digest, type Commitment } from "./commitment.js"
import type { Directory } from "./directory.js"
import type { IdMint } from "./ids.js"
import type { Conversation, InOp } from "./model.js"
import { lengthOf, plan } from "./plan.js"
import type { Utterance } from "./ports.js"
import type { NewRow, Store, StoredMessage } from "./store.js"
import { Turnstile } from "./turnstile.js"

export interface OutboundParts {
  store: Store
  directory: Directory
  ids: IdMint
  adapter: AnyAdapter
  commitment: Commitment
}

export class Outbound {
  readonly #length
  readonly #turnstile = new Turnstile()

  constructor(private readonly parts: OutboundParts) {
    this.#length = lengthOf(parts.adapter)
  }

  /** Resolves when the utterance is committed. Throws `Refusal`. `prepare` runs first, in the order of the conversation. */
  accept(said: Utterance, prepare: () => Promise<void> | undefined): Promise<void> {
    return this.#turnstile.enter(`${said.link.id} ${said.legacyId}`, async (through) => {
      const preparing = prepare()
      if (preparing) await preparing
      await this.#accept(said, through)
    })
  }

  async #accept(said: Utterance, through: () => void): Promise<void> {
    const { directory } = this.parts
    const conversation = directory.knownDirect(said.link.id, said.legacyId) ?? (await directory.direct(said.link, said.legacyId))
    if (said.replaces === undefined) return this.#commit(said, through, conversation, null)
    const target = await this.parts.store.findMessage(conversation.id, said.replaces)
    return this.#commit(said, through, conversation, target && bare(target.sender) === said.link.jid ? target : undefined)
  }

  /** `target`: message to edit; null: none is meant; undefined: unknown to us. */
  #commit(said: Utterance, through: () => void, conversation: Conversation, target: StoredMessage | null | undefined): Promise<void> {
    const { ids, adapter, commitment } = this.parts
    const { text, xmppId, from, replaces } = said
    const planned = plan(text, target && { ageMs: Date.now() - target.at }, adapter.capabilities, this.#length)
    const receipt = said.wantsReceipt && xmppId !== ""
    const id = receipt ? ids.next() : ""
    const again: NewRow<InOp> | null = receipt ? { id, op: { k: "receipt", id, of: xmppId, to: from } } : null
    const does = { ...planned, target }
    const what = { conversation, from, xmppId, digest: digest(text, replaces), action: ids.next(), does, receipt, says: {}, again }
    return commitment.commit(what, through)
  }
}

export function bare(jid: string): string {
  const slash = jid.indexOf("/")
  return slash === -1 ? jid : jid.slice(0, slash)
}
