// Pure: what somebody on the network says → operations towards XMPP, one a stanza: each file, then the text (docs/adr/0009).
import type { Body, Capabilities, FileRef } from "../adapter/contract.js"
import type { Attached, Rich } from "./content.js"
import { readableSize } from "./files/size.js"
import { said as saidIn } from "./flatten.js"
import type { InOp } from "./model.js"
import { short } from "./short.js"

/** What one stanza says. */
export interface Piece {
  text: string
  rich?: Rich
}

/** What becomes of files: «absent» as long as nobody can fetch them; else bytes that the network lets us have of one. */
export type Carriage = { maxBytes: number } | undefined

/** The network has to let us fetch them, and there has to be a place to put them. */
export function carriageOf(media: unknown, { download }: Pick<Capabilities, "download">): Carriage {
  return media === undefined || !download ? undefined : { maxBytes: download.maxBytes ?? Number.POSITIVE_INFINITY }
}

/** More files of one message than any network lets send are named in its text. */
const mostFiles = 32
/** What we repeat of a file in every stanza about it; UTF-16 units. */
const longestName = 255
const longestAlt = 1000
const longestRef = 10_000

/** Never empty. The text, if there is any, is the last. `brief`: what stands in the text of the part of an album before it is not said again. */
export function piecesOf(body: Body, carriage: Carriage, brief = false): [Piece, ...Piece[]] {
  const all = body.files ?? []
  const files = carriage ? all.slice(0, mostFiles) : []
  const named = all.slice(files.length)
  const pieces = files.map((file): Piece => carried(file, carriage?.maxBytes ?? 0))
  const { files: _, ...rest } = body
  const said: Body = { ...rest, ...(named.length > 0 && { files: named }) }
  if (brief) said.extras = (said.extras ?? []).filter(({ type }) => type !== "forward")
  const isSilent = said.text.trim() === "" && named.length === 0 && (said.extras ?? []).length === 0
  const [first, ...more] = pieces
  if (first && isSilent) return [first, ...more]
  const text = besides(said)
  return first ? [first, ...more, text] : [text]
}

/** The same, each with its stanza id. */
export function stanzasOf(id: string, ...said: Parameters<typeof piecesOf>): (Piece & { id: string })[] {
  return piecesOf(...said).map((piece, i) => ({ ...piece, id: piece.rich?.file ? fileId(id, i + 1) : id }))
}

/** Which of these points to what is answered: the text, for it can quote it; else the first file. */
export function answers(pieces: readonly Piece[]): Piece | undefined {
  return pieces.find(({ rich }) => !rich?.file) ?? pieces[0]
}

/** The text, and what it cannot say, or says too. */
function besides(body: Body): Piece {
  const { text, ...rest } = saidIn(body)
  const { extras = [] } = body
  const rich: Rich = { ...rest, ...(extras.length > 0 && { extras }) }
  return { text, ...(Object.keys(rich).length > 0 && { rich }) }
}

function carried({ ref, stableId, ...told }: FileRef, maxBytes: number): Piece {
  const file: Attached = { ...told, name: short(told.name, longestName), mime: short(told.mime, longestName) }
  if (told.alt !== undefined) file.alt = short(told.alt, longestAlt)
  if (ref.length > longestRef || (stableId?.length ?? 0) > longestRef) return settled({ ...file, failed: "it cannot be had." })
  if (told.bytes !== undefined && told.bytes > maxBytes) {
    const failed = `it is larger than the ${readableSize(maxBytes)} that can be had from the network.`
    return settled({ ...file, failed })
  }
  file.source = { ref, ...(stableId !== undefined && { stableId }) }
  return { text: "", rich: { file } }
}

/** A file that is there, or never will be: then a sentence says so. */
export function settled(file: Attached): Piece {
  const { source: _, ...rest } = file
  const text = rest.url === undefined ? `${describe(file)} ${unavailable(rest.failed)}` : ""
  return { text, rich: { file: rest } }
}

function unavailable(why = "it cannot be had."): string {
  return `could not be fetched: ${why}`
}

/** What a file is, in one line: `[image: balcony.jpg, 1.2 MB]`. */
export function describe({ kind, name, bytes, alt }: Attached): string {
  const size = bytes === undefined ? "" : `, ${readableSize(bytes)}`
  const what = `[${kind ?? "file"}: ${name}${size}]`
  return alt === undefined || alt.trim() === "" ? what : `${what} ${alt}`
}

/** Said in the place of a file that is not there in time. */
export function onItsWay(file: Attached): string {
  return `${describe(file)} is on its way.`
}

/** The file that an operation waits for; undefined: it can go. */
export function awaited(op: InOp): Attached | undefined {
  const file = "rich" in op ? op.rich?.file : undefined
  return file?.source !== undefined && file.url === undefined && file.failed === undefined ? file : undefined
}

/** By what somebody is reminded of what was said. */
export function wordsOf(op: InOp): string {
  if (op.k !== "said" && op.k !== "message") return ""
  return op.text === "" && op.rich?.file ? describe(op.rich.file) : op.text
}

/** By what a file is known again in an edit of its message. */
export function keyOf(file: Attached): string {
  return file.source?.stableId ?? JSON.stringify([file.kind, file.name, file.mime, file.bytes])
}

// ---- ids of stanzas: the text has its message's own, files have it with a number behind

export function fileId(message: string, number: number): string {
  return `${message}.f${number}`
}

/** The number of a file's stanza id; undefined: it is another's. */
export function fileNumber(stanzaId: string): number | undefined {
  const digits = /\.f(\d{1,6})$/.exec(stanzaId)?.[1]
  return digits === undefined ? undefined : Number(digits)
}

/** Id of the message that a stanza id means, as clients give it back: also that of a further piece of a text too long for one stanza. */
export function messageOf(stanzaId: string): string {
  return stanzaId.replace(/\.f?\d{1,6}$/, "")
}
