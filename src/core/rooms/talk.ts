// What users say in rooms, towards the network: messages, corrections, retractions, private words, typing.
import type { Capabilities } from "../../adapter/contract.js"
import { AdapterError } from "../../adapter/errors.js"
import { digest, type Commit } from "../commitment.js"
import { quote } from "../flatten.js"
import type { Voiced } from "../model.js"
import type { How } from "../operations.js"
import { bare } from "../address.js"
import { lengthOf, plan } from "../plan.js"
import { Refusal } from "../ports.js"
import { checkRetraction } from "../retraction.js"
import { reflected } from "../files/showing.js"
import { shifted } from "../styling/marked.js"
import type { Length } from "../styling/split.js"
import type { StoredMessage } from "../store.js"
import { Turnstile } from "../turnstile.js"
import type { Access } from "./access.js"
import type { Participant, RoomOp, RoomRow, Voice } from "./model.js"
import type { RoomParts } from "./parts.js"
import type { RoomService, RoomUtterance, RoomView } from "./ports.js"
import { SlowMode } from "./slow.js"
import { words } from "../words/words.js"

type Said = Extract<RoomOp, { k: "said" }>
type Retraction = Parameters<RoomService["retract"]>[0]

/** What is corrected. `name`: id by which clients know it. */
type Corrected = Pick<StoredMessage, "id" | "at" | "parts" | "files" | "sent"> & { name: string }

/** What is answered. `isThere`: the network can be pointed to it. */
interface Answered {
  reply: NonNullable<Said["reply"]>
  message: string
  isThere: boolean
}

/** What a reply tells of the message it answers, UTF-16 units. */
const quoted = 200
/** Marks that make a name before a text stand out, in UTF-16 units. */
const boldName = 4

const nothing = (): void => undefined

export class RoomTalk {
  readonly #length
  /** Of what users say in rooms. */
  readonly order = new Turnstile()
  readonly #slow = new SlowMode()

  constructor(private readonly parts: RoomParts & { access: Pick<Access, "viewOf"> }) {
    this.#length = lengthOf(parts.adapter)
  }

  /** Resolves when it is committed. Throws `Refusal`. */
  say(said: RoomUtterance): Promise<void> {
    const { room, link } = said.view
    this.parts.typing.stop(typingKey(said.view)) // the message ends it
    return this.order.enter(String(room.id), (through) => {
      const { capabilities } = this.#writable(said.view)
      // Without anything to look up at once: the order of acceptance is the order of arrival.
      if (said.replaces === undefined && said.reply === undefined) return this.#say(said, capabilities, null, undefined, through)
      const corrected = said.replaces === undefined ? null : this.#corrected(room, said.replaces, link.jid)
      const answered = said.reply === undefined ? undefined : this.#answered(room, said.reply)
      const choosing = this.parts.asides.chosenIn(said, through)
      return Promise.all([corrected, answered, choosing]).then(([target, reply, isChosen]) =>
        // What nobody knows here can only be quoted, as the client did.
        isChosen === true ? undefined : this.#say(reply ? said : { ...said, ...said.quoting }, capabilities, target, reply, through),
      )
    })
  }

