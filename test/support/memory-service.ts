// A network in memory behind the XMPP side: what it was asked is kept, what it answers is set by the test.
import type { Ask, Capabilities } from "#src/adapter/contract.js"
import type { BareJid, ContactRow, FullJid, Link, RosterEntry, Subscription } from "#src/core/model.js"
import type { Avatar } from "#src/core/faces/picture.js"
import {
  Refusal,
  type Bounce,
  type Chosen,
  type OpenChoice,
  type Outgoing,
  type Presence,
  type Reacting,
  type Retraction,
  type Service,
  type Utterance,
} from "#src/core/ports.js"

import { defaultPrefs, type Prefs } from "#src/core/personal/preferences.js"
import type { AskUser } from "#src/core/commands/ask.js"
import { ours } from "#src/core/words/words.js"
import { MemoryPeople } from "./memory-people.js"
import { MemoryRooms } from "./memory-rooms.js"

export class MemoryService implements Service {
  readonly rooms: MemoryRooms = new MemoryRooms((user) => (user === undefined ? this.links : this.linksOf(user)))
  readonly id = "sms"
  readonly name = "Sms"
  readonly discoType = "sms"
  readonly domain = "sms.example.test"
  readonly capabilities: Capabilities = {
    send: {},
    edit: {},
    typing: {},
    tells: ["typing"],
    find: { hint: "Type a @username or a number." },
  }
  links: Link[] = []
  readonly rosters = new Map<number, RosterEntry[]>()
  /** Who can be found though not in the roster: username or id → contact. */
  readonly strangers = new Map<string, ContactRow>()
  state = { up: true, text: "" }
  /** Everything that was called, in order, as `verb detail`. */
  readonly calls: string[] = []
  readonly said: Utterance[] = []
  readonly retracted: Retraction[] = []
  readonly bounces: [string, Bounce][] = []
  /** Answers the login of `register`. */
  login: (ask: Ask) => Promise<string> = async (ask) => {
    const { token } = await ask({
      title: "Sms account",
      text: "Enter your token.",
      fields: [{ name: "token", label: "Token", secret: true }],
    })
    if (token !== "good") throw new Refusal("not-acceptable", "The network does not know this token.", "modify")
    return token
  }
  onAccept: (said: Utterance) => Promise<void> = () => Promise.resolve()
  onRetract: () => Promise<void> = () => Promise.resolve()
  onCall: () => void = () => undefined

  /** Nobody is an administrator here, and nobody is shut out. */
  readonly process = undefined
  barred(): undefined {
    return undefined
  }
  /** What somebody tried who is none is written down, and nothing else can be done. */
  readonly admin = { note: () => undefined } as unknown as Service["admin"]

  private note(call: string): void {
    this.calls.push(call)
    this.onCall()
  }

  tie(jid: string, tag = ""): Link {
    const id = this.links.length + 1
    const link: Link = { id, userId: id, jid: jid as BareJid, accountId: id, network: this.id, tag, role: "owner" }
    this.links.push(link)
    return link
  }

  know(link: Link, legacyId: string, more: Partial<ContactRow> & { subscription?: Subscription } = {}): RosterEntry {
    const { subscription = "both", ...rest } = more
    const contact: ContactRow = {
      id: 100 + this.roster0(link).length,
      legacyId,
      name: null,
      username: null,
      kind: "person",
      profile: {},
      ...rest,
    }
    const entry: RosterEntry = { contact, consent: "both", subscription, name: null }
    this.roster0(link).push(entry)
    return entry
  }

  private roster0(link: Link): RosterEntry[] {
    const roster = this.rosters.get(link.id) ?? []
    this.rosters.set(link.id, roster)
    return roster
  }

  readonly people = new MemoryPeople(
    (user) => this.linksOf(user),
    (link) => this.roster0(link),
    (call) => this.note(call),
  )
  readonly admins = new Set<string>()
  isAdmin = (user: BareJid): boolean => this.admins.has(user)
  language = (_: BareJid, heard?: string): string => ours(heard) ?? "en"
  readonly wants = new Map<string, Prefs>()
  preferences = (user: BareJid): Prefs => this.wants.get(user) ?? defaultPrefs
  setPreferences(user: BareJid, change: Partial<Prefs>): Promise<boolean> {
    if (this.linksOf(user).length === 0) return Promise.resolve(false)
    this.wants.set(user, { ...this.preferences(user), ...change })
    return Promise.resolve(true)
  }
  readonly networks = ["Sms"]
  exportData = (): Promise<{ url: string } | { messages: number }> => Promise.resolve({ url: "https://files.example.test/my-data.json" })
  async eraseUser(user: BareJid): Promise<string[]> {
    return (await this.unregister(user)) ? ["Sms"] : []
  }

