// The key that seals credentials at rest: 32 random bytes, written as base64 or hex; several lines while it is changed.

export const KEY_REMEDY = "Make one with: openssl rand -base64 32"

/** One key a line, the newest first; empty lines and lines that begin with # do not count. A string: why it is not one. Never quotes the key. */
export function parseKeys(text: string): Buffer[] | string {
  const lines = text
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "" && !line.startsWith("#"))
  const keys = lines.map(parseKey)
  const bad = keys.findIndex((key) => key === undefined)
  if (lines.length === 0) return `holds no key. ${KEY_REMEDY}`
  if (bad >= 0)
    return `${lines.length > 1 ? `line ${bad + 1} ` : ""}is not 32 bytes in base64 (44 characters) or hex (64 characters). ${KEY_REMEDY}`
  return keys.filter((key) => key !== undefined)
}

function parseKey(text: string): Buffer | undefined {
  if (/^[0-9a-f]{64}$/i.test(text)) return Buffer.from(text, "hex")
  if (/^[A-Za-z0-9+/_-]{43}=?$/.test(text)) return Buffer.from(text, "base64")
  return undefined
}
