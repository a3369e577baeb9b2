// One way of writing text and spans as Discord's markdown, and what it is meant to show.
import type { Span } from "xferry"
import type { Snowflake } from "../places.js"
import { escape } from "./escape.js"
import type { Pill } from "./outward.js"
import { Writer } from "./written.js"

export interface Style {
  spans: "all" | "blocks" | "none"
  /** Tags for channels, roles, emoji and times. */
  pills: boolean
  /** Backslashes before all that could be a mark. */
  every: boolean
}

export interface Marked {
  content: string
  /** As `parse` reads it if every id is its own name. */
  shown: string
  users: Snowflake[]
}

const marks: Partial<Record<Span["kind"], string>> = { bold: "**", italic: "*", underline: "__", strike: "~~", spoiler: "||" }
/** Reference, Message Formatting; other words would be shown. */
const language = /^[a-z0-9_+\-.#]{1,40}$/i
const address = /^https?:\/\/[^\s<>()]+$/

interface Line {
  start: number
  end: number
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
    private readonly every: boolean,
  ) {}

  whole(): Marked {
    const parts: string[] = []
    const groups = this.#groups()
    for (const group of groups) {
      const { start, end, quotes } = group
      if (quotes === 0) {
        parts.push(this.#pieces(start, end, this.#inside(start, end), false))
        if (group !== groups.at(-1)) this.#shown.put("\n")
        continue
      }
      this.#shown.line()
      // A quotation in a quotation Discord does not have: its mark is shown as it is.
      const deeper = "> ".repeat(quotes - 1)
      const content = this.#quoted(start, end, deeper)
      parts.push(content.replace(/^/gm, "> "))
      this.#shown.endBlock("hard")
    }
    return { content: parts.join("\n"), shown: this.#shown.done().text, users: [...this.#users] }
  }

  #quoted(start: number, end: number, deeper: string): string {
    if (deeper === "") return this.#pieces(start, end, this.#inside(start, end), false)
    const lines: string[] = []
    for (let at = start; at <= end;) {
      const feed = this.text.indexOf("\n", at)
      const to = feed === -1 || feed > end ? end : feed
      if (lines.length > 0) this.#shown.put("\n")
      this.#shown.put(deeper)
      lines.push(
        deeper +
          this.#pieces(
            at,
            to,
            this.#inside(at, to).filter(({ kind }) => kind !== "pre"),
            false,
          ),
      )
      at = to + 1
    }
    return lines.join("\n")
  }

  /** Neighbouring lines in equally many quotations; without the line feeds between two groups. */
  #groups(): Line[] {
    const groups: Line[] = []
    const all = this.spans.filter(({ kind }) => kind === "quote")
    for (let start = 0; start <= this.text.length;) {
      const feed = this.text.indexOf("\n", start)
      const end = feed === -1 ? this.text.length : feed
      const quotes = all.filter((span) => span.start <= start && span.end >= end && span.end > start).length
      const last = groups.at(-1)
      if (last && last.quotes === quotes) last.end = end
      else groups.push({ start, end, quotes })
      start = end + 1
    }
    return groups
  }

  #inside(start: number, end: number): Span[] {
    return this.spans.flatMap((span) => {
      const [from, to] = [Math.max(span.start, start), Math.min(span.end, end)]
      return span.kind === "quote" || from >= to ? [] : [{ ...span, start: from, end: to }]
    })
  }

  /** Spans that overlap are cut, the later one. */
  #pieces(start: number, end: number, spans: readonly Span[], styled: boolean): string {
    let out = ""
    let at = start
    for (let i = 0; i < spans.length;) {
      const span = spans[i++]
      if (!span || span.end <= at) continue
      const place = { ...span, start: Math.max(span.start, at) }
      out += this.#plain(at, place.start, styled, start)
      const inner: Span[] = []
      for (let other = spans[i]; other && other.start < place.end; other = spans[++i])
        inner.push({ ...other, start: Math.max(other.start, place.start), end: Math.min(other.end, place.end) })
      out += this.#span(place, inner)
      at = place.end
    }
    return out + this.#plain(at, end, styled, start)
  }

  #span(span: Span, inner: readonly Span[]): string {
    const { kind, start, end, arg } = span
    if (kind === "mention" && arg !== undefined) {
      this.#users.add(arg)
      this.#shown.put(`@${arg}`)
      return `<@${arg}>`
    }
    if (kind === "code") return this.#code(start, end) ?? this.#pieces(start, end, inner, true)
    if (kind === "pre") return this.#pre(start, end, arg) ?? this.#pieces(start, end, inner, true)
    if (kind === "heading") return this.#heading(start, end, inner)
    if (kind === "link" && arg !== undefined && address.test(arg)) {
      const label = this.text.slice(start, end)
      // Clients differ in how they read brackets there, and show no link whose words are another address.
      if (!/[[\]]|:\/\//.test(label) && label.trim() !== "") return `[${this.#pieces(start, end, inner, true)}](${arg})`
    }
    const mark = marks[kind]
    if (mark === undefined) return this.#pieces(start, end, inner, false)
    const text = this.text.slice(start, end)
    const from = start + text.length - text.trimStart().length
    const to = start + text.trimEnd().length
    if (from >= to) return this.#pieces(start, end, inner, true)
    const clipped = inner.flatMap((one) => {
      const cut = { ...one, start: Math.max(one.start, from), end: Math.min(one.end, to) }
      return cut.start < cut.end ? [cut] : []
    })
    const before = this.#plain(start, from, true, start)
    const content = this.#pieces(from, to, clipped, true)
    return before + mark + content + mark + this.#plain(to, end, true, start)
  }

  #code(start: number, end: number): string | undefined {
    const text = this.text.slice(start, end)
    const fence = text.includes("`") ? "``" : "`"
    if (text.includes("``") || text.includes("\n")) return undefined
    const blank = /^ *`|` *$/.test(text) ? " " : ""
    this.#shown.put(text)
    return `${fence}${blank}${text}${blank}${fence}`
  }

  /** Blank lines at either end stand around the block: within it they would not be shown. */
  #pre(start: number, end: number, arg = ""): string | undefined {
    const text = this.text.slice(start, end)
    const from = text.search(/[^\n]/)
    const content = text.slice(Math.max(from, 0)).replace(/\n+$/, "")
    if (content.trim() === "" || content.includes("```")) return undefined
    const [before, after] = ["\n".repeat(from), "\n".repeat(text.length - from - content.length)]
    const isLine = start === 0 || from > 0 || this.text[start - 1] === "\n"
    this.#shown.put(before).line()
    this.#shown.put(content).endBlock("soft").put(after)
    return `${before}${isLine ? "" : "\n"}\`\`\`${language.test(arg) ? arg : ""}\n${content}\n\`\`\`${after}`
  }

  #heading(start: number, end: number, inner: readonly Span[]): string {
    const isLine = (start === 0 || this.text[start - 1] === "\n") && (end === this.text.length || this.text[end] === "\n")
    if (!isLine || this.text.slice(start, end).includes("\n")) return this.#span({ kind: "bold", start, end }, inner)
    return `# ${this.#pieces(start, end, inner, true)}`
  }

  /** `line`: where what this belongs to begins. */
  #plain(start: number, end: number, styled: boolean, line: number): string {
    let out = ""
    let at = start
    const put = (to: number): void => {
      if (to <= at) return
      const isLine = at === 0 || this.text[at - 1] === "\n" || at === line
      this.#shown.put(this.text.slice(at, to))
      out += escape(this.text, { start: at, end: to, styled, line: isLine }, this.every)
      at = to
    }
    for (const pill of this.pills) {
      if (pill.start < start || pill.end > end) continue
      put(pill.start)
      out += pill.tag
      this.#shown.put(pill.shown)
      at = pill.end
    }
    put(end)
    return out
  }
}
