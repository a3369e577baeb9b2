// What whoever lets somebody in must ask and tell: rules of the administrators, and the audit log. Types only.
import type { BareJid, Link } from "../model.js"
import type { Said } from "../words/words.js"
import type { DeadRow, StoredAct, Whereabouts } from "./store.js"

/** «jid»: a bare JID, a domain or «*». «foreign»: a legacy user id. «service»: a domain with rooms. «network»: the network itself, «block» is off. */
export type RuleScope = "jid" | "foreign" | "service" | "network"

export interface Rule {
  id: number
  scope: RuleScope
  pattern: string
  verdict: "allow" | "block"
  reason: string | null
  /** Bare JID of who made it, or «configuration». */
  by: string
  /** Epoch ms. */
  at: number
}

export interface Rules {
  /** From memory. A rule for the very subject wins over one for its domain, that over «*». Undefined: no rule says anything. */
  verdict(scope: RuleScope, subject: string): Rule["verdict"] | undefined
}

/** An act that somebody may ask about later: who did what to whom. No secrets, no message text. */
export interface Act {
  /** Bare JID, «foreign <legacy id>», or «gateway». */
  actor: string
  /** A word or two: «identity linked», «bridge made», «code refused». */
  act: string
  detail: Readonly<Record<string, string | number | boolean | null>>
}

export interface Audit {
  /** Not awaited: written with the next commit. What must not be lost with its deed is in the deed's own transaction. */
  note(act: Act): void
}

export interface UserTold {
  jid: BareJid
  links: { tag: string; role: Link["role"]; account: string; up: boolean; text: Said }[]
}

/** What administrators may ask of one network, and do to it. Whoever calls has seen to it that the asker is one. Throws `Refusal`. */
export interface Administration {
  users(): UserTold[]
  /** Ends all ties of the user to this network. False: there were none. */
  remove(user: BareJid): Promise<boolean>
  /** Ends the sessions of all accounts, or begins them; kept over restarts. */
  turn(on: boolean, by: BareJid): Promise<void>
  readonly isOn: boolean
  /** Ends the sessions of the user's accounts; they are made anew. Resolves how many. */
  restart(user: BareJid): Promise<number>
  rules(scope?: RuleScope): Rule[]
  putRule(rule: Omit<Rule, "id">): Promise<void>
  /** False: there was none. */
  dropRule(scope: RuleScope, pattern: string): Promise<boolean>
  acts(query: { about?: string; limit: number }): Promise<StoredAct[]>
  note(act: Act): void
  /** Where a message is (`AdminStore.whereabouts`); «» is the user's newest. */
  whereabouts(query: { id: string; by: BareJid | null; limit: number }): Promise<Whereabouts[]>
  dead(limit: number): Promise<DeadRow[]>
  /** False: there is no such row. */
  retry(row: string): Promise<boolean>
  drop(row: string): Promise<boolean>
  /** A message of the gateway's to everybody who is tied to this network. Resolves how many. */
  announce(text: string): Promise<number>
  /** What is kept of a foreign person goes. */
  erase(legacyId: string): Promise<{ rooms: number; words: number; chats: number; rosters: number }>
}

/** What administrators may do to the whole process. */
export interface Process {
  /** The least important level that is logged; a new one if it is given. */
  logLevel(level?: string): string
  /** Reads the configuration again; sentences of what was taken over, and what needs a restart. Rejects with `Refusal` if it is wrong. */
  reload(): Promise<Said[]>
}
