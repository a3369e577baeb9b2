// Inline code as Discord's markdown.
import type { Style } from "./leaves.js"
import { guard } from "./scan.js"

/** What ends a style even within code. */
const closing: readonly [Style, string][] = [
  ["strike", "~~"],
  ["spoiler", "||"],
]

/**
 * Between as many backticks as stand nowhere in it: one or two, for three are a block. What holds both is written in parts, as is what
 * would end a style that it is in. `rest`: what follows.
 */
export function codeOf(text: string, styles: ReadonlySet<Style>, rest: string): string {
  let out = ""
  for (const part of partsOf(text, styles).reverse()) {
    const next = out === "" ? rest : out
    const runs = new Set(part.match(/`+/g)?.map(({ length }) => length))
    const fence = runs.has(1) ? "``" : "`"
    // One blank before a backtick at either end is not shown.
    const [before, after] = [/^ *`/.test(part) ? " " : "", /` *$/.test(part) ? " " : ""]
    out = `${fence}${before}${part}${after}${fence}${next.startsWith("`") ? guard : ""}${out}`
  }
  return out
}

function partsOf(text: string, styles: ReadonlySet<Style>): string[] {
  const marks = closing.filter(([style]) => styles.has(style)).map(([, mark]) => mark)
  const parts: string[] = []
  let start = 0
  let [one, two] = [false, false]
  const cut = (at: number): void => {
    if (at > start) parts.push(text.slice(start, at))
    start = at
    one = two = false
  }
  for (let at = 0; at < text.length; at++) {
    if (marks.some((mark) => at > start && text.startsWith(mark, at - 1))) cut(at)
    if (text[at] !== "`") continue
    let end = at
    while (text[end] === "`") end++
    const isOther = end - at === 1 ? two : end - at === 2 ? one : false
    if (isOther) cut(at)
    one ||= end - at === 1
    two ||= end - at === 2
    at = end - 1
  }
  cut(text.length)
  return parts
}
