// The whole contract between xferry and a network: types only. Implement `Adapter`; see docs/adapter/.
// Ids are the network's own strings, opaque outside the adapter.
export type LegacyUserId = string; export type LegacyRoomId = string; export type LegacyMessageId = string
/** `login`: a login carried by this account speaks (a business account that lets us answer). Absent: the account itself. */
export type ChatRef = { user: LegacyUserId; login?: string } | { room: LegacyRoomId }
/** `handle`: the adapter's own note on a message (which webhook posted it), stored and given back. No credentials in it. */
export interface MessageRef { id: LegacyMessageId; handle?: string } export interface Page<T> { items: T[]; next?: string }
// ---- content
/** Offsets count UTF-16 code units of `text`. `arg`: URL, language, LegacyUserId, LegacyRoomId, emoji id, epoch seconds. */
export interface Span { kind: "bold" | "italic" | "underline" | "strike" | "code" | "pre" | "quote" | "heading" | "spoiler" | "link" | "mention" | "room" | "everyone" | "emoji" | "time"; start: number; end: number; arg?: string }
export interface FileInfo { name: string; mime: string; kind?: "image" | "video" | "audio" | "voice" | "video-note" | "animation" | "sticker"; bytes?: number; width?: number; height?: number; seconds?: number; alt?: string; spoiler?: boolean }
/** A file the network holds: `ref` is what `download` takes, valid for weeks, without a credential; `stableId` avoids a second copy. */
export interface FileRef extends FileInfo { ref: string; stableId?: string }
/** A file on its way to the network: fetched safely by the core, opened as often as a retry needs. */
/** `url`: where the world fetches the same, in the clear, if it does. */
export interface Upload extends FileInfo { url?: string; open(signal: AbortSignal): Promise<ReadableStream<Uint8Array>> }
export type Extra =
  | { type: "location"; lat: number; lon: number; label?: string; until?: Date } | { type: "contact"; name: string; phone?: string; user?: LegacyUserId }
  | { type: "choice"; as: "poll" | "buttons"; options: { id: string; text: string; url?: string; votes?: number }[]; multiple?: boolean; closed?: boolean }
  | { type: "preview"; url: string; title?: string; text?: string; image?: FileRef } | { type: "forward"; name: string; at?: Date }
