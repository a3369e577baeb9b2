// What the core asks of its edges, and what the XMPP side may ask of the core. Types only.
import type { Capabilities, Contact } from "../adapter/contract.js"
import type { AskUser } from "./commands/ask.js"
import type { Administration, Process } from "./admin/ports.js"
import type { BridgeService } from "./bridges/desk.js"
import type { PeopleService } from "./consent/ports.js"
import type { Marked } from "./content.js"
import type { BareJid, ContactRow, DirectOp, FullJid, Link, Refused, RosterEntry, Subscription } from "./model.js"
import type { Avatar, Picture } from "./faces/picture.js"
import type { Prefs } from "./personal/preferences.js"
import type { Offered } from "./asides/store.js"
import type { RoomFace, RoomService, RoomView } from "./rooms/ports.js"
import { inLanguage, type Said } from "./words/words.js"

/** Thrown by the core where the user must be told: becomes a stanza error or a sentence in a chat, in their language where it is `words`. */
export class Refusal extends Error {
  readonly error: Refused
  constructor(condition: string, said: Said, type: Refused["type"] = "cancel") {
    const text = inLanguage(said)
    super(text)
    this.name = "Refusal"
    this.error = { type, condition, text, ...(typeof said === "object" && { said }) }
  }
}

/** The user has blocked whom they write to (XEP-0191 §3.3). */
export class BlockedRefusal extends Refusal {
  constructor(said: Said) {
    super("not-acceptable", said)
  }
}

/** One durable stanza on its way to the user, with what is needed to address it. */
export interface Outgoing {
  rowId: string
  op: DirectOp
  to: BareJid
  /** Whom it comes from: a contact's legacy id, or «» for the gateway itself. */
  legacyId: string
  tag: string
  /** How often it came back, and when first (epoch ms). */
  returned?: { times: number; since: number }
}

/** The XMPP side of one network, as the core uses it. Nothing here is awaited. */
export interface Face {
  /** True while the component stream is up. */
  readonly online: boolean
  readonly rooms: RoomFace
  /** Renders and writes; later `Service.delivered` or `Service.bounced` names the row. */
  write(outgoing: Outgoing): void
  /** Ephemeral: typing of a foreign person (XEP-0085). */
  typing(link: Link, legacyId: string, active: boolean): void
  /** The contact is new in the user's list, or its name changed. */
  contactChanged(link: Link, entry: RosterEntry): void
  /** User and contact write to each other from now on, or not any more, or the contact asks for it. */
  consentChanged(link: Link, entry: RosterEntry): void
  /** Ephemeral: something the gateway says to somebody who is not tied to it. */
  say(user: BareJid, text: string): void
  /** The account came up or went down: presences of gateway and contacts change. */
  linkChanged(link: Link): void
  /** One contact's presence changed. */
  presenceChanged(link: Link, contact: ContactRow): void
  /** The contact is shown with another picture, or with none. */
  avatarChanged(link: Link, contact: ContactRow): void
  /** The picture of a user of ours; undefined: none, or it cannot be had now. Awaited; never rejects. */
  pictureOf(user: BareJid): Promise<Picture | undefined>
  /**
   * Room for a file on the server (XEP-0363), in the name of this contact or room («» is the gateway). Undefined: the server takes no files
   * of ours. Rejects with `AdapterError`: «rejected» where it is too large, «retry» where the quota is used up or the server does not answer.
   */
  slot(file: SlotRequest, by: { legacyId: string; tag: string; room: boolean }): Promise<Slot | undefined>
  /** The link ends: take contacts out of the user's roster, tell their presences. */
  linkRemoved(link: Link, entries: RosterEntry[]): void
}

export interface Quoting {
  text: string
  marked?: Marked
}

/** What a user wrote, decoded from one stanza. */
export interface Utterance {
  link: Link
  from: FullJid
  /** The contact written to. */
  legacyId: string
  /** The stanza's id («» if it has none). */
  xmppId: string
  text: string
  /** XEP-0308: the xmpp id of the message this one replaces. */
  replaces?: string
  /** XEP-0461: id of the message this one answers, as the user's client knows it. */
  reply?: string
  /** The whole of a reply, with the quotation that the client put before it: for where it cannot be pointed to what is answered. */
  quoting?: Quoting
  marked?: Marked
  wantsReceipt: boolean
}

/** XEP-0444: all that a user thinks of a message now. `target`: its id, as the user's client knows it. */
export interface Reacting extends Pick<Utterance, "link" | "from" | "legacyId" | "xmppId"> {
  target: string
  emoji: string[]
}

/** A poll or buttons that are open. `message`: its id in the store. */
export interface OpenChoice extends Offered {
  message: string
}

/** Where it is offered. */
export type Chosen = { link: Link; legacyId: string } | { view: RoomView }

/** Where a file may be put, and where it is then found (XEP-0363 §5). */
export interface Slot {
  put: string
  headers: Record<string, string>
  get: string
}

/** What a file that is to be put somewhere is called, how large it is and what it is. */
export interface SlotRequest {
  name: string
  bytes: number
  mime: string
}

/** A user takes back what they said to a contact. */
export interface Retraction extends Pick<Utterance, "link" | "from" | "legacyId" | "xmppId"> {
  /** Stanza id of what is taken back. */
  target: string
}

