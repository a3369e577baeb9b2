// Pure: a foreign text with its spans → the text that XMPP clients style (XEP-0393), readable without any styling too.
import type { Body, Span } from "../../adapter/contract.js"
import { fence, isLanguage, isSpace, opens, styledIn } from "./parse.js"

/** A foreign server may send what it likes; what is beyond this stays without marks. */
const mostSpans = 2000
const deepest = 5

/** Outermost first where several have the same place: behind a spoiler's bars no directive counts, in code nothing does. */
const marks: Partial<Record<Span["kind"], { mark: string; rank: number }>> = {
  heading: { mark: "*", rank: 0 },
  bold: { mark: "*", rank: 0 },
  italic: { mark: "_", rank: 1 },
  underline: { mark: "_", rank: 1 },
  strike: { mark: "~", rank: 2 },
  spoiler: { mark: "||", rank: 3 },
  code: { mark: "`", rank: 4 },
}

interface Place {
  start: number
  end: number
}

/** Text with one mark around it. */
interface Marked extends Place {
  mark: string
  rank: number
}

/** Of one line, or what a span or block boundary leaves of it. */
interface Piece extends Place {
  depth: number
  pre: Span | undefined
}

/**
 * Marks stand only where XEP-0393 lets them count (§5.2): what cannot be expressed is there without marks, and no character of the text is ever
 * lost. Links have their address behind them, unless it is their text. Mentions, rooms and emoji read as they are.
 *
 * @example
 * write({ text: "see this", spans: [{ kind: "bold", start: 4, end: 8 }] }) // "see *this*"
 */
export function write(body: Pick<Body, "text" | "spans">): string {
  return new Writing(body).whole()
}

class Writing {
  readonly #text: string
  readonly #spans: readonly Span[]
  readonly #quotes: readonly Span[]
  readonly #pres: readonly Span[]
  /** Addresses, by the place behind which they stand. */
  readonly #addresses: readonly { at: number; address: string }[]
  #told = 0

  constructor({ text, spans = [] }: Pick<Body, "text" | "spans">) {
    this.#text = text
    this.#spans = spans.slice(0, mostSpans).flatMap((span) => within(text, span))
    const of = (kind: Span["kind"]): Span[] => this.#spans.filter((span) => span.kind === kind)
    this.#quotes = of("quote")
    // A line of fences alone would end the block.
    const isSafe = ({ start, end }: Place): boolean => {
      const inside = text.slice(start, end)
      return inside.trim() !== "" && !inside.split("\n").some((line) => line.trimEnd() === fence)
    }
    this.#pres = of("pre").filter(isSafe)
    this.#addresses = of("link")
      .flatMap(({ start, end, arg = "" }) => {
        const said = text.slice(start, end)
        const at = start + said.trimEnd().length
        return arg.trim() === "" || said === arg ? [] : [{ at, end, address: arg.replace(/\s+/g, " ") }]
      })
      .sort((a, b) => a.at - b.at || a.end - b.end)
  }

