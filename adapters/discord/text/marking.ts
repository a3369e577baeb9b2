// One way of writing text and spans as Discord's markdown, and what it is meant to show.
import type { Span } from "xferry"
import type { Snowflake } from "../places.js"
import { inline } from "./inline.js"
import { type Leaf, leavesOf } from "./leaves.js"
import type { Pill } from "./outward.js"
import { Writer, type Written } from "./written.js"

export interface Marked {
  content: string
  /** As `parse` reads it if every id is its own name. */
  shown: Written
  users: Snowflake[]
}

/** Reference, Message Formatting; other words would be shown. */
const language = /^[a-z0-9_+\-.#]{1,40}$/i
const address = /^https?:\/\/[^\s<>()]+$/
const fence = "```"
const bars = "||"

interface Place {
  start: number
  end: number
}

interface Group extends Place {
  quotes: number
}

export class Marking {
  readonly #shown = new Writer()
  readonly #users = new Set<Snowflake>()

  /** Of `spans` none is empty or beyond the text; in order, outer ones first. */
  constructor(
    private readonly text: string,
    private readonly spans: readonly Span[],
    private readonly pills: readonly Pill[],
    /** Backslashes before all that could be a mark. */
    private readonly every: boolean,
  ) {}

  whole(): Marked {
    const parts: string[] = []
    const groups = this.#groups()
    for (const group of groups) {
      if (group.quotes > 0) parts.push(this.#quoted(group).replace(/^/gm, "> "))
      else {
        parts.push(this.#segment(group, this.#inside(group)))
        if (group !== groups.at(-1)) this.#shown.put("\n")
      }
    }
    return { content: parts.join("\n"), shown: this.#shown.done(), users: [...this.#users] }
  }

  /** A quotation in a quotation Discord does not have: its mark is shown as it is. */
  #quoted({ start, end, quotes }: Group): string {
    const deeper = "> ".repeat(quotes - 1)
    const begin = this.#shown.line()
    const lines: string[] = []
    if (deeper === "") lines.push(this.#segment({ start, end }, this.#inside({ start, end })))
    else
      for (const line of linesIn(this.text, start, end)) {
        if (lines.length > 0) this.#shown.put("\n")
        this.#shown.put(deeper)
        lines.push(deeper + this.#flow(line, this.#inside(line).map(flowing)))
      }
    this.#shown.span("quote", begin).endBlock("hard")
    return lines.join("\n")
  }

  /** Neighbouring lines in equally many quotations; without the line feeds between two groups. Nobody sees a quotation of nothing. */
  #groups(): Group[] {
    const groups: Group[] = []
    const all = this.spans.filter(({ kind }) => kind === "quote")
    for (const { start, end } of linesIn(this.text, 0, this.text.length)) {
      const quotes = all.filter((span) => span.start <= start && span.end >= end && span.end > start).length
      const last = groups.at(-1)
      if (last && last.quotes === quotes) last.end = end
      else groups.push({ start, end, quotes })
    }
    // What is blank at the end is taken off, and with it what makes a line a quotation.
    const ends = this.text.trimEnd().length
    while (groups.length > 1 && (groups.at(-1)?.start ?? 0) > ends) groups.pop()
    const last = groups.at(-1)
    if (last) last.end = Math.max(last.start, Math.min(last.end, ends))
    return groups.map((group) => (this.text.slice(group.start, group.end).trim() === "" ? { ...group, quotes: 0 } : group))
  }

  #inside({ start, end }: Place): Span[] {
    return this.spans.flatMap((span) => {
      const [from, to] = [Math.max(span.start, start), Math.min(span.end, end)]
      return span.kind === "quote" || from >= to ? [] : [{ ...span, start: from, end: to }]
    })
  }

  /** Lines, blocks of code and headings. */
  #segment({ start, end }: Place, spans: readonly Span[]): string {
    const hidden = spans.filter(({ kind }) => kind === "spoiler")
    const all = spans.flatMap((span) =>
      span.kind === "pre" ? this.#writable(span, isOver(hidden, span)) : span.kind === "heading" ? this.#asHeading(span) : span,
    )
    const blocks = all.filter(isBlock)
    const rest = all.filter((span) => !isBlock(span))
    let out = ""
    let at = start
    for (const block of blocks) {
      if (block.start < at) continue
      out += this.#flow({ start: at, end: block.start }, clipped(rest, { start: at, end: block.start }), start)
      out += block.kind === "pre" ? this.#pre(block, isOver(hidden, block)) : this.#heading(block, clipped(rest, block))
      at = block.end
    }
    return out + this.#flow({ start: at, end }, clipped(rest, { start: at, end }), start)
  }

  /** No block has a fence in it, nor one that is hidden what ends that: lines with these are code of the other kind. */
  #writable(span: Span, isHidden: boolean): Span[] {
    const parts: Span[] = []
    for (const { start, end } of linesIn(this.text, span.start, span.end)) {
      const line = this.text.slice(start, end)
      const kind = line.includes(fence) || (isHidden && line.includes(bars)) ? "code" : "pre"
      const last = parts.at(-1)
      if (last?.kind === kind) last.end = end
      else parts.push({ ...span, kind, start, end })
    }
    return parts.filter(({ start, end }) => this.text.slice(start, end).trim() !== "")
  }

  /** On a line of its own, without what would be taken off it; else bold. */
  #asHeading(span: Span): Span {
    const { start, end } = span
    const isLine = (start === 0 || this.text[start - 1] === "\n") && (end === this.text.length || this.text[end] === "\n")
    return isLine && /^\S(?:.*[^\s#])?$/.test(this.text.slice(start, end)) && this.text[start] !== "#" ? span : { ...span, kind: "bold" }
  }

  /** Blank lines at either end stand around the block: within it they would not be shown. */
  #pre({ start, end, arg = "" }: Span, isHidden: boolean): string {
    const text = this.text.slice(start, end)
    const from = text.search(/[^\n]/)
    const content = text.slice(from).replace(/\n+$/, "")
    const [before, after] = ["\n".repeat(from), "\n".repeat(text.length - from - content.length)]
    const isLine = start === 0 || from > 0 || this.text[start - 1] === "\n"
    this.#shown.put(before)
    const begin = this.#shown.line()
    const named = language.test(arg) ? arg : undefined
    this.#shown.put(content).span("pre", begin, named)
    if (isHidden) this.#shown.span("spoiler", begin)
    this.#shown.endBlock("soft").put(after)
    const mark = isHidden ? bars : ""
    return `${before}${isLine ? "" : "\n"}${mark}${fence}${named ?? ""}\n${content}\n${fence}${mark}${after}`
  }

  #heading(place: Place, spans: readonly Span[]): string {
    const begin = this.#shown.line()
    const content = this.#flow(place, spans)
    this.#shown.span("heading", begin)
    return `# ${content}`
  }

  /** Text with links in it. */
  #flow({ start, end }: Place, spans: readonly Span[], line = start): string {
    let out = ""
    let at = start
    const links = spans.filter(({ kind, arg = "" }) => kind === "link" && address.test(arg))
    const rest = spans.filter((span) => !links.includes(span))
    for (const link of links) {
      const label = this.text.slice(link.start, link.end)
      // Clients differ in how they read brackets there, and show no link whose words are another address.
      if (link.start < at || /[[\]]|:\/\//.test(label) || label.trim() === "") continue
      out += this.#inline({ start: at, end: link.start }, clipped(rest, { start: at, end: link.start }), line, "[")
      const begin = this.#shown.here()
      out += `[${this.#inline(link, clipped(rest, link), line, "")}](${link.arg ?? ""})`
      this.#shown.span("link", begin, link.arg)
      at = link.end
    }
    return out + this.#inline({ start: at, end }, clipped(rest, { start: at, end }), line, "")
  }

  #inline(place: Place, spans: readonly Span[], line: number, next: string): string {
    const leaves = leavesOf(this.text, place, spans, this.pills)
    const out = inline(this.text, leaves, { line, every: this.every, next })
    for (const leaf of leaves) this.#show(leaf)
    return out
  }

  #show({ is, start, end, styles, shown, user }: Leaf): void {
    if (user !== undefined) this.#users.add(user)
    const text = shown ?? this.text.slice(start, end)
    if (is === "blank") this.#shown.put(text)
    else {
      const begin = this.#shown.here()
      this.#shown.put(text)
      if (is === "code") this.#shown.span("code", begin)
      if (user !== undefined) this.#shown.span("mention", begin, user)
      for (const style of styles) this.#shown.span(style, begin)
    }
  }
}

function isOver(spans: readonly Span[], place: Place): boolean {
  return spans.some(({ start, end }) => start < place.end && end > place.start)
}

function isBlock({ kind }: Span): boolean {
  return kind === "pre" || kind === "heading"
}

/** Where no block can be. */
function flowing(span: Span): Span {
  return span.kind === "pre" ? { ...span, kind: "code" } : span.kind === "heading" ? { ...span, kind: "bold" } : span
}

function clipped(spans: readonly Span[], { start, end }: Place): Span[] {
  return spans.flatMap((span) => {
    const [from, to] = [Math.max(span.start, start), Math.min(span.end, end)]
    // Half a name is nobody's.
    if (from >= to || (span.kind === "mention" && to - from < span.end - span.start)) return []
    return [{ ...span, start: from, end: to }]
  })
}

function* linesIn(text: string, from: number, to: number): Generator<Place> {
  for (let start = from; start <= to;) {
    const feed = text.indexOf("\n", start)
    const end = feed === -1 || feed > to ? to : feed
    yield { start, end }
    start = end + 1
  }
}
