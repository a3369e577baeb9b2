// Pictures of foreign people: which one the network told of, which one is shown, and the pictures themselves, each kept once.
import type { Onlookers } from "../core/faces/store.js"
import type { Avatar } from "../core/faces/picture.js"
import type { Store } from "../core/store.js"
import { avatarColumns, avatarJoin, dimensions, fileIn, keyIn, takeAvatar, type AvatarRow } from "./avatar-rows.js"
import { all, get, run, type Call } from "./call.js"
import { rosterEntries } from "./contacts.js"
import { participantsOf } from "./participants.js"

/** A picture counts as used at most once in so long, ms: each look at it need not be written. */
const dayMs = 24 * 60 * 60_000

export function* avatarOf(network: string, legacyId: string): Call<Awaited<ReturnType<Store["avatarOf"]>>> {
  const row = yield* get<AvatarRow>(
    `SELECT ${avatarColumns} FROM contact c ${avatarJoin} WHERE c.network = ? AND c.legacy_id = ?`,
    network,
    legacyId,
  )
  const [, state] = row ? takeAvatar(row) : []
  return row && state && { file: fileIn(row.avatar ?? "null"), state }
}

export function* settleAvatar({ network, legacyId, key, avatar, now, most }: Parameters<Store["settleAvatar"]>[0]): Call<Onlookers | null> {
  const row = yield* get<{ id: number; avatar: string | null; hash: string | null }>(
    "SELECT id, avatar, avatar_hash AS hash FROM contact WHERE network = ? AND legacy_id = ?",
    network,
    legacyId,
  )
  if (!row || row.avatar === null || keyIn(row.avatar) !== key) return null
  if (avatar) yield* putPicture(avatar, now, most)
  const hash = avatar?.info.hash ?? null
  yield* run("UPDATE contact SET avatar_key = ?, avatar_hash = ? WHERE id = ?", key, hash, row.id)
  if (hash === row.hash) return { entries: [], participants: [] }
  return { entries: yield* rosterEntries(row.id), participants: yield* participantsOf(row.id) }
}

export function* putPicture({ info, data }: Avatar, now: number, most: number): Call<void> {
  yield* run(
    `INSERT INTO avatar (hash, mime, size, width, height, used_at, bytes) VALUES (?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (hash) DO UPDATE SET used_at = excluded.used_at, bytes = excluded.bytes`,
    info.hash,
    info.mime,
    info.bytes,
    info.width ?? null,
    info.height ?? null,
    now,
    data,
  )
  const kept = yield* get<{ total: number | null }>("SELECT sum(size) AS total FROM avatar WHERE bytes IS NOT NULL")
  let over = (kept?.total ?? 0) - most
  while (over > 0) {
    const oldest = yield* get<{ hash: string; size: number }>(
      "SELECT hash, size FROM avatar WHERE bytes IS NOT NULL AND hash <> ? ORDER BY used_at LIMIT 1",
      info.hash,
    )
    if (!oldest) return
    yield* run("UPDATE avatar SET bytes = NULL WHERE hash = ?", oldest.hash)
    over -= oldest.size
  }
}

export function* picture(hash: string, now: number): Call<Avatar | undefined> {
  const row = yield* get<{
    mime: string
    size: number
    width: number | null
    height: number | null
    usedAt: number
    bytes: Uint8Array | null
  }>(`SELECT mime, size, width, height, used_at AS "usedAt", bytes FROM avatar WHERE hash = ?`, hash)
  if (!row?.bytes) return undefined
  if (row.usedAt < now - dayMs) yield* run("UPDATE avatar SET used_at = ? WHERE hash = ?", now, hash)
  return { info: { hash, mime: row.mime, bytes: row.size, ...dimensions(row.width, row.height) }, data: row.bytes }
}

export function* prunePictures(before: number, limit: number): Call<number> {
  const unused = yield* all<{ hash: string }>(
    `SELECT hash FROM avatar WHERE used_at < ? AND NOT EXISTS (SELECT 1 FROM contact c WHERE c.avatar_hash = avatar.hash) ORDER BY used_at LIMIT ?`,
    before,
    limit,
  )
  for (const { hash } of unused) yield* run("DELETE FROM avatar WHERE hash = ?", hash)
  return unused.length
}
