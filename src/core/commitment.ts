// An utterance, in whatever conversation, becomes durable: with its operations, in the place that it has in the conversation's order.
import { createHash } from "node:crypto"
import { asideOf, type Aside } from "./asides/aside.js"
import type { CopyOf } from "./bridges/ports.js"
import type { Marked } from "./content.js"
import type { Delivery } from "./delivery.js"
import type { IdMint } from "./ids.js"
import type { Log } from "./log.js"
import type { Conversation, FullJid, InOp, OutboxRow, OutOp } from "./model.js"
import { folded, operations, retractions, type Changes, type How, type Who } from "./operations.js"
import type { OutLane } from "./out-lane.js"
import type { Planned } from "./plan.js"
import { Refusal } from "./ports.js"
import { row } from "./rows.js"
import { filesOf } from "./files/showing.js"
import type { Sender } from "./sender.js"
import type { NewRow, Store, StoredMessage } from "./store.js"
import { words } from "./words/words.js"

/** A stanza with a known id is a resend if it comes within this time (ms) with the same content from the same sender. */
const resendMs = 10 * 60_000
/** Ids shorter than this may be counted anew after every login. */
const longId = 16

export type Target = Pick<StoredMessage, "id" | "parts" | "sent">

/** What is to be committed. */
export interface Commit extends Pick<Who, "receipt" | "reflect"> {
  conversation: Conversation
  from: FullJid
  xmppId: string
  /** Tells a resend from another stanza with the same id (`digest`). */
  digest: string
  /** Id of the utterance; what it does to `target` if it is not a message of its own. */
  action: string
  does:
    | (Planned & { target: Target | null | undefined })
    | { how: "retract"; target: Target }
    | (Aside & { target: Pick<Target, "id" | "parts"> })
  says: How
  /** Written instead of all else if this is a resend that is done. */
  again: NewRow<InOp> | null
  /** It repeats the stanza `of` of another leg of a bridge (null: nothing anew), and takes the place of the row that waited for it. */
  copy?: { row: string | null; of: string | null; origin: CopyOf }
}

export interface CommitmentParts {
  store: Store
  ids: IdMint
  delivery: Delivery
  sender: Sender
  log: Log
  /** When this resource was last seen to leave, epoch ms: a short id from before that is another stanza. */
  goneAt(resource: FullJid): number
  canRetract: boolean
}

interface Prepared extends Changes {
  target: string | null
  /** Of the message, from now on. */
  parts: number
  /** See `NewAction`. */
  files?: number
  release: (() => void) | undefined
}

export class Commitment {
  constructor(private readonly parts: CommitmentParts) {}

  /** `through` is called when the utterance has its place. Resolves when it is committed. Throws `Refusal`. */
  async commit(what: Commit, through: () => void): Promise<void> {
    const { ids, sender, delivery, store, log, goneAt } = this.parts
    const { conversation, action, xmppId, from, digest, again } = what
    const now = Date.now()
    const lane = sender.lane(conversation)
    const { ops, amend, drop, target, parts, files, release } = this.#prepare(what, lane)
    // What has files is begun when they are there.
    const startHead = lane.mayStart && !ops.some((op, i) => i === 0 && filesOf(op).length > 0)
    lane.reserve()
    try {
      const rows = ops.map((op) => ({ id: ids.next(), op }))
      const sameResource = xmppId.length < longId
      const committed = store.acceptAction({
        conversation: conversation.id,
        messageId: action,
        xmppId,
        sender: from,
        digest,
        now,
        resendSince: Math.max(now - resendMs, sameResource ? goneAt(from) : 0),
        sameResource,
        target,
        parts,
        ...(files !== undefined && { files }),
        rows,
        startHead,
        receipt: again,
        amend,
        drop,
        ...(what.copy && { copy: { row: what.copy.row, of: target === null ? what.copy.of : null } }),
      })
      through()
      const result = await committed
      if (result.outcome === "resend") {
        const said =
          result.again ?? (again && result.settled && !("only" in again.op) ? this.#row(again, conversation, result.message) : null)
        if (said) delivery.add(conversation.id, said)
        return
      }
      for (const { id, op } of amend) lane.amend(id, op)
      for (const id of drop) lane.drop(id)
      rows.forEach(({ id, op }, i) => lane.push(row(id, `out:${conversation.id}`, action, op, startHead && i === 0, now)))
    } catch (error) {
      // Nothing was committed, hence nothing is promised: the sender's client is told at once.
      log.error({ err: error }, "a message could not be stored; its sender is told")
      throw new Refusal("resource-constraint", words("The gateway could not store this message. Please send it again in a while."), "wait")
    } finally {
      lane.unreserve()
      release?.()
      lane.run()
    }
  }

  #row({ id, op }: NewRow<InOp>, { id: conversation }: Conversation, message: string): OutboxRow<InOp> {
    return row(id, `in:${conversation}`, message, op, false, Date.now())
  }

  /** What was never attempted is changed where it waits; the rest goes behind what is under way. */
  #prepare({ does, action, says, xmppId: of, from: to, receipt, reflect, copy }: Commit, lane: OutLane): Prepared {
    const who: Who = { action, of, to, receipt, ...(reflect && { reflect }), ...(copy && { copy: copy.origin }) }
    const { canRetract } = this.parts
    if (does.how === "react" || does.how === "interact") {
      const { target } = does
      return {
        ops: [asideOf(does, target.id, who, says.as)],
        amend: [],
        drop: [],
        target: target.id,
        parts: target.parts,
        release: undefined,
      }
    }
    const { target } = does
    // What was refused half-way has fewer parts than were meant.
    const halfway = target && target.sent > 0 && !lane.concerns(target.id)
    const changed = does.how !== "send" && target ? { message: target.id, parts: halfway ? target.sent : target.parts } : null
    // Of what is taken back nothing more shall go out.
    const whole = does.how === "retract"
    const waiting = changed ? lane.waiting(changed.message, whole) : []
    const fold = changed !== null && waiting.length > 0 && (whole || waiting.length === changed.parts)
    const release = fold ? lane.freeze() : undefined
    const rest = { target: changed?.message ?? null, release }
    if (does.how === "retract") {
      const drop = fold ? waiting.map(({ id }) => id) : []
      return { ops: retractions(does.target.id, changed?.parts ?? 1, who, says), amend: [], drop, parts: does.target.parts, ...rest }
    }
    const from = changed ? does.from : 0
    const count = from + does.parts.length
    // What cannot be taken back stays, and the next edit uses it.
    const parts = fold || canRetract ? count : Math.max(count, changed?.parts ?? 0)
    if (fold) return { ...folded(changed.message, waiting.slice(from), does.parts, from, who, says), parts, ...rest }
    return {
      ops: operations(changed && { ...changed, from }, action, does.parts, canRetract, who, says),
      amend: [] as { id: string; op: OutOp }[],
      drop: [],
      parts,
      ...(!changed && { files: does.files }),
      ...rest,
    }
  }
}

export function digest(text: string, replaces: string | undefined, marked?: Marked): string {
  return createHash("sha256")
    .update(text)
    .update("\0")
    .update(replaces ?? "")
    .update((marked?.files ?? []).map(({ url }) => `\0${url}`).join(""))
    .update(marked?.extras ? JSON.stringify(marked.extras) : "")
    .digest("base64url")
    .slice(0, 22)
}
