// Searches everything a test run logged for the secrets the tests used.
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"

export interface Leak {
  file: string
  line: number
  /** Enough to find it, not the secret itself. */
  secret: string
}

export interface Search {
  leaks: Leak[]
  files: number
  bytes: number
}

/** As it is, in a URL, in a JSON string, in XML, and in base64. */
function faces(secret: string): string[] {
  const xml = secret.replace(/[&<>"']/g, (c) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" })[c] ?? "&apos;")
  return [
    ...new Set([secret, encodeURIComponent(secret), JSON.stringify(secret).slice(1, -1), xml, Buffer.from(secret).toString("base64")]),
  ]
}

/** Searches all files below the folder. */
export function searchLeaks(folder: string, secrets: string[]): Search {
  const search: Search = { leaks: [], files: 0, bytes: 0 }
  const wanted = [...new Set(secrets)].map((secret) => ({
    hint: `${secret.slice(0, 4)}… (${secret.length} characters)`,
    faces: faces(secret),
  }))
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const file = join(entry.parentPath, entry.name)
    const text = readFileSync(file, "utf8")
    search.files += 1
    search.bytes += Buffer.byteLength(text)
    for (const { hint, faces } of wanted) {
      const at = faces.map((face) => text.indexOf(face)).find((index) => index >= 0)
      if (at !== undefined) search.leaks.push({ file, line: text.slice(0, at).split("\n").length, secret: hint })
    }
  }
  return search
}
