// JID localpart ↔ foreign id: `[#]id[!tag]`, pure and reversible, so that no table and no migration is needed (docs/adr/0005).

/** `room`: a leading `#`. `tag` is the link's, empty for a user's first link on a network. */
export interface Address {
  kind: "contact" | "room"
  id: string
  tag: string
}

/** RFC 7622 §3.3: a localpart holds at most 1023 bytes; what we write is ASCII, so characters are bytes. */
const maxLocalpart = 1023

/** `gateway@domain` is an alias of the domain's own JID: some clients take no bare domain for a contact. */
const reserved = new Set(["gateway"])
/** A leading one marks rooms; or addresses that are no one's here, of who speaks for our users elsewhere on the same domain. */
const marks = /^[#~]/

/** XEP-0106 §3.2. A backslash is escaped only where it would begin one of these. */
const forbidden: Readonly<Record<string, string>> = {
  " ": "\\20",
  '"': "\\22",
  "&": "\\26",
  "'": "\\27",
  "/": "\\2f",
  ":": "\\3a",
  "<": "\\3c",
  ">": "\\3e",
  "@": "\\40",
}
const unescaped = new Map([...Object.entries(forbidden).map(([char, code]) => [code, char] as const), ["\\5c", "\\"] as const])

const byCodePoint = (char: string) => `^(${char.codePointAt(0)?.toString(16) ?? ""})`

/** Localparts are case-folded and normalised by servers: capitals become `^a`, and what is not printable ASCII `^(1f600)`. */
function escape(text: string): string {
  let out = ""
  let at = 0
  for (const char of text) {
    const end = at + char.length
    if (char >= "A" && char <= "Z") out += `^${char.toLowerCase()}`
    else if (char < " " || char > "~" || char === "^" || char === "!") out += byCodePoint(char)
    // XEP-0106 §4.1 (6): \20 is never the first or last of a localpart
    else if (char === " " && (at === 0 || end === text.length)) out += byCodePoint(char)
    else if (char === "\\") out += unescaped.has(text.slice(at, at + 3)) ? "\\5c" : char
    else out += forbidden[char] ?? char
    at = end
  }
  return out
}

const token = /\^\(([0-9a-f]{1,6})\)|\^([a-z])|\\(?:20|22|26|27|2f|3a|3c|3e|40|5c)|[\s\S]/gu

/** Null: an escape beyond Unicode. Other malformed input is caught by comparing with its own encoding. */
function unescape(text: string): string | null {
  let out = ""
  for (const [piece, hex, capital] of text.matchAll(token)) {
    if (hex !== undefined) {
      const point = Number.parseInt(hex, 16)
      if (point > 0x10ffff) return null
      out += String.fromCodePoint(point)
    } else if (capital !== undefined) out += capital.toUpperCase()
    else out += unescaped.get(piece) ?? piece
  }
  return out
}

/** The localpart of an address; null if it is empty or longer than a JID may be. */
export function encode({ kind, id, tag }: Address): string | null {
  if (id === "") return null
  let name = escape(id)
  if (reserved.has(name) || marks.test(name)) name = byCodePoint(id) + escape(id).slice(1)
  const localpart = (kind === "room" ? "#" : "") + name + (tag === "" ? "" : `!${escape(tag)}`)
  return localpart.length > maxLocalpart ? null : localpart
}

/** Reads a localpart as servers deliver it. Null: no address of ours; every address has exactly one spelling. */
export function decode(localpart: string): Address | { kind: "gateway" } | null {
  if (localpart === "" || reserved.has(localpart)) return { kind: "gateway" }
  if (localpart.length > maxLocalpart) return null
  const kind = localpart.startsWith("#") ? "room" : "contact"
  const rest = kind === "room" ? localpart.slice(1) : localpart
  const bang = rest.indexOf("!")
  const id = unescape(bang < 0 ? rest : rest.slice(0, bang))
  const tag = bang < 0 ? "" : unescape(rest.slice(bang + 1))
  if (id === null || tag === null) return null
  const address: Address = { kind, id, tag }
  return encode(address) === localpart ? address : null
}

/** Bare JID of a room as a link sees it. Null: the id does not fit into a JID. */
export function roomJid(domain: string, id: string, tag: string): string | null {
  const localpart = encode({ kind: "room", id, tag })
  return localpart === null ? null : `${localpart}@${domain}`
}

/** Bare JID of a foreign person as a link sees it; «» is the gateway. Null: the id does not fit into a JID. */
export function contactJid(domain: string, id: string, tag: string): string | null {
  if (id === "") return domain
  const localpart = encode({ kind: "contact", id, tag })
  return localpart === null ? null : `${localpart}@${domain}`
}

/** Without its resource. */
export function bare(jid: string): string {
  const slash = jid.indexOf("/")
  return slash === -1 ? jid : jid.slice(0, slash)
}
