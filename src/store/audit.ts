// The audit log: who did what to whom.
import type { AdminStore, StoredAct } from "../core/admin/store.js"
import { all, run, type Call } from "./call.js"

export function* addActs(network: string, acts: readonly StoredAct[]): Call<void> {
  for (const { id, at, actor, act, detail } of acts)
    yield* run("INSERT INTO audit (id, network, at, actor, act, detail) VALUES (?, ?, ?, ?, ?, ?)", id, network, at, actor, act, detail)
}

export function* acts({ network, before, about, limit }: Parameters<AdminStore["acts"]>[0]): Call<StoredAct[]> {
  const words = about?.toLowerCase() ?? null
  return yield* all<StoredAct>(
    `SELECT id, at, actor, act, detail FROM audit WHERE network = ? AND (? = '' OR id < ?)
     AND (? IS NULL OR instr(lower(actor), ?) > 0 OR instr(lower(detail), ?) > 0) ORDER BY id DESC LIMIT ?`,
    ...[network, before, before, words, words, words, limit],
  )
}

export function* pruneActs(before: number, limit: number): Call<number> {
  return yield* run("DELETE FROM audit WHERE id IN (SELECT id FROM audit WHERE at < ? LIMIT ?)", before, limit)
}
