// What is said beside the talk of one network: reactions, markers, choices; put together for direct chats and rooms.
import type { Said } from "../words/words.js"
import type { NetworkEvent } from "../../adapter/contract.js"
import type { AnyAdapter } from "../../adapter/define.js"
import { bare } from "../address.js"
import { isCarried } from "../carried/names.js"
import { Choices, numbersIn } from "./choices.js"
import { digest, type Commitment } from "../commitment.js"
import type { Delivery } from "../delivery.js"
import type { Directory } from "../directory.js"
import type { IdMint } from "../ids.js"
import type { Log } from "../log.js"
import { Markers, type MarkerParts } from "./markers.js"
import type { Link } from "../model.js"
import type { Utterance } from "../ports.js"
import { ReactionLines, type LineParts } from "./lines.js"
import { Previews } from "./previews.js"
import { Reactions } from "./reactions.js"
import type { RoomOp } from "../rooms/model.js"
import type { RoomUtterance, RoomView } from "../rooms/ports.js"
import type { Registry } from "../rooms/registry.js"
import { voiceOf } from "../rooms/talk.js"
import type { Sender } from "../sender.js"
import { settled } from "./settled.js"
import type { Store } from "../store.js"
import type { Turnstile } from "../turnstile.js"

export interface AsideParts {
  store: Store
  directory: Directory
  registry: Registry
  ids: IdMint
  adapter: AnyAdapter
  delivery: Delivery
  commitment: Commitment
  sender: Sender
  session: MarkerParts["session"]
  state(account: number): { up: boolean; text: Said }
  /** Of what users say in direct chats. */
  order: Turnstile
  log: Log
  /** How reactions reach a network where the account can react only as itself. */
  mode: LineParts["mode"]
  clock: LineParts["clock"]
}

export class Asides {
  readonly reactions: Reactions
  readonly lines: ReactionLines
  readonly markers: Markers
  readonly choices: Choices
  readonly previews: Previews

  constructor(private readonly parts: AsideParts) {
    const calls = async (link: Link, legacyUser: string): Promise<void> => {
      const conversation = parts.directory.knownDirect(link.id, legacyUser)
      if (conversation) await parts.sender.settled(conversation.id)
    }
    this.reactions = new Reactions({ ...parts, calls })
    this.lines = new ReactionLines(parts)
    this.previews = new Previews(parts)
    this.markers = new Markers({ ...parts, calls })
    const { name } = parts.adapter.network
    this.choices = new Choices({ ...parts, able: parts.adapter.capabilities.interact !== undefined, name })
  }

  /** The account itself: what it does came from here, or from another of its devices. */
  isSelf(account: number, { id }: { id: string }): boolean {
    return this.parts.session(account)?.session.self.id === id
  }

  /**
   * What is answered may be what a call under way has just said: then its outcome, which tells the network's id, comes first. Undefined: there
   * is nothing to wait for. `echoes`: the network may tell of what a call under way does, as if it were done elsewhere.
   */
  answerable(conversation: number | undefined, event: NetworkEvent, echoes = false): Promise<void> | undefined {
    const { sender, store } = this.parts
    if (conversation === undefined || !sender.isBusy(conversation)) return undefined
    if (echoes && (event.type === "retract" || ("own" in event && event.own === true))) return settled(sender.settled(conversation))
    const answered = event.type === "message" ? event.reply?.id : undefined
    if (answered === undefined || answered === "") return undefined
    return store.knows(conversation, answered).then((known) => (known ? undefined : settled(sender.settled(conversation))))
  }

  /** The account can be asked (again). */
  up(account: number): void {
    this.markers.up(account)
  }

  /** A user of ours has read a direct chat. */
  displayed(link: Link, legacyId: string, upTo: string): void {
    const { adapter, store } = this.parts
    const { read } = adapter.capabilities
    if (read === undefined || (read.logins === true && !isCarried(this.parts.directory.accounts.get(link.accountId)))) return
    this.markers.read(
      `${link.id} ${legacyId}`,
      link.accountId,
      () => ({ user: legacyId }),
      async () => {
        const message = await store.directMessage(link.id, legacyId, upTo)
        // What they said themselves they need not have read (XEP-0333 §5).
        return message && bare(message.sender) !== link.jid ? message : undefined
      },
    )
  }

