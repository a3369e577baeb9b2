// Files that a message shows: Stateless file sharing (XEP-0447, XEP-0448), stickers (XEP-0449), out-of-band data (XEP-0066), SIMS (XEP-0385), aesgcm (XEP-0454).
import type { Element } from "@xmpp/xml"
import type { Linked } from "../../../core/content.js"
import type { Draft, Reads } from "../draft.js"
import * as fallback from "../fallback.js"
import { placed } from "../told.js"

const nsOob = "jabber:x:oob"
export const nsSfs = "urn:xmpp:sfs:0"
const nsEncrypted = "urn:xmpp:esfs:0"
const nsMetadata = "urn:xmpp:file:metadata:0"
const nsUrlData = "http://jabber.org/protocol/url-data"
const nsReference = "urn:xmpp:reference:0"
export const nsSims = "urn:xmpp:sims:1"
/** Metadata of SIMS, and of clients that took it over too early. */
const nsTransfer = "urn:xmpp:jingle:apps:file-transfer:5"
const nsStickers = "urn:xmpp:stickers:0"
const nsHashes = "urn:xmpp:hashes:2"

/** Files that are read of one stanza, and UTF-16 units of what is said of each. */
const mostFiles = 50
const longestUrl = 4096
const longestName = 255
const longestText = 2000
const mostHashes = 8

export const reads: Reads = {
  [`x ${nsOob}`](child, draft) {
    const url = urlOf(child.getChildText("url"))
    if (url === undefined) return
    const alt = textOf(child.getChildText("desc"))
    add(draft, { url, ...(alt !== undefined && { alt }) })
  },
  [`file-sharing ${nsSfs}`](child, draft) {
    const url = sourceOf(child.getChild("sources"))
    if (url !== undefined) add(draft, { url, ...metadataOf(child) })
  },
  [`reference ${nsReference}`](child, draft) {
    const shared = child.getChild("media-sharing", nsSims)
    if (!shared) return
    const sources = shared.getChild("sources")?.getChildren("reference") ?? []
    const url = sources.map(({ attrs }) => urlOf(attrs.uri)).find((uri) => uri !== undefined)
    if (url !== undefined) add(draft, { url, ...metadataOf(shared) })
  },
  [`sticker ${nsStickers}`](_, draft) {
    draft.sticker = true
  },
}

/** Once all children were read, before what else leaves the body: it is without the addresses of its files. */
export function settle(draft: Draft): void {
  const { body } = draft
  const lines = (body ?? "").trim().split(/\r\n|\n/)
  const [first = "", thumbnail = "data:"] = lines
  // Needs no mark (XEP-0454 §4); a thumbnail may be below it.
  if (lines.length <= 2 && /^aesgcm:/i.test(first) && thumbnail.startsWith("data:")) {
    const url = urlOf(first)
    if (url !== undefined) {
      if (!draft.files?.some((file) => file.url === url)) add(draft, { url })
      draft.body = ""
    }
  }
  const { files } = draft
  if (!files) return
  if (draft.sticker) stickers(draft, files)
  const isHidden = draft.spans?.some(({ kind }) => kind === "spoiler")
  draft.body = withoutAddresses(draft, files)
  if (draft.spans) draft.spans = placed(draft.spans, body ?? "", draft.body)
  if (draft.quoting !== undefined) draft.quoting = linesBut(draft.quoting, files)
  // An address inside a sentence is a link in it, unless it is told of as a file by more than its address.
  const rest = draft.body
  draft.files = files.filter((file) => Object.keys(file).length > 1 || !rest.includes(file.url))
  if (isHidden) for (const file of draft.files) file.spoiler = true
  if (draft.files.length === 0) delete draft.files
}

/** XEP-0449 §4.2: the body is what a sticker says where it cannot be seen, most often an emoji. */
function stickers(draft: Draft, files: Linked[]): void {
  const said = withoutAddresses(draft, files).trim()
  for (const file of files) Object.assign(file, { kind: "sticker" }, said !== "" && file.alt === undefined && { alt: said })
  if (files.some(({ alt }) => alt === said)) draft.body = ""
}

function withoutAddresses({ body = "", fallbacks = [] }: Draft, files: readonly Linked[]): string {
  const marked = fallbacks.filter((one) => one.for === nsSfs || one.for === nsOob || one.for === nsSims)
  if (marked.some(({ ranges }) => ranges.length === 0)) return ""
  const ranges = marked.flatMap((one) => one.ranges)
  const rest = ranges.length > 0 ? fallback.cut(body, ranges) : body
  if (!rest.includes("://")) return rest === body ? body : rest.trim()
  const kept = linesBut(rest, files)
  return kept === body ? body : kept.trim()
}

