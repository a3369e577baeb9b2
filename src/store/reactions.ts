// Who thinks what of which message: sets of persons, and counts where a network tells no more.
import type { BareJid, InOp, OutboxRow } from "../core/model.js"
import type { NewReactions, ReactionStep } from "../core/asides/store.js"
import type { RoomOp } from "../core/rooms/model.js"
import type { Met, NewRoomEvent } from "../core/rooms/store.js"
import type { Store } from "../core/store.js"
import { mostEmoji, sameEmoji, summary } from "../core/asides/tally.js"
import { entryById, entryOf, opOf } from "./archive.js"
import { all, get, run, type Call } from "./call.js"
import { copyOut } from "./copies.js"
import { byLegacyId, type KnownMessage } from "./events.js"
import { meet, participant } from "./participants.js"
import { touchLine } from "./reaction-lines.js"
import { voiceOf } from "./room-events.js"
import { show } from "./room-rows.js"
import { queue } from "./rows.js"
import { pointTo } from "./shown.js"
import { idsAfter, together } from "./stanzas.js"

type Told = Awaited<ReturnType<Store["acceptReactions"]>>

/** Who of ours: no legacy id begins so (migrations/0004.ts). */
function ours(user: string): string {
  return `@${user}`
}

/** Who of the network: some have ids that begin with «@», and «» counts. */
function theirs(id: string): string {
  return id === "" || /^[@=]/.test(id) ? `=${id}` : id
}

/** Persons who are told of when all is taken away. */
const mostTold = 500

/** What a text of a message is shortened to where it is quoted, in UTF-16 units. */
const quoted = 200

export function* acceptReactions(told: NewReactions): Call<Told> {
  const done = yield* accept(told)
  if (told.copies) yield* copyOut(done.conversation, done.row, told.copies)
  return done
}

function* accept(told: NewReactions): Call<Told> {
  const conversation = yield* conversationOf(told.where)
  const known = conversation === undefined ? undefined : yield* byLegacyId(told.legacyId, conversation)
  const nothing: Told = { known: known !== undefined, conversation: conversation ?? 0, row: null, met: null }
  if (conversation === undefined || !known || known.retractedAt !== null) return nothing
  const { step } = told
  if (told.own && (yield* isEcho(known.id, step))) return nothing
  if ("counts" in step) {
    const before = yield* counted(known.id)
    if (!(yield* count(known, step.counts, told.now))) return nothing
    return yield* tellCounts({ ...told, conversation, known }, before.length > 0)
  }
  if ("cleared" in step) return yield* clear({ ...told, conversation, known }, step.emoji)
  const set = yield* change(known, step, told.now)
  return set ? yield* tellSet({ ...told, conversation, known }, set) : nothing
}

export function* conversationOf(where: NewReactions["where"]): Call<number | undefined> {
  if ("room" in where) return (yield* get<{ id: number }>("SELECT id FROM conversation WHERE id = ? AND link_id IS NULL", where.room))?.id
  const { legacyUser, link } = where
  return (yield* get<{ id: number }>("SELECT id FROM conversation WHERE legacy_id = ? AND link_id = ?", legacyUser, link))?.id
}

interface Kept {
  emoji: string
  at: number
}

/** A message, or the part of one that the network's id means. */
type Part = Pick<KnownMessage, "id" | "part">

/** Newest last. */
function* setOf({ id, part }: Part, actor: string): Call<Kept[]> {
  const sql = "SELECT emoji, at FROM reaction WHERE message_id = ? AND actor = ? AND part = ? ORDER BY at, emoji"
  return yield* all<Kept>(sql, id, actor, part)
}

/** What somebody thinks of all parts together, as clients are told: they know but one message. Newest last. */
function* unionOf(message: string, actor: string): Call<string[]> {
  const rows = yield* all<{ emoji: string }>(
    "SELECT emoji FROM reaction WHERE message_id = ? AND actor = ? ORDER BY at, emoji",
    message,
    actor,
  )
  return united(rows.map(({ emoji }) => emoji))
}

