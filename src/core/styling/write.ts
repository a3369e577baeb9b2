// Pure: a foreign text with its spans → the text that XMPP clients style (XEP-0393), readable without any styling too.
import type { Body, Span } from "../../adapter/contract.js"
import { outside } from "./marked.js"
import { fence, isLanguage, isSpace } from "./parse.js"
import { Pending } from "./pending.js"

/** A foreign server may send what it likes; what is beyond this stays without marks. */
const mostSpans = 2000
const deepest = 5
/** See `Patience`. */
const patience = 200_000

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
  return writing(body).text
}

export interface Writ {
  text: string
  /** Styles, by their marks and where they are in what came in: those that the text has marks for, and all that were asked for. */
  marked: readonly StyledPlace[]
  wanted: readonly StyledPlace[]
  blocks: readonly Span[]
  /** Code that cannot be marked in the text. */
  lost: readonly Span[]
  /** Of each line of the text, as it is meant: the number of quotations it is in, and whether it is code, or fences it in. */
  lines: readonly { depth: number; code: boolean }[]
  /** Where a place of what came in is now: behind what stands there besides, or before it. */
  start(at: number): number
  end(at: number): number
}

export interface StyledPlace extends Place {
  mark: string
}

/** As `write`, with what became of each span. */
export function writing(body: Pick<Body, "text" | "spans">): Writ {
  const work = new Writing(body)
  const text = work.whole()
  const { inserted, marked } = work
  const places = [...inserted].sort((a, b) => a.at - b.at)
  const sums: number[] = []
  for (const { length } of places) sums.push((sums.at(-1) ?? 0) + length)
  const before = (at: number, including: boolean): number => {
    let low = 0
    let high = places.length
    while (low < high) {
      const middle = (low + high) >> 1
      const place = places[middle]?.at ?? 0
      if (place < at || (including && place === at)) low = middle + 1
      else high = middle
    }
    return at + (sums[low - 1] ?? 0)
  }
  const { wanted, blocks, lost, lines } = work
  return { text, marked, wanted, blocks, lost, lines, start: (at) => before(at, true), end: (at) => before(at, false) }
}

class Writing {
  readonly #text: string
  readonly #quotes: readonly Span[]
  /** In order, none over another. */
  readonly #pres: readonly Span[]
  /** In order; of one mark none is over another, so that few are anywhere. */
  readonly #styles: readonly Marked[]
  #next = 0
  /** Those that reach into the line, or did into the last. */
  #here: readonly Marked[] = []
  /** Addresses, by the place behind which they stand. */
  readonly #addresses: readonly { at: number; address: string }[]
  #told = 0
  readonly #patience = { left: patience }
  /** What stands in the text besides what came in, by the place before which it stands. */
  readonly inserted: { at: number; length: number }[] = []
  readonly marked: StyledPlace[] = []
  readonly lost: readonly Span[]
  readonly lines: { depth: number; code: boolean }[] = []

