// What administration needs of the store, one function a transaction; part of the `Store` port (../store.ts).
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

export interface AdminStore {
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
