// Pure: what a user of ours typed, with what was told beside it → text and spans for a network that has them.
import type { Body, Span } from "../../adapter/contract.js"
import type { Marked, ToldSpan } from "../content.js"
import type { Place } from "./marked.js"
import { fence, isDirective, type Rules, type Style } from "./parse.js"
import { read, reading, type Formatting, type Said } from "./read.js"

/** `whom`: of mentions; who that is on the network is still to be found out. */
export interface Written {
  text: string
  spans?: ToldSpan[]
}

/** So many spans are read of one message; nobody tells more by hand. */
const most = 500
/** Directives that may stand around what one span is about. */
const mostDirectives = 20

const inline: ReadonlySet<Span["kind"]> = new Set(["bold", "italic", "underline", "strike", "code", "heading", "spoiler"])
/** Told by XEP-0394 beside the text: whoever does so styles by it. */
const markup: ReadonlySet<Span["kind"]> = new Set(["bold", "italic", "strike", "code", "pre", "quote"])
const literals: ReadonlySet<Span["kind"]> = new Set(["code", "pre", "mention", "room", "link"])

/**
 * As `read`; and spans that were told count too, over the text itself: what they and directives both say is said once. If any markup is told
 * (XEP-0394), directives count only where it says the same: there «MUST only be a single source of truth» (§2). A spoiler that the network
 * cannot hide is announced.
 *
 * @example
 * written("it is you", ["bold"], { spans: [{ kind: "bold", start: 6, end: 9 }] }) // { text: "it is you", spans: [{ kind: "bold", … }] }
 */
export function written(text: string, formatting: Formatting, marked?: Marked): Written {
  const told = (marked?.spans ?? []).slice(0, most).flatMap((span) => bounded(text, span))
  if (told.length === 0 && !marked?.unstyled) return read(text, formatting)
  const kinds = new Set(formatting)
  const typed = reading(text, formatting, marked?.unstyled ? unstyled : beside(text, told))
  const moved = told.map((span) => ({ ...span, start: typed.place(span.start), end: typed.place(span.end) }))
  const known = moved.filter(({ kind }) => kinds.has(kind)).flatMap((span) => trimmed(typed.text, span))
  const spans = together(typed.text, typed.spans, known)
  return announced(
    typed.text,
    spans,
    moved.filter(({ kind, arg }) => kind === "spoiler" && arg !== undefined),
    kinds.has("spoiler"),
  )
}

/** Bars are none of the directives that are meant. */
const unstyled: Said = { mayOpen: (style) => style === "spoiler", blocks: { depth: () => 0, isFence: () => false } }

function bounded(text: string, span: ToldSpan): ToldSpan[] {
  const start = Math.max(0, span.start)
  const end = Math.min(text.length, span.end)
  return start < end ? [{ ...span, start, end }] : []
}

/** What directives may say beside what was told. */
function beside(text: string, told: readonly ToldSpan[]): Said {
  const literal = told.filter((span) => literals.has(span.kind))
  const marks = told.filter(({ kind }) => markup.has(kind))
  return marks.length === 0 ? { literal } : { literal, ...confirmed(text, marks) }
}

/** Only what markup says too. */
function confirmed(text: string, marks: readonly ToldSpan[]): Said {
  const quotes = marks.filter(({ kind }) => kind === "quote")
  const codes = marks.filter(({ kind }) => kind === "pre")
  return {
    ...meant(text, joined(marks.filter(({ kind }) => inline.has(kind)))),
    blocks: {
      depth: (start, end) => quotes.filter((one) => one.start <= end && one.end > start).length,
      isFence: (start, end) =>
        codes.some(
          (one) => one.start > end && /^\n[> ]*$/.test(text.slice(end, one.start)) && (text[start] === ">" || isClosed(text, one.end)),
        ),
    },
  }
}

/** Whether code may end here: before a fence, or at the end of all. */
function isClosed(text: string, end: number): boolean {
  const feed = text.indexOf("\n", end)
  if (feed === -1 || text.slice(feed).trim() === "") return true
  const next = text.indexOf("\n", feed + 1)
  return text.slice(feed + 1, next === -1 ? text.length : next).trimEnd() === fence
}

