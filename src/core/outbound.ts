// From XMPP to a person on the network: what is said is planned and committed, in the order of the conversation.
import type { AnyAdapter } from "../adapter/define.js"
import { bare } from "./address.js"
import { digest, type Commitment } from "./commitment.js"
import type { Directory } from "./directory.js"
import type { IdMint } from "./ids.js"
import type { Conversation, InOp } from "./model.js"
import { lengthOf, plan } from "./plan.js"
import { Refusal, type Retraction, type Utterance } from "./ports.js"
import { checkRetraction } from "./retraction.js"
import type { Sender } from "./sender.js"
import type { NewRow, Store, StoredMessage } from "./store.js"
import type { Turnstile } from "./turnstile.js"
import { words } from "./words/words.js"

export interface OutboundParts {
  store: Store
  directory: Directory
  ids: IdMint
  adapter: AnyAdapter
  commitment: Commitment
  sender: Pick<Sender, "concerns" | "takings">
  /** Of what users say in direct chats. */
  order: Turnstile
  /** A reply that chooses something; undefined: it is none. True: it is committed. */
  chosenBy(said: Utterance, through: () => void): Promise<boolean> | undefined
}

export class Outbound {
  readonly #length
  readonly #turnstile: Turnstile

  constructor(private readonly parts: OutboundParts) {
    this.#turnstile = parts.order
    this.#length = lengthOf(parts.adapter)
  }

  /** Resolves when the utterance is committed. Throws `Refusal`. `prepare` runs first, in the order of the conversation; what it resolves with is said before the text. */
  accept(said: Utterance, prepare: () => Promise<string | void> | undefined): Promise<void> {
    return this.#turnstile.enter(`${said.link.id} ${said.legacyId}`, async (through) => {
      const preparing = prepare()
      const before = (preparing && (await preparing)) ?? ""
      const choosing = this.parts.chosenBy(said, through)
      if (choosing && (await choosing)) return
      await this.#accept(said, before, through)
    })
  }

  async #accept(said: Utterance, before: string, through: () => void): Promise<void> {
    const { directory } = this.parts
    const conversation = directory.knownDirect(said.link.id, said.legacyId) ?? (await directory.direct(said.link, said.legacyId))
    const { store } = this.parts
    const answered = said.reply === undefined ? undefined : await this.#answered(said, said.reply, conversation)
    // What cannot be pointed to is quoted, as the client did.
    const told = answered === undefined ? { ...said, ...said.quoting } : said
    if (said.replaces === undefined) return this.#commit(told, before, through, conversation, null, answered)
    const target = await store.findMessage(conversation.id, said.replaces)
    return this.#commit(told, before, through, conversation, target && bare(target.sender) === said.link.jid ? target : undefined, answered)
  }

  /** Id of the message that is answered; undefined: the network does not have it. */
  async #answered({ link, legacyId }: Utterance, reply: string, { id }: Conversation): Promise<string | undefined> {
    const { store, sender } = this.parts
    const message = await store.directMessage(link.id, legacyId, reply)
    if (!message || message.retracted) return undefined
    return message.sent > 0 || sender.concerns(id, message.id) ? message.id : undefined
  }

  /** `target`: message to edit; null: none is meant; undefined: unknown to us. */
  #commit(
    said: Utterance,
    before: string,
    through: () => void,
    conversation: Conversation,
    target: StoredMessage | null | undefined,
    reply: string | undefined,
  ): Promise<void> {
    const { ids, adapter, commitment, sender } = this.parts
    const { text, marked, xmppId, from, replaces } = said
    sender.takings.admit(marked)
    const capabilities = sender.takings.usable(adapter.capabilities)
    const planned = plan(said, target && { ...target, ageMs: Date.now() - target.at }, capabilities, this.#length, before)
    const receipt = said.wantsReceipt && xmppId !== ""
    const id = receipt ? ids.next() : ""
    const again: NewRow<InOp> | null = receipt ? { id, op: { k: "receipt", id, of: xmppId, to: from } } : null
    const does = { ...planned, target }
    const what = {
      conversation,
      from,
      xmppId,
      digest: digest(text, replaces, marked),
      action: ids.next(),
      does,
      receipt,
      says: { ...(reply !== undefined && { reply }) },
      again,
    }
    return commitment.commit(what, through)
  }

  /** Resolves when the retraction is committed. Throws `Refusal`. */
  retract(what: Retraction): Promise<void> {
    return this.#turnstile.enter(`${what.link.id} ${what.legacyId}`, (through) => this.#retract(what, through))
  }

  async #retract({ link, from, legacyId, xmppId, target }: Retraction, through: () => void): Promise<void> {
    const { store, directory, adapter, ids, commitment, sender } = this.parts
    const message = await store.directMessage(link.id, legacyId, target)
    const conversation = message && (await directory.conversation(message.conversation))
    if (!message || !conversation) throw new Refusal("item-not-found", words("There is no such message in this conversation."))
    const own = bare(message.sender) === link.jid
    if (!own) throw new Refusal("forbidden", words("Only its author can take a message back."), "auth")
    if (message.retracted) return
    const isThere = message.sent > 0 || sender.concerns(conversation.id, message.id)
    checkRetraction({ own, at: message.at, isThere }, adapter.capabilities, adapter.network.name)
    const does = { how: "retract" as const, target: message }
    const digested = digest("", `retract ${target}`)
    await commitment.commit(
      { conversation, from, xmppId, digest: digested, action: ids.next(), does, says: {}, receipt: false, again: null },
      through,
    )
  }
}
