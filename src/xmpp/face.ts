// The XMPP side of one network as the core sees it (core/ports.ts, `Face`): operations become stanzas, changes become presences.
import type { Capabilities } from "../adapter/contract.js"
import type { BareJid, ContactRow, Link, RosterEntry } from "../core/model.js"
import type { Picture } from "../core/faces/picture.js"
import type { Face, Outgoing, Slot, SlotRequest } from "../core/ports.js"
import type { RoomFace } from "../core/rooms/ports.js"
import type { OwnMessages } from "./features/own.js"
import type { Bounces } from "./features/bounces.js"
import type { Presences } from "./features/presence.js"
import type { Sessions } from "./features/sessions.js"
import type { Faces } from "./features/faces.js"
import type { Uploads } from "./features/upload.js"
import type { Fence } from "./fence.js"
import { domainOf } from "./jid.js"
import { alone } from "./payload/chat-state.js"
import { isAsked } from "./payload/markers.js"
import { isOwn } from "./payload/own.js"
import { render, type Envelope } from "./payload/write.js"
import { message, textEl } from "./stanza.js"
import type { Context } from "./types.js"

export interface FaceParts {
  context: Context
  fence: Fence
  bounces: Bounces
  presences: Presences
  faces: Faces
  uploads: Uploads
  own: OwnMessages
  sessions: Sessions
  rooms: RoomFace
}

export class ComponentFace implements Face {
  readonly rooms: RoomFace
  readonly #waiting = new Map<string, Promise<void>>()
  #stream = 0

  constructor(private readonly parts: FaceParts) {
    this.rooms = parts.rooms
  }

  get online(): boolean {
    return this.parts.context.link.online
  }

  /** Rows of one chat go in their order, though of the first it may have to be asked how. */
  write(outgoing: Outgoing): void {
    const { own } = this.parts
    const { op, to, legacyId, tag } = outgoing
    const chat = `${to} ${tag} ${legacyId}`
    const before = this.#waiting.get(chat)
    const ready = isOwn(op) ? own.ready(domainOf(to)) : undefined
    if (!before && !ready) return this.#write(outgoing)
    const stream = this.#stream
    const mine = Promise.all([before, ready]).then(() => {
      if (this.#waiting.get(chat) === mine) this.#waiting.delete(chat)
      // A new stream: it is written there anew.
      if (stream === this.#stream && this.online) this.#write(outgoing)
    })
    this.#waiting.set(chat, mine)
  }

  streamDown(): void {
    this.#stream++
    this.#waiting.clear()
  }

  #write(outgoing: Outgoing): void {
    const { context, fence, bounces, sessions, own } = this.parts
    const { op, to, rowId, legacyId, tag } = outgoing
    const from = context.contactJid(legacyId, tag)
    if (from === null) {
      context.log.warn({ row: rowId }, "a message of somebody whose address is too long for XMPP is dropped")
      return queueMicrotask(() => context.service.bounced(outgoing, "drop"))
    }
    const mayBeOnline = (full: string): boolean => sessions.mayBeOnline(full)
    const envelope: Envelope = {
      from,
      to,
      domain: context.domain,
      now: Date.now(),
      mayBeOnline,
      lang: context.service.language(to),
      markable: legacyId !== "" && isAsked(this.#capabilities(to, tag)),
    }
    const written = isOwn(op) ? own.write(op, envelope) : { stanzas: render(op, envelope), from, to }
    for (const stanza of written.stanzas) context.send(stanza)
    bounces.written(outgoing, written.from, written.to)
    fence.track(domainOf(to), rowId)
  }

  #capabilities(user: BareJid, tag: string): Capabilities {
    const { service } = this.parts.context
    const link = service.linksOf(user).find((one) => one.tag === tag)
    return link ? service.capabilitiesOf(link) : service.capabilities
  }

  typing(link: Link, legacyId: string, active: boolean): void {
    const { context, sessions } = this.parts
    const from = context.contactJid(legacyId, link.tag)
    // Nobody there, as far as presence tells: some servers would keep it for later.
    if (from === null || !sessions.online(link.jid)) return
    context.send(message({ from, to: link.jid, type: "chat" }, alone(active ? "composing" : "paused")))
  }

  contactChanged(link: Link, entry: RosterEntry): void {
    if (this.online) this.parts.presences.contactChanged(link, entry)
  }

  consentChanged(link: Link, entry: RosterEntry): void {
    if (this.online) this.parts.presences.consentChanged(link, entry)
  }

  say(user: BareJid, text: string): void {
    const { context } = this.parts
    context.send(message({ from: context.domain, to: user, type: "chat" }, textEl("body", text)))
  }

  linkChanged(link: Link): void {
    if (this.online) this.parts.presences.linkChanged(link)
  }

  presenceChanged(link: Link, contact: ContactRow): void {
    if (this.online) this.parts.presences.presenceChanged(link, contact)
  }

  avatarChanged(link: Link, contact: ContactRow): void {
    if (this.online) this.parts.presences.presenceChanged(link, contact)
  }

  pictureOf(user: BareJid): Promise<Picture | undefined> {
    return this.parts.faces.of(user)
  }

  slot(file: SlotRequest, by: { legacyId: string; tag: string; room: boolean }): Promise<Slot | undefined> {
    return this.parts.uploads.slot(file, by)
  }

  linkRemoved(link: Link, entries: RosterEntry[]): void {
    if (this.online) this.parts.presences.linkRemoved(link, entries)
  }
}
