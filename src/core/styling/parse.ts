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

export type Style = "bold" | "italic" | "strike" | "code" | "spoiler"

/** Two bars: no directive of XEP-0393, but what people write where they know it from. */
export const bars = "||"

/** Besides what XEP-0393 says. */
export interface Rules {
  /** Text between two pairs of bars is a spoiler. */
  spoilers?: boolean
  /** The end of what holds no directives (an address, a name) at this place; undefined: it is in none. */
  literal?: (at: number) => number | undefined
  /** Whether a directive here is to be looked at at all, and whether what it makes counts. */
  mayOpen?: (style: Style, at: number) => boolean
  counts?: (style: Style, start: number, end: number) => boolean
}

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

/** Which blocks there may be, where something else but the text says so too. */
export interface Blocks {
  /** In how many quotations a line is. */
  depth(start: number, end: number): number
  /** Whether code begins behind the line. */
  isFence(start: number, end: number): boolean
}

/** XEP-0393 §5.1. A code block ends with the quotation it is in. */
export function linesOf(text: string, blocks?: Blocks): Line[] {
  const lines: Line[] = []
  let code: number | undefined
  for (let start = 0; start <= text.length;) {
    const feed = text.indexOf("\n", start)
    const end = feed === -1 ? text.length : feed
    const quoted = unquote(text, start, end, code ?? blocks?.depth(start, end) ?? deepest)
    if (code !== undefined && quoted.depth < code) code = undefined
    const content = text.slice(quoted.content, end)
    let role: Line["role"] = code === undefined ? "plain" : "code"
    if (code !== undefined && content.trimEnd() === fence) role = "close"
    // What has another mark behind it is no fence, but one line of code as other networks write it.
    else if (code === undefined && isOpening(content) && blocks?.isFence(start, end) !== false) role = "open"
    if (role === "open") code = quoted.depth
    if (role === "close") code = undefined
    lines.push({ start, end, role, ...quoted })
    start = end + 1
  }
  return lines
}

function isOpening(content: string): boolean {
  return content.startsWith(fence) && !content.includes("`", fence.length)
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
export function styledIn(text: string, from: number, to: number, begin = from, rules: Rules = {}): Styled[] {
  const found: Styled[] = []
  const unclosed = new Set<string>()
  for (let at = from; at < to; at++) {
    const literal = rules.literal?.(at)
    if (literal !== undefined) {
      at = Math.min(literal, to) - 1
      continue
    }
    const mark = rules.spoilers && text.startsWith(bars, at) ? bars : (text[at] ?? "")
    const style = mark === bars ? "spoiler" : directives.get(mark)
    if (!style || unclosed.has(mark) || !begins(text, mark, at, begin, to) || rules.mayOpen?.(style, at) === false) continue
    const close = closing(text, mark, at, to, rules)
    // Nor is there one for whatever begins further on.
    if (close === -1) unclosed.add(mark)
    else {
      const [start, end, inside] = [at, close + mark.length, at + mark.length]
      if (rules.counts?.(style, start, end) === false) continue
      // Behind bars no directive counts: XEP-0393 knows nothing of them.
      const inner = style === "code" ? [] : styledIn(text, inside, close, style === "spoiler" ? begin : inside, rules)
      found.push({ style, start, end, inner })
      at = end - 1
    }
  }
  return found
}

function begins(text: string, mark: string, at: number, begin: number, to: number): boolean {
  if (mark !== bars) return opens(text, at, begin, to)
  const next = text[at + bars.length]
  return at + bars.length < to && next !== "|" && !isSpace(next) && !/[)\]|]/.test(text[at - 1] ?? "") && !isGlue(text[at - 1])
}

/** `a||b||c` is an expression, not a secret. Scripts that are written without blanks are glued to nothing. */
function isGlue(char = ""): boolean {
  return /[\p{Script=Latin}\p{Script=Greek}\p{Script=Cyrillic}\p{N}]/u.test(char)
}

function closing(text: string, mark: string, open: number, to: number, { literal }: Rules): number {
  for (let at = open + mark.length + 1; at <= to - mark.length; at++) {
    const end = literal?.(at)
    if (end !== undefined) at = end
    if (at > to - mark.length) return -1
    if (!text.startsWith(mark, at) || isSpace(text[at - 1])) continue
    if (mark !== bars || (text[at + bars.length] !== "|" && !isGlue(text[at + bars.length]))) return at
  }
  return -1
}
