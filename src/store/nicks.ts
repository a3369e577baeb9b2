// Nicks of foreign people in a room: the first that nobody has, kept until the name changes.
import { candidates, fold } from "../core/rooms/nick.js"
import { get, run, type Call } from "./call.js"

interface Named {
  name: string | null
  username: string | null
  legacyId: string
}

/** `self`: occupant id of who asks, whose own nick is free for them. */
export function* isFree(room: number, nick: string, self: string | null): Call<boolean> {
  const holder = yield* get<{ id: string }>("SELECT id FROM participant WHERE conversation_id = ? AND nick_key = ?", room, fold(nick))
  return holder === undefined || holder.id === self
}

export function* freeNick(room: number, { name, username, legacyId }: Named, self: string | null): Call<string> {
  for (const nick of candidates(name, username, legacyId)) if (yield* isFree(room, nick, self)) return nick
  throw new Error("There is no end of nicks.")
}

/** Moves a participant into a room, with another nick if theirs is taken there. */
export function* renick(id: string, room: number): Call<void> {
  const one = yield* get<Named & { nick: string; contact: number | null }>(
    `SELECT p.nick, p.contact_id AS contact, COALESCE(p.name, c.name) AS name, c.username, COALESCE(c.legacy_id, '') AS "legacyId"
     FROM participant p LEFT JOIN contact c ON c.id = p.contact_id WHERE p.id = ?`,
    id,
  )
  if (!one) return
  const free = yield* isFree(room, one.nick, id)
  const nick = free ? one.nick : yield* freeNick(room, one.contact === null ? { ...one, name: one.nick } : one, id)
  yield* run("UPDATE participant SET conversation_id = ?, nick = ?, nick_key = ? WHERE id = ?", room, nick, fold(nick), id)
}
