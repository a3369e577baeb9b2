// What foreign people said before it was known whom they mean.
import type { ConsentStore, Held } from "../core/consent/store.js"
import { all, get, run, type Call } from "./call.js"

const columns = "id, event, at"

export function* hold({
  id,
  account,
  legacyUser,
  legacyId,
  event,
  at,
  most,
}: Parameters<ConsentStore["hold"]>[0]): Call<"held" | "known" | "full"> {
  if (yield* heldMessage({ account, legacyUser, legacyId })) return "known"
  const waiting = yield* get<{ n: number }>("SELECT count(*) AS n FROM held WHERE account_id = ? AND legacy_user = ?", account, legacyUser)
  if ((waiting?.n ?? 0) >= most) return "full"
  yield* run(
    "INSERT INTO held (id, account_id, legacy_user, legacy_id, event, at) VALUES (?, ?, ?, ?, ?, ?)",
    ...[id, account, legacyUser, legacyId, event, at],
  )
  return "held"
}

export function* heldOf(account: number, legacyUser: string): Call<Held[]> {
  return yield* all<Held>(`SELECT ${columns} FROM held WHERE account_id = ? AND legacy_user = ? ORDER BY id`, account, legacyUser)
}

export function* heldPeople(account: number): Call<string[]> {
  const rows = yield* all<{ who: string }>("SELECT DISTINCT legacy_user AS who FROM held WHERE account_id = ?", account)
  return rows.map(({ who }) => who)
}

export function* heldMessage({ account, legacyUser, legacyId }: Parameters<ConsentStore["heldMessage"]>[0]): Call<Held | undefined> {
  const where = "WHERE account_id = ? AND legacy_user = ? AND legacy_id = ?"
  return yield* get<Held>(`SELECT ${columns} FROM held ${where}`, account, legacyUser, legacyId)
}

export function* changeHeld({ account, legacyUser, legacyId, event }: Parameters<ConsentStore["changeHeld"]>[0]): Call<boolean> {
  const where = "WHERE account_id = ? AND legacy_user = ? AND legacy_id = ?"
  const changed =
    event === null
      ? yield* run(`DELETE FROM held ${where}`, account, legacyUser, legacyId)
      : yield* run(`UPDATE held SET event = ? ${where}`, event, account, legacyUser, legacyId)
  return changed > 0
}

export function* dropHeld(ids: readonly string[]): Call<void> {
  for (const id of ids) yield* run("DELETE FROM held WHERE id = ?", id)
}
