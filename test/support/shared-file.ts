// A file as a stanza shows it (XEP-0066, XEP-0447), with what is at its address; and how clients show one.
import assert from "node:assert/strict"
import { createHash } from "node:crypto"
import type { Element } from "@xmpp/xml"
import { escape } from "./seat.js"

export interface SharedFile {
  stanza: Element
  url: string
  bytes: Buffer
  /** As the address' server names it. */
  type: string
  disposition: string
  name: string | undefined
  mime: string | undefined
  width: number | undefined
  height: number | undefined
  seconds: number | undefined
  desc: string | undefined
  /** What its `data:` URI holds. */
  thumbnail: Buffer | undefined
  spoiler: boolean
}

/** What every client must be able to make of it holds: the body is the address alone, size and hash are those of the bytes. */
export async function fileIn(stanza: Element): Promise<SharedFile> {
  const url = stanza.getChild("x", "jabber:x:oob")?.getChildText("url") ?? ""
  const shown = stanza.toString()
  assert.equal(stanza.getChildText("body"), url, shown)
  const sharing = stanza.getChild("file-sharing", "urn:xmpp:sfs:0")
  const source = sharing?.getChild("sources")?.getChild("url-data", "http://jabber.org/protocol/url-data")
  assert.equal(source?.attrs["target"], url, shown)
  assert.ok(
    stanza.getChildren("fallback", "urn:xmpp:fallback:0").some(({ attrs }) => attrs["for"] === "urn:xmpp:sfs:0"),
    shown,
  )
  const { bytes, type } = await fetched(url)
  const file = sharing?.getChild("file", "urn:xmpp:file:metadata:0")
  const text = (name: string): string | undefined => file?.getChildText(name) ?? undefined
  const number = (name: string): number | undefined => (text(name) === undefined ? undefined : Number(text(name)))
  assert.equal(number("size"), bytes.length, shown)
  const hash = file?.getChildren("hash", "urn:xmpp:hashes:2").find(({ attrs }) => attrs["algo"] === "sha-256")
  assert.equal(hash?.text(), createHash("sha256").update(bytes).digest("base64"), shown)
  const milliseconds = number("length")
  const uri = file?.getChild("thumbnail", "urn:xmpp:thumbs:1")?.attrs["uri"]
  return {
    ...{ stanza, url, bytes, type },
    disposition: sharing?.attrs["disposition"] ?? "",
    name: text("name"),
    mime: text("media-type"),
    width: number("width"),
    height: number("height"),
    seconds: milliseconds === undefined ? undefined : milliseconds / 1000,
    desc: text("desc"),
    thumbnail: uri === undefined ? undefined : Buffer.from(uri.slice(uri.indexOf(",") + 1), "base64"),
    spoiler: stanza.getChild("spoiler", "urn:xmpp:spoiler:0") !== undefined,
  }
}

async function fetched(url: string): Promise<{ bytes: Buffer; type: string }> {
  const response = await fetch(url)
  assert.equal(response.status, 200, url)
  return { bytes: Buffer.from(await response.arrayBuffer()), type: response.headers.get("content-type") ?? "" }
}

/** How most clients show a file: its address, out of band too (XEP-0066). */
export function linked(url: string): string {
  return `<body>${escape(url)}</body><x xmlns='jabber:x:oob'><url>${escape(url)}</url></x>`
}

export interface Told {
  name?: string
  mime?: string
  bytes?: Uint8Array
  width?: number
  height?: number
  seconds?: number
  desc?: string
}

/** How new clients show one or more, with a caption or without (XEP-0447): the addresses stand behind it for old ones. */
export function shared(files: readonly ({ url: string } & Told)[], caption = ""): string {
  const urls = files.map(({ url }) => url).join("\n")
  const head = caption === "" ? "" : `${caption}\n`
  const range = `<body start='${[...head].length}' end='${[...head, ...urls].length}'/>`
  return [
    `<body>${escape(head + urls)}</body>`,
    `<fallback xmlns='urn:xmpp:fallback:0' for='urn:xmpp:sfs:0'>${range}</fallback>`,
    ...files.map(sharing),
  ].join("")
}

function sharing({ url, ...told }: { url: string } & Told): string {
  const source = `<sources><url-data xmlns='http://jabber.org/protocol/url-data' target='${escape(url)}'/></sources>`
  return `<file-sharing xmlns='urn:xmpp:sfs:0' disposition='inline'><file xmlns='urn:xmpp:file:metadata:0'>${metadata(told)}</file>${source}</file-sharing>`
}

function metadata({ name, mime, bytes, width, height, seconds, desc }: Told): string {
  const hash = bytes && `<hash xmlns='urn:xmpp:hashes:2' algo='sha-256'>${createHash("sha256").update(bytes).digest("base64")}</hash>`
  const fields = {
    "media-type": mime,
    name,
    size: bytes?.length,
    width,
    height,
    length: seconds === undefined ? undefined : seconds * 1000,
    desc,
  }
  const given = Object.entries(fields).filter(([, value]) => value !== undefined)
  return given.map(([field, value]) => `<${field}>${escape(String(value))}</${field}>`).join("") + (hash ?? "")
}