/** Of spellings of the same emoji the newest. */
function united(emoji: readonly string[]): string[] {
  return emoji.filter((one, i) => !emoji.slice(i + 1).some((other) => sameEmoji(one, other))).slice(-mostEmoji)
}

/** All that is thought of the message now; undefined: as it was. */
function* change(part: Part, step: Extract<ReactionStep, { actor: string }>, now: number): Call<string[] | undefined> {
  const actor = theirs(step.actor)
  const union = yield* unionOf(part.id, actor)
  const before = (yield* setOf(part, actor)).map(({ emoji }) => emoji)
  const { set, add, remove } = { set: undefined, add: undefined, remove: undefined, ...step }
  const kept = set ?? before.filter((emoji) => remove === undefined || !sameEmoji(emoji, remove))
  const after = add === undefined || kept.some((emoji) => sameEmoji(emoji, add)) ? kept : [...kept, add]
  if (after.length === before.length && after.every((emoji) => before.includes(emoji))) return undefined
  yield* putSet(part, actor, after, now)
  const all = yield* unionOf(part.id, actor)
  return all.length === union.length && all.every((emoji) => union.includes(emoji)) ? undefined : all
}

/** What is not new keeps its time: the newest is what was added last. */
function* putSet(message: Part, actor: string, emoji: readonly string[], now: number): Call<void> {
  const { id, part } = message
  const before = new Map((yield* setOf(message, actor)).map((one) => [one.emoji, one.at]))
  const set = [...new Set(emoji)].slice(-mostEmoji)
  yield* run("DELETE FROM reaction WHERE message_id = ? AND actor = ? AND part = ?", id, actor, part)
  for (const one of set)
    // Of a message that was pruned meanwhile there is nothing to keep.
    yield* run(
      "INSERT INTO reaction (message_id, actor, part, emoji, count, at) SELECT id, ?, ?, ?, 1, ? FROM message WHERE id = ?",
      actor,
      part,
      one,
      before.get(one) ?? now,
      id,
    )
}

/** What the network has of a user of ours from now on. */
export function* recordReaction(message: string, full: string, emoji: readonly string[], now: number): Call<void> {
  yield* putSet({ id: message, part: "" }, ours(full.split("/", 1)[0] ?? full), emoji, now)
}

export function* ourReactions(message: string, except: BareJid): Call<string[]> {
  const rows = yield* all<{ emoji: string }>(
    "SELECT emoji FROM reaction WHERE message_id = ? AND actor LIKE '@%' AND actor <> ? ORDER BY at DESC, emoji LIMIT ?",
    message,
    ours(except),
    mostEmoji,
  )
  return [...new Set(rows.map(({ emoji }) => emoji))]
}

/** What the account just did for users of ours. */
function* isEcho(message: string, step: ReactionStep): Call<boolean> {
  if (!("actor" in step)) return false
  const rows = yield* all<{ emoji: string }>("SELECT emoji FROM reaction WHERE message_id = ? AND actor LIKE '@%'", message)
  const has = (emoji: string): boolean => rows.some((one) => sameEmoji(one.emoji, emoji))
  if ("set" in step) return step.set.every(has) && (step.set.length > 0 || rows.length === 0)
  return (step.add === undefined || has(step.add)) && (step.remove === undefined || !has(step.remove))
}

/** Of all parts together. */
function* counted(message: string): Call<{ emoji: string; count: number }[]> {
  return yield* all("SELECT emoji, sum(count) AS count FROM reaction WHERE message_id = ? AND actor = '' GROUP BY emoji", message)
}

