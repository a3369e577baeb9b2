// The config file as text: YAML with positions, and the tags !env and !file resolved.
import { readFileSync } from "node:fs"
import { resolve as resolvePath } from "node:path"
import { isAlias, isMap, isPair, isScalar, isSeq, LineCounter, parseDocument, type ScalarTag } from "yaml"
import type { Issue, Path, Position } from "./issue.js"

/** Where a tagged value came from. */
export interface Origin {
  tag: "!env" | "!file"
  /** Name of the variable, or absolute path of the file. */
  from: string
}

export interface Source {
  /** Plain data, tags replaced by what they stand for. */
  value: unknown
  /** YAML faults and tags that could not be resolved. */
  issues: Issue[]
  /** Not YAML at all: `value` means nothing. */
  broken: boolean
  /** Of the value at a path; of its nearest parent that is written, when it is not. */
  position(path: Path): Position
  /** Of a key of the map at a path. */
  keyPosition(path: Path, key: string): Position
  /** How a value was given; undefined: it stands in the file itself. */
  origin(path: Path): Origin | undefined
}

/** What a tag leaves in the document until it is resolved. */
class Reference {
  constructor(
    readonly tag: Origin["tag"],
    readonly name: string,
  ) {}
}

const tags = (["!env", "!file"] as const).map((tag): ScalarTag => ({ tag, resolve: (name: string) => new Reference(tag, name.trim()) }))

/** Reads the text of a config. `folder` is where paths of !file start; `env` is what !env looks into. */
export function readSource(text: string, folder: string, env: Readonly<Record<string, string | undefined>>): Source {
  const lines = new LineCounter()
  const doc = parseDocument(text, { lineCounter: lines, prettyErrors: false, keepSourceTokens: true, customTags: tags })
  const issues: Issue[] = []
  const values = new Map<string, number>()
  const keys = new Map<string, number>()
  const origins = new Map<string, Origin>()

  const at = (offset: number): Position => {
    const { line, col } = lines.linePos(offset)
    return { line, column: col }
  }
  const report = (offset: number, path: Path, text: string): void => void issues.push({ ...at(offset), path, text })

  for (const error of doc.errors) report(error.pos[0], [], yamlFault(error.code, error.message))
  for (const { code, pos } of doc.warnings) if (code === "TAG_RESOLVE_FAILED") report(pos[0], [], badTag(text.slice(...pos)))

  function plain(node: unknown, path: Path, offset: number): unknown {
    values.set(id(path), offset)
    if (isAlias(node)) return plain(node.resolve(doc), path, offset)
    if (isScalar(node)) return node.value instanceof Reference ? look(node.value, path, offset) : node.value
    if (isSeq(node)) {
      return node.items.map((item, index) =>
        plain(item, [...path, index], tagOffset(seqTokens(node.srcToken, index)) ?? startOf(item) ?? offset),
      )
    }
    if (!isMap(node)) return node
    const map: Record<string, unknown> = {}
    for (const pair of node.items) {
      if (!isPair(pair)) continue
      const key = isScalar(pair.key) ? String(pair.key.value) : String(pair.key)
      const keyOffset = startOf(pair.key) ?? offset
      const inner = [...path, key]
      keys.set(id(inner), keyOffset)
      const value = plain(pair.value, inner, tagOffset(pairTokens(pair)) ?? filled(pair.value) ?? keyOffset)
      // «log:» with every line below commented out means «nothing said».
      if (value !== null && value !== undefined)
        Object.defineProperty(map, key, { value, enumerable: true, configurable: true, writable: true })
    }
    return map
  }

  function look({ tag, name }: Reference, path: Path, offset: number): string | undefined {
    if (name === "") return void report(offset, path, `${tag} needs ${tag === "!env" ? "the name of a variable" : "the path of a file"}.`)
    if (tag === "!env") {
      origins.set(id(path), { tag, from: name })
      const value = env[name]
      if (value === undefined) return void report(offset, path, `${name} is not set. Export it or use !file.`)
      if (value === "") return void report(offset, path, `${name} is set, but empty. Export it or use !file.`)
      return value
    }
    const file = resolvePath(folder, name)
    origins.set(id(path), { tag, from: file })
    try {
      const value = readFileSync(file, "utf8").replace(/\r?\n$/, "")
      return value === "" ? void report(offset, path, `${file} is empty. Write the value into it.`) : value
    } catch (error) {
      return void report(offset, path, unreadable(file, error))
    }
  }

  const value = doc.contents === null ? {} : plain(doc.contents, [], startOf(doc.contents) ?? 0)
  const known = (path: Path): number => {
    for (let length = path.length; length > 0; length--) {
      const place = id(path.slice(0, length))
      const exact = length === path.length ? values.get(place) : undefined
      const offset = exact ?? keys.get(place) ?? values.get(place)
      if (offset !== undefined) return offset
    }
    return 0
  }
  return {
    value,
    issues,
    broken: doc.errors.some(({ code }) => code !== "DUPLICATE_KEY"),
    position: (path) => at(known(path)),
    keyPosition: (path, key) => at(keys.get(id([...path, key])) ?? known(path)),
    origin: (path) => origins.get(id(path)),
  }
}

/** Names may hold dots. */
const id = (path: Path): string => JSON.stringify(path)

type Token = { type: string; offset: number }

/** A tag is not part of its node's range; its token stands between key and value. */
function tagOffset(tokens: readonly Token[] | undefined): number | undefined {
  return tokens?.find(({ type }) => type === "tag")?.offset
}

function pairTokens(pair: { srcToken?: { sep?: unknown } }): Token[] | undefined {
  return pair.srcToken?.sep as Token[] | undefined
}

function seqTokens(token: object | undefined, index: number): Token[] | undefined {
  return (token as { items?: { start?: Token[] }[] } | undefined)?.items?.[index]?.start
}

function startOf(node: unknown): number | undefined {
  return (node as { range?: [number, number, number] | null } | null)?.range?.[0]
}

/** An empty value has no place of its own: its key is where to look. */
function filled(node: unknown): number | undefined {
  return isScalar(node) && node.value === null ? undefined : startOf(node)
}

function yamlFault(code: string, message: string): string {
  if (code === "DUPLICATE_KEY") return "This name is given twice. Keep one."
  if (code === "TAB_AS_INDENT") return "A tab stands where YAML wants spaces. Indent with spaces."
  return `This is not valid YAML: ${message.replace(/\s+/g, " ").trim()}${message.endsWith(".") ? "" : "."} Check indentation, quotes and colons.`
}

function badTag(tag: string): string {
  return tags.some((known) => known.tag === tag)
    ? `${tag} takes a single name, not a list or a section.`
    : `${tag} is not known. There are !env NAME and !file PATH; a text that begins with «!» goes into quotes.`
}

function unreadable(file: string, error: unknown): string {
  const code = (error as NodeJS.ErrnoException).code
  if (code === "ENOENT") return `${file} does not exist. Create it, or correct the path (relative paths start at the config file).`
  if (code === "EACCES") return `${file} may not be read by this user. Change its owner or its mode.`
  if (code === "EISDIR") return `${file} is a folder. Name a file.`
  return `${file} cannot be read (${code ?? "unknown fault"}).`
}
