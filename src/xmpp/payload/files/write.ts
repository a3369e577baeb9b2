// A file as what clients make of it: its address as the body and out of band (XEP-0066), and what is known of it (XEP-0447, XEP-0446, XEP-0264).
import type { Attached } from "../../../core/content.js"
import { el, join, longestAttribute, textEl, type Xml } from "../../stanza.js"

const sfs = "urn:xmpp:sfs:0"
const urlData = "http://jabber.org/protocol/url-data"

/** A file that is there. */
export type There = Attached & { url: string }

export function isThere(file: Attached | undefined): file is There {
  return file?.url !== undefined
}

/** The body, and the elements beside it. Only where the body is nothing but the address every client shows the file: a `text` has it behind. */
export function write(file: There, text = ""): { body: string; elements: Xml } {
  const head = text === "" ? "" : `${text}\n`
  const range = text === "" ? {} : { start: [...head].length, end: [...head, ...file.url].length }
  return {
    body: head + file.url,
    elements: join([
      el("x", { xmlns: "jabber:x:oob" }, textEl("url", file.url)),
      sharing(file),
      el("fallback", { xmlns: "urn:xmpp:fallback:0", for: sfs }, el("body", range)),
      file.spoiler === true && el("spoiler", { xmlns: "urn:xmpp:spoiler:0" }),
    ]),
  }
}

function sharing(file: There): Xml {
  // Without a kind it is a document: nothing to be looked at in passing.
  const disposition = file.kind === undefined ? "attachment" : "inline"
  const source = el("sources", {}, el("url-data", { xmlns: urlData, target: address(file.url) }))
  return el("file-sharing", { xmlns: sfs, disposition }, metadata(file), source)
}

/** An address that would be cut is none. */
function address(url: string): string | undefined {
  return url.length > longestAttribute ? undefined : url
}

/** XEP-0446; the length is in milliseconds there. */
function metadata({ name, mime, bytes, sha256, width, height, seconds, alt, thumbnail }: There): Xml {
  return el(
    "file",
    { xmlns: "urn:xmpp:file:metadata:0" },
    mime !== "" && textEl("media-type", mime),
    name !== "" && textEl("name", name),
    number("size", bytes),
    sha256 !== undefined && textEl("hash", sha256, { xmlns: "urn:xmpp:hashes:2", algo: "sha-256" }),
    number("width", width),
    number("height", height),
    number("length", seconds === undefined ? undefined : seconds * 1000),
    alt !== undefined && alt.trim() !== "" && textEl("desc", alt),
    thumbnail && picture(thumbnail),
  )
}

function number(name: string, value: number | undefined): Xml | undefined {
  return value !== undefined && Number.isFinite(value) && value >= 0 ? textEl(name, String(Math.round(value))) : undefined
}

function picture({ uri, mime, width, height }: NonNullable<Attached["thumbnail"]>): Xml | undefined {
  if (uri.length > longestAttribute) return undefined
  return el("thumbnail", { xmlns: "urn:xmpp:thumbs:1", uri, "media-type": mime, width, height })
}
