// Conversations: one flow with one order each, made when they are first needed.
import type { Conversation } from "../core/model.js"
import { get, type Call } from "./call.js"

const columns = `id, account_id AS "accountId", link_id AS "linkId", legacy_id AS "legacyId", kind`

export function* openDirect(account: number, link: number, legacyId: string): Call<Conversation> {
  const known = yield* get<Conversation>(`SELECT ${columns} FROM conversation WHERE legacy_id = ? AND link_id = ?`, legacyId, link)
  if (known) return known
  const made = yield* get<{ id: number }>(
    `INSERT INTO conversation (account_id, link_id, legacy_id, kind)
     SELECT account_id, id, ?, 'direct' FROM link WHERE id = ? AND account_id = ? RETURNING id`,
    legacyId,
    link,
    account,
  )
  // A call that was under way when the user unregistered must not bring anything back.
  if (!made) throw new Error(`There is no link ${link} to account ${account}.`)
  return { id: made.id, accountId: account, linkId: link, legacyId, kind: "direct" }
}

export function* conversation(id: number): Call<Conversation | undefined> {
  return yield* get<Conversation>(`SELECT ${columns} FROM conversation WHERE id = ?`, id)
}