/** False: as they were. What was once counted stays with 0, so that it is known that a summary was told. */
function* count({ id, part }: Part, counts: { emoji: string; count: number }[], now: number): Call<boolean> {
  const sql = "SELECT emoji, count FROM reaction WHERE message_id = ? AND actor = '' AND part = ?"
  const before = new Map((yield* all<{ emoji: string; count: number }>(sql, id, part)).map((one) => [one.emoji, one.count]))
  const after = new Map(counts.slice(0, mostEmoji).map((one) => [one.emoji, one.count]))
  for (const emoji of before.keys()) if (!after.has(emoji)) after.set(emoji, 0)
  const changed = [...after].filter(([emoji, number]) => (before.get(emoji) ?? 0) !== number)
  for (const [emoji, number] of changed)
    yield* run(
      `INSERT INTO reaction (message_id, actor, part, emoji, count, at) SELECT id, '', ?, ?, ?, ? FROM message WHERE id = ?
       ON CONFLICT (message_id, actor, part, emoji) DO UPDATE SET count = excluded.count, at = excluded.at`,
      part,
      emoji,
      number,
      now,
      id,
    )
  return changed.length > 0
}

type Telling = NewReactions & { conversation: number; known: KnownMessage }

function* tellSet(telling: Telling, emoji: string[]): Call<Told> {
  const { conversation, known, stanza: id, row, now, where, older } = telling
  if (!("room" in where)) {
    const target = yield* directName(known)
    const op: InOp = { k: "reactions", id, target, emoji, at: now }
    return { known: true, conversation, row: yield* queue<InOp>("in", conversation, { id: row, op }, known.id), met: null }
  }
  const seen = yield* entryOfMessage(conversation, known.id)
  if (!seen) return { known: true, conversation, row: null, met: null }
  const met: Met | null = telling.by && (yield* meet(conversation, telling.by, now))
  const op: RoomOp = { k: "reactions", id, pos: 0, by: met && voiceOf(met.participant), target: seen.id, emoji, at: now }
  return { known: true, conversation, row: yield* show(conversation, { id: row, op }, known.id, now, older), met }
}

/** A moderator took away what all think, or all of one emoji: of each who had any it is told what is left. */
function* clear(telling: Telling, emoji: string | undefined): Call<Told> {
  const { conversation, known, now } = telling
  const before = yield* all<{ actor: string; part: string; emoji: string }>(
    "SELECT actor, part, emoji FROM reaction WHERE message_id = ? AND count > 0 ORDER BY at, actor, emoji",
    known.id,
  )
  const gone = before.filter((one) => one.part === known.part && (emoji === undefined || sameEmoji(one.emoji, emoji)))
  for (const one of gone) {
    const which = "message_id = ? AND actor = ? AND part = ? AND emoji = ?"
    // See `count`.
    if (one.actor === "") yield* run(`UPDATE reaction SET count = 0, at = ? WHERE ${which}`, now, known.id, "", one.part, one.emoji)
    else yield* run(`DELETE FROM reaction WHERE ${which}`, known.id, one.actor, one.part, one.emoji)
  }
  yield* touchLine(known.id)
  const actors = [...new Set(gone.map(({ actor }) => actor))].slice(0, mostTold)
  // Each its own row, one behind the other.
  const ids = [telling.row, ...idsAfter(telling.row, actors.length)]
  const queued: OutboxRow<InOp>[] = []
  for (const [i, actor] of actors.entries()) {
    const one = { ...telling, row: ids[i] ?? telling.row, stanza: i === 0 ? telling.stanza : `${telling.stanza}.${i}` }
    const left = united(before.filter((other) => other.actor === actor && !gone.includes(other)).map((other) => other.emoji))
    const { row } = actor === "" ? yield* tellCounts(one, true) : yield* tellLeft(one, actor, left)
    if (row) queued.push(row)
  }
  return { known: true, conversation, row: together(queued), met: null }
}

