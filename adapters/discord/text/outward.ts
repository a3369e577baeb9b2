// What people write for Discord's channels, roles, custom emoji and times → the tags that show as these.
import type { Snowflake } from "../places.js"
import type { Names } from "../types.js"
import { timeText } from "./mentions.js"

/** A place of the text that has a tag. */
export interface Pill {
  start: number
  end: number
  tag: string
  /** As `parse` reads the tag if every id is its own name. */
  shown: string
}

/** So much is asked for one message. */
const mostQuestions = 100
/** Words of a role's name that are tried. */
const mostWords = 4

const channel = /(?<![\p{L}\p{N}_#&/])#([\p{L}\p{N}_-]{1,100})/gu
const emoji = /:(\w{2,32}):/g
const role = /(?<![\p{L}\p{N}_@.])@(?=[^\s@])/gu
const time = /(?<!\d)(\d{4}-\d\d-\d\d) (\d\d:\d\d) UTC(?!\w)/g

/** In order, none in another. `isFree`: whether a place may be a tag at all. */
export function pillsIn(text: string, names: Names, isFree: (start: number, end: number) => boolean): Pill[] {
  const found = [...times(text), ...asked(text, names)].filter(({ start, end }) => isFree(start, end)).sort((a, b) => a.start - b.start)
  let last = 0
  return found.filter(({ start, end }) => {
    if (start < last) return false
    last = end
    return true
  })
}

/** As much as any names could make of a text, in characters beyond the text itself. */
export function mostBeyond(text: string): number {
  const places = [...text.matchAll(channel), ...text.matchAll(emoji), ...text.matchAll(role)]
  // «<a:wave:18446744073709551615>» for «:wave:» is the longest in comparison; a name of one letter is as good as none.
  return places.slice(0, 2 * mostQuestions).length * "<a:18446744073709551615>".length
}

function* times(text: string): Generator<Pill> {
  for (const { index, 0: whole, 1: date = "", 2: clock = "" } of text.matchAll(time)) {
    const at = Date.parse(`${date}T${clock}:00Z`)
    const seconds = at / 1000
    // The 30th of February is read as another day.
    if (Number.isNaN(at) || timeText(seconds) !== whole) continue
    yield { start: index, end: index + whole.length, tag: `<t:${seconds}:f>`, shown: whole }
  }
}

function* asked(text: string, names: Names): Generator<Pill> {
  let questions = 0
  for (const { index, 0: whole, 1: name = "" } of text.matchAll(channel)) {
    if (questions++ >= mostQuestions) break
    const id = names.channelNamed(name)
    if (id !== undefined) yield { start: index, end: index + whole.length, tag: `<#${id}>`, shown: `#${id}` }
  }
  for (const { index, 0: whole, 1: name = "" } of text.matchAll(emoji)) {
    if (questions++ >= mostQuestions) break
    const known = names.emoji(name)
    if (!known) continue
    yield { start: index, end: index + whole.length, tag: `<${known.animated ? "a" : ""}:${name}:${known.id}>`, shown: whole }
  }
  for (const { index } of text.matchAll(role)) {
    if (questions++ >= mostQuestions) break
    const called = roleAt(text, index + 1, names)
    if (called) yield { start: index, end: called.end, tag: `<@&${called.id}>`, shown: `@${called.id}` }
  }
}

/** The longest name that is a role's. */
function roleAt(text: string, start: number, names: Names): { id: Snowflake; end: number } | undefined {
  const line = text.slice(start, start + 101).split("\n", 1)[0] ?? ""
  const ends = [...line.matchAll(/(?<=\S)(?=\s|$)/g)].slice(0, mostWords).map(({ index }) => index)
  for (const end of ends.reverse()) {
    const words = line.slice(0, end)
    for (const name of new Set([words, words.replace(/[\p{P}\p{S}]+$/u, "")])) {
      const id = name === "" || name.startsWith("@") ? undefined : names.roleNamed(name)
      if (id !== undefined) return { id, end: start + name.length }
    }
  }
  return undefined
}