export interface Presence {
  show: "available" | "away" | "dnd" | "unavailable"
  status?: Said
}

/** How a bounced stanza is to be treated (docs/adr/0004): again later, when the user comes back, never, or user gone. */
export type Bounce = "later" | "when-present" | "drop" | "unreachable"

/** One network of this gateway, as its XMPP side sees it. All state questions are answered from memory or the store. */
export interface Service {
  readonly id: string
  readonly name: string
  readonly discoType: string
  readonly domain: string
  readonly capabilities: Capabilities
  /** In the direct chats of this link. */
  capabilitiesOf(link: Link): Capabilities
  // ---- users
  /** By the configuration. */
  isAdmin(user: BareJid): boolean
  /** An administrator has shut this user out: why nothing of theirs is taken. */
  barred(user: BareJid): Refusal | undefined
  /** For those who are administrators: whoever calls has asked `isAdmin`. */
  readonly admin: Administration
  /** Absent: the process cannot be asked. */
  readonly process: Process | undefined
  /** The language to talk to the user in: their choice, else what they wrote in (`heard`, as of `xml:lang`), now or last, else «en». */
  language(user: BareJid, heard?: string): string
  linksOf(user: BareJid): readonly Link[]
  /** What the user wants, on all networks. From memory. */
  preferences(user: BareJid): Prefs
  /** Resolves when it is committed. False: the gateway does not know the user. */
  setPreferences(user: BareJid, change: Partial<Prefs>): Promise<boolean>
  /** Names of all networks of this gateway. */
  readonly networks: readonly string[]
  /** All that is kept of the user, at an address, or on its way in so many messages. Throws `Refusal`. */
  exportData(user: BareJid): Promise<{ url: string } | { messages: number }>
  /** Wipes the user from all networks of this gateway. Resolves with the names of those where something was. */
  eraseUser(user: BareJid): Promise<string[]>
  /** All links of this network, for presence after a restart. */
  allLinks(): Iterable<Link>
  /** Whether the account is connected, and if not a sentence why. */
  linkState(link: Link): { up: boolean; text: Said }
  /** Operations that wait towards the network (`out`) and towards XMPP (`in`); `oldest` is a row id (ids.ts, `timeOf`). */
  backlog(link: Link): Promise<{ out: number; in: number; oldest: string | null; dead: number }>
  /** Runs the adapter's login. Throws `Refusal` with the reason. Again by the same user: changes the credential. */
  register(user: BareJid, ask: AskUser): Promise<{ link: Link; text: Said }>
  /** The user gets a code, and whoever hands it in on the network has their own account's private chats brought here. Throws `Refusal`. */
  carry(user: BareJid, ask: AskUser): Promise<{ link: Link; text: Said }>
  /** Wipes links, account, conversations and contacts of the user on this network, or of the tie with this tag. False: there was nothing. */
  unregister(user: BareJid, tag?: string): Promise<boolean>
  // ---- contacts
  roster(link: Link): Promise<RosterEntry[]>
  rosterEntry(link: Link, legacyId: string): Promise<RosterEntry | undefined>
  /** «@username» or an id → a contact that can be written to; makes the roster row. Throws `Refusal`. */
  resolve(link: Link, text: string): Promise<ContactRow>
  /** Puts the contact into the user's list, also if it was taken out or turned away before: the user asks for it now. */
  offer(link: Link, contact: ContactRow): Promise<void>
  setSubscription(link: Link, contact: ContactRow, subscription: Subscription): Promise<void>
  /** Who may write to whom. */
  readonly people: PeopleService
  presenceOf(link: Link, contact: ContactRow): Presence
  /** The picture of a foreign person, asked of this account's network where it is not here; one that is due is waited for. Never rejects. */
  avatar(account: number, legacyId: string): Promise<Avatar | undefined>
  /** As `avatar`, not awaited: it is told of when it is here. */
  wantAvatar(account: number, legacyId: string): void
  readonly rooms: RoomService
  /** Absent: nobody can make a bridge here. */
  readonly bridges?: BridgeService | undefined
  // ---- messages
  /** Resolves when the message is committed; throws `Refusal`. */
  accept(utterance: Utterance): Promise<void>
  /** Resolves when it is committed, or was done before; throws `Refusal`. */
  retract(retraction: Retraction): Promise<void>
  /** Resolves when it is committed, or was done before; throws `Refusal`. */
  react(reacting: Reacting): Promise<void>
  /** What can be chosen in this chat or room now, newest first. */
  choices(where: Chosen): Promise<OpenChoice[]>
  /** Chooses at once; resolves with what the network says to it. Throws `Refusal`. */
  choose(where: Chosen, message: string, options: readonly string[]): Promise<string>
  /** XEP-0333: the user has read all up to this message, by its id as their client knows it. Not awaited. */
  displayed(link: Link, legacyId: string, upTo: string): void
  typing(link: Link, legacyId: string, active: boolean): void
  // ---- what became of what was written
  delivered(rowIds: readonly string[]): void
  bounced(outgoing: Outgoing, bounce: Bounce): void
  /** The stream is up (again): deliver what waits. */
  streamUp(): void
  /** The stream is down: what was not delivered will be written again. */
  streamDown(): void
  /** A resource of the user came on-line or went; `from` is its full JID. */
  userPresence(from: FullJid, available: boolean): void
}

export type { Contact }
