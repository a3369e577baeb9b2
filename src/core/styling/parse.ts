// Pure: XMPP text as XEP-0393 reads it: lines in quotations and code blocks, and styled spans within a line. Places are those of the text.

/** `open` and `close` are the fences of a code block, `code` is what is between them. */
export interface Line {
  start: number
  /** Behind the marks of the quotations it is in. */
  content: number
  /** Before the line feed. */
  end: number
  /** Number of quotations it is in. */
  depth: number
  role: "plain" | "open" | "code" | "close"
}

export type Style = "bold" | "italic" | "strike" | "code"

/** With its directives. */
export interface Styled {
  style: Style
  start: number
  end: number
  inner: Styled[]
}

export const fence = "```"
/** Quotations in quotations: whoever goes deeper is read as they type. */
export const deepest = 8

const directives: ReadonlyMap<string | undefined, Style> = new Map([
  ["*", "bold"],
  ["_", "italic"],
  ["~", "strike"],
  ["`", "code"],
])
const space = /[\p{White_Space}\p{Z}]/u

export function isSpace(char: string | undefined): boolean {
  return char !== undefined && space.test(char)
}

/** XEP-0393 §5.1. A code block ends with the quotation it is in. */
export function linesOf(text: string): Line[] {
  const lines: Line[] = []
  let code: number | undefined
  for (let start = 0; start <= text.length;) {
    const feed = text.indexOf("\n", start)
    const end = feed === -1 ? text.length : feed
    const quoted = unquote(text, start, end, code ?? deepest)
    if (code !== undefined && quoted.depth < code) code = undefined
    const content = text.slice(quoted.content, end)
    let role: Line["role"] = code === undefined ? "plain" : "code"
    if (code !== undefined && content.trimEnd() === fence) role = "close"
    // What has another mark behind it is no fence, but one line of code as other networks write it.
    else if (code === undefined && content.startsWith(fence) && !content.includes("`", fence.length)) role = "open"
    if (role === "open") code = quoted.depth
    if (role === "close") code = undefined
    lines.push({ start, end, role, ...quoted })
    start = end + 1
  }
  return lines
}

/** Takes off at most so many marks of quotations, each with one blank. */
function unquote(text: string, start: number, end: number, most: number): Pick<Line, "content" | "depth"> {
  let content = start
  let depth = 0
  while (depth < most && content < end && text[content] === ">") {
    depth++
    content++
    if (content < end && isSpace(text[content])) content++
  }
  return { content, depth }
}

/** The language of a code block, from its opening line. Undefined: what is written there is no language. */
export function languageOf(info: string): string | undefined {
  const word = info.trim()
  return isLanguage(word) ? word : undefined
}

export function isLanguage(word: string): boolean {
  return /^[\p{L}\p{N}_+#.-]{1,40}$/u.test(word)
}

export function isDirective(char: string | undefined): boolean {
  return directives.has(char)
}

/** Whether a directive here would begin a span: after white space or at the beginning (XEP-0393 §5.2). One that stands twice begins none. */
export function opens(text: string, at: number, from: number, to: number): boolean {
  return (at === from || isSpace(text[at - 1])) && at + 1 < to && !isSpace(text[at + 1]) && text[at + 1] !== text[at]
}

/**
 * Spans between two places of one line (XEP-0393 §5.2), outermost first: lazily matched, so that none is in one of its own kind. `begin`: where
 * the line, or what a directive opened, begins.
 */
export function styledIn(text: string, from: number, to: number, begin = from): Styled[] {
  const found: Styled[] = []
  const unclosed = new Set<string>()
  for (let at = from; at < to; at++) {
    const mark = text[at] ?? ""
    const style = directives.get(mark)
    if (!style || unclosed.has(mark) || !opens(text, at, begin, to)) continue
    const close = closing(text, mark, at, to)
    // Nor is there one for whatever begins further on.
    if (close === -1) unclosed.add(mark)
    else {
      found.push({ style, start: at, end: close + 1, inner: style === "code" ? [] : styledIn(text, at + 1, close) })
      at = close
    }
  }
  return found
}

function closing(text: string, mark: string, open: number, to: number): number {
  for (let at = open + 2; at < to; at++) if (text[at] === mark && !isSpace(text[at - 1])) return at
  return -1
}
