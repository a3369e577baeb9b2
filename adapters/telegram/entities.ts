// Spans as Telegram's entities (Bot API, MessageEntity): nested, never overlapping, and nothing within code.
import type { MessageEntity } from "node-telegram-bot-api"
import type { Body, FileInfo, Span } from "xferry"
import { isPerson } from "./places.js"

/** What a bot may say of a text; the others it cannot (a custom emoji costs its owner money) or has no entity for. */
export const formatting = [
  "bold",
  "italic",
  "underline",
  "strike",
  "code",
  "pre",
  "quote",
  "spoiler",
  "link",
  "mention",
] as const satisfies Span["kind"][]
type Kind = (typeof formatting)[number]

/** What may stand in what: a lower rank holds a higher one, and is opened first. Of each rank but the last one at a time. */
const rank: Readonly<Record<Kind, number>> = {
  quote: 0,
  pre: 1,
  code: 1,
  link: 2,
  mention: 2,
  spoiler: 3,
  bold: 3,
  italic: 3,
  underline: 3,
  strike: 3,
}

const types: Readonly<Record<Kind, string>> = {
  quote: "blockquote",
  pre: "pre",
  code: "code",
  link: "text_link",
  mention: "text_mention",
  spoiler: "spoiler",
  bold: "bold",
  italic: "italic",
  underline: "underline",
  strike: "strikethrough",
}

/** Telegram keeps no more than this many (td, MessageEntity). */
const most = 100

interface Mark {
  kind: Kind
  start: number
  end: number
  arg: string | undefined
}
export interface Written {
  text: string
  entities?: MessageEntity[]
}

/** The text as Telegram takes it. */
export function written(body: Pick<Body<FileInfo>, "text" | "spans">): Written {
  const { text, spans } = spelled(body)
  const entities = entitiesOf(spans, text)
  return { text, ...(entities.length > 0 && { entities }) }
}

/** Addresses that Telegram makes no link of (`xmpp:`, `geo:` …) stand behind the words that carry them. */
function spelled({ text, spans = [] }: Pick<Body<FileInfo>, "text" | "spans">): { text: string; spans: readonly Span[] } {
  const lost = spans.filter(({ kind, arg, end }) => kind === "link" && arg !== undefined && !isWeb(arg) && end <= text.length)
  if (lost.length === 0) return { text, spans }
  let out = text
  let rest: Span[] = spans.filter((span) => !lost.includes(span))
  for (const { start, end, arg = "" } of [...lost].sort((a, b) => b.end - a.end)) {
    if (text.slice(start, end) === arg) continue
    const added = ` (${arg})`
    out = out.slice(0, end) + added + out.slice(end)
    const moved = (at: number, isEnd: boolean): number => (at > end || (at === end && !isEnd) ? at + added.length : at)
    rest = rest.map((span) => ({ ...span, start: moved(span.start, false), end: moved(span.end, true) }))
  }
  return { text: out, spans: rest }
}

/** td, LinkManager::check_link. */
function isWeb(url: string): boolean {
  return /^(https?|tg|ton|tonsite):/i.test(url) && URL.canParse(url)
}

export function entitiesOf(spans: readonly Span[] | undefined, text: string): MessageEntity[] {
  const marks = (spans ?? []).flatMap((span) => markOf(span, text))
  if (marks.length === 0) return []
  const cuts = [...new Set(marks.flatMap(({ start, end }) => [start, end]))].sort((a, b) => a - b)
  const done: MessageEntity[] = []
  let open: { mark: Mark; from: number }[] = []
  const close = (keep: number, at: number): void => {
    for (const { mark, from } of open.splice(keep)) done.push(entity(mark, from, at))
  }
  for (const at of cuts) {
    const now = standing(marks, at)
    let same = 0
    while (same < open.length && open[same]?.mark === now[same]) same++
    close(same, at)
    open = [...open, ...now.slice(same).map((mark) => ({ mark, from: at }))]
  }
  return done.sort((a, b) => a.offset - b.offset || b.length - a.length).slice(0, most)
}

/** Which of them hold at this place, outermost first. */
function standing(marks: readonly Mark[], at: number): Mark[] {
  const here = marks.filter(({ start, end }) => start <= at && at < end)
  const sorted = [...here].sort((a, b) => rank[a.kind] - rank[b.kind] || a.start - b.start || b.end - a.end || (a.kind < b.kind ? -1 : 1))
  const code = sorted.some(({ kind }) => rank[kind] === 1)
  return sorted.filter((mark, i) => {
    if (code && rank[mark.kind] > 1) return false
    const before = sorted.slice(0, i)
    return !before.some((one) => (rank[mark.kind] < 3 ? rank[one.kind] === rank[mark.kind] : one.kind === mark.kind))
  })
}

function markOf({ kind, start, end, arg }: Span, text: string): Mark[] {
  if (!(kind in rank)) return []
  const from = whole(text, Math.max(0, start), -1)
  const to = whole(text, Math.min(text.length, end), 1)
  if (!(from < to)) return []
  if (kind === "link" && (arg === undefined || !isWeb(arg))) return []
  if (kind === "mention" && (arg === undefined || !isPerson(arg))) return []
  return [{ kind: kind as Kind, start: from, end: to, arg }]
}

/** Not within a surrogate pair: Telegram refuses what is no text. */
function whole(text: string, at: number, step: -1 | 1): number {
  const [before, unit] = [text.charCodeAt(at - 1), text.charCodeAt(at)]
  const within = before >= 0xd800 && before <= 0xdbff && unit >= 0xdc00 && unit <= 0xdfff
  return within ? at + step : at
}

function entity({ kind, arg }: Mark, start: number, end: number): MessageEntity {
  const at = { type: types[kind], offset: start, length: end - start }
  if (arg === undefined || arg === "") return at
  if (kind === "link") return { ...at, url: arg }
  // Of the user Telegram heeds the number; the other fields are those a User must have.
  if (kind === "mention") return { ...at, user: { id: Number(arg), is_bot: false, first_name: "" } }
  return kind === "pre" ? { ...at, language: arg } : at
}
