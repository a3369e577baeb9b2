// Reactions (XEP-0444) in rooms, both ways: everybody who is there sees them, and so does the archive.
import type { NetworkEvent, ReactionChange } from "../../adapter/contract.js"
import { asNew } from "../inbound.js"
import { Refusal } from "../ports.js"
import { acceptable, reactionDigest, stepOf } from "../asides/reactions.js"
import { told } from "../asides/settled.js"
import type { Turnstile } from "../turnstile.js"
import type { Access } from "./access.js"
import type { Members } from "./members.js"
import type { RoomOp, RoomRow } from "./model.js"
import type { RoomParts } from "./parts.js"
import type { RoomReacting } from "./ports.js"
import type { NewParticipant, NewRoomEvent } from "./store.js"
import { voiceOf } from "./talk.js"
import { words } from "../words/words.js"

export class RoomReactions {
  /** `order`: of what users say in rooms. */
  constructor(private readonly parts: RoomParts & { access: Pick<Access, "viewOf">; members: Members; order: Turnstile }) {}

  /** Resolves when it is committed. Throws `Refusal`. */
  react(what: RoomReacting): Promise<void> {
    return this.parts.order.enter(String(what.view.room.id), (through) => this.#react(what, through))
  }

  async #react({ view, from, speaker, xmppId, target, emoji }: RoomReacting, through: () => void): Promise<void> {
    const { store, registry, access, accounts, asides, ids, commitment, sender, name, capabilities: network } = this.parts
    const { room, link } = view
    if (registry.byId(room.id) !== room)
      throw new Refusal("item-not-found", words("There is no such room on {network} any more.", { network: name }))
    if (room.state === "gone")
      throw new Refusal("not-acceptable", words("The account is no longer in this group on {network}.", { network: name }))
    if (accounts.describe(room.accountId).account?.state === "logged-out")
      throw new Refusal("service-unavailable", words("{network} logged out the account of this room.", { network: name }))
    const wanted = acceptable(emoji, access.viewOf(link, room).capabilities.react, name)
    const { line } = asides.lines.meansOf(room)
    const message = await store.roomMessage(room.id, target)
    if (!message) throw new Refusal("item-not-found", words("There is no such message in this room."))
    if (message.retracted) throw new Refusal("item-not-found", words("This message was taken back."))
    if (message.sent === 0 && !sender.concerns(room.id, message.id))
      throw new Refusal("item-not-found", words("This message is not, or no longer, known on {network}.", { network: name }))
    const action = ids.next()
    const reflect: RoomOp = {
      k: "reactions",
      id: action,
      pos: 0,
      by: voiceOf(speaker),
      target: await this.#seen(room, target, message.id),
      emoji: wanted,
      at: Date.now(),
      ...(xmppId !== "" && { xmppId }),
    }
    const as = network.send.impersonate !== undefined && {
      as: { id: speaker.id, name: speaker.nick, ...(link.role === "owner" && { own: true }) },
    }
    await commitment.commit(
      {
        conversation: registry.conversation(room),
        from,
        xmppId,
        digest: reactionDigest(target, wanted),
        action,
        does: { how: "react", target: message, emoji: wanted, ...(line && { line }) },
        says: { ...as },
        receipt: false,
        reflect,
        again: null,
      },
      through,
    )
  }

  /** Of a correction clients are told by what it corrects (XEP-0444 §4.4). */
  async #seen({ id: room }: RoomRow, target: string, message: string): Promise<string> {
    if (target === message) return target
    const { entries } = await this.parts.store.archivePage({ room, ids: [message], limit: 1, fromEnd: false })
    return entries[0]?.id ?? target
  }

  /** What the network tells; in the room's order. Resolves when it is committed. True: it was new. */
  async tell(room: RoomRow, legacyId: string, change: ReactionChange, own = false): Promise<boolean> {
    const { store, ids, delivery, members, sender, bridges } = this.parts
    const step = stepOf(change)
    if (!step) return false
    const stanza = ids.next()
    const copies = bridges.others(room.id)
    const where = { room: room.id }
    const rest = { where, legacyId, step, by: this.#person(change), own, now: Date.now(), stanza, ...(copies && { copies }) }
    const accept = async (): ReturnType<RoomParts["store"]["acceptReactions"]> => {
      const done = await store.acceptReactions({ ...rest, row: ids.next() })
      if (done.met) members.tell(room, done.met)
      if (done.row) delivery.add(room.id, done.row)
      bridges.poke(copies)
      return done
    }
    const { row } = await told(accept, () => sender.settled(room.id))
    // Also what users of ours thought is gone.
    if ("cleared" in step) this.lookAgain(room)
    return row !== null
  }

  /** What is summed up there may have to change. */
  lookAgain({ id }: RoomRow): void {
    this.parts.asides.lines.check(id)
  }

  /** What comes with a message or an edit, once that is stored. */
  async noted(room: RoomRow, event: Extract<NetworkEvent, { type: "message" | "edit" }>, older: boolean): Promise<void> {
    await this.parts.asides.choices.note({ room: room.id }, event.id, event.body, event.type === "edit")
    if (event.type !== "message" || older) return
    for (const change of event.reactions ?? []) {
      // What the account did for users of ours is no news.
      const own = "from" in change && this.parts.members.isAccount(room, change.from)
      await this.tell(room, event.id, change, own)
    }
  }

  /** Of a message from before the archive. */
  ofOld(changes: readonly ReactionChange[]): NonNullable<NewRoomEvent["reactions"]> {
    const { ids } = this.parts
    return changes.flatMap((change) => {
      const step = stepOf(change)
      return step ? { step, by: this.#person(change), row: ids.next(), stanza: ids.next() } : []
    })
  }

  #person(change: ReactionChange): NewParticipant | null {
    return "from" in change ? { contact: asNew(change.from, this.parts.network) } : null
  }
}