  linksOf = (user: BareJid): readonly Link[] => this.links.filter(({ jid }) => jid === user)
  allLinks = (): Iterable<Link> => this.links
  linkState = (): { up: boolean; text: string } => this.state
  backlog = (): Promise<{ out: number; in: number; oldest: string | null; dead: number }> =>
    Promise.resolve({ out: 3, in: 1, oldest: null, dead: 0 })

  async register(user: BareJid, ask: AskUser): Promise<{ link: Link; text: string }> {
    const token = await this.login(ask)
    this.note(`register ${user} ${token}`)
    return { link: this.linksOf(user)[0] ?? this.tie(user), text: "You are registered." }
  }

  capabilitiesOf(): Capabilities {
    return this.capabilities
  }
  carry(user: BareJid): Promise<{ link: Link; text: string }> {
    this.note(`carry ${user}`)
    return Promise.resolve({ link: this.linksOf(user)[0] ?? this.tie(user), text: "Your own account's chats come here." })
  }

  unregister(user: BareJid): Promise<boolean> {
    this.note(`unregister ${user}`)
    const had = this.linksOf(user).length > 0
    this.links = this.links.filter(({ jid }) => jid !== user)
    return Promise.resolve(had)
  }

  roster = (link: Link): Promise<RosterEntry[]> => Promise.resolve([...this.roster0(link)])
  rosterEntry = (link: Link, legacyId: string): Promise<RosterEntry | undefined> =>
    Promise.resolve(this.roster0(link).find(({ contact }) => contact.legacyId === legacyId))

  resolve(link: Link, text: string): Promise<ContactRow> {
    const contact = this.strangers.get(text)
    if (!contact) return Promise.reject(new Refusal("item-not-found", `Nobody on Sms is «${text}».`))
    this.roster0(link).push({ contact, consent: "both", subscription: "none", name: null })
    return Promise.resolve(contact)
  }

  offer(_: Link, contact: ContactRow): Promise<void> {
    this.note(`offer ${contact.legacyId}`)
    return Promise.resolve()
  }

  async setSubscription(link: Link, contact: ContactRow, subscription: Subscription): Promise<void> {
    const entry = await this.rosterEntry(link, contact.legacyId)
    if (entry) entry.subscription = subscription
    this.note(`subscription ${contact.legacyId} ${subscription}`)
  }

  /** By legacy id. */
  readonly avatars = new Map<string, Avatar>()
  avatar = (_: number, legacyId: string): Promise<Avatar | undefined> => Promise.resolve(this.avatars.get(legacyId))
  wantAvatar = (account: number, legacyId: string): void => this.note(`wantAvatar ${account} ${legacyId}`)

  presenceOf = (): Presence => (this.state.up ? { show: "available" } : { show: "unavailable", status: this.state.text })

  accept(said: Utterance): Promise<void> {
    this.said.push(said)
    this.note(`accept ${said.xmppId}`)
    return this.onAccept(said)
  }

  retract(retraction: Retraction): Promise<void> {
    const { legacyId, target } = retraction
    this.retracted.push(retraction)
    this.note(`retract ${legacyId} ${target}`)
    return this.onRetract()
  }

  react({ legacyId, target, emoji }: Reacting): Promise<void> {
    this.note(`react ${legacyId} ${target} ${emoji.join(" ")}`)
    return Promise.resolve()
  }

  /** What is open, wherever one asks. */
  open: OpenChoice[] = []
  choices(): Promise<OpenChoice[]> {
    return Promise.resolve(this.open)
  }

  choose(_: Chosen, message: string, options: readonly string[]): Promise<string> {
    this.note(`choose ${message} ${options.join(" ")}`)
    return Promise.resolve("Thank you.")
  }

  displayed = (_: Link, legacyId: string, upTo: string): void => this.note(`displayed ${legacyId} ${upTo}`)

  typing = (_: Link, legacyId: string, active: boolean): void => this.note(`typing ${legacyId} ${active}`)
  delivered = (rowIds: readonly string[]): void => this.note(`delivered ${rowIds.join(" ")}`)
  bounced(outgoing: Outgoing, bounce: Bounce): void {
    this.bounces.push([outgoing.rowId, bounce])
    this.note(`bounced ${outgoing.rowId} ${bounce}`)
  }
  streamUp = (): void => this.note("streamUp")
  streamDown = (): void => this.note("streamDown")
  userPresence = (from: FullJid, available: boolean): void => this.note(`presence ${from} ${available}`)
}
