// The house rules no linter knows: import fence, names of networks, sizes, first lines. Pure: (path, text) → what is wrong.

import { posix } from "node:path"

export interface SourceFile {
  /** From the repository's root, with `/`. */
  path: string
  text: string
}

const importPattern = /\b(?:from|import)\s*\(?\s*["']([^"']+)["']/g

/** Module names a file imports, statically or not, types included. */
export function importsOf(text: string): string[] {
  return [...text.matchAll(importPattern)].map((match) => match[1] ?? "")
}

// Found in src, whole or as part of a word, these are a network's name in the core.
const networks = /telegram|discord|whatsapp|signal-cli|matrix\.org|slack/i

function coreFence(name: string): string | undefined {
  if (name.startsWith("@xmpp/") || /(^|\/)xmpp\//.test(name)) return "the core speaks no XMPP library and imports nothing of src/xmpp"
  if (/^(better-sqlite3|pg|postgres|node:sqlite)(\/|$)/.test(name)) return "the core knows no database driver"
  if (/(^|\/)adapters\/|^xferry-adapter-/.test(name)) return "the core imports no adapter"
  if (/^src\/(store|config|check|cli)\b/.test(name)) return "the core is below its store, its configuration and its command line"
  return undefined
}

function adapterFence(name: string): string | undefined {
  if (name.startsWith("@xmpp/")) return "an adapter sees no XMPP"
  if (name.startsWith("xferry/")) return "an adapter imports «xferry» only, no part of it"
  return undefined
}

/** `path`: where a relative name leads to. */
function leavesAdapter(file: string, path: string): string | undefined {
  const folder = file.split("/").slice(0, 2).join("/")
  return path.startsWith(`${folder}/`) ? undefined : "an adapter is one folder: it imports nothing beside it"
}

export function fence({ path, text }: SourceFile): string[] {
  const found: string[] = []
  const rule = path.startsWith("src/core/") ? coreFence : path.startsWith("adapters/") ? adapterFence : undefined
  for (const name of importsOf(text)) {
    // A relative name is judged by the file it leads to: «../store.js» is one thing in src/core and another below it.
    const target = name.startsWith(".") ? posix.join(posix.dirname(path), name) : undefined
    const why =
      (rule === adapterFence && target !== undefined ? leavesAdapter(path, target) : rule?.(target ?? name)) ??
      (path.startsWith("src/") && /(^|\/)adapters\//.test(name) ? "src imports no adapter" : undefined)
    if (why) found.push(`${path}: imports ${name}: ${why}`)
  }
  if (path.startsWith("src/")) {
    text.split("\n").forEach((line, index) => {
      const name = networks.exec(line)?.[0]
      if (name) found.push(`${path}:${index + 1}: names a network: ${name}`)
    })
  }
  return found
}

export function firstLine({ path, text }: SourceFile): string[] {
  const lines = text.split("\n")
  const first = lines[0]?.startsWith("#!") ? lines[1] : lines[0]
  return /^(\/\/ \S|\/\*\*? ?\S)/.test(first ?? "") ? [] : [`${path}: the first line does not say what the file is for`]
}

const lineCount = (text: string) => text.replace(/\n$/, "").split("\n").length

/** Sizes of the sources (not of tests): median ≤ 120 lines, none above 400, the contract ≤ 200. */
export function sizes(files: SourceFile[]): string[] {
  const found: string[] = []
  const counts = files.map(({ path, text }) => ({ path, lines: lineCount(text) })).sort((a, b) => a.lines - b.lines)
  const median = counts[Math.floor((counts.length - 1) / 2)]
  if (median && median.lines > 120) found.push(`the median file has ${median.lines} lines, more than 120`)
  for (const { path, lines } of counts) {
    const limit = path === "src/adapter/contract.ts" ? 200 : 400
    if (lines > limit) found.push(`${path}: ${lines} lines, more than ${limit}`)
  }
  return found
}
