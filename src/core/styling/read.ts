// Pure: what a user of ours typed → text and spans for a network that has them.
import type { Body, Span } from "../../adapter/contract.js"
import { fence, languageOf, linesOf, styledIn, type Line, type Styled } from "./parse.js"

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
  if (!formatting.some((kind) => readable.has(kind))) return { text }
  const reading = new Reading(text, new Set(formatting))
  return reading.whole()
}

const readable: ReadonlySet<Span["kind"]> = new Set(["bold", "italic", "strike", "code", "pre", "quote"])

class Reading {
  readonly #lines: readonly Line[]
  readonly #spans: Span[] = []
  /** What came of each line: from where to where, in how many quotations. */
  readonly #done: { start: number; end: number; depth: number }[] = []
  #out = ""

  constructor(
    private readonly text: string,
    private readonly kinds: ReadonlySet<Span["kind"]>,
  ) {
    this.#lines = linesOf(text)
  }

  whole(): Written {
    for (let at = 0; at < this.#lines.length;) at = this.#block(at)
    const quotes = this.kinds.has("quote") ? [...this.#quotes()] : []
    // Of those with the same place the outer one comes first already.
    const spans = [...quotes, ...this.#spans].sort((a, b) => a.start - b.start || b.end - a.end)
    return spans.length > 0 ? { text: this.#out, spans } : { text: this.#out }
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
    this.#line(line, () => (this.#out += this.text.slice(this.#contentOf(line), line.end)))
  }

  #line({ depth }: Line, put: () => void): void {
    if (this.#done.length > 0) this.#out += "\n"
    const start = this.#out.length
    put()
    this.#done.push({ start, end: this.#out.length, depth })
  }

  /** False: the network has no such thing, or there is nothing in it. */
  #pre(open: Line, code: readonly Line[]): boolean {
    if (!this.kinds.has("pre") || (open.depth > 0 && !this.kinds.has("quote"))) return false
    const info = this.text.slice(open.content + fence.length, open.end)
    const language = code.length > 0 ? languageOf(info) : undefined
    const texts = code.map((line) => ({ line, text: this.text.slice(line.content, line.end) }))
    if (language === undefined && info.trim() !== "") texts.unshift({ line: open, text: info })
    if (texts.every(({ text }) => text.trim() === "")) return false
    const start = this.#out.length + (this.#done.length > 0 ? 1 : 0)
    for (const { line, text } of texts) this.#line(line, () => (this.#out += text))
    this.#spans.push({ kind: "pre", start, end: this.#out.length, ...(language !== undefined && { arg: language }) })
    return true
  }

  #styled(from: number, to: number, spans: readonly Styled[] = styledIn(this.text, from, to)): void {
    let at = from
    for (const { style, start, end, inner } of spans) {
      this.#out += this.text.slice(at, start)
      const taken = this.kinds.has(style)
      if (!taken) this.#out += this.text[start] ?? ""
      const span = { kind: style, start: this.#out.length, end: 0 }
      if (taken) this.#spans.push(span)
      this.#styled(start + 1, end - 1, inner)
      span.end = this.#out.length
      if (!taken) this.#out += this.text[end - 1] ?? ""
      at = end
    }
    this.#out += this.text.slice(at, to)
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
