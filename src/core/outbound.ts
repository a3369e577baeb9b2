// From XMPP to the network: an utterance is committed with its operations, and each lane sends its rows one after the other.
import { createHash } from "node:crypto"
import type { AnyAdapter } from "../adapter/define.js"
import type { Store, StoredMessage } from "./store.js"
import type { Delivery } from "./delivery.js"
import type { Directory } from "./directory.js"
import type { IdMint } from "./ids.js"
import type { Log } from "./log.js"
import type { Conversation, FullJid, InOp } from "./model.js"
import { folded, operations } from "./operations.js"
import { lengthOf, plan } from "./plan.js"
import { Refusal, type Utterance } from "./ports.js"
import { row } from "./rows.js"
import type { Sender } from "./sender.js"
import { Turnstile } from "./turnstile.js"

/** A stanza with a known id is a resend if it comes within this time (ms) with the same content from the same sender. */
const resendMs = 10 * 60_000
/** Ids shorter than this may be counted anew after every login. */
const longId = 16

export function digest(text: string, replaces: string | undefined): string {
  return createHash("sha256")
    .update(text)
    .update("\0")
    .update(replaces ?? "")
    .digest("base64url")
    .slice(0, 22)
}

export interface OutboundParts {
  store: Store
  directory: Directory
  ids: IdMint
  adapter: AnyAdapter
  delivery: Delivery
  sender: Sender
  log: Log
  /** When this resource was last seen to leave, epoch ms: a short id from before that is another stanza. */
  goneAt(resource: FullJid): number
}

export class Outbound {
  readonly #parts: OutboundParts
  readonly #length
  readonly #turnstile = new Turnstile()

  constructor(parts: OutboundParts) {
    this.#parts = parts
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
    const { directory } = this.#parts
    const conversation = directory.knownDirect(said.link.id, said.legacyId) ?? (await directory.direct(said.link, said.legacyId))
    if (said.replaces === undefined) return this.#commit(said, through, conversation, null)
    const target = await this.#parts.store.findMessage(conversation.id, said.replaces)
    return this.#commit(said, through, conversation, target && bare(target.sender) === said.link.jid ? target : undefined)
  }

  /** `target`: message to edit; null: none is meant; undefined: unknown to us. */
  async #commit(said: Utterance, through: () => void, conversation: Conversation, target: StoredMessage | null | undefined): Promise<void> {
    const { ids, sender, delivery, store, adapter } = this.#parts
    const now = Date.now()
    const { how, texts } = plan(said.text, target && { ageMs: now - target.at }, adapter.capabilities, this.#length)
    const action = ids.next()
    const origin = { action, of: said.xmppId, to: said.from, receipt: said.wantsReceipt && said.xmppId !== "" }
    const lane = sender.lane(conversation)
    // What was refused half-way has fewer parts than were meant.
    const halfway = target && target.sent > 0 && !lane.concerns(target.id)
    const edited = how === "edit" && target ? { message: target.id, parts: halfway ? target.sent : target.parts } : null
    // What was never attempted is changed where it waits; the rest goes behind what is under way.
    const waiting = edited ? lane.waiting(edited.message) : []
    const fold = edited !== null && waiting.length > 0 && waiting.length === edited.parts
    const canRetract = adapter.capabilities.retract !== undefined
    const release = fold ? lane.freeze() : undefined
    const startHead = lane.mayStart
    lane.reserve()
    try {
      const { ops, amend, drop } = fold
        ? folded(edited.message, waiting, texts, origin)
        : { ops: operations(edited, action, texts, canRetract, origin), amend: [], drop: [] }
      const rows = ops.map((op) => ({ id: ids.next(), op }))
      const receipt: { id: string; op: InOp } | null =
        said.wantsReceipt && said.xmppId !== "" ? { id: ids.next(), op: { k: "receipt", id: "", of: said.xmppId, to: said.from } } : null
      if (receipt) receipt.op = { ...receipt.op, id: receipt.id }
      const sameResource = said.xmppId.length < longId
      const committed = store.acceptAction({
        conversation: conversation.id,
        messageId: action,
        xmppId: said.xmppId,
        sender: said.from,
        digest: digest(said.text, said.replaces),
        now,
        resendSince: Math.max(now - resendMs, sameResource ? this.#parts.goneAt(said.from) : 0),
        sameResource,
        target: edited?.message ?? null,
        // What cannot be taken back stays, and the next edit uses it.
        parts: fold || canRetract ? texts.length : Math.max(texts.length, edited?.parts ?? 0),
        rows,
        startHead,
        receipt,
        amend,
        drop,
      })
      through()
      const result = await committed
      if (result.outcome === "resend") {
        if (receipt && result.settled)
          delivery.add(conversation.id, row(receipt.id, `in:${conversation.id}`, result.message, receipt.op, false, now))
        return
      }
      for (const { id, op } of amend) lane.amend(id, op)
      for (const id of drop) lane.drop(id)
      rows.forEach(({ id, op }, i) => lane.push(row(id, `out:${conversation.id}`, action, op, startHead && i === 0, now)))
    } catch (error) {
      if (error instanceof Refusal) throw error
      // Nothing was committed, hence nothing is promised: the sender's client is told at once.
      this.#parts.log.error({ err: error }, "a message could not be stored; its sender is told")
      throw new Refusal("resource-constraint", "The gateway could not store this message. Please send it again in a while.", "wait")
    } finally {
      lane.unreserve()
      release?.()
      lane.run()
    }
  }
}

function bare(jid: string): string {
  const slash = jid.indexOf("/")
  return slash === -1 ? jid : jid.slice(0, slash)
}
