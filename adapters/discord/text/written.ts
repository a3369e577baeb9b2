// Text with spans, as it grows: blocks (code, quotations, headings) stand on lines of their own.
import type { Span } from "xferry"

export interface Written {
  text: string
  spans: Span[]
}

export class Writer {
  readonly #spans: Span[] = []
  readonly #parts: string[] = []
  #length = 0
  #last = ""
  /** A block has ended: what comes next stands on another line. «soft»: a line feed that comes next is that very break. */
  #break: "none" | "soft" | "hard" = "none"

  put(text: string): this {
    if (text === "") return this
    const begins = this.#break === "hard" || (this.#break === "soft" && !text.startsWith("\n"))
    this.#break = "none"
    if (begins) this.#add("\n")
    this.#add(text)
    return this
  }

  /** Where the next text will stand. */
  here(): number {
    if (this.#break !== "none") {
      this.#break = "none"
      this.#add("\n")
    }
    return this.#length
  }

  /** Where a block that comes next will stand. */
  line(): number {
    const here = this.here()
    if (here === 0 || this.#last === "\n") return here
    this.#add("\n")
    return this.#length
  }

  span(kind: Span["kind"], start: number, arg?: string): this {
    if (this.#length > start) this.#spans.push({ kind, start, end: this.#length, ...(arg !== undefined && { arg }) })
    return this
  }

  endBlock(how: "soft" | "hard"): this {
    if (this.#length > 0) this.#break = how
    return this
  }

  /** On lines of its own. */
  block({ text, spans }: Written): this {
    if (text === "") return this
    const at = this.line()
    this.put(text)
    for (const span of spans) this.#spans.push({ ...span, start: span.start + at, end: span.end + at })
    return this.endBlock("hard")
  }

  done(): Written {
    // What is around another of the same place came after it.
    const spans = this.#spans.reverse().sort((a, b) => a.start - b.start || b.end - a.end)
    return { text: this.#parts.join(""), spans }
  }

  #add(text: string): void {
    this.#parts.push(text)
    this.#length += text.length
    this.#last = text.at(-1) ?? this.#last
  }
}

/** Each on lines of its own, without those that are empty. */
export function lines(parts: readonly (Written | string | undefined)[]): Written {
  const writer = new Writer()
  for (const part of parts) if (part !== undefined) writer.block(typeof part === "string" ? plain(part) : part)
  return writer.done()
}

export function plain(text: string): Written {
  return { text, spans: [] }
}

/** One after the other. */
export function together(...parts: (Written | string)[]): Written {
  let text = ""
  const spans: Span[] = []
  for (const part of parts) {
    const { length } = text
    if (typeof part === "string") text += part
    else {
      text += part.text
      spans.push(...part.spans.map((span) => ({ ...span, start: span.start + length, end: span.end + length })))
    }
  }
  return { text, spans }
}

/** Styled as a whole. */
export function styled(kind: Span["kind"], { text, spans }: Written, arg?: string): Written {
  return text === ""
    ? { text, spans }
    : { text, spans: [{ kind, start: 0, end: text.length, ...(arg !== undefined && { arg }) }, ...spans] }
}

/** Without white space at either end. */
export function trimmed({ text, spans }: Written): Written {
  const end = text.trimEnd().length
  const start = Math.min(end, text.length - text.trimStart().length)
  if (start === 0 && end === text.length) return { text, spans }
  const within = (at: number): number => Math.min(Math.max(at, start), end) - start
  const kept = spans.map((span) => ({ ...span, start: within(span.start), end: within(span.end) })).filter((span) => span.end > span.start)
  return { text: text.slice(start, end), spans: kept }
}
