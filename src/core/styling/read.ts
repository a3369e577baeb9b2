// Pure: what a user of ours typed → text and spans for a network that has them.
import type { Body, Span } from "../../adapter/contract.js"
import { addressesIn, within } from "./marked.js"
import { bars, fence, languageOf, linesOf, styledIn, type Blocks, type Line, type Rules, type Styled } from "./parse.js"

/** Kinds of spans that a network takes (`capabilities.send.formatting`). */
export type Formatting = readonly Span["kind"][]
type Written = Pick<Body, "text" | "spans">

const nothing: Formatting = []

/**
 * Directives of XEP-0393 whose kind the network takes become spans, all else stays as it was typed. Of a code block the word behind the
 * opening fence is its language (`arg`); several words are its first line.
 *
 * @example
 * read("*Hi* _you_", ["bold"]) // { text: "Hi _you_", spans: [{ kind: "bold", start: 0, end: 2 }] }
 */
export function read(text: string, formatting: Formatting = nothing): Written {
  const { text: plain, spans } = reading(text, formatting)
  return spans.length > 0 ? { text: plain, spans: [...spans] } : { text: plain }
}

const readable: ReadonlySet<Span["kind"]> = new Set(["bold", "italic", "strike", "code", "pre", "quote", "spoiler"])

/** Beside what is read itself. */
export interface Said extends Pick<Rules, "mayOpen" | "counts"> {
  /** In none of these a directive counts. */
  literal?: readonly { start: number; end: number }[]
  blocks?: Blocks
}

export interface Read {
  text: string
  spans: readonly Span[]
  /** Where a place of what was typed is now. */
  place(at: number): number
}

/** As `read`, with what is needed to bring what was told besides together with it. */
export function reading(text: string, formatting: Formatting, said: Said = {}): Read {
  if (!formatting.some((kind) => readable.has(kind))) return { text, spans: [], place: (at) => at }
  return new Reading(text, new Set(formatting), said).whole()
}

class Reading {
  readonly #lines: readonly Line[]
  readonly #spans: Span[] = []
  /** What came of each line: from where to where, in how many quotations. */
  readonly #done: { start: number; end: number; depth: number }[] = []
  /** What was taken over, in order: from where, and where it is now. */
  readonly #copies: { from: number; to: number; out: number }[] = []
  readonly #rules: Rules
  #out = ""

  constructor(
    private readonly text: string,
    private readonly kinds: ReadonlySet<Span["kind"]>,
    { literal = [], blocks, ...counting }: Said,
  ) {
    this.#lines = linesOf(text, blocks)
    // Where something else says what is styled, addresses may be so in part.
    const places = [...literal, ...(counting.counts ? [] : addressesIn(text))]
    const at = within(places)
    this.#rules = { ...counting, spoilers: kinds.has("spoiler"), ...(places.length > 0 && { literal: (place) => at(place)?.end }) }
  }

  whole(): Read {
    for (let at = 0; at < this.#lines.length;) at = this.#block(at)
    const quotes = this.kinds.has("quote") ? [...this.#quotes()] : []
    // Of those with the same place the outer one comes first already.
    const spans = [...quotes, ...this.#spans].sort((a, b) => a.start - b.start || b.end - a.end)
    return { text: this.#out, spans, place: (at) => this.#place(at) }
  }

  #place(at: number): number {
    let low = 0
    let high = this.#copies.length
    while (low < high) {
      const middle = (low + high) >> 1
      if ((this.#copies[middle]?.from ?? 0) <= at) low = middle + 1
      else high = middle
    }
    const copy = this.#copies[low - 1]
    return copy ? copy.out + Math.min(at, copy.to) - copy.from : 0
  }

  #copy(from: number, to: number): void {
    if (from >= to) return
    const last = this.#copies.at(-1)
    if (last?.to === from) last.to = to
    else this.#copies.push({ from, to, out: this.#out.length })
    this.#out += this.text.slice(from, to)
  }

  /** A line, or a code block; returns the place of the next. */
  #block(at: number): number {
    const first = this.#lines[at]
    if (!first) return at + 1
    if (first.role === "plain") {
      this.#line(first, () => this.#styled(this.#contentOf(first), first.end))
      return at + 1
    }
    let end = at + 1
    while (this.#lines[end]?.role === "code") end++
    const code = this.#lines.slice(at + 1, end)
    const closed = this.#lines[end]?.role === "close"
    const next = closed ? end + 1 : end
    if (!this.#pre(first, code)) for (const line of this.#lines.slice(at, next)) this.#verbatim(line)
    return next
  }

  #contentOf({ start, content }: Line): number {
    return this.kinds.has("quote") ? content : start
  }

  #verbatim(line: Line): void {
    this.#line(line, () => this.#copy(this.#contentOf(line), line.end))
  }

  #line({ start: typed, depth }: Line, put: () => void): void {
    if (this.#done.length > 0) this.#copy(typed - 1, typed)
    const start = this.#out.length
    put()
    this.#done.push({ start, end: this.#out.length, depth })
  }

  /** False: the network has no such thing, or there is nothing in it. */
  #pre(open: Line, code: readonly Line[]): boolean {
    if (!this.kinds.has("pre") || (open.depth > 0 && !this.kinds.has("quote"))) return false
    const info = open.content + fence.length
    const words = this.text.slice(info, open.end)
    const language = code.length > 0 ? languageOf(words) : undefined
    const lines = code.map((line) => ({ line, from: line.content }))
    if (language === undefined && words.trim() !== "") lines.unshift({ line: open, from: info })
    if (lines.every(({ line, from }) => this.text.slice(from, line.end).trim() === "")) return false
    const start = this.#out.length + (this.#done.length > 0 ? 1 : 0)
    for (const { line, from } of lines) this.#line(line, () => this.#copy(from, line.end))
    this.#spans.push({ kind: "pre", start, end: this.#out.length, ...(language !== undefined && { arg: language }) })
    return true
  }

  #styled(from: number, to: number, spans: readonly Styled[] = styledIn(this.text, from, to, from, this.#rules)): void {
    let at = from
    for (const { style, start, end, inner } of spans) {
      this.#copy(at, start)
      const size = style === "spoiler" ? bars.length : 1
      const taken = this.kinds.has(style)
      if (!taken) this.#copy(start, start + size)
      const span = { kind: style, start: this.#out.length, end: 0 }
      if (taken) this.#spans.push(span)
      this.#styled(start + size, end - size, inner)
      span.end = this.#out.length
      if (!taken) this.#copy(end - size, end)
      at = end
    }
    this.#copy(at, to)
  }

  *#quotes(): Generator<Span> {
    for (let level = 1; this.#done.some(({ depth }) => depth >= level); level++) {
      let start: number | undefined
      for (const [i, line] of this.#done.entries()) {
        if (line.depth < level) start = undefined
        else {
          start ??= line.start
          const ends = (this.#done[i + 1]?.depth ?? 0) < level
          if (ends && line.end > start) yield { kind: "quote", start, end: line.end }
        }
      }
    }
  }
}
