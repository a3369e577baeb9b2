// Pure: a foreign text with its spans → the text that XMPP clients style (XEP-0393), and what is to be told beside it.
import type { Body, Span } from "../../adapter/contract.js"
import type { Rich } from "../content.js"
import { addressesIn, outside, within, type Place } from "./marked.js"
import { linesOf, styledIn, type Rules, type Styled } from "./parse.js"
import { writing, type StyledPlace, type Writ } from "./write.js"
import { isMark, meant } from "./written.js"

export interface Told extends Pick<Rich, "spans" | "unstyled"> {
  text: string
}

const kinds: Readonly<Record<string, Span["kind"]>> = { "*": "bold", _: "italic", "~": "strike", "`": "code", "||": "spoiler" }
const quotedFence = /^(?:> )+```[^\s`]*$/
/** Beside one message; XEP-0394 and XEP-0372 are for people. */
const most = 200

/**
 * What marks in the text cannot say, or would say of text that means something else, is told in spans (XEP-0394); where nothing is styled by
 * marks, that they are none (XEP-0393 §6.3). Mentions and spoilers are always told.
 *
 * @example
 * told({ text: "unbelievable", spans: [{ kind: "bold", start: 2, end: 9 }] }) // text as it is, and the span
 */
export function told(body: Pick<Body, "text" | "spans">): Told {
  const writ = writing(body)
  const styles = writ.marked.filter(({ mark }) => mark !== "||").map((one) => placed(one, writ))
  const isOurs = within(writ.marked.flatMap((one) => directivesOf(placed(one, writ), one.mark)))
  const left = leftOver(body.text, writ)
  const isAccidental = styledInLines(writ, styles) || blocked(writ)
  const isMarked = styles.length + writ.blocks.length > 0
  const markup = left.length + writ.lost.length > 0 || (isAccidental && isMarked)
  const spans = [
    ...(markup
      ? [
          ...styles,
          ...left.map((one) => widened(writ.text, placed(one, writ), one.mark, isOurs)),
          ...[...writ.blocks, ...writ.lost].map((one) => block(body.text, one, writ)),
        ]
      : []),
    ...writ.wanted.filter(({ mark }) => mark === "||").map((one) => placed(one, writ)),
    ...(body.spans ?? [])
      .filter(({ kind }) => kind === "mention")
      .slice(0, most)
      .flatMap((span) => mention(span, writ, body.text.length)),
  ]
  spans.sort((a, b) => a.start - b.start || b.end - a.end)
  return {
    text: writ.text,
    ...(spans.length > 0 && { spans: spans.slice(0, most) }),
    ...(isAccidental && !isMarked && { unstyled: true }),
  }
}

function placed({ mark, start, end }: StyledPlace, writ: Writ): Span {
  return { kind: kinds[mark] ?? "bold", start: writ.start(start), end: writ.end(end) }
}

function directivesOf({ start, end }: Span, { length }: string): Place[] {
  return [
    { start: start - length, end: start },
    { start: end, end: end + length },
  ]
}

/** With the marks around it, which are text, where those of its own kind are among them: they must not be taken for its own. */
function widened(text: string, span: Span, mark: string, isOurs: (at: number) => Place | undefined): Span {
  let { start, end } = span
  while (isMark(text[start - 1]) && !isOurs(start - 1)) start--
  while (isMark(text[end]) && !isOurs(end)) end++
  const isOwn = text.slice(start, span.start).includes(mark) && text.slice(span.end, end).includes(mark)
  if (!isOwn) return span
  const least = Math.min(span.start - start, end - span.end)
  return { ...span, start: span.start - least, end: span.end + least }
}

/** From the mark of its first line, as XEP-0394 wants it. */
function block(text: string, { kind, start, end, arg }: Span, writ: Writ): Span {
  if (kind === "quote") {
    // The end of a line that is not quoted is not either.
    const from = writ.start(text[start] === "\n" && start > 0 && text[start - 1] !== "\n" ? start + 1 : start)
    return { kind, ...withFences(writ, writ.text.lastIndexOf("\n", from - 1) + 1, writ.end(end)) }
  }
  const said = text.slice(start, end)
  const from = writ.start(start + said.length - said.replace(/^\n+/, "").length)
  return { kind, start: from, end: writ.end(end), ...(kind === "pre" && arg !== undefined && { arg }) }
}