function linesBut(text: string, files: readonly Linked[]): string {
  const urls = new Set(files.map(({ url }) => url))
  const lines = text.split("\n")
  return lines.filter((line) => !urls.has(line.trim())).join("\n")
}

/** The same file may be told of in several ways: each adds what it knows. */
function add(draft: Draft, file: Linked): void {
  const files = (draft.files ??= [])
  const at = files.findIndex(({ url }) => url === file.url)
  if (at >= 0) files[at] = { ...file, ...files[at], ...(file.hashes && { hashes: { ...file.hashes, ...files[at]?.hashes } }) }
  else if (files.length < mostFiles) files.push(file)
}

/** Undefined: no address that could be fetched. */
function urlOf(text: string | null | undefined): string | undefined {
  const url = text?.trim() ?? ""
  return /^(?:https?|aesgcm):\/\/[^\s/][^\s]*$/i.test(url) && url.length <= longestUrl ? url : undefined
}

function sourceOf(sources: Element | undefined): string | undefined {
  if (!sources) return undefined
  for (const { attrs } of sources.getChildren("url-data", nsUrlData)) {
    const url = urlOf(attrs.target)
    if (url !== undefined) return url
  }
  const encrypted = sources.getChild("encrypted", nsEncrypted)
  return encrypted && keyed(encrypted)
}

/** XEP-0448 says with elements what the anchor of an `aesgcm:` address says (XEP-0454 §3): IV and key in hex. */
function keyed(encrypted: Element): string | undefined {
  const url = sourceOf(encrypted.getChild("sources"))
  const [iv, key] = ["iv", "key"].map((name) => Buffer.from(encrypted.getChildText(name) ?? "", "base64")) as [Buffer, Buffer]
  if (!url || !/^https:/i.test(url) || encrypted.attrs.cipher !== "urn:xmpp:ciphers:aes-256-gcm-nopadding:0") return undefined
  if (key.length !== 32 || (iv.length !== 12 && iv.length !== 16)) return undefined
  return `aesgcm:${url.slice("https:".length).replace(/#.*$/, "")}#${iv.toString("hex")}${key.toString("hex")}`
}

function metadataOf(parent: Element): Partial<Linked> {
  const file = parent.getChild("file", nsMetadata) ?? parent.getChild("file", nsTransfer) ?? parent.getChild("file")
  if (!file) return {}
  const number = (name: string): number | undefined => {
    const text = file.getChildText(name)?.trim() ?? ""
    return /^\d{1,15}$/.test(text) ? Number(text) : undefined
  }
  // Some clients write «4096x2160» (XEP-0446 before version 0.2).
  const [wide, high] =
    /^(\d{1,9})x(\d{1,9})$/
      .exec(file.getChildText("dimension") ?? "")
      ?.slice(1)
      .map(Number) ?? []
  const milliseconds = number("length")
  const hashes = hashesOf(file)
  const known = {
    name: textOf(file.getChildText("name")?.split(/[/\\]/).at(-1), longestName),
    mime: /^[\w.+-]{1,60}\/[\w.+-]{1,100}(?:\s*;[\x20-\x7e]{0,100})?$/
      .exec(file.getChildText("media-type")?.trim() ?? "")?.[0]
      .toLowerCase(),
    bytes: number("size"),
    width: number("width") ?? wide,
    height: number("height") ?? high,
    seconds: milliseconds === undefined ? undefined : milliseconds / 1000,
    alt: textOf(file.getChildText("desc")),
    hashes: Object.keys(hashes).length > 0 ? hashes : undefined,
  }
  return Object.fromEntries(Object.entries(known).filter(([, value]) => value !== undefined))
}

function hashesOf(file: Element): Record<string, string> {
  const found = file.getChildren("hash", nsHashes).slice(0, mostHashes)
  return Object.fromEntries(
    found.flatMap((hash) => {
      const [algo = "", text] = [hash.attrs.algo, hash.getText().trim()]
      return /^[\w-]{1,40}$/.test(algo) && /^[A-Za-z\d+/]{8,200}={0,2}$/.test(text) ? [[algo.toLowerCase(), text]] : []
    }),
  )
}

function textOf(text: string | null | undefined, longest = longestText): string | undefined {
  const said = text?.trim() ?? ""
  return said === "" ? undefined : said.slice(0, longest).replace(/[\ud800-\udbff]$/, "")
}