  whole(): string {
    const lines: string[] = []
    let pre: Span | undefined
    let depth = 0
    const close = (): void => {
      if (pre) lines.push(quoted(depth, fence))
      pre = undefined
    }
    for (const piece of this.#pieces()) {
      if (pre !== piece.pre || (pre && depth !== piece.depth)) {
        close()
        depth = piece.depth
        pre = piece.pre
        const language = pre?.arg?.trim() ?? ""
        if (pre) lines.push(quoted(depth, fence + (isLanguage(language) ? language : "")))
      }
      lines.push(quoted(piece.depth, piece.pre ? this.#plain(piece.start, piece.end, true) : this.#line(piece)))
    }
    close()
    return lines.join("\n")
  }

  /** Lines; blocks that begin or end within one divide it. */
  *#pieces(): Generator<Piece> {
    const text = this.#text
    const cuts = new Set([...this.#quotes, ...this.#pres].flatMap(({ start, end }) => [start, end]))
    const places = [...cuts].filter((at) => at > 0 && at < text.length && text[at - 1] !== "\n" && text[at] !== "\n").sort((a, b) => a - b)
    let start = 0
    let cut = 0
    for (;;) {
      while ((places[cut] ?? Infinity) <= start) cut++
      const feed = text.indexOf("\n", start)
      const end = Math.min(feed === -1 ? text.length : feed, places[cut] ?? Infinity)
      const covers = (span: Span): boolean => span.start <= start && (end > start ? end <= span.end : start < span.end)
      yield { start, end, depth: Math.min(this.#quotes.filter(covers).length, deepest), pre: this.#pres.find(covers) }
      if (end === text.length) return
      start = end === feed ? end + 1 : end
    }
  }

  #line({ start, end }: Place): string {
    const items: Marked[] = []
    for (const span of this.#spans) {
      const known = marks[span.kind]
      const place = known && this.#trimmed(Math.max(span.start, start), Math.min(span.end, end))
      if (known && place) items.push({ ...known, ...place })
    }
    return this.#inner(start, end, merged(items), "", true)
  }

  /** `before`: what stands there, «» at the beginning or behind another directive. `whole`: addresses at the very end are told here. */
  #inner(start: number, end: number, items: readonly Marked[], before: string, whole: boolean): string {
    let out = ""
    let at = start
    const waiting = [...items].sort(outermost)
    for (let item = waiting.shift(); item; item = waiting.shift()) {
      const from = Math.max(item.start, at)
      const place = this.#trimmed(from, Math.min(item.end, end))
      if (!place) continue
      out += this.#plain(at, place.start, true)
      const isInside = (other: Marked): boolean => other.start < place.end
      const inside = waiting.filter(isInside)
      const over = inside.filter((other) => other.end > place.end).map((other) => ({ ...other, start: place.end }))
      waiting.splice(0, waiting.length, ...[...waiting.filter((other) => !isInside(other)), ...over].sort(outermost))
      out += this.#marked(item.mark, place, inside, out === "" ? before : out, start, out)
      at = place.end
      out += this.#addressesTo(whole || at < end ? at : at - 1)
    }
    return out + this.#plain(at, end, whole)
  }

  /** With its marks if they count there. */
  #marked(mark: string, { start, end }: Place, inside: readonly Marked[], before: string, from: number, out: string): string {
    const told = this.#told
    const fits = inside.filter((other) => other.mark !== mark)
    const isBar = mark === "||"
    const mayOpen = isBar || ((before === "" || isSpace(before.at(-1))) && !isPending(out, mark))
    if (mayOpen) {
      const inner = mark === "`" ? this.#plain(start, end, false) : this.#inner(start, end, fits, isBar ? mark : "", false)
      if (isBar ? !inner.includes(mark) : closesLast(inner, mark)) return mark + inner + mark
    }
    this.#told = told
    return this.#inner(start, end, fits, before, false)
  }

  /** `last`: addresses at the end are told here. */
  #plain(start: number, end: number, last: boolean): string {
    let out = ""
    let at = start
    for (;;) {
      const next = this.#addresses[this.#told]
      if (!next || next.at > end || (next.at === end && !last)) return out + this.#text.slice(at, end)
      const place = Math.max(at, next.at)
      out += this.#text.slice(at, place) + this.#addressesTo(place)
      at = place
    }
  }

  #addressesTo(at: number): string {
    let out = ""
    for (let next = this.#addresses[this.#told]; next && next.at <= at; next = this.#addresses[this.#told]) {
      out += ` (${next.address})`
      this.#told++
    }
    return out
  }

  /** No directive has white space beside it. Undefined: nothing is left. */
  #trimmed(start: number, end: number): Place | undefined {
    let [from, to] = [start, end]
    while (from < to && isSpace(this.#text[from])) from++
    while (to > from && isSpace(this.#text[to - 1])) to--
    return from < to ? { start: from, end: to } : undefined
  }
}

function within(text: string, span: Span): Span[] {
  const start = Math.max(0, Math.trunc(span.start))
  const end = Math.min(text.length, Math.trunc(span.end))
  return start < end ? [{ ...span, start, end }] : []
}

function quoted(depth: number, line: string): string {
  return "> ".repeat(depth) + line
}

function outermost(a: Marked, b: Marked): number {
  return a.start - b.start || b.end - a.end || a.rank - b.rank
}

/** What has the same mark and touches is one: bold in bold is no more than bold. */
function merged(items: readonly Marked[]): Marked[] {
  const last = new Map<string, Marked>()
  const all: Marked[] = []
  for (const item of [...items].sort(outermost)) {
    const before = last.get(item.mark)
    if (before && item.start <= before.end) before.end = Math.max(before.end, item.end)
    else {
      const own = { ...item }
      last.set(item.mark, own)
      all.push(own)
    }
  }
  return all
}

/** Lazily matched, the mark behind this text is the first that closes. */
function closesLast(inner: string, mark: string): boolean {
  if (inner.startsWith(mark) || isSpace(inner[0]) || isSpace(inner.at(-1))) return false
  for (let at = inner.indexOf(mark, 1); at !== -1; at = inner.indexOf(mark, at + 1)) if (!isSpace(inner[at - 1])) return false
  return true
}

/** The same character stands before as text, and would take the next that closes for its own. */
function isPending(out: string, mark: string): boolean {
  if (!out.includes(mark)) return false
  let at = 0
  const isOpen = (from: number, to: number): boolean => {
    for (let i = from; i < to; i++) if (out[i] === mark && opens(`${out}x`, i, 0, out.length + 1)) return true
    return false
  }
  for (const { start, end } of styledIn(out, 0, out.length)) {
    if (isOpen(at, start)) return true
    at = end
  }
  return isOpen(at, out.length)
}
