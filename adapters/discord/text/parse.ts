// Discord's markdown → text and spans, as Discord's client reads it (Reference, Message Formatting).
import { tagAt } from "./mentions.js"
import { nobody, type Reader } from "./names.js"
import { addressAt, code, fenced, guard, link, styledAt, Work } from "./scan.js"
import { Writer, type Written } from "./written.js"

/** Marks within marks; what is deeper is shown as it stands. */
const deepest = 24

/** Offsets are UTF-16 code units. Linear in the length of `content`. */
export function parse(content: string, names: Reader = nobody): Written {
  const parser = new Parser(names, new Work(content.length))
  parser.read(content)
  return parser.writer.done()
}

/** `blocks`: whether a line may be a heading; `quotes`: whether one may be a quotation. */
interface Context {
  depth: number
  blocks: boolean
  quotes: boolean
}

/** Of the blanks behind the mark one belongs to it. */
const quoted = / *>(?!>>) ([^\n]*)(?:\n|$)/y
const allQuoted = / *>>> /y
const heading = / *(#{1,3}|-#)[^\S\n]+(?=\S)/y
const escaped = /[^0-9A-Za-z\s]/
const special = /[\\`*_~|<[@hs¯\n\u2060]/g
const markAt = /[*_~|`]/
const shrug = "¯\\_(ツ)_/¯"
const autolink = /<((?:https?|steam):\/\/[^\s<>]{1,4000})>/y

class Parser {
  readonly writer = new Writer()

  constructor(
    private readonly names: Reader,
    private readonly work: Work,
  ) {}

  read(source: string, context: Context = { depth: 0, blocks: true, quotes: true }): void {
    this.#inline(source, 0, source.length, context)
  }

  #inline(source: string, from: number, to: number, context: Context): void {
    let plain = from
    let at = from
    const flush = (): void => {
      this.writer.put(source.slice(plain, at))
    }
    const jump = (after: number): void => {
      at = plain = after
    }
    while (at < to) {
      if (context.blocks && (at === 0 || source[at - 1] === "\n")) {
        const before = at
        const after = this.#block(source, at, to, context, flush)
        if (after !== undefined) {
          jump(after)
          continue
        }
        at = before
      }
      special.lastIndex = at
      const next = special.exec(source)?.index ?? to
      at = Math.min(next, to)
      if (at >= to) break
      if (source[at] === "\n") {
        at++
        continue
      }
      const after = this.#mark(source, at, to, context, flush)
      if (after === undefined) at++
      else jump(after)
    }
    at = to
    flush()
  }

  /** At the beginning of a line. Returns where it ends; undefined: it is a line like others. */
  #block(source: string, at: number, to: number, context: Context, flush: () => void): number | undefined {
    if (context.quotes) {
      const inner = { ...context, quotes: false }
      allQuoted.lastIndex = at
      const all = allQuoted.exec(source)
      if (all) {
        flush()
        this.#quote(source.slice(at + all[0].length, to), inner)
        return to
      }
      const lines: string[] = []
      let end = at
      for (;;) {
        quoted.lastIndex = end
        const line = end < to ? quoted.exec(source) : null
        if (!line) break
        lines.push(line[1] ?? "")
        end += line[0].length
      }
      if (lines.length > 0) {
        flush()
        this.#quote(lines.join("\n"), inner)
        return end
      }
    }
    heading.lastIndex = at
    const found = heading.exec(source)
    if (!found) return undefined
    const begin = at + found[0].length
    const feed = source.indexOf("\n", begin)
    const end = feed === -1 ? to : feed
    const isSmall = found[1] === "-#"
    const text = isSmall ? source.slice(begin, end).trimEnd() : unmarked(source.slice(begin, end))
    if (text === "") return undefined
    flush()
    const start = this.writer.line()
    this.#inline(text, 0, text.length, { depth: context.depth + 1, blocks: false, quotes: false })
    if (!isSmall) this.writer.span("heading", start)
    this.writer.endBlock("hard")
    return feed === -1 ? to : feed + 1
  }

  #quote(content: string, context: Context): void {
    const start = this.writer.line()
    this.read(content, context)
    this.writer.span("quote", start).endBlock("hard")
  }

  /** Returns where it ends; undefined: the character stands for itself. */
  #mark(source: string, at: number, to: number, context: Context, flush: () => void): number | undefined {
    if (!this.work.spend(1)) return undefined
    const char = source[at]
    if (char === "\\") return this.#escape(source, at, to, flush)
    // What stands beside a mark, and is not seen, keeps it apart from others.
    if (char === guard) {
      if (!markAt.test(source[at - 1] ?? "") && !markAt.test(source[at + 1] ?? "")) return undefined
      flush()
      return at + 1
    }
    if (char === "`") return this.#code(source, at, to, flush)
    if (char === "<") return this.#tag(source, at, to, flush)
    if (char === "@") return this.#everyone(source, at, to, flush)
    if (char === "h" || char === "s") {
      const end = addressAt(source, at, to)
      if (end === undefined) return undefined
      flush()
      this.writer.put(source.slice(at, end))
      return end
    }
    if (char === "¯") {
      if (!source.startsWith(shrug, at) || at + shrug.length > to) return undefined
      flush()
      this.writer.put(shrug)
      return at + shrug.length
    }
    if (context.depth >= deepest) return undefined
    if (char === "[") return this.#link(source, at, to, context, flush)
    const styled = styledAt(source, at, to, this.work)
    if (!styled) return undefined
    flush()
    const start = this.writer.here()
    this.#inline(source, styled.start, styled.end, { depth: context.depth + 1, blocks: false, quotes: false })
    this.writer.span(styled.kind, start)
    return styled.after
  }

  #escape(source: string, at: number, to: number, flush: () => void): number | undefined {
    const next = at + 1 < to ? source[at + 1] : undefined
    if (next === undefined || !escaped.test(next)) return undefined
    flush()
    this.writer.put(next)
    return at + 2
  }

  #code(source: string, at: number, to: number, flush: () => void): number | undefined {
    const block = source.startsWith("```", at) ? fenced(source, at, to, this.work) : undefined
    if (block) {
      flush()
      const start = this.writer.line()
      this.writer.put(source.slice(block.start, block.end)).span("pre", start, block.language).endBlock("soft")
      return block.after
    }
    const found = code(source, at, to, this.work)
    if (!found) return undefined
    flush()
    const start = this.writer.here()
    const content = source.slice(found.start, found.end)
    this.writer.put(isPadded(content) ? unpadded(content) : content).span("code", start)
    return found.after
  }

  #tag(source: string, at: number, to: number, flush: () => void): number | undefined {
    autolink.lastIndex = at
    const address = autolink.exec(source)
    const read = address ? { end: at + address[0].length, text: address[1] ?? "" } : tagAt(source, at, this.names)
    if (!read || read.end > to) return undefined
    flush()
    const start = this.writer.here()
    this.writer.put(read.text)
    if ("span" in read && read.span) this.writer.span(read.span.kind, start, read.span.arg)
    return read.end
  }

  #everyone(source: string, at: number, to: number, flush: () => void): number | undefined {
    const name = ["@everyone", "@here"].find((each) => source.startsWith(each, at) && at + each.length <= to)
    if (name === undefined) return undefined
    flush()
    const start = this.writer.here()
    this.writer.put(name).span("everyone", start)
    return at + name.length
  }

  #link(source: string, at: number, to: number, context: Context, flush: () => void): number | undefined {
    const found = link(source, at, to, this.work)
    if (!found) return undefined
    const { start, end, after } = found.label
    const label = source.slice(start, end)
    // Discord shows no link whose words look like another address.
    if (label.trim() === "" || /https?:\/\//.test(label)) return undefined
    flush()
    const begin = this.writer.here()
    this.#inline(source, start, end, { ...context, depth: context.depth + 1, blocks: false, quotes: false })
    this.writer.span("link", begin, found.address)
    return after
  }
}

/** A heading may have such marks at its end too. */
function unmarked(line: string): string {
  let end = line.trimEnd().length
  while (line[end - 1] === "#") end--
  return line.slice(0, end).trimEnd()
}

/** Backticks at either end of inline code have a blank before them, which is not shown. */
function isPadded(content: string): boolean {
  return /^ +`/.test(content) || content.trimEnd().endsWith("`")
}

function unpadded(content: string): string {
  const start = /^ +`/.test(content) ? 1 : 0
  const end = content.endsWith(" ") && content.trimEnd().endsWith("`") ? content.length - 1 : content.length
  return content.slice(start, end)
}
