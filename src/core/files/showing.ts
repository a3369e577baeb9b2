// Pure: files that users of ours show: which of them the network takes in one message, as what, and what is said in their place.
import type { Capabilities, FileInfo } from "../../adapter/contract.js"
import type { Attached, Linked, Marked, Rich } from "../content.js"
import { readableSize } from "./size.js"
import { typeByName } from "./type.js"
import { flatten } from "../flatten.js"
import type { OutOp } from "../model.js"

type Kind = NonNullable<FileInfo["kind"]>
type Taken = NonNullable<Capabilities["send"]["files"]>

/** The files that come with an operation. */
export function filesOf(op: OutOp): readonly Linked[] {
  return op.k === "send" ? (op.marked?.files ?? []) : []
}

/** It is begun when they are there. */
export function hasFiles(op: OutOp): boolean {
  return filesOf(op).length > 0
}

/** A file as a text says it to the network: an encrypted one without its address, for the key is in it. */
export function link(file: Linked): string {
  return address(isEncrypted(file) ? { ...file, url: `[encrypted file: ${nameOf(file)}]` } : file)
}

function address({ url, alt }: Linked): string {
  return alt === undefined || alt.trim() === "" || alt === url ? url : `${alt} ${url}`
}

/** Its address has the key. */
export function isEncrypted({ url }: Linked): boolean {
  return /^aesgcm:/i.test(url)
}

/** The text with these files' addresses under it, those that it has not got already. */
export function withLinks(text: string, files: readonly Linked[]): string {
  const links = files.filter(({ url }) => !text.split(/\s/).includes(url)).map(link)
  return [text, ...links].filter((part) => part.trim() !== "").join("\n")
}

/** How long a text may be, beside files or alone. */
export function mostOf({ maxCaption, maxChars = Infinity }: Capabilities["send"], { files = [] }: { files?: readonly unknown[] }): number {
  return files.length > 0 ? Math.min(maxCaption ?? maxChars, maxChars) : maxChars
}

/** The same network, without files. */
export function withoutFiles<C extends Capabilities>(capabilities: C): C {
  const { files: _, ...send } = capabilities.send
  return { ...capabilities, send }
}

/** As many in one message as the network takes, and as can still be told by their addresses. */
export function inMessages(files: readonly Linked[], { perMessage = 1 }: Taken, fits: (text: string) => boolean): Linked[][] {
  const messages: Linked[][] = []
  let last: Linked[] = []
  for (const file of files) {
    if (last.length > 0 && (last.length >= perMessage || !fits(withLinks("", [...last, file])))) {
      messages.push(last)
      last = []
    }
    last.push(file)
  }
  return last.length > 0 ? [...messages, last] : messages
}

/** A recording has no name that somebody gave it: an id, a date, or just «voice message». */
const recording = /^(?:(?:recording|record|voice|audio|ptt|message)[-_ ]?(?:message|note)?[-_ \dT:.]*|[\da-f-]{16,}|\d[\d-_ T:.]*)\.\w+$/i

/** What the network is to show it as; undefined: as a file like any other. Of several that fit, the first that it has. */
export function kindOf({ kind, mime, name }: Pick<FileInfo, "kind" | "mime" | "name">, { kinds = [] }: Taken): Kind | undefined {
  const [type = "", subtype = ""] = (mime.split(";", 1)[0] ?? "").trim().toLowerCase().split("/")
  const fitting: Kind[] = kind === undefined ? [] : [kind]
  if (type === "image" && subtype === "gif") fitting.push("animation")
  else if (type === "image" && subtype !== "svg+xml") fitting.push("image")
  else if (type === "video") fitting.push("video")
  else if (type === "audio") {
    if (["ogg", "opus", "amr"].includes(subtype) || recording.test(name)) fitting.push("voice")
    fitting.push("audio")
  }
  return fitting.find((one) => kinds.includes(one))
}

/** Why a file is not even fetched; undefined: it may be. */
export function tooLarge({ bytes }: Partial<FileInfo>, maxBytes: number, network: string): string | undefined {
  if (bytes === undefined || bytes <= maxBytes) return undefined
  return `It has ${readableSize(bytes)}, and ${network} takes ${readableSize(maxBytes)} at most.`
}

/** What the author of a message is told. */
export function linkedInstead(refused: readonly { file: Linked; why: string }[]): string {
  const sentences = refused.map(
    ({ file, why }) => `«${nameOf(file)}» was ${isEncrypted(file) ? "not sent" : "sent as a link"}: ${lowered(why)}`,
  )
  return sentences.join("\n")
}

function lowered(sentence: string): string {
  return /^(?:It|The|There|This|A|An) /.test(sentence) ? (sentence[0] ?? "").toLowerCase() + sentence.slice(1) : sentence
}

/** The last part of its address, if it has no name. */
export function nameOf({ name, url }: Linked): string {
  if (name !== undefined && name.trim() !== "") return name
  try {
    const last = new URL(url).pathname.split("/").findLast((part) => part !== "") ?? ""
    return decodeURIComponent(last) || "file"
  } catch {
    return "file"
  }
}

/** What the others in a room see of it: a file and its text as their author's client put them, of several files each apart (`others`), then the text. */
export function reflected(text: string, marked: Marked | undefined): { text: string; rich?: Rich; others?: Attached[] } {
  if (!marked) return { text }
  const { spans, files = [], extras, unstyled } = marked
  // A place alone.
  const said = text.trim() === "" && extras ? flatten({ text, extras }) : text
  const own = files.length === 1 || said.trim() === "" ? files.at(-1) : undefined
  const others = (own ? files.slice(0, -1) : files).map(attached)
  const rich: Rich = {
    ...(spans &&
      spans.length > 0 && { spans: spans.map(({ whom, ...span }) => (whom && "nick" in whom ? { ...span, arg: whom.nick } : span)) }),
    ...(unstyled === true && { unstyled }),
    ...(own && { file: attached(own) }),
    ...(extras && extras.length > 0 && { extras }),
  }
  return { text: said, ...(Object.keys(rich).length > 0 && { rich }), ...(others.length > 0 && { others }) }
}

/** What is looked at or listened to in passing: among themselves, clients show it so. */
const shownInline: Taken = { maxBytes: Infinity, kinds: ["image", "video", "audio", "voice", "animation"] }

function attached({ hashes, ...file }: Linked): Attached {
  const sha256 = hashes?.["sha-256"]
  const name = nameOf(file)
  const mime = file.mime ?? typeByName(name) ?? "application/octet-stream"
  const kind = file.kind ?? kindOf({ name, mime }, shownInline)
  return { ...file, name, mime, ...(kind && { kind }), ...(sha256 !== undefined && { sha256 }) }
}