export interface Body<F extends FileInfo = FileRef> { text: string; spans?: Span[]; files?: F[]; extras?: Extra[] }
export interface Reply extends MessageRef { quote?: string; text?: string; author?: string } // text, author: to quote what the other side never saw or cannot point to
export interface Emoji { text: string; id?: string; file?: FileRef }
// ---- people and rooms. An absent field is unknown: leave as it is.
export interface Contact { id: LegacyUserId; name?: string; username?: string; kind?: "person" | "bot" | "room" | "webhook"; avatar?: FileRef | null; profile?: Record<string, string> }
export type Role = "owner" | "admin" | "member" | "muted" | "none" | "banned"
export interface Member { contact: Contact; role: Role; title?: string; name?: string }
/** `archived`: closed for writing; "idle": put away, and back as soon as somebody writes. `limits` narrows the capabilities here: `send: false` is a read-only channel, `react: { allowed: ["👍"] }` few emoji. */
export interface Room { id: LegacyRoomId; kind?: "group" | "channel" | "topic" | "container"; parent?: LegacyRoomId | null; name?: string; topic?: string; avatar?: FileRef | null; memberCount?: number; slowSeconds?: number; archived?: boolean | "idle"; limits?: Limits }
export type Limits = { readonly [K in keyof Capabilities]?: Partial<NonNullable<Capabilities[K]>> | false }
// ---- what a network can do, as data. A missing key means «cannot»: the core degrades or refuses before calling.
export interface Capabilities {
  send: {
    /** Counted by `Adapter.length`. */ maxChars?: number; maxCaption?: number; /** The network drops a second send with the same key; "own": but not if it is said as somebody (`Send.as`). */ idempotent?: boolean | "own"
    /** Speaks under the name (and face) of the XMPP user; absent: the core prefixes the name. */ impersonate?: "name" | "name+avatar"
    formatting?: Span["kind"][]; extras?: Extra["type"][]; files?: { maxBytes: number; kinds?: NonNullable<FileInfo["kind"]>[]; perMessage?: number }
  }
  /** What the network tells us of itself; what is not named, the core never promises to a client. */
  tells?: ("typing" | "read" | "delivered" | "presence" | "edit" | "retract" | "reactions" | "members")[]
  reply?: { quote?: boolean }; edit?: { withinSeconds?: number }; retract?: { withinSeconds?: number; others?: boolean }
  /** `as: "bot"`: one reaction for all our users; the core sends the union or a summary. */
  react?: { max?: number; allowed?: string[]; as?: "user" | "bot" }
  /** `logins`: only in chats of carried logins. */ read?: { logins?: boolean }; /** The core repeats «is typing» within this time. */ typing?: { lastsSeconds?: number }; interact?: object; download?: { maxBytes?: number }
  history?: { maxPage?: number; older?: boolean; /** Of direct chats too. */ direct?: boolean }; find?: { contacts?: boolean; hint?: string }; rooms?: object; members?: { complete?: boolean }; access?: object
  manage?: { can: Manage["do"][] }
  /** Foreign people can hand in a one-time code: whoever follows what `entry` says has it passed to `Host.run` as the command «start». */ entry?: object
  /** The account can carry logins of other people (events `login`). `replyHours`: answers are possible so long after the person last wrote. `limits`: what of all else is less in their chats. */ logins?: { replyHours?: number; limits?: Limits }
}
export type Manage =
  | { do: "name" | "topic"; text: string } | { do: "avatar"; file: Upload | null } | { do: "slow"; seconds: number } | { do: "pin" | "unpin"; message: MessageRef }
  | { do: "kick" | "ban" | "unban" | "add"; user: LegacyUserId; why?: string } | { do: "role"; user: LegacyUserId; role: Role }
  | { do: "create"; new: Omit<Room, "id" | "parent">; first?: Body<Upload> } | { do: "join"; password?: string } | { do: "close" | "reopen" | "leave" | "destroy" } | { do: "invite"; uses?: number; until?: Date }