  /** A user of ours has read a room. What an account of the gateway's own has read is nobody's concern. */
  displayedIn({ room, link, capabilities }: RoomView, upTo: string): void {
    const { store, registry } = this.parts
    if (capabilities.read === undefined || link.role !== "owner" || room.state === "gone") return
    this.markers.read(
      `room ${room.id}`,
      room.accountId,
      () => ({ room: registry.byId(room.id)?.legacyId ?? room.legacyId }),
      async () => {
        const message = await store.roomMessage(room.id, upTo)
        return message && bare(message.sender) !== link.jid ? message : undefined
      },
    )
  }

  /** Undefined at once: it is no such reply. True: it chose something, and that is committed. Throws `Refusal`. */
  chosenBy(said: Utterance, through: () => void): Promise<boolean> | undefined {
    if (said.reply === undefined || said.replaces !== undefined || !this.#mayChoose(said.text)) return undefined
    return this.#chosenBy(said, said.reply, through)
  }

  async #chosenBy(said: Utterance, reply: string, through: () => void): Promise<boolean> {
    const { store, directory, ids, commitment } = this.parts
    const { link, legacyId, from, xmppId, text } = said
    const message = await store.directMessage(link.id, legacyId, reply)
    const choose = message && (await this.choices.byReply({ link, legacyId }, message.id, text))
    const conversation = message && (await directory.conversation(message.conversation))
    if (!message || !choose || !conversation) return false
    const receipt = said.wantsReceipt && xmppId !== ""
    const id = receipt ? ids.next() : ""
    await commitment.commit(
      {
        conversation,
        from,
        xmppId,
        digest: digest(text, undefined),
        action: ids.next(),
        does: { how: "interact", target: message, choose },
        says: {},
        receipt,
        again: receipt ? { id, op: { k: "receipt", id, of: xmppId, to: from } } : null,
      },
      through,
    )
    return true
  }

  /** The same in a room, where everybody sees who chose. */
  chosenIn(said: RoomUtterance, through: () => void): Promise<boolean> | undefined {
    if (said.reply === undefined || said.replaces !== undefined || !this.#mayChoose(said.text)) return undefined
    return this.#chosenIn(said, said.reply, through)
  }

  async #chosenIn(said: RoomUtterance, answered: string, through: () => void): Promise<boolean> {
    const { store, registry, ids, commitment } = this.parts
    const { view, from, xmppId, text, speaker } = said
    const message = await store.roomMessage(view.room.id, answered)
    const choose = message && (await this.choices.byReply({ view }, message.id, text))
    if (!message || !choose) return false
    const action = ids.next()
    const reply = {
      id: answered,
      ...(message.nick !== null && { nick: message.nick }),
      ...(message.text !== "" && { text: message.text.slice(0, 200) }),
    }
    const op: Extract<RoomOp, { k: "said" }> = {
      k: "said",
      id: action,
      pos: 0,
      by: voiceOf(speaker),
      text,
      at: Date.now(),
      reply,
      ...(xmppId !== "" && { xmppId }),
    }
    await commitment.commit(
      {
        conversation: registry.conversation(view.room),
        from,
        xmppId,
        digest: digest(text, undefined),
        action,
        does: { how: "interact", target: message, choose },
        says: {},
        receipt: false,
        reflect: op,
        again: { id: ids.next(), op: { ...op, only: from } },
      },
      through,
    )
    return true
  }

  #mayChoose(text: string): boolean {
    return this.parts.adapter.capabilities.interact !== undefined && numbersIn(text) !== undefined
  }

  /** What comes with a message of a direct chat, once it is stored. */
  async noted(link: Link, legacyUser: string, event: Extract<NetworkEvent, { type: "message" | "edit" }>): Promise<void> {
    await this.choices.note({ link: link.id, legacyUser }, event.id, event.body, event.type === "edit")
    if (event.type === "message") for (const change of event.reactions ?? []) await this.reactions.tell(link, legacyUser, event.id, change)
  }
}