/** Which directives stand for these spans, told without their directives but perhaps with those of others at their ends; bars always do. */
export function meant(text: string, spans: readonly Span[]): Required<Pick<Rules, "mayOpen" | "counts">> {
  const ends = new Map(spans.map(({ kind, start, end }) => [`${kind} ${start}`, end]))
  const endOf = (style: Style, open: number): number | undefined => {
    for (let at = open + 1; at <= open + mostDirectives; at++) {
      const end = ends.get(`${style} ${at}`)
      if (end !== undefined || !isMark(text[at])) return end
    }
    return undefined
  }
  return {
    mayOpen: (style, at) => style === "spoiler" || endOf(style, at) !== undefined,
    counts(style, start, end) {
      if (style === "spoiler") return true
      const last = endOf(style, start)
      if (last === undefined || last >= end) return false
      return end - last <= mostDirectives && [...text.slice(last, end - 1)].every(isMark)
    },
  }
}

export function isMark(char: string | undefined): boolean {
  return char === "|" || isDirective(char)
}

function trimmed(text: string, span: ToldSpan): ToldSpan[] {
  let { start, end } = span
  if (span.kind === "quote" || span.kind === "pre") {
    while (start < end && text[start] === "\n") start++
    while (end > start && text[end - 1] === "\n") end--
  }
  return start < end ? [{ ...span, start, end }] : []
}

/** Of the same kind what overlaps or touches is one. */
function joined<S extends Span>(spans: readonly S[]): S[] {
  const last = new Map<Span["kind"], S>()
  const all: S[] = []
  for (const span of [...spans].sort(inOrder)) {
    const before = last.get(span.kind)
    if (before && span.start <= before.end) before.end = Math.max(before.end, span.end)
    else {
      const own = { ...span }
      last.set(span.kind, own)
      all.push(own)
    }
  }
  return all
}

function inOrder(a: Span, b: Span): number {
  return a.start - b.start || b.end - a.end
}

function together(text: string, typed: readonly Span[], told: readonly ToldSpan[]): ToldSpan[] {
  const isInline = ({ kind }: Span): boolean => inline.has(kind)
  const styles: ToldSpan[] = joined([...typed, ...told].filter(isInline).map(({ kind, start, end }) => ({ kind, start, end })))
  const blocks: ToldSpan[] = typed.filter((span) => !isInline(span))
  for (const span of told.filter((one) => !isInline(one))) {
    const isSaid = blocks.some((one) => one.kind === span.kind && isSame(text, one, span))
    // Blocks and names are in one another or apart.
    if (!isSaid && !blocks.some((one) => crosses(one, span))) blocks.push(span)
  }
  return [...blocks, ...styles].sort(inOrder)
}

function isSame(text: string, one: Place, other: Place): boolean {
  const blank = (from: number, to: number): boolean => text.slice(Math.min(from, to), Math.max(from, to)).trim() === ""
  return one.start < other.end && other.start < one.end && blank(one.start, other.start) && blank(one.end, other.end)
}

function crosses(one: Place, other: Place): boolean {
  return (
    (one.start < other.start && other.start < one.end && one.end < other.end) ||
    (other.start < one.start && one.start < other.end && other.end < one.end)
  )
}

/** The hint of a spoiler (XEP-0382) stands before it. */
function announced(text: string, spans: ToldSpan[], spoilers: readonly ToldSpan[], hides: boolean): Written {
  let out: Written = { text, spans }
  for (const { start, arg = "" } of [...spoilers].reverse()) {
    const hint = arg.replace(/\s+/g, " ").trim()
    if (hides && hint === "") continue
    const mark = hides ? `${hint}:` : hint === "" ? "Spoiler:" : `Spoiler (${hint}):`
    const rest = text.slice(start)
    const isBlock = rest.includes("\n") || spans.some((span) => span.start === start && (span.kind === "quote" || span.kind === "pre"))
    out = inserted(out, start, `${mark}${isBlock ? "\n" : " "}`)
  }
  return out.spans?.length === 0 ? { text: out.text } : out
}

function inserted({ text, spans = [] }: Written, at: number, words: string): Written {
  const by = words.length
  const later = spans.map((span) => ({
    ...span,
    start: span.start >= at ? span.start + by : span.start,
    end: span.end > at ? span.end + by : span.end,
  }))
  return { text: text.slice(0, at) + words + text.slice(at), spans: later }
}

/** For who measures it: whoever is not found out yet has no part in that. */
export function measured({ text, spans = [] }: Written): Pick<Body, "text" | "spans"> {
  const known = spans.filter(({ kind, arg }) => kind !== "mention" || arg !== undefined)
  return known.length > 0 ? { text, spans: known } : { text }
}