// ---- verbs, towards the network
/** Who speaks. `id` is stable, so that an occupant or a webhook can be kept for it. `own`: the account is theirs alone: where it speaks as itself, their name need not be put before. */
export interface Speaker { id: string; name: string; avatarUrl?: string; /** Their picture itself, small; `id` is another for another picture. */ picture?: { id: string; load(signal: AbortSignal): Promise<Uint8Array> }; identity?: LegacyUserId; own?: boolean }
/** `key` is stable over retries: hand it to the network where it takes one. */
export interface Send { chat: ChatRef; body: Body<Upload>; key: string; reply?: Reply; thread?: string; as?: Speaker; silent?: boolean; /** A question of the gateway's own: the choices in the body (`Extra`) are offered as in an answer of `Host.run`. Otherwise none are. */ asks?: boolean }
/** `parts`: further messages the network made of this one call (the rest of an album, a text that has no place beside a file), in order: people answer and react to any of them, and the core takes back each with a call of its own. */
export interface Sent extends MessageRef { at?: Date; revision?: string; parts?: MessageRef[] }
type Op<T> = T & { chat: ChatRef; as?: Speaker }
interface Verbs {
  edit(op: Op<{ message: MessageRef; body: Body<Upload> }>, signal: AbortSignal): Promise<{ revision?: string } | void>
  retract(op: Op<{ message: MessageRef; why?: string }>, signal: AbortSignal): Promise<void>
  react(op: Op<{ message: MessageRef; emoji: string[] }>, signal: AbortSignal): Promise<void>
  read(op: Op<{ upTo: MessageRef }>, signal: AbortSignal): Promise<void>; typing(op: Op<{ active: boolean }>, signal: AbortSignal): Promise<void>
  interact(op: Op<{ message: MessageRef; choose: string[] }>, signal: AbortSignal): Promise<string | void>
  download(file: FileRef, signal: AbortSignal): Promise<{ stream: ReadableStream<Uint8Array>; bytes?: number; mime?: string }>
  /** A page is complete between its first and last id: what we know there and it lacks was deleted. Oldest first. */
  history(query: { chat: ChatRef; after?: LegacyMessageId; before?: LegacyMessageId; limit: number }, signal: AbortSignal): Promise<{ items: MessageEvent[]; more: boolean }>
  /** A typed address («@juliet», a number) → a contact; an empty query pages through all, where the network has a list. */
  find(query: { text: string; cursor?: string; login?: string }, signal: AbortSignal): Promise<Page<Contact>>
  rooms(query: { parent?: LegacyRoomId; cursor?: string }, signal: AbortSignal): Promise<Page<Room>>
  members(query: { room: LegacyRoomId; cursor?: string; limit: number }, signal: AbortSignal): Promise<Page<Member>>
  /** What this foreign person may do in this room. The core asks at join, at send, after an `access` event and at intervals. */
  access(query: { room: LegacyRoomId; user: LegacyUserId }, signal: AbortSignal): Promise<{ role: Role; maySend: boolean }>
  /** How a foreign person hands in this code (letters, digits, «-» and «_», 64 at most): words for whoever passes it on, and an address that does it, where there is one. */
  entry(query: { code: string }, signal: AbortSignal): Promise<{ text: string; url?: string }>
  /** For «create», `room` is the parent («» for none). */
  manage(op: { room: LegacyRoomId; as?: Speaker } & Manage, signal: AbortSignal): Promise<{ room?: Room; link?: string } | void>
}
/** One live account. Declaring a capability makes its verb mandatory: the compiler says so. */
export type Session<C extends Capabilities> = {
  readonly self: Contact
  /** Resolved: we closed it through host.signal. Rejected: the core reconnects, or asks to log in again. */
  readonly ended: Promise<void>
  send(op: Send, signal: AbortSignal): Promise<Sent>
  room?(id: LegacyRoomId, signal: AbortSignal): Promise<Room>; contact?(id: LegacyUserId, signal: AbortSignal): Promise<Contact>
} & Pick<Verbs, Extract<keyof C, keyof Verbs>>
// ---- events, from the network
/** `own`: by this account or a webhook of ours, hence perhaps the echo of a call under way. `group`: parts of one album. `nick`: what this room calls the author, if not by their name. */
export interface MessageEvent extends MessageRef { type: "message"; chat: ChatRef; from: Contact; nick?: string; at: Date; body: Body; reply?: Reply; thread?: string; group?: string; own?: boolean; key?: string; revision?: string; reactions?: ReactionChange[] }
/** Whole set of one person, one step of one person, counts without persons, or a moderator took away all there are (`emoji`: all of this one). */
export type ReactionChange = { from: Contact; set: Emoji[] } | { from: Contact; add?: Emoji; remove?: Emoji } | { counts: { emoji: Emoji; count: number }[] } | { cleared: true; emoji?: Emoji }
export type NetworkEvent = MessageEvent
  | { type: "edit"; chat: ChatRef; from: Contact; nick?: string; id: LegacyMessageId; at: Date; /** Ascends: a number, also before a «-», or text. */ revision: string; /** As it is now. `files` absent: they are as they were; a list is all of them. */ body: Body; own?: boolean }
  | { type: "retract"; chat: ChatRef; ids: LegacyMessageId[]; by?: Contact; why?: string; own?: boolean }
  | { type: "reactions"; chat: ChatRef; id: LegacyMessageId; change: ReactionChange; own?: boolean }
  /** Pages in a message that the network looked at when it was said already. One that the core was told of before, it passes over. */
  | { type: "previews"; chat: ChatRef; id: LegacyMessageId; previews: Extract<Extra, { type: "preview" }>[] }
  | { type: "read" | "delivered"; chat: ChatRef; from: Contact; upTo: LegacyMessageId }
  | { type: "typing"; chat: ChatRef; from: Contact; active: boolean } | { type: "presence"; from: Contact; show: "online" | "away" | "busy" | "offline"; status?: string; lastSeen?: Date }
  | { type: "notice"; chat: ChatRef; at: Date; text: string; by?: Contact } // pinned, call missed, boost …
  | { type: "contact"; contact: Contact; /** Whom this carried login knows. */ login?: string } | { type: "room"; room: Room; by?: Contact }
  /** Of a container: it is so in all rooms below it. */
  | { type: "member"; room: LegacyRoomId; member: Member; change: "joined" | "left" | "kicked" | "banned" | "changed"; by?: Contact }
  | { type: "access"; room?: LegacyRoomId; user?: LegacyUserId } // rights changed: ask again
  | { type: "moved"; from: LegacyRoomId; to: LegacyRoomId } | { type: "gone"; room: LegacyRoomId; why: "removed" | "deleted" }
  | { type: "login"; id: string; owner: Contact; active: boolean; maySend: boolean } // a carried login came, changed or went; told again at each connect, where the network can say
