// Where a piece of Discord's markdown ends, as its client finds it: the rules of simple-markdown, on which the client is built, without
// their regular expressions, some of which take very long for texts made to that end.
import type { Span } from "xferry"

/** Has no width: keeps marks apart that would be taken for others. */
export const guard = "\u2060"

/** Of one text: what is looked through is bounded, so that no text takes more than linear time. */
export class Work {
  #left: number

  constructor(length: number) {
    this.#left = 1_000_000 + 50 * length
  }

  /** False: no more is looked for, the rest is text as it stands. */
  spend(steps: number): boolean {
    this.#left -= steps
    return this.#left > 0
  }
}

export interface Found {
  /** Of what is inside. */
  start: number
  end: number
  /** Behind the closing mark. */
  after: number
}

function isSpace(char: string | undefined): boolean {
  return char !== undefined && /\s/.test(char)
}

function isWord(char: string | undefined): boolean {
  return char !== undefined && /\w/.test(char)
}

/** `**` and `__`: `mark` twice, not followed by a third; what is escaped does not count. */
function doubled(source: string, at: number, to: number, mark: string, work: Work): Found | undefined {
  const start = at + 2
  let i = start
  for (; i < to; i++) {
    if (i > start && source[i] === mark && source[i + 1] === mark && i + 1 < to && (i + 2 >= to || source[i + 2] !== mark)) {
      work.spend(i - at)
      return { start, end: i, after: i + 2 }
    }
    if (source[i] === "\\") i++
  }
  work.spend(i - at)
  return undefined
}

/** `*…*`: not before white space; `**` inside does not close it. */
function star(source: string, at: number, to: number, work: Work): Found | undefined {
  const start = at + 1
  if (start >= to || isSpace(source[start])) return undefined
  let i = start
  const found = (): Found | undefined => {
    while (i < to) {
      const char = source[i]
      const next = i + 1 < to ? source[i + 1] : undefined
      if (char === "*") {
        if (i > start && next !== "*") return { start, end: i, after: i + 1 }
        if (next !== "*") return undefined
        i += 2
      } else if (char === "\\") {
        if (next === undefined) return undefined
        i += 2
      } else if (isSpace(char)) {
        while (i < to && isSpace(source[i])) i++
        // White space never closes, and takes one thing with it.
        if (i >= to) return undefined
        if (source[i] === "*" && !(source[i + 1] === "*" && i + 1 < to)) return undefined
        if (source[i] === "\\" && i + 1 >= to) return undefined
        i += source[i] === "*" || source[i] === "\\" ? 2 : 1
      } else i++
    }
    return undefined
  }
  const result = found()
  work.spend(i - at)
  return result
}

/** `_…_`: not before a letter, a digit or another `_`; `__` inside does not close it. */
function underscore(source: string, at: number, to: number, work: Work): Found | undefined {
  const start = at + 1
  let i = start
  const found = (): Found | undefined => {
    while (i < to) {
      const next = i + 1 < to ? source[i + 1] : undefined
      if (source[i] === "_") {
        if (i > start && !isWord(next)) return { start, end: i, after: i + 1 }
        if (next !== "_") return undefined
        i += 2
      } else if (source[i] === "\\") {
        if (next === undefined) return undefined
        i += 2
      } else i++
    }
    return undefined
  }
  const result = found()
  work.spend(i - at)
  return result
}

/** `~~` and `||`: backslashes do not count. `not`: what must not follow. */
function bars(source: string, at: number, to: number, mark: string, not: string | undefined, work: Work): Found | undefined {
  const start = at + 2
  for (let from = start + 1; ; from++) {
    const end = source.indexOf(mark, from)
    work.spend((end === -1 ? source.length : end) - from)
    if (end === -1 || end + 2 > to) return undefined
    if (not === undefined || end + 2 >= to || source[end + 2] !== not) return { start, end, after: end + 2 }
    from = end
  }
}

/** Of as many backticks as stand here, else of fewer. */
export function code(source: string, at: number, to: number, work: Work): Found | undefined {
  let run = 0
  while (at + run < to && source[at + run] === "`") run++
  // Ends of the runs of backticks behind it, by their length: the first counts.
  const first = new Map<number, number>()
  let i = at + run
  while (i < to) {
    const open = source.indexOf("`", i)
    if (open === -1 || open >= to) break
    let close = open
    while (close < to && source[close] === "`") close++
    if (!first.has(close - open)) first.set(close - open, open)
    i = close
    if (first.has(run)) break
  }
  work.spend(i - at)
  for (let length = run; length > 0; length--) {
    const end = first.get(length)
    if (end !== undefined && end > at + length) return { start: at + length, end, after: end + length }
  }
  return undefined
}