/** The lines that fence in code at either end of a quotation are quoted too. */
function withFences({ text, lines }: Writ, start: number, end: number): Place {
  const before = text.lastIndexOf("\n", start - 2) + 1
  const after = text.indexOf("\n", end + 1)
  const behind = after === -1 ? text.length : after
  const isFence = (from: number, to: number, beside: number): boolean => {
    if (!quotedFence.test(text.slice(from, to))) return false
    const at = text.slice(0, from).split("\n").length - 1
    return lines[at]?.code === true && lines[at].depth === lines[at + beside]?.depth
  }
  return {
    start: start > 0 && isFence(before, start - 1, 1) ? before : start,
    end: text[end] === "\n" && isFence(end + 1, behind, -1) ? behind : end,
  }
}

function mention({ kind, start, end, arg }: Span, writ: Writ, length: number): Span[] {
  // Not a number is not within either.
  if (arg === undefined || !(start >= 0 && end <= length && start < end)) return []
  // Whoever styles half a name names nobody.
  if (writ.wanted.some((one) => (start < one.end && one.end < end) || (start < one.start && one.start < end))) return []
  return [{ kind, start: writ.start(start), end: writ.end(end), arg }]
}

/** Styles that no marks stand for: within a word, over others. In code none count. */
function leftOver(text: string, { wanted, marked, blocks }: Writ): StyledPlace[] {
  const code: Place[] = [...blocks.filter(({ kind }) => kind === "pre"), ...marked.filter(({ mark }) => mark === "`")]
  code.sort((a, b) => a.start - b.start)
  const left: StyledPlace[] = []
  for (const one of wanted) {
    if (one.mark === "||") continue
    let at = one.start
    const done = marked.filter(({ mark, start, end }) => mark === one.mark && start >= one.start && end <= one.end)
    for (const { start, end } of [...done.sort((a, b) => a.start - b.start), { start: one.end, end: one.end }]) {
      for (const gap of outside(code, at, start))
        for (const place of words(text, gap.start, gap.end)) left.push({ ...place, mark: one.mark })
      at = Math.max(at, end)
    }
  }
  return left
}

/** Of each line what is not blank at its ends. */
function* words(text: string, from: number, to: number): Generator<Place> {
  for (let start = from; start < to;) {
    const feed = text.indexOf("\n", start)
    const end = Math.min(feed === -1 ? to : feed, to)
    const line = text.slice(start, end)
    const first = start + line.length - line.trimStart().length
    const last = start + line.trimEnd().length
    if (first < last) yield { start: first, end: last }
    start = end + 1
  }
}

/** Whether clients would style what is not styled; or whoever leaves addresses alone (read.ts) would not style what is. */
function styledInLines({ text, marked }: Writ, styles: readonly Span[]): boolean {
  const { counts } = meant(text, styles)
  let found = 0
  const isMeant = (spans: readonly Styled[]): boolean =>
    spans.every(({ style, start, end, inner }) => ++found > 0 && counts(style, start, end) && isMeant(inner))
  const lines = linesOf(text).filter(({ role }) => role === "plain")
  if (!lines.every((line) => isMeant(styledIn(text, line.content, line.end)))) return true
  const addresses = addressesIn(text)
  if (addresses.length === 0) return false
  const at = within(addresses)
  const rules: Rules = { spoilers: true, literal: (place) => at(place)?.end }
  found = 0
  return !lines.every((line) => isMeant(styledIn(text, line.content, line.end, line.content, rules))) || found < marked.length
}

function blocked({ text, lines }: Writ): boolean {
  return linesOf(text).some((line, i) => line.depth !== (lines[i]?.depth ?? 0) || (line.role !== "plain") !== (lines[i]?.code ?? false))
}