// ---- what the core lends
/** `where`: only in direct chats, or only in rooms. `translated`: `text` in other languages, by language subtag. */
export interface OfferedCommand { name: string; text: string; argument?: string; where?: "direct" | "rooms"; translated?: Readonly<Record<string, string>> }
export interface Host {
  readonly log: { debug(fields: object, text: string): void; info(fields: object, text: string): void; warn(fields: object, text: string): void } // a pino child
  readonly signal: AbortSignal
  /** Resolves once the event is committed: acknowledge it to the network only then. Also the back-pressure. Never emit what `send` returned. */
  emit(event: NetworkEvent): Promise<void>
  /** Commands offered to foreign people (menu, slash commands); `run` answers with what to show them, and only them where the network can. */
  readonly commands: readonly OfferedCommand[]
  /** Where the answer offers a choice (`Extra`), choosing is another `run`: `name` and `argument` are the first word and the rest of the option's id (at most 60 bytes). `message`: what it was said in answer to. `lang`: BCP 47. */
  run(command: { from: Contact; chat: ChatRef; name: string; argument: string; message?: MessageRef; lang?: string }): Promise<Body>
  /** Encrypted at rest, one account's own: offsets, webhook tokens. */
  readonly state: { get(key: string): Promise<string | undefined>; set(key: string, value: string | null): Promise<void> }
}
/** Asks the user by whatever front end is at hand: straight-line code instead of a state machine. `until` ends a step that only shows (QR). */
export type Ask = (step: { title: string; text?: string; qr?: string; fields?: Field[]; until?: Promise<unknown> }) => Promise<Record<string, string>>
/** `several`: more than one option may be chosen; the answer has one a line. */
export interface Field { name: string; label: string; secret?: boolean; options?: string[]; several?: boolean }
/** Any validator with the Standard Schema face: zod, valibot, arktype. */
export interface Schema<T> { readonly "~standard": { readonly version: 1; readonly vendor: string; readonly validate: (value: unknown) => unknown; readonly types?: { readonly input: unknown; readonly output: T } | undefined } }
export interface Adapter<O, K, C extends Capabilities> {
  readonly api: 1 // the loader refuses what it does not know, and says which version it wants
  readonly network: { id: string; name: string; discoType: string }
  readonly capabilities: C; readonly options: Schema<O>
  /** As the network counts; default: UTF-16 units of `text`. Pure. The core splits by it. */
  length?(body: Body<FileInfo>): number
  /** `next`: what the user has to do now, a sentence or two. */
  login(ask: Ask, options: O, signal: AbortSignal): Promise<{ id: LegacyUserId; secret: K; next?: string }>
  connect(secret: K, options: O, host: Host): Promise<Session<C>>
  /** The user leaves: revoke what can be revoked. */
  logout?(secret: K, options: O, signal: AbortSignal): Promise<void>
}
