// Messages that clients send to rooms and to nicks in them (XEP-0045 §7.4, §7.5).
import { Refusal } from "../../core/ports.js"
import type { Participant } from "../../core/rooms/model.js"
import type { RoomUtterance } from "../../core/rooms/ports.js"
import type { Pressure } from "../features/pressure.js"
import { Serial } from "../features/serial.js"
import { bareOf } from "../jid.js"
import { markedOf, quotingOf, speaks, textOf, wholeText } from "../payload/body.js"
import { isHistory } from "../payload/delay.js"
import type { Draft } from "../payload/draft.js"
import { refusal } from "../payload/encryption.js"
import * as mentions from "../payload/mentions.js"
import { readMessage } from "../payload/read.js"
import { refuse } from "../router.js"
import { addressed, el, fromElement, join } from "../stanza.js"
import type { Context, Incoming } from "../types.js"
import type { Administration } from "./administration.js"
import { viewOf } from "./asked.js"
import type { RoomHall } from "./hall.js"
import { nsHats, nsMuc, nsOccupantId, nsUser, occupantId } from "./items.js"
import type { RoomPresences } from "./presence.js"
import type { Stay } from "./stay.js"
import { words } from "../../core/words/words.js"

export interface TalkParts {
  context: Context
  hall: RoomHall
  pressure: Pressure
  presences: RoomPresences
  /** Subjects; invitations, declines and requests for voice, which are not of type groupchat (§7.8, §7.13, §8.1). */
  administration: Pick<Administration, "subject" | "mediated">
}

export class Talk {
  readonly #parts: TalkParts
  readonly #serial: Serial

  constructor(parts: TalkParts) {
    this.#parts = parts
    this.#serial = new Serial((error) => parts.context.log.error({ err: error }, "a private message could not be handled: this is a bug"))
  }

  handle(incoming: Incoming): void {
    const { context } = this.#parts
    try {
      this.#handle(incoming)
    } catch (error) {
      context.send(refuse(context, incoming.el, error))
    }
  }

