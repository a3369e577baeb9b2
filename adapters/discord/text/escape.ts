// Text as Discord's client shows it letter by letter: whatever would be markdown has a backslash before it.
import { addressAt, guard } from "./scan.js"

export interface Place {
  start: number
  end: number
  /** Whether marks stand around it. */
  styled: boolean
  /** Whether it begins a line of its own, or goes on with one. */
  line: boolean
  /** What is written behind it; empty at the end of what marks stand around. */
  next: string
  /** An address that holds marks is broken: marks around it would end there. */
  literal: boolean
}

/** At the beginning of a line, behind blanks: what makes it a heading, a list, a quotation. The group is what stands before the mark. */
const atLine = [/( *)(?:#{1,3}|-#|[-*+]|>)(?=\s|$)/y, /( *)>>>/y, /( *\d{1,10})\.(?=\s|$)/y]
/** Clients make emoji of their names; not of a time of day. */
const emojiName = /:(?!\d\d?:)[\w+-]+(?:::skin-tone-\d)?:/y
const scheme = /(?:https?|steam):\/\//y
const bracketed = /^\w+:\/\/[^\s<>]+$/
const letter = /[0-9A-Za-z]/
const marks = /[^0-9A-Za-z\s\u00a0-\uffff]/

/** `every`: each mark, whether it could mean anything or not. */
export function escape(text: string, place: Place, every: boolean): string {
  const { end } = place
  const out: string[] = []
  let isLine = place.line
  for (let at = place.start; at < end; at++) {
    if (isLine) {
      isLine = false
      const mark = lineMark(text, at, end)
      if (mark !== undefined) {
        out.push(text.slice(at, mark), "\\", text[mark] ?? "")
        at = mark
        continue
      }
    }
    const address = text[at] === "h" || text[at] === "s" ? linkAt(text, at, place) : undefined
    if (address !== undefined) {
      const shown = text.slice(at, address)
      const swallows = isSwallowing(text, address, place, every)
      if ((swallows && !bracketed.test(shown)) || (place.literal && /[*_~|\\`]/.test(shown))) {
        // It cannot have brackets around it either: no link, but the text.
        const scheme = text.indexOf(":", at)
        out.push(text.slice(at, scheme), "\\:")
        at = scheme
      } else {
        out.push(swallows ? `<${shown}>` : shown)
        at = address - 1
      }
      continue
    }
    const char = text[at] ?? ""
    isLine = char === "\n"
    // As it stands it would be taken for one that keeps marks apart.
    if (char === guard) out.push("\\")
    out.push((every ? marks.test(char) : means(text, at, place)) ? `\\${char}` : char)
  }
  return out.join("")
}

/** Behind an address, or behind what would be one with what is written next. */
function linkAt(text: string, at: number, { end, next }: Place): number | undefined {
  const address = addressAt(text, at, end)
  if (address !== undefined || /^[\s<]?$/.test(next)) return address
  scheme.lastIndex = at
  const begun = scheme.exec(text)
  return begun && at + begun[0].length <= end && !/[\s<]/.test(text.slice(at, end)) ? end : undefined
}

/** A backslash or a mark behind an address would be part of it. */
function isSwallowing(text: string, address: number, { end, next }: Place, every: boolean): boolean {
  let at = address
  while (at < end && !/[\s<]/.test(text[at] ?? "")) at++
  if (every && at > address) return true
  return at === end ? !/^[\s<]?$/.test(next) : text[at] === "<"
}

function lineMark(text: string, at: number, end: number): number | undefined {
  for (const rule of atLine) {
    rule.lastIndex = at
    const found = rule.exec(text)
    if (!found) continue
    const mark = at + (found[1]?.length ?? 0)
    if (mark < end) return mark
  }
  return undefined
}

function means(text: string, at: number, { start, end, styled }: Place): boolean {
  const char = text[at]
  const before = at === 0 ? "" : (text[at - 1] ?? "")
  const next = at + 1 < text.length ? (text[at + 1] ?? "") : ""
  const isEdge = (at === start && start > 0) || (at === end - 1 && end < text.length) || styled
  switch (char) {
    case "\\":
      return isEdge || next === "" || !/[0-9A-Za-z\s]/.test(next)
    case "`":
      return true
    case "*":
      return isEdge || !(isBlank(before) && isBlank(next))
    case "_":
      return !(letter.test(before) && letter.test(next)) || isEdge
    case "~":
    case "|":
      return isEdge || before === char || next === char
    case "<":
      return isEdge || !/^[\s\d=-]?$/.test(next)
    case "@":
      return text.startsWith("everyone", at + 1) || text.startsWith("here", at + 1)
    case "(":
      return before === "]"
    case ":":
      emojiName.lastIndex = at
      return emojiName.test(text)
    default:
      return false
  }
}

function isBlank(char: string): boolean {
  return char === "" || /\s/.test(char)
}
