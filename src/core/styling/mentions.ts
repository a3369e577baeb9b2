// Whom a text of ours names, for networks that have mentions: «@nick» anywhere, «nick:» or «nick,» at the beginning.
import type { Body, LegacyUserId, Span } from "../../adapter/contract.js"
import type { Whom } from "../content.js"
import { measured, type Written as Told } from "./written.js"

type Written = Pick<Body, "text" | "spans">

/** A nick may be so long (nick.ts), in UTF-16 units, and so many questions one message may cost. */
const longest = 128
const mostQuestions = 40
/** Words of a nick that are tried. */
const mostWords = 5
/** Marks behind them that are tried without. */
const mostMarks = 3

interface Candidate {
  start: number
  end: number
  nick: string
}

/** `whoIs` resolves the id of who has exactly this nick and is there. The longest nick that is somebody's counts. */
export async function withMentions(body: Written, whoIs: (nick: string) => Promise<LegacyUserId | undefined>): Promise<Written> {
  const { text, spans = [] } = body
  // Who was told of is named already.
  const code = spans.filter(({ kind }) => kind === "code" || kind === "pre" || kind === "mention").sort((a, b) => a.start - b.start)
  /** Of the code what is not passed yet: places ascend, and a text may have as many of either as it has letters. */
  let next = 0
  const found: Span[] = []
  const known = new Map<string, LegacyUserId | undefined>()
  for (const candidates of places(text)) {
    for (const { start, end, nick } of candidates) {
      while ((code[next]?.end ?? Infinity) <= start) next++
      if (start < (found.at(-1)?.end ?? 0)) break
      // A shorter one may end before the code.
      if ((code[next]?.start ?? Infinity) < end) continue
      if (!known.has(nick)) {
        if (known.size >= mostQuestions) return named(body, found)
        known.set(nick, await whoIs(nick))
      }
      const arg = known.get(nick)
      if (arg === undefined) continue
      found.push({ kind: "mention", start, end, arg })
      break
    }
  }
  return named(body, found)
}

/** `whoIs` resolves the id of whom the author's client named (XEP-0372); whoever is nobody there is no more than text. */
export async function resolved(said: Told, whoIs: (whom: Whom) => Promise<LegacyUserId | undefined>): Promise<Written> {
  const { text, spans = [] } = said
  const known = new Map<string, LegacyUserId | undefined>()
  const found: Span[] = []
  for (const { whom, ...span } of spans) {
    if (!whom) found.push(span)
    else {
      const key = JSON.stringify(whom)
      if (!known.has(key) && known.size < mostQuestions) known.set(key, await whoIs(whom))
      const arg = known.get(key)
      if (arg !== undefined) found.push({ ...span, arg })
    }
  }
  return measured({ text, spans: found })
}

function named(body: Written, found: readonly Span[]): Written {
  return found.length === 0
    ? body
    : { ...body, spans: [...(body.spans ?? []), ...found].sort((a, b) => a.start - b.start || b.end - a.end) }
}

/** Of each place the nicks that it may name, the longest first. */
function* places(text: string): Generator<Candidate[]> {
  yield addressed(text)
  for (const { index } of text.matchAll(/(?<![\p{L}\p{N}@])@(?=[^\s@])/gu)) yield called(text, index)
}

/** The marks behind a name may be part of it, or of the sentence; «Juliet's» names her as well. */
function namesIn(words: string): string[] {
  const names = [words]
  for (let name = words; names.length <= mostMarks && /.[\p{P}\p{S}]$/u.test(name);) names.push((name = name.slice(0, -1)))
  const [, stem] = /^(.+)['’]\p{L}{1,2}$/u.exec(words) ?? []
  return stem === undefined ? names : [...names, stem]
}

function addressed(text: string): Candidate[] {
  const line = text.slice(0, longest + 1).split("\n", 1)[0] ?? ""
  const ends = [...line.matchAll(/[:,](?=\s|$)/g)].map(({ index }) => index).filter((end) => end > 0)
  return ends.map((end) => ({ start: 0, end, nick: line.slice(0, end) })).reverse()
}

function called(text: string, at: number): Candidate[] {
  const start = at + 1
  const line = text.slice(start, start + longest).split("\n", 1)[0] ?? ""
  const all: Candidate[] = []
  for (const { index } of [...line.matchAll(/(?<=\S)(?=\s|$)/g)].slice(0, mostWords)) {
    const words = line.slice(0, index)
    for (const nick of namesIn(words)) all.push({ start: at, end: start + nick.length, nick })
  }
  return all.sort((a, b) => b.end - a.end)
}