  constructor({ text, spans = [] }: Pick<Body, "text" | "spans">) {
    this.#text = text
    const taken = spans.slice(0, mostSpans).flatMap((span) => within(text, span))
    const of = (kind: Span["kind"]): Span[] => taken.filter((span) => span.kind === kind)
    const styles = taken.flatMap(({ kind, start, end }) => (marks[kind] ? [{ ...marks[kind], start, end }] : []))
    // Nobody sees a quotation of nothing.
    this.#quotes = of("quote").filter(({ start, end }) => text.slice(start, end).trim() !== "")
    // A line of fences alone would end the block.
    const isSafe = ({ start, end }: Place): boolean => {
      const inside = text.slice(start, end)
      return inside.trim() !== "" && !inside.split("\n").some((line) => line.trimEnd() === fence)
    }
    const pres = apart(of("pre"))
    this.#pres = pres.filter(isSafe)
    this.lost = pres.filter((pre) => !isSafe(pre) && text.slice(pre.start, pre.end).trim() !== "")
    // What is told to be code holds no directives.
    this.#styles = merged(styles, false).flatMap((one) =>
      one.mark === "||" ? [one] : [...outside(this.lost, one.start, one.end)].map((place) => ({ ...one, ...place })),
    )
    this.#addresses = of("link")
      .flatMap(({ start, end, arg = "" }) => {
        const said = text.slice(start, end)
        const at = start + said.trimEnd().length
        return arg.trim() === "" || said === arg ? [] : [{ at, end, address: arg.replace(/\s+/g, " ") }]
      })
      .sort((a, b) => a.at - b.at || a.end - b.end)
  }

  get wanted(): readonly StyledPlace[] {
    return this.#styles
  }

  get blocks(): readonly Span[] {
    return [...this.#quotes, ...this.#pres].filter(({ start, end }) => this.#text.slice(start, end).trim() !== "")
  }

  whole(): string {
    const lines: string[] = []
    let pre: Span | undefined
    let depth = 0
    let last = 0
    const put = (at: number, line: string, besides: number): void => {
      this.inserted.push({ at, length: besides })
      this.lines.push({ depth, code: pre !== undefined })
      lines.push(line)
    }
    const close = (): void => {
      const line = quoted(depth, fence)
      if (pre) put(last, line, line.length + 1)
      pre = undefined
    }
    for (const piece of this.#pieces()) {
      if (pre !== piece.pre || (pre && depth !== piece.depth)) {
        close()
        depth = piece.depth
        pre = piece.pre
        const language = pre?.arg?.trim() ?? ""
        const line = quoted(depth, fence + (isLanguage(language) ? language : ""))
        if (pre) put(piece.start, line, line.length + 1)
      }
      // A block begins or ends within the line.
      const isCut = piece.start > 0 && piece.start === last
      depth = piece.depth
      put(piece.start, quoted(depth, ""), quoted(depth, "").length + (isCut ? 1 : 0))
      lines.push(`${lines.pop() ?? ""}${piece.pre ? this.#plain(piece.start, piece.end, true) : this.#line(piece)}`)
      last = piece.end
    }
    close()
    return lines.join("\n")
  }

  /** Lines; blocks that begin or end within one divide it. */
  *#pieces(): Generator<Piece> {
    const text = this.#text
    const cuts = new Set([...this.#quotes, ...this.#pres].flatMap(({ start, end }) => [start, end]))
    const places = [...cuts].filter((at) => at > 0 && at < text.length && text[at - 1] !== "\n" && text[at] !== "\n").sort((a, b) => a - b)
    const begun = counter(this.#quotes.map(({ start }) => start))
    const ended = counter(this.#quotes.map(({ end }) => end))
    const pres = this.#pres[Symbol.iterator]()
    let pre = pres.next().value
    let start = 0
    let cut = 0
    for (;;) {
      while ((places[cut] ?? Infinity) <= start) cut++
      const feed = text.indexOf("\n", start)
      const end = Math.min(feed === -1 ? text.length : feed, places[cut] ?? Infinity)
      // No block begins or ends within: whatever is over its beginning is over all of it.
      while (pre && pre.end <= start) pre = pres.next().value
      const depth = Math.min(begun(start) - ended(start), deepest)
      yield { start, end, depth, pre: pre && pre.start <= start ? pre : undefined }
      if (end === text.length) return
      start = end === feed ? end + 1 : end
    }
  }

  /** Lines are asked for in order. */
  #line({ start, end }: Place): string {
    const here = [...this.#here]
    for (let next = this.#styles[this.#next]; next && next.start < end; next = this.#styles[++this.#next]) here.push(next)
    this.#here = here.filter((one) => one.end > start)
    const items = this.#here.flatMap((one) => {
      const place = this.#trimmed(Math.max(one.start, start), Math.min(one.end, end))
      return place ? [{ ...one, ...place }] : []
    })
    return this.#inner(start, end, merged(items, true), "", true)
  }

  /** `before`: what stands there, «» at the beginning or behind another directive. `whole`: addresses at the very end are told here. */
  #inner(start: number, end: number, items: readonly Marked[], before: string, whole: boolean): string {
    let out = ""
    let at = start
    const pending = new Pending(this.#patience)
    const waiting = [...items].sort(outermost)
    for (let i = 0; i < waiting.length;) {
      const item = waiting[i++]
      const place = item && this.#trimmed(Math.max(item.start, at), Math.min(item.end, end))
      if (!place) continue
      out += this.#plain(at, place.start, true)
      const inside: Marked[] = []
      for (let other = waiting[i]; other && other.start < place.end; other = waiting[++i]) inside.push(other)
      const over = inside.filter((other) => other.end > place.end).map((other) => ({ ...other, start: place.end }))
      if (over.length > 0) {
        const from = i - over.length
        while (waiting[i]?.start === place.end) i++
        const there = waiting.slice(from + over.length, i)
        i = from
        waiting.splice(i, over.length + there.length, ...[...there, ...over].sort(outermost))
      }
      out += this.#marked(item.mark, place, inside, out === "" ? before : out, (mark) => pending.has(out, mark))
      at = place.end
      out += this.#addressesTo(whole || at < end ? at : at - 1, at)
    }
    return out + this.#plain(at, end, whole)
  }

  /** With its marks if they count there. */
  #marked(mark: string, { start, end }: Place, inside: readonly Marked[], before: string, isPending: (mark: string) => boolean): string {
    const told = this.#told
    const [besides, done] = [this.inserted.length, this.marked.length]
    const fits = inside.filter((other) => other.mark !== mark)
    const isBar = mark === "||"
    const mayOpen = isBar || ((before === "" || isSpace(before.at(-1))) && !isPending(mark))
    if (mayOpen) {
      const inner = mark === "`" ? this.#plain(start, end, false) : this.#inner(start, end, fits, isBar ? mark : "", false)
      if (isBar ? !inner.includes(mark) : closesLast(inner, mark)) {
        this.inserted.push({ at: start, length: mark.length }, { at: end, length: mark.length })
        this.marked.push({ mark, start, end })
        return mark + inner + mark
      }
    }
    this.#told = told
    this.inserted.length = besides
    this.marked.length = done
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

  #addressesTo(last: number, at = last): string {
    let out = ""
    for (let next = this.#addresses[this.#told]; next && next.at <= last; next = this.#addresses[this.#told]) {
      out += ` (${next.address})`
      this.inserted.push({ at, length: next.address.length + 3 })
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
  let start = Math.max(0, Math.trunc(span.start))
  let end = Math.min(text.length, Math.trunc(span.end))
  if (start < end && isWithinPair(text, start)) start--
  if (start < end && isWithinPair(text, end)) end++
  return start < end ? [{ ...span, start, end }] : []
}

function isWithinPair(text: string, at: number): boolean {
  return at > 0 && /^[\ud800-\udbff][\udc00-\udfff]$/.test(text.slice(at - 1, at + 1))
}

function quoted(depth: number, line: string): string {
  return "> ".repeat(depth) + line
}

function outermost(a: Marked, b: Marked): number {
  return a.start - b.start || b.end - a.end || a.rank - b.rank
}

/** What has the same mark and overlaps is one: bold in bold is no more than bold. `touching`: so is what only touches. */
function merged(items: readonly Marked[], touching: boolean): Marked[] {
  const last = new Map<string, Marked>()
  const all: Marked[] = []
  for (const item of [...items].sort(outermost)) {
    const before = last.get(item.mark)
    if (before && (touching ? item.start <= before.end : item.start < before.end)) before.end = Math.max(before.end, item.end)
    else {
      const own = { ...item }
      last.set(item.mark, own)
      all.push(own)
    }
  }
  return all
}

/** Of those that overlap the first. */
function apart(spans: readonly Span[]): Span[] {
  let end = 0
  return [...spans].sort((a, b) => a.start - b.start).filter((span) => span.start >= end && (end = span.end) > 0)
}

/** How many of them are not behind a place; the places that are asked for ascend. */
function counter(places: number[]): (place: number) => number {
  const sorted = places.sort((a, b) => a - b)
  let count = 0
  return (place) => {
    while ((sorted[count] ?? Infinity) <= place) count++
    return count
  }
}

/** Lazily matched, the mark behind this text is the first that closes. */
function closesLast(inner: string, mark: string): boolean {
  if (inner.startsWith(mark) || isSpace(inner[0]) || isSpace(inner.at(-1))) return false
  for (let at = inner.indexOf(mark, 1); at !== -1; at = inner.indexOf(mark, at + 1)) if (!isSpace(inner[at - 1])) return false
  return true
}
