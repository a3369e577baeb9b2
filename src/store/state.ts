// Sealed values: the adapters' own state and the accounts' secrets. What is inside is known to the main thread only (seal.ts).
import { all, get, run, type Call } from "./call.js"
import { accountSeal, stateSeal } from "./seal.js"

export function* getState(account: number, key: string): Call<Uint8Array | undefined> {
  return (yield* get<{ sealed: Uint8Array }>("SELECT sealed FROM adapter_state WHERE account_id = ? AND key = ?", account, key))?.sealed
}

export function* setState(account: number, key: string, sealed: Uint8Array | null): Call<void> {
  if (!sealed) yield* run("DELETE FROM adapter_state WHERE account_id = ? AND key = ?", account, key)
  else
    yield* run(
      "INSERT INTO adapter_state (account_id, key, sealed) VALUES (?, ?, ?) ON CONFLICT (account_id, key) DO UPDATE SET sealed = excluded.sealed",
      account,
      key,
      sealed,
    )
}

interface Sealed {
  where: string
  sealed: Uint8Array
  account: number
  /** Null: the account's own secret. */
  key: string | null
}

function* everything(): Call<Sealed[]> {
  const rows = yield* all<{ account: number; network: string; legacyId: string; key: string | null; sealed: Uint8Array }>(
    `SELECT id AS account, network, legacy_id AS "legacyId", NULL AS key, sealed FROM account WHERE sealed IS NOT NULL
     UNION ALL SELECT a.id, a.network, a.legacy_id, s.key, s.sealed FROM adapter_state s JOIN account a ON a.id = s.account_id`,
  )
  return rows.map(({ account, network, legacyId, key, sealed }) => ({
    where: key === null ? accountSeal(network, legacyId) : stateSeal(network, legacyId, key),
    sealed,
    account,
    key,
  }))
}

export function* sealedValues(): Call<{ where: string; sealed: Uint8Array }[]> {
  return (yield* everything()).map(({ where, sealed }) => ({ where, sealed }))
}

/** All of them or none: a key may only be put away when nothing needs it any more. */
export function* reseal(values: { where: string; sealed: Uint8Array }[]): Call<void> {
  const stored = yield* everything()
  const places = new Map(stored.map((place) => [place.where, place]))
  // Only with colons in both an id and a key; guessing which is meant would destroy one of them.
  if (places.size < stored.length) throw new Error("Two sealed values have the same name.")
  for (const { where, sealed } of values) {
    const place = places.get(where)
    if (!place) continue // deleted meanwhile
    if (place.key === null) yield* run("UPDATE account SET sealed = ? WHERE id = ?", sealed, place.account)
    else yield* setState(place.account, place.key, sealed)
  }
}