const language = /([a-z0-9_+\-.#]{1,64})\n/iy

/** What styles begins here, and where it ends. */
export function styledAt(source: string, at: number, to: number, work: Work): (Found & { kind: Span["kind"] }) | undefined {
  const char = source[at] ?? ""
  const twice = source[at + 1] === char && at + 1 < to
  if (char === "~" || char === "|") {
    if (!twice) return undefined
    const found = bars(source, at, to, char + char, char === "~" ? "_" : undefined, work)
    return found && { ...found, kind: char === "~" ? "strike" : "spoiler" }
  }
  const single = char === "*" ? star(source, at, to, work) : underscore(source, at, to, work)
  const double = twice ? doubled(source, at, to, char, work) : undefined
  // The longer one counts; of two of one length the single mark does.
  if (double && (!single || double.after > single.after)) return { ...double, kind: char === "*" ? "bold" : "underline" }
  return single && { ...single, kind: "italic" }
}

/** Three backticks and a language, or none. */
export function fenced(source: string, at: number, to: number, work: Work): (Found & { language?: string }) | undefined {
  const open = at + 3
  language.lastIndex = open
  const named = language.exec(source)
  const block = (from: number): Found | undefined => {
    let start = from
    while (start < to && source[start] === "\n") start++
    if (start >= to) return undefined
    const fence = source.indexOf("```", start + 1)
    work.spend((fence === -1 ? source.length : fence) - start)
    if (fence === -1 || fence + 3 > to) return undefined
    let end = fence
    while (end > start + 1 && source[end - 1] === "\n") end--
    return { start, end, after: fence + 3 }
  }
  const found = named && block(open + named[0].length)
  if (found && named[1] !== undefined) return { ...found, language: named[1] }
  return block(open)
}

const address = /(?:https?|steam):\/\/[^\s<]+/y

/** Behind an address that Discord makes a link; undefined: there is none here. */
export function addressAt(source: string, at: number, to: number): number | undefined {
  address.lastIndex = at
  let found = address.exec(source)?.[0].slice(0, to - at) ?? ""
  if (!found.includes("://")) return undefined
  const scheme = found.indexOf("://") + 3
  let end = found.length
  while (end > scheme && /[.,:;"'\]]/.test(found[end - 1] ?? "")) end--
  if (end < scheme + 2) return undefined
  found = found.slice(0, end)
  // Of brackets at the end as many belong to it as were opened in it; but one at most is left out.
  let opened = 0
  for (let i = found.length - 1; i >= 0 && found[i] === ")"; i--) {
    const open = found.indexOf("(", opened)
    if (open === -1) return at + found.length - 1
    opened = open + 1
  }
  return at + found.length
}

export interface Link {
  label: Found
  address: string
}

/** `[label](address "title")`. */
export function link(source: string, at: number, to: number, work: Work): Link | undefined {
  // Brackets in the label come in pairs; backslashes do not count.
  let depth = 0
  let i = at
  for (; i < to; i++) {
    if (source[i] === "[") depth++
    else if (source[i] === "]" && --depth === 0) break
  }
  work.spend(i - at)
  if (i >= to || source[i + 1] !== "(") return undefined
  target.lastIndex = i + 1
  const found = target.exec(source.slice(0, Math.min(to, i + mostAddress)))
  work.spend(mostAddress)
  const [whole, bare, nested] = found ?? []
  const to_ = bare ?? nested
  if (whole === undefined || to_ === undefined || i + 1 + whole.length > to) return undefined
  return { label: { start: at + 1, end: i, after: i + 1 + whole.length }, address: to_ }
}

const mostAddress = 4000
const target =
  /\(\s{0,20}(?:<(https?:\/\/[^\s<>]+)>|(https?:\/\/(?:\([^()\s<>]*\)|[^()\s<>])+))(?:\s{1,20}(?:"[^"\n]*"|'[^'\n]*'))?\s{0,20}\)/y
