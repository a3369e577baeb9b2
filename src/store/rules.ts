// What administrators have said of JIDs, foreign people and services.
import type { AdminStore } from "../core/admin/store.js"
import type { Rule } from "../core/admin/ports.js"
import { all, get, run, type Call } from "./call.js"

const columns = `id, scope, pattern, verdict, reason, made_by AS "by", made_at AS "at"`

export function* rules(network: string): Call<Rule[]> {
  return yield* all<Rule>(`SELECT ${columns} FROM rule WHERE network = ? ORDER BY id`, network)
}

export function* putRule({ network, scope, pattern, verdict, reason, by, at }: Parameters<AdminStore["putRule"]>[0]): Call<Rule> {
  yield* run(
    `INSERT INTO rule (network, scope, pattern, verdict, reason, made_by, made_at) VALUES (?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (network, scope, pattern) DO UPDATE
     SET verdict = excluded.verdict, reason = excluded.reason, made_by = excluded.made_by, made_at = excluded.made_at`,
    ...[network, scope, pattern, verdict, reason, by, at],
  )
  const rule = yield* get<Rule>(`SELECT ${columns} FROM rule WHERE network = ? AND scope = ? AND pattern = ?`, network, scope, pattern)
  if (!rule) throw new Error("A rule was not stored.")
  return rule
}

export function* dropRule(network: string, scope: string, pattern: string): Call<boolean> {
  return (yield* run("DELETE FROM rule WHERE network = ? AND scope = ? AND pattern = ?", network, scope, pattern)) > 0
}
