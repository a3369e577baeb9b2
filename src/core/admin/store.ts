// What administration needs of the store, one function a transaction; part of the `Store` port (../store.ts).
import type { BareJid, OutboxRow, OutboxState, OutOp } from "../model.js"
import type { Rule, RuleScope } from "./ports.js"

/** An act as it is kept. `id` ascends with time (ids.ts). */
export interface StoredAct {
  id: string
  /** Epoch ms. */
  at: number
  actor: string
  act: string
  /** JSON. */
  detail: string
}

/** A message and what waits of it. Of texts nothing is told. */
export interface Whereabouts {
  message: string
  /** Of the conversation. */
  conversation: number
  room: boolean
  legacyChat: string
  /** Full JID of a user of ours, or a legacy id. */
  sender: string
  /** Epoch ms. */
  at: number
  legacyId: string | null
  parts: number
  sent: number
  retracted: boolean
  rows: { lane: string; state: OutboxState; attempts: number; due: number; error: string | null }[]
}

/** What was given up, and can be tried again. */
export interface DeadRow {
  id: string
  lane: string
  op: OutOp
  error: string | null
  attempts: number
}

export interface AdminStore {
  // ---- store/whereabouts.ts
  /** By our id, the id its client gave, or the network's; newest first, at most `limit`. `by`: only what this user said. */
  whereabouts(query: { network: string; id: string; by: BareJid | null; limit: number }): Promise<Whereabouts[]>
  /** The newest message of a user on this network. */
  lastSaid(network: string, by: BareJid): Promise<string | undefined>
  deadRows(network: string, limit: number): Promise<DeadRow[]>
  /** Waits again, behind all that waits there, as the row `id`. Null: there is no such dead row. */
  reviveRow(row: string, id: string): Promise<OutboxRow<OutOp> | null>
  /** False: there is no such dead row. */
  dropDead(row: string): Promise<boolean>
  /** When the user came, epoch ms; undefined: unknown. */
  userSince(jid: BareJid): Promise<number | undefined>
  // ---- store/erasure.ts
  /** All that is kept of a foreign person: words in archives, places in rooms and rosters, direct chats, reactions. Tells what was removed. */
  eraseForeign(network: string, legacyId: string): Promise<{ links: number[]; rooms: number[]; words: number; chats: number[] }>
  // ---- store/rules.ts
  rules(network: string): Promise<Rule[]>
  /** Replaces what was said of this subject. */
  putRule(rule: Omit<Rule, "id"> & { network: string }): Promise<Rule>
  /** False: there was none. */
  dropRule(network: string, scope: RuleScope, pattern: string): Promise<boolean>
  // ---- store/audit.ts
  addActs(network: string, acts: readonly StoredAct[]): Promise<void>
  /** Newest first, older than `before` («» from the newest). `about`: only those whose actor or detail has these words. */
  acts(query: { network: string; before: string; about?: string; limit: number }): Promise<StoredAct[]>
  /** Deletes up to `limit` acts older than `before` (epoch ms); resolves how many. */
  pruneActs(before: number, limit: number): Promise<number>
}
