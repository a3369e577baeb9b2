// The stanzas of one message of the network's: numbered, remembered, and what an edit makes of them. Pure.
import type { Attached } from "../core/content.js"
import { quote } from "../core/flatten.js"
import { fileId, keyOf } from "../core/inward.js"
import type { InOp, OutboxRow } from "../core/model.js"
import type { NewRow } from "../core/store.js"
import { nextFileId, type Shown } from "./shown.js"

/** What says something: its operations have a text, a file, and perhaps what they answer. */
export type Saying = Extract<InOp, { k: "message" | "edit" | "said" }>

interface Told {
  row: NewRow<InOp>
  before?: NewRow<InOp>[]
}

export function fileOf(op: InOp): Attached | undefined {
  return "rich" in op ? op.rich?.file : undefined
}

export function rowsOf({ before = [], row }: Told): NewRow<InOp>[] {
  return [...before, row]
}

export function says(op: InOp): op is Saying {
  return op.k === "message" || op.k === "edit" || op.k === "said"
}

/** Of a message that is new: as which stanzas it is shown. */
export function shownBy(rows: readonly NewRow<InOp>[]): Shown[] {
  return rows.map(({ op }) => ({ id: op.id, ...keyed(op) }))
}

function keyed(op: InOp): { file?: string } {
  const file = fileOf(op)
  return file ? { file: keyOf(file) } : {}
}

/** What an edit brings is the message itself: under its id. */
export function asNew<Op extends InOp>(message: string, rows: readonly NewRow<Op>[]): NewRow<Op>[] {
  return rows.map(({ id, op }, i) => ({ id, op: { ...op, id: fileOf(op) ? fileId(message, i + 1) : message } }))
}

/** What an edit does to the stanzas of a message. */
export interface Revision<Op> {
  /** New files, under their new ids. */
  files: NewRow<Op>[]
  /** The text; `isNew`: the message had none that clients know. */
  text: { row: NewRow<Op>; isNew: boolean } | undefined
  /** Ids of what is no longer there. */
  gone: string[]
  shown: Shown[]
}

/** `allFiles`: the rows tell of all files that the message has. */
export function revise<Op extends InOp>(
  message: string,
  known: readonly Shown[],
  rows: readonly NewRow<Op>[],
  allFiles: boolean,
): Revision<Op> {
  const had = new Set(known.map(({ file }) => file))
  const now = new Set(rows.map(({ op }) => keyed(op).file))
  // Whoever told nothing but files has no text any more.
  const gone = known.filter(({ file }) => !now.has(file) && (file === undefined || allFiles))
  const shown = known.filter((one) => !gone.includes(one))
  const files: NewRow<Op>[] = []
  let text: Revision<Op>["text"]
  let numbers: readonly Shown[] = known
  for (const { id, op } of rows) {
    const { file } = keyed(op)
    if (file !== undefined && had.has(file)) continue
    if (file === undefined) {
      text = { row: { id, op }, isNew: !had.has(undefined) }
      if (text.isNew) shown.push({ id: message })
      continue
    }
    const stanza = nextFileId(message, numbers)
    numbers = [...numbers, { id: stanza, file }]
    shown.push({ id: stanza, file })
    files.push({ id, op: { ...op, id: stanza } })
  }
  return { files, text, gone: gone.map(({ id }) => id), shown }
}

/** Rows that only the store knows to be needed: their ids come right behind that of the row they follow. */
export function following<Op extends InOp>(after: string, ops: readonly Op[]): NewRow<Op>[] {
  const ids = idsAfter(after, ops.length)
  return ops.map((op, i) => ({ id: ids[i] ?? after, op }))
}

/** Of fewer than a thousand. */
export function idsAfter(row: string, count: number): string[] {
  return Array.from({ length: count }, (_, i) => `${row}.${String(i + 1).padStart(3, "0")}`)
}

/** One row for the core: the last, with those before it. */
export function together<Op extends InOp>(rows: readonly OutboxRow<Op>[]): OutboxRow<Op> | null {
  const last = rows.at(-1)
  if (!last) return null
  return rows.length === 1 ? last : { ...last, before: rows.slice(0, -1) }
}

/** Where it cannot be pointed to what is answered, it is quoted: before the text, or where there is none as the text. */
export function quoting<Op extends Saying>(rows: readonly NewRow<Op>[], message: string): NewRow<Op>[] {
  return rows.flatMap((row) => {
    const { reply, ...op } = row.op as Saying & { reply?: { text?: string } }
    const quoted = quote(reply?.text ?? "")
    if (!reply) return [row]
    if (!op.rich?.file) return [{ id: row.id, op: { ...op, text: quoted + op.text } as Op }]
    const { rich: _, ...bare } = op
    const said = following(row.id, quoted === "" ? [] : [{ ...bare, id: message, text: quoted.trimEnd() } as Op])
    return [{ id: row.id, op: op as Op }, ...said]
  })
}
