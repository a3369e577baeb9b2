// Reactions (XEP-0444) in direct chats, both ways; and what of a set of emoji a network takes.
import type { Capabilities, NetworkEvent, ReactionChange } from "../../adapter/contract.js"
import type { AnyAdapter } from "../../adapter/define.js"
import { bare } from "../address.js"
import { digest, type Commitment } from "../commitment.js"
import type { Delivery } from "../delivery.js"
import type { Directory } from "../directory.js"
import type { IdMint } from "../ids.js"
import type { BareJid, Link, OutOp } from "../model.js"
import { Refusal, type Reacting } from "../ports.js"
import type { ReactionStep } from "./store.js"
import type { Sender } from "../sender.js"
import { told } from "./settled.js"
import type { Store } from "../store.js"
import { distinct, longestEmoji, mostCount, mostEmoji, sameEmoji, shownAs } from "./tally.js"
import type { Turnstile } from "../turnstile.js"
import { words, type Words } from "../words/words.js"

type React = Capabilities["react"]

/**
 * Pure: what a user wants to say with emoji, in the network's own spelling. Throws `Refusal` that names what is allowed (XEP-0444 §4.3).
 * `name`: the network's.
 */
export function acceptable(emoji: readonly string[], react: React, name: string): string[] {
  if (!react)
    throw new Refusal(
      "feature-not-implemented",
      words("There are no reactions on {network}, or none that a gateway could send.", { network: name }),
    )
  const { max = mostEmoji, allowed } = react
  const wanted = distinct(emoji.map((one) => one.trim()).filter((one) => one !== ""))
  const spelled = wanted.map((one) => (allowed ? allowed.find((other) => sameEmoji(one, other)) : one))
  const strange = wanted.find((one, i) => spelled[i] === undefined || one.length > longestEmoji)
  if (strange !== undefined || wanted.length > max) {
    const which = allowed ? words(" {emoji} can be used,", { emoji: list(allowed) }) : ""
    const many = max === 1 ? words("one at a time") : words("at most {max} at a time", { max })
    const why = wanted.length > max ? words("too many reactions") : words("this reaction is not possible")
    throw new Refusal("not-acceptable", words("On {network} {why}:{which} {many}.", { network: name, why, which, many }), "modify")
  }
  return spelled.filter((one) => one !== undefined)
}

/** Longer lists are for machines. */
const shown = 40

function list(allowed: readonly string[]): Words {
  if (allowed.length === 0) return words("none")
  const emoji = allowed.slice(0, shown).join(" ")
  const more = allowed.length - shown
  return more > 0 ? words("{emoji} and {more} more", { emoji, more }) : words("{emoji}", { emoji })
}

/** As it is stored. */
export function stepOf(change: ReactionChange): ReactionStep | undefined {
  if ("counts" in change) {
    const counts = change.counts.flatMap(({ emoji, count }) => {
      const text = shownAs(emoji)
      return text === undefined ? [] : { emoji: text, count: Math.min(Math.max(0, Math.trunc(count) || 0), mostCount) }
    })
    return { counts }
  }
  if ("cleared" in change) {
    const emoji = change.emoji && shownAs(change.emoji)
    return change.emoji && emoji === undefined ? undefined : { cleared: true, ...(emoji !== undefined && { emoji }) }
  }
  const actor = change.from.id
  if ("set" in change) return { actor, set: distinct(change.set.flatMap((emoji) => shownAs(emoji) ?? [])) }
  const [add, remove] = [change.add && shownAs(change.add), change.remove && shownAs(change.remove)]
  if (add === undefined && remove === undefined) return undefined
  return { actor, ...(add !== undefined && { add }), ...(remove !== undefined && { remove }) }
}

/**
 * What the network is to show: this user's set, or, where the account has but one for all, the union with those of the others (`theirs`,
 * newest first), cut to what is allowed. Newest last, as clients have it.
 */
export function towards(op: Extract<OutOp, { k: "react" }>, theirs: readonly string[], react: NonNullable<React>): string[] {
  const { max = mostEmoji, allowed } = react
  const newest = distinct([...op.emoji.toReversed(), ...theirs])
  return newest
    .filter((one) => allowed === undefined || allowed.some((other) => sameEmoji(one, other)))
    .slice(0, max)
    .reverse()
}

/** By it a resend is known. */
export function reactionDigest(target: string, emoji: readonly string[]): string {
  return digest("", `react ${target} ${emoji.join(" ")}`)
}

export interface ReactionParts {
  store: Store
  directory: Directory
  ids: IdMint
  adapter: AnyAdapter
  delivery: Pick<Delivery, "add">
  commitment: Commitment
  sender: Pick<Sender, "concerns">
  /** Of what users say in direct chats. */
  order: Turnstile
  /** Those under way in a direct chat. */
  calls(link: Link, legacyUser: string): Promise<void>
}

export class Reactions {
  constructor(private readonly parts: ReactionParts) {}

  /** Resolves when it is committed. Throws `Refusal`. */
  react(what: Reacting): Promise<void> {
    return this.parts.order.enter(`${what.link.id} ${what.legacyId}`, (through) => this.#react(what, through))
  }

  async #react({ link, from, legacyId, xmppId, target, emoji }: Reacting, through: () => void): Promise<void> {
    const { store, directory, adapter, ids, commitment, sender } = this.parts
    const { react } = adapter.capabilities
    const { name } = adapter.network
    const message = await store.directMessage(link.id, legacyId, target)
    const conversation = message && (await directory.conversation(message.conversation))
    // Where nothing is possible, that is what there is to say.
    const wanted = acceptable(emoji, react, name)
    if (!message || !conversation) throw new Refusal("item-not-found", words("There is no such message in this conversation."))
    if (message.retracted) throw new Refusal("item-not-found", words("This message was taken back."))
    if (message.sent === 0 && !sender.concerns(conversation.id, message.id))
      throw new Refusal("item-not-found", words("This message is not, or no longer, known on {network}.", { network: name }))
    await commitment.commit(
      {
        conversation,
        from,
        xmppId,
        digest: reactionDigest(target, wanted),
        action: ids.next(),
        does: { how: "react", target: message, emoji: wanted },
        says: {},
        receipt: false,
        again: null,
      },
      through,
    )
  }

  /** What the network tells; in the chat's order. Resolves when it is committed. */
  async accept(link: Link, event: Extract<NetworkEvent, { type: "reactions" }>): Promise<void> {
    if (!("user" in event.chat)) return
    await this.tell(link, event.chat.user, event.id, event.change)
  }

  /** True: it was new. */
  async tell(link: Link, legacyUser: string, legacyId: string, change: ReactionChange): Promise<boolean> {
    const { store, ids, delivery, calls } = this.parts
    const step = stepOf(change)
    if (!step) return false
    const where = { link: link.id, legacyUser }
    const stanza = ids.next()
    const rest = { where, legacyId, step, by: null, own: false, now: Date.now(), stanza }
    // The row's id is minted for each try: the lane goes by ids.
    const accept = async (): ReturnType<Store["acceptReactions"]> => {
      const done = await store.acceptReactions({ ...rest, row: ids.next() })
      if (done.row) delivery.add(done.conversation, done.row)
      return done
    }
    const { row } = await told(accept, () => calls(link, legacyUser))
    return row !== null
  }
}

/** Whose set it is, of a call that is made. */
export function authorOf({ origin }: Pick<OutOp, "origin">): BareJid {
  return bare(origin.to) as BareJid
}
