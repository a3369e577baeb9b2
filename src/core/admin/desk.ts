// What administrators of one network ask and do at run time (ports.ts, `Administration`).
import type { Accounts } from "../accounts.js"
import type { Delivery } from "../delivery.js"
import type { Directory } from "../directory.js"
import type { IdMint } from "../ids.js"
import type { Account, BareJid, Link, RosterEntry } from "../model.js"
import { tellUser } from "../personal/telling.js"
import type { Face } from "../ports.js"
import type { Registrar } from "../registrar.js"
import type { Registry } from "../rooms/registry.js"
import type { Sender } from "../sender.js"
import type { Store } from "../store.js"
import type { AuditLog } from "./audit-log.js"
import type { Gate } from "./gate.js"
import type { Act, Administration, Rule, RuleScope, UserTold } from "./ports.js"
import type { RuleBook } from "./rules.js"
import type { DeadRow, StoredAct, Whereabouts } from "./store.js"

export interface DeskParts {
  network: string
  store: Store
  directory: Directory
  registry: Registry
  accounts: Accounts
  registrar: Registrar
  delivery: Delivery
  sender: Sender
  rules: RuleBook
  audit: AuditLog
  ids: IdMint
  face: () => Face
  now(): number
  gate: Gate
  /** Whether an account may run at all. */
  wanted(account: Account): boolean
}

export class Desk implements Administration {
  constructor(private readonly parts: DeskParts) {}

  users(): UserTold[] {
    const { directory, accounts } = this.parts
    const users = new Map<BareJid, UserTold>()
    for (const { jid, tag, role, accountId } of directory.links.values()) {
      const told = users.get(jid) ?? { jid, links: [] }
      users.set(jid, told)
      told.links.push({ tag, role, account: directory.accounts.get(accountId)?.legacyId ?? "", ...accounts.state(accountId) })
    }
    return [...users.values()].sort((a, b) => (a.jid < b.jid ? -1 : 1))
  }

  remove(user: BareJid): Promise<boolean> {
    return this.parts.registrar.forget(user)
  }

  get isOn(): boolean {
    return !this.parts.gate.isOff
  }

  async turn(on: boolean, by: BareJid): Promise<void> {
    const { rules, network, accounts, directory, wanted, now } = this.parts
    if (on === this.isOn) return
    if (on) await rules.drop("network", network)
    else await rules.put({ scope: "network", pattern: network, verdict: "block", reason: null, by, at: now() })
    for (const account of [...directory.accounts.values()]) {
      if (!on) await accounts.suspend(account.id)
      else if (account.state !== "logged-out" && wanted(account)) accounts.start(account)
    }
    for (const link of directory.links.values()) this.parts.face().linkChanged(link)
  }

  async restart(user: BareJid): Promise<number> {
    const { directory, accounts } = this.parts
    const own = directory.linksOf(user).filter(({ role }) => role === "owner")
    for (const { accountId } of own) (await accounts.suspend(accountId))()
    return own.length
  }

  rules(scope?: RuleScope): Rule[] {
    return this.parts.rules.list(scope)
  }

  async putRule(rule: Omit<Rule, "id">): Promise<void> {
    await this.parts.rules.put(rule)
  }

  dropRule(scope: RuleScope, pattern: string): Promise<boolean> {
    return this.parts.rules.drop(scope, pattern)
  }

  acts(query: { about?: string; limit: number }): Promise<StoredAct[]> {
    return this.parts.audit.list(query)
  }

  note(act: Act): void {
    this.parts.audit.note(act)
  }

  async whereabouts({ id, by, limit }: { id: string; by: BareJid | null; limit: number }): Promise<Whereabouts[]> {
    const { store, network } = this.parts
    const wanted = id === "" && by !== null ? await store.lastSaid(network, by) : id
    return wanted === undefined || wanted === "" ? [] : store.whereabouts({ network, id: wanted, by, limit })
  }

  dead(limit: number): Promise<DeadRow[]> {
    return this.parts.store.deadRows(this.parts.network, limit)
  }

  /** Behind all that waits there: what came after it must not be overtaken. */
  async retry(row: string): Promise<boolean> {
    const { store, sender, registry, directory, ids } = this.parts
    const known = (await this.dead(Number.MAX_SAFE_INTEGER)).find(({ id }) => id === row)
    if (!known) return false
    const id = Number(known.lane.slice(known.lane.indexOf(":") + 1))
    const room = registry.byId(id)
    const conversation = room ? registry.conversation(room) : await directory.conversation(id)
    if (!conversation) return false
    const lane = sender.lane(conversation)
    lane.reserve()
    try {
      const revived = await store.reviveRow(row, ids.next())
      if (revived) lane.push(revived)
      return revived !== null
    } finally {
      lane.unreserve()
      lane.run()
    }
  }

  drop(row: string): Promise<boolean> {
    return this.parts.store.dropDead(row)
  }

  async announce(text: string): Promise<number> {
    const { directory } = this.parts
    const first = new Map<BareJid, Link>()
    for (const link of directory.links.values()) if (!first.has(link.jid)) first.set(link.jid, link)
    for (const link of first.values()) await tellUser(this.parts, link, text)
    return first.size
  }

  async erase(legacyId: string): Promise<{ rooms: number; words: number; chats: number; rosters: number }> {
    const { store, network, registry, directory, face, sender, delivery } = this.parts
    const known = new Map<number, RosterEntry>()
    for (const link of directory.links.values()) {
      const entry = await store.rosterEntry(link.id, legacyId)
      if (entry) known.set(link.id, entry)
    }
    const gone = await store.eraseForeign(network, legacyId)
    for (const chat of gone.chats) {
      sender.forgetRoom(chat)
      delivery.forgetRoom(chat)
    }
    for (const [id, entry] of known) {
      const link = directory.links.get(id)
      if (!link) continue
      directory.forgetContact(link, legacyId)
      face().linkRemoved(link, [entry])
    }
    for (const id of gone.rooms) {
      const room = registry.byId(id)
      if (room) face().rooms.changed(room, { k: "info" })
    }
    return { rooms: gone.rooms.length, words: gone.words, chats: gone.chats.length, rosters: gone.links.length }
  }
}