  #handle(incoming: Incoming): void {
    const { context, hall, presences } = this.#parts
    const { el, type, from, fromBare, to, target } = incoming
    if (type === "error") return presences.failed(incoming)
    const draft = mentions.settle(readMessage(el), context.domain, bareOf(to))
    if (isHistory(draft, fromBare)) return context.log.debug({ from, id: draft.id }, "a repeated message of the past is not relayed")
    if (target.kind === "room" && type !== "groupchat") {
      if (this.#parts.administration.mediated(incoming) || !speaks(draft)) return
      return this.#refused(
        incoming,
        new Refusal("bad-request", words("What everybody in a room is to read is of type groupchat."), "modify"),
      )
    }
    if (target.kind === "occupant" && type === "groupchat")
      throw new Refusal("bad-request", words("A message to one alone cannot be of type groupchat."), "modify")
    const stay = hall.find(from, bareOf(to))
    if (!stay) {
      if (!speaks(draft) && draft.subject === undefined && draft.retracts === undefined && !draft.reactions) return
      return this.#refused(incoming, new Refusal("not-acceptable", words("You are not in this room: join it first.")))
    }
    if (draft.encrypted !== undefined) throw new Refusal("not-acceptable", refusal(draft.encrypted, context.service.name), "modify")
    if (target.kind === "occupant") this.#private(incoming, draft, stay)
    else this.#public(incoming, draft, stay)
  }

  #public(incoming: Incoming, draft: Draft, stay: Stay): void {
    const { context } = this.#parts
    const { rooms } = context.service
    const { view, participant: speaker, full: from } = stay
    // The text beside a retraction is for clients that know none.
    if (draft.retracts !== undefined) {
      mayTalk(stay)
      const what = { view, from, speaker, xmppId: draft.id, target: draft.retracts, moderate: false }
      return this.#commit(rooms.retract(what), incoming)
    }
    // What one thinks of a message one may tell without a voice, if the network lets the account.
    if (draft.reactions) return this.#commit(rooms.react({ view, from, speaker, xmppId: draft.id, ...draft.reactions }), incoming)
    if (draft.displayed !== undefined) rooms.displayed(view, draft.displayed)
    if (!speaks(draft)) {
      if (draft.subject !== undefined && draft.body === undefined) return this.#parts.administration.subject(incoming, stay, draft)
      if (draft.chatState === undefined || view.role === "visitor") return
      rooms.typing(view, draft.chatState === "composing")
      return this.#parts.hall.state(view.room.id, speaker, draft.chatState)
    }
    mayTalk(stay)
    const text = textOf(draft)
    const marked = markedOf(draft, text)
    const said: RoomUtterance = { view, from, speaker, xmppId: draft.id, text, ...(marked && { marked }) }
    if (draft.replaces !== undefined) said.replaces = draft.replaces
    if (draft.reply !== undefined) said.reply = draft.reply
    const quoting = draft.reply === undefined ? undefined : quotingOf(draft)
    if (quoting) said.quoting = quoting
    // Called at once, before anything else is read: the order of acceptance is the order of arrival.
    this.#commit(rooms.say(said), incoming)
  }

  /** Whoever may not even know of the room is told that instead. */
  #refused(incoming: Incoming, refusal: Refusal): void {
    this.#commit(
      viewOf(incoming, this.#parts.context).then(() => Promise.reject(refusal)),
      incoming,
    )
  }

  #commit(work: Promise<void>, { el }: Incoming): void {
    const { context, pressure } = this.#parts
    pressure.while(work.catch((error: unknown) => context.send(refuse(context, el, error))))
  }

  #private(incoming: Incoming, draft: Draft, stay: Stay): void {
    const nick = incoming.target.kind === "occupant" ? incoming.target.resource : ""
    // Finding a participant takes a moment: the next words to them must not be faster.
    const work = this.#serial.run(stay.full, async () => {
      try {
        await this.#whisper(incoming, draft, stay, nick)
      } catch (error) {
        this.#parts.context.send(refuse(this.#parts.context, incoming.el, error))
      }
    })
    this.#parts.pressure.while(work)
  }

  async #whisper(incoming: Incoming, draft: Draft, stay: Stay, nick: string): Promise<void> {
    const { context, hall } = this.#parts
    const { rooms } = context.service
    const { view } = stay
    const floor = hall.floor(view.room.id)
    const other = floor?.users().find(({ participant }) => participant.nick === nick)
    if (floor && other) return this.#forward(incoming, stay, floor.of(other.user))
    if (draft.reactions)
      throw new Refusal("feature-not-implemented", words("To react to what was said in private, write to {nick} directly.", { nick }))
    if (!speaks(draft)) return
    const to: Participant | undefined = await rooms.participant(view.room, { nick })
    if (!to) throw new Refusal("item-not-found", words("Nobody in this room is «{nick}».", { nick }))
    if (to.contact === null) throw new Refusal("recipient-unavailable", words("{nick} is not here now.", { nick }), "wait")
    const text = wholeText(draft)
    const marked = markedOf(draft, text)
    await rooms.whisper({ view, from: stay.full, to, xmppId: draft.id, text, ...(marked && { marked }) })
  }

  /** Between users of ours, to all clients of the other (§7.5). What only a room may say of its occupants is the room's to say. */
  #forward({ el: stanza, id, type }: Incoming, { participant }: Stay, clients: readonly Stay[]): void {
    const { hall } = this.#parts
    const kept = stanza.getChildElements().filter((child) => !owned.has(child.getNS() ?? "") && child.getName() !== "stanza-id")
    const write = addressed(
      "message",
      { type: type === "" ? undefined : type, id: id === "" ? undefined : id, "xml:lang": stanza.attrs["xml:lang"] },
      join(kept.map(fromElement)),
      el("x", { xmlns: nsUser }),
      occupantId(participant.id),
    )
    for (const client of clients) hall.put(client, write(hall.from(client, participant.nick), client.to), "message")
  }
}

/** Who somebody is, what is past, and who passed it on; a client's own word on when it was said would tell its JID. */
const owned = new Set([
  nsMuc,
  nsUser,
  nsOccupantId,
  nsHats,
  "urn:xmpp:delay",
  "jabber:x:delay",
  "urn:xmpp:mam:2",
  "urn:xmpp:carbons:2",
  "urn:xmpp:forward:0",
  "http://jabber.org/protocol/address",
])

function mayTalk({ view }: Stay): void {
  if (view.role === "visitor") throw new Refusal("forbidden", words("You have no voice in this room: you can only read."), "auth")
}