/** Of a user of ours in a direct chat there is nothing to tell: it is their clients that know. */
function* tellLeft(telling: Telling, actor: string, emoji: string[]): Call<Pick<Told, "row">> {
  const { conversation, known, stanza, row, now, where } = telling
  const isOurs = actor.startsWith("@")
  if (!("room" in where)) return isOurs ? { row: null } : yield* tellSet(telling, emoji)
  const who = yield* participant(conversation, isOurs ? { user: actor.slice(1) as BareJid } : { contact: actor.replace(/^=/, "") })
  const seen = who && (yield* entryOfMessage(conversation, known.id))
  if (!seen) return { row: null }
  const op: RoomOp = { k: "reactions", id: stanza, pos: 0, by: voiceOf(who), target: seen.id, emoji, at: now }
  return { row: yield* show(conversation, { id: row, op }, known.id, now) }
}

/** What was thought of a message that is older than the archive, which does not hold it yet. `target`: its stanza id. */
export function* reactedLongAgo({ room, messageId, at, now, reactions = [] }: NewRoomEvent, target: string): Call<void> {
  for (const { step, by, stanza } of reactions.toReversed()) {
    if ("counts" in step) {
      if (!(yield* count({ id: messageId, part: "" }, step.counts, now))) continue
      const op: RoomOp = { k: "said", id: `${messageId}.r`, pos: 0, by: null, text: summary(step.counts), at, reply: { id: target } }
      yield* show(room, { id: stanza, op }, op.id, now, true)
      continue
    }
    const set = "actor" in step ? yield* change({ id: messageId, part: "" }, step, now) : undefined
    const met = set && by && (yield* meet(room, by, now))
    if (!set || !met) continue
    const op: RoomOp = { k: "reactions", id: stanza, pos: 0, by: voiceOf(met.participant), target, emoji: set, at }
    yield* show(room, { id: stanza, op }, messageId, now, true)
  }
}

/** One line of each message, by the contact or the room itself, corrected as it changes. */
function* tellCounts(telling: Telling, again: boolean): Call<Told> {
  const { conversation, known, stanza, row, now, where, older } = telling
  const name = `${known.id}.r`
  const text = summary(yield* counted(known.id))
  if (!("room" in where)) {
    const target = yield* directName(known)
    const op: InOp = again
      ? { k: "edit", id: stanza, target: name, text, at: now }
      : { k: "message", id: name, text, at: now, reply: { id: target, own: known.ours === 1 } }
    return { known: true, conversation, row: yield* queue<InOp>("in", conversation, { id: row, op }, null), met: null }
  }
  const seen = yield* entryOfMessage(conversation, known.id)
  if (!seen) return { known: true, conversation, row: null, met: null }
  const told = (yield* entryById(conversation, name)) !== undefined
  const said = { k: "said" as const, pos: 0, by: null, text, at: now }
  if (told) {
    const op: RoomOp = { ...said, id: stanza, replaces: name }
    return { known: true, conversation, row: yield* show(conversation, { id: row, op }, name, now, older), met: null }
  }
  const first = opOf(seen)
  const newest = yield* entryOf(known.id, "last")
  const last = newest && opOf(newest)
  const was = last?.k === "said" ? last.text.slice(0, quoted).replace(/[\ud800-\udbff]$/, "") : ""
  const reply = { id: seen.id, ...(first.by && { nick: first.by.nick }), ...(was !== "" && { text: was }) }
  const op: RoomOp = { ...said, id: name, reply }
  return { known: true, conversation, row: yield* show(conversation, { id: row, op }, name, now, older), met: null }
}

/** By what all know a message of a room: its own stanza, or the first of its files. */
export function* entryOfMessage(room: number, message: string): ReturnType<typeof entryById> {
  return (yield* entryById(room, yield* pointTo(message))) ?? (yield* entryOf(message))
}

/** By what the user's clients know a message of a direct chat. */
export function* directName({ id, ours: own, xmppId }: Pick<KnownMessage, "id" | "ours" | "xmppId">): Call<string> {
  if (own === 1) return xmppId ?? id
  return yield* pointTo(id)
}
