// Pure: the parts of an utterance → the calls that carry it out, or the changes to calls that still wait.
import type { OutboxRow, Origin, OutOp } from "./model.js"
import type { Part } from "./plan.js"

export type Who = Omit<Origin, "last">
export type Changes = { ops: OutOp[]; amend: { id: string; op: OutOp }[]; drop: string[] }

/** Who speaks, and with the first part of what is new what is answered. */
export type How = Pick<Extract<OutOp, { k: "send" }>, "reply" | "as">

/** Only the last operation has consequences. */
function origin({ reflect, receipt, ...who }: Who, last: boolean): Origin {
  return { ...who, last, receipt: last && receipt, ...(last && reflect && { reflect }) }
}

function part({ reply, as }: How, ordinal: number): How {
  return { ...(reply !== undefined && ordinal === 0 && { reply }), ...(as && { as }) }
}

/**
 * A message of its own (`edited` null), or an edit: it keeps the parts both versions have, takes back the surplus, sends what is new. Parts
 * before `from` are as they were.
 */
export function operations(
  edited: { message: string; parts: number; from: number } | null,
  action: string,
  parts: readonly Part[],
  canRetract: boolean,
  who: Who,
  how: How = {},
): OutOp[] {
  const message = edited?.message ?? action
  const old = edited?.parts ?? 0
  const from = edited?.from ?? 0
  const count = Math.max(from + parts.length, old)
  return Array.from({ length: count - from }, (_, i): OutOp => {
    const ordinal = from + i
    const last = ordinal === count - 1
    const common = { message, ordinal, origin: origin(who, last) }
    const said = parts[i]
    const by = how.as && { as: how.as }
    if (said === undefined) return canRetract ? { k: "retract", ...common, ...by } : { k: "edit", ...common, text: "…", ...by }
    return ordinal < old ? { k: "edit", ...common, ...said, ...by } : { k: "send", ...common, ...said, ...part(how, ordinal) }
  })
}

/** Takes a message back, part by part. */
export function retractions(message: string, parts: number, who: Who, { as }: How = {}): OutOp[] {
  const count = Math.max(parts, 1)
  return Array.from({ length: count }, (_, ordinal) => ({
    k: "retract",
    message,
    ordinal,
    origin: origin(who, ordinal === count - 1),
    ...(ordinal === count - 1 && { whole: true }),
    ...(as && { as }),
  }))
}

/**
 * An edit of a message of which nothing was sent yet: its rows change, every utterance that made them keeps its receipt, and the edit gets
 * its own. `waiting`: those from the ordinal `from` on.
 */
export function folded(
  message: string,
  waiting: readonly OutboxRow<OutOp>[],
  parts: readonly Part[],
  from: number,
  who: Who,
  how: How = {},
): Changes {
  const kept = waiting.slice(0, parts.length)
  const dropped = waiting.slice(parts.length)
  // Utterances whose last row falls away are still to be answered: the first by the last row that stays, unless that ends one itself.
  const ends = dropped.map(({ op }) => op.origin).filter((origin) => origin.last)
  const end = kept.at(-1)?.op.origin.last === false ? ends.shift() : undefined
  const amend = kept.map(({ id, op }, i) => ({
    id,
    op: { ...saying(op as Extract<OutOp, { k: "send" }>, parts[i]), origin: i === kept.length - 1 && end ? end : op.origin },
  }))
  const added = parts.slice(waiting.length)
  const ops: OutOp[] = added.map((said, i) => {
    const ordinal = from + waiting.length + i
    return { k: "send", message, ordinal, ...said, origin: origin(who, i === added.length - 1), ...part(how, ordinal) }
  })
  if (added.length === 0) ends.push({ ...who, last: true })
  ops.push(...ends.map((origin): OutOp => ({ k: "settle", message, ordinal: 0, origin })))
  return { ops, amend, drop: dropped.map(({ id }) => id) }
}

/** With another text; its files stay. */
function saying({ marked: { files } = {}, ...op }: Extract<OutOp, { k: "send" }>, { text, marked }: Part = { text: "" }): OutOp {
  const both = { ...marked, ...(files && { files }) }
  return { ...op, text, ...(Object.keys(both).length > 0 && { marked: both }) }
}