  #say(
    said: RoomUtterance,
    capabilities: Capabilities,
    corrected: Corrected | null | undefined,
    answered: Answered | undefined,
    through: () => void,
  ): Promise<void> {
    const { ids, commitment, registry, sender } = this.parts
    const { view, from, xmppId, text, marked, speaker } = said
    sender.takings.admit(marked)
    const now = Date.now()
    const as = this.#speaker(view, speaker)
    // The account speaks for several: the network is to know who it is.
    const named = view.link.role === "guest" ? `${speaker.nick}: ` : ""
    const points = capabilities.reply !== undefined && answered?.isThere === true
    const before = (answered && !points ? quote(answered.reply.text ?? "") : "") + (as ? "" : named)
    // Where the network does not let the account speak as others after all, the name goes before.
    const length = as && named !== "" ? (...part: Parameters<Length>) => this.#length(...part) + named.length + boldName : this.#length
    const old = corrected && { ...corrected, ageMs: now - corrected.at }
    const planned = plan(said, old, sender.takings.usable(capabilities), length, before)
    const action = ids.next()
    const edits = planned.how === "edit" ? corrected : null
    const taken = edits ? nothing : this.#slow.take(view, said, now)
    const op: Said = {
      k: "said",
      id: action,
      pos: 0,
      by: voiceOf(speaker),
      ...(edits ? withoutOthers(reflected(text, marked)) : corrected === null ? reflected(text, marked) : renewed(text, marked)),
      at: now,
      ...(xmppId !== "" && { xmppId }),
      ...(answered && { reply: answered.reply }),
      ...(edits && { replaces: edits.name }),
    }
    const says: How = {
      ...(points && { reply: answered.message }),
      ...(as && { as }),
    }
    const commit: Commit = {
      conversation: registry.conversation(view.room),
      from,
      xmppId,
      digest: digest(text, said.replaces, marked),
      action,
      does: { ...planned, target: corrected },
      says,
      receipt: false,
      reflect: op,
      again: { id: ids.next(), op: { ...op, only: from } },
    }
    return commitment.commit(commit, through).catch((error: unknown) => {
      taken()
      throw error
    })
  }

  /** Undefined: on this network the account speaks as itself alone. */
  #speaker({ link }: RoomView, { id, nick }: Participant): Voiced | undefined {
    if (this.parts.capabilities.send.impersonate === undefined) return undefined
    return { id, name: nick, ...(link.role === "owner" && { own: true }) }
  }

  /** Throws `Refusal` where nothing can be said. The view as it is now. */
  #writable({ room, link }: RoomView): RoomView {
    const { accounts, name } = this.parts
    const view = this.#present({ room, link })
    if (view.role === "visitor") throw new Refusal("forbidden", words("You have no voice in this room: you can only read."), "auth")
    const { account, text } = accounts.describe(room.accountId)
    if (account?.state !== "logged-out") return view
    if (link.role === "owner")
      throw new Refusal(
        "registration-required",
        words("Not sent, the login is no longer valid: {text} Register again to go on.", { text }),
        "auth",
      )
    throw new Refusal(
      "service-unavailable",
      words("Not sent, {network} logged out the account of this room. Its administrator has to mend that.", { network: name }),
    )
  }

  /** Undefined: no message of theirs that we know. */
  async #corrected(room: RoomRow, id: string, user: string): Promise<Corrected | undefined> {
    const { store } = this.parts
    const found = await store.findMessage(room.id, id, user as RoomView["link"]["jid"])
    if (found) return this.#isThere(room, found) ? { ...found, name: found.xmppId === "" ? found.id : found.xmppId } : undefined
    // A client that gave no id knows its message by ours.
    const known = await store.roomMessage(room.id, id)
    return known && bare(known.sender) === user && this.#isThere(room, known) ? { ...known, name: known.id } : undefined
  }

  /** The network has it, or will: not a notice, nor what lost its id when the room moved. */
  #isThere(room: RoomRow, { id, sent }: { id: string; sent: number }): boolean {
    return sent > 0 || this.parts.sender.concerns(room.id, id)
  }

  /** `id`: a stanza id, or what its author's client called it. Undefined: nothing we know. */
  async #answered(room: RoomRow, id: string): Promise<Answered | undefined> {
    const { store } = this.parts
    const known = await store.roomMessage(room.id, id)
    const named = known ?? (await store.findMessage(room.id, id))
    const message = known ?? (named && (await store.roomMessage(room.id, named.id)))
    if (!message) return undefined
    const text = message.retracted ? "" : message.text.slice(0, quoted).replace(/[\ud800-\udbff]$/, "")
    const reply = { id: known ? id : message.id, ...(message.nick !== null && { nick: message.nick }), ...(text !== "" && { text }) }
    return { reply, message: message.id, isThere: this.#isThere(room, message) }
  }

  /** By its author, or by a moderator. Resolves when it is committed. Throws `Refusal`. */
  retract(what: Retraction): Promise<void> {
    const { room } = what.view
    return this.order.enter(String(room.id), async (through) => {
      const { ids, registry, commitment } = this.parts
      const message = await this.#retractable(what)
      if (!message) return
      const { from, xmppId, speaker, moderate, why } = what
      const as = this.#speaker(what.view, speaker)
      const action = ids.next()
      const reflect: RoomOp = {
        k: "retracted",
        id: action,
        pos: 0,
        by: voiceOf(speaker),
        target: message.seen,
        at: Date.now(),
        moderated: moderate,
        ...(xmppId !== "" && { xmppId }),
        ...(why !== undefined && { why }),
      }
      const commit: Commit = {
        conversation: registry.conversation(room),
        from,
        xmppId,
        digest: digest("", `retract ${what.target}`),
        action,
        does: { how: "retract", target: message },
        says: { ...(as && { as }) },
        receipt: false,
        reflect,
        again: null,
      }
      await commitment.commit(commit, through)
    })
  }

  /** Undefined: it was taken back already. `seen`: its stanza id. */
  async #retractable({
    view,
    target,
    moderate,
  }: Retraction): Promise<{ id: string; parts: number; sent: number; seen: string } | undefined> {
    const { store, name } = this.parts
    const { role, capabilities } = this.#present(view)
    const known = await store.roomMessage(view.room.id, target)
    // Some clients (Converse.js) name their own messages as they called them, not as the room did.
    const named = known ? undefined : await store.findMessage(view.room.id, target, view.link.jid)
    const message = known ?? (named && (await store.roomMessage(view.room.id, named.id)))
    if (!message) throw new Refusal("item-not-found", words("There is no such message in this room."))
    const own = bare(message.sender) === view.link.jid
    if (!own && !(moderate && role === "moderator"))
      throw new Refusal("forbidden", words("Only its author or a moderator can take a message back."), "auth")
    if (message.retracted) return undefined
    checkRetraction({ own, at: message.at, isThere: this.#isThere(view.room, message) }, capabilities, name)
    return { ...message, seen: message.id === target ? target : await this.#seen(view.room, known ? target : message.id, message.id) }
  }

  /** Clients know a message by the stanza id of what they saw of it first. */
  async #seen(room: RoomRow, target: string, message: string): Promise<string> {
    const { entries } = await this.parts.store.archivePage({ room: room.id, ids: [message], limit: 1, fromEnd: false })
    return entries[0]?.id ?? target
  }

  #present({ room, link }: Pick<RoomView, "room" | "link">): RoomView {
    const { registry, access, name } = this.parts
    if (registry.byId(room.id) !== room)
      throw new Refusal("item-not-found", words("There is no such room on {network} any more.", { network: name }))
    if (room.state === "gone")
      throw new Refusal("not-acceptable", words("The account is no longer in this group on {network}.", { network: name }))
    return access.viewOf(link, room)
  }

  /** To a foreign participant alone. Throws `Refusal`. */
  async whisper({ view, from, to, xmppId, text, marked }: Parameters<RoomService["whisper"]>[0]): Promise<void> {
    const { direct, name } = this.parts
    if (to.contact === null) throw new Refusal("recipient-unavailable", words("{nick} is not here now.", { nick: to.nick }), "wait")
    if (view.link.role === "guest")
      throw new Refusal(
        "not-allowed",
        words(
          "The account of this room is the gateway's own: nobody on {network} could answer you alone. Register with {network} to write to {nick}.",
          { network: name, nick: to.nick },
        ),
      )
    await direct({ link: view.link, from, legacyId: to.contact, xmppId, text, ...(marked && { marked }), wantsReceipt: false })
  }

  typing(view: RoomView, active: boolean): void {
    const { typing, capabilities, accounts, log } = this.parts
    const { room } = view
    if (capabilities.typing === undefined || room.state === "gone") return
    typing.heard(typingKey(view), active, (now) => {
      const live = accounts.live(room.accountId)
      // Ephemeral: a failure is nobody's concern.
      live?.session.typing?.({ chat: { room: room.legacyId }, active: now }, live.signal).catch((error: unknown) => {
        log.debug({ err: error instanceof AdapterError ? error.message : error }, "typing in a room was not told")
      })
    })
  }
}

/** A correction is of the text: what was shown apart from it stays. */
function withoutOthers({ others: _, ...said }: ReturnType<typeof reflected>): Pick<Said, "text" | "rich"> {
  return said
}

/** What would have been a correction, as a message of its own. */
function renewed(text: string, marked: RoomUtterance["marked"]): Pick<Said, "text" | "rich" | "others"> {
  const mark = "✎ "
  return reflected(mark + text, shifted(marked, mark.length))
}

function typingKey({ room, link }: RoomView): string {
  return `room ${room.id} ${link.id}`
}

export function voiceOf({ nick, id, name }: Participant): Voice {
  return { nick, occupant: id, ...(name !== null && name !== nick && { name }) }
}
