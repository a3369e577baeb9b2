// Pure: what an XMPP user said and what the network can do → parts, each for one operation, or a refusal.
import type { Adapter, Capabilities } from "../adapter/contract.js"
import type { Marked } from "./content.js"
import { flatten } from "./flatten.js"
import { Refusal } from "./ports.js"
import { inMessages, withLinks } from "./files/showing.js"
import { ofText, shifted } from "./styling/marked.js"
import { linesOf } from "./styling/parse.js"
import type { Formatting } from "./styling/read.js"
import { splitMarked, type Length, type Part } from "./styling/split.js"
import { measured, written } from "./styling/written.js"
import { words } from "./words/words.js"

/** Beyond this a text is not a message any more but a flood. UTF-16 units. */
export const maxText = 200_000
/** Files of one stanza; of more, nobody would know what they are. */
const maxFiles = 100

/** How long the network finds what was typed. */
export function lengthOf(adapter: Pick<Adapter<never, never, Capabilities>, "length" | "capabilities">): Length {
  const { formatting = [] } = adapter.capabilities.send
  const measure = adapter.length?.bind(adapter) ?? (({ text }: { text: string }) => text.length)
  return (text, marked) => measure(measured(written(text, formatting, marked)))
}

export type { Part }

export interface Planned {
  /** `edit`: these parts replace those of the message from the ordinal `from` on; `send`: a message of its own. */
  how: "send" | "edit"
  parts: Part[]
  from: number
  /** So many parts at the beginning hold files; the text may be the caption of the last. An edit of the text leaves them alone. */
  files: number
}

export interface Said {
  text: string
  marked?: Marked | undefined
}

/** What is corrected, as far as it is known. */
export interface Old {
  ageMs: number
  parts: number
  files: number
}

/**
 * `old`: the message to be replaced, undefined if we do not know it; null: nothing is replaced. `before`: what the network reads before the
 * text, for it has no other way to say so: who speaks, what is answered.
 */
export function plan(said: Said, old: Old | undefined | null, capabilities: Capabilities, length: Length, before = ""): Planned {
  const { files = [], extras = [] } = said.marked ?? {}
  const isEmpty = said.text.trim() === ""
  if (isEmpty && files.length + extras.length === 0) throw new Refusal("bad-request", words("An empty message was not sent."), "modify")
  if (said.text.length > maxText)
    throw new Refusal(
      "not-acceptable",
      words("This message has {length} characters; at most {maxText} are sent.", { length: said.text.length, maxText }),
      "modify",
    )
  if (files.length > maxFiles)
    throw new Refusal(
      "not-acceptable",
      words("This message has {length} files; at most {maxFiles} are sent.", { length: files.length, maxFiles }),
      "modify",
    )
  if (old === null) return sent(said, capabilities, length, before)
  const { edit } = capabilities
  const inTime = old !== undefined && edit !== undefined && old.ageMs <= (edit.withinSeconds ?? Infinity) * 1000
  // A client that corrects the text beside its files names the files again.
  if (inTime && !isEmpty && (files.length === 0 || old.files > 0)) {
    const edited = changed(said, old, capabilities, length, before)
    if (edited) return edited
  }
  // Degrades visibly: the network cannot change the old message, so a new one says what it should have been.
  return sent(said, capabilities, length, `${before}✎ `)
}

/** Undefined: the text does not fit under its files. */
function changed(said: Said, old: Old, { send }: Capabilities, length: Length, before: string): Planned | undefined {
  const isCaption = old.files > 0 && old.parts <= old.files
  const text = marking(said.text, ofText(said.marked), before, send.formatting ?? [])
  const most = isCaption ? captionOf(send) : send.maxChars
  const parts = textParts(text, most, length, send.formatting ?? [])
  if (isCaption && parts.length > 1) return undefined
  return { how: "edit", parts, from: isCaption ? old.files - 1 : old.files, files: old.files }
}

function sent(said: Said, { send }: Capabilities, length: Length, before: string): Planned {
  const { formatting = [], maxChars = Infinity } = send
  const { files = [], extras = [] } = said.marked ?? {}
  const taken = send.files
  const untold = extras.filter(({ type }) => !(send.extras ?? []).includes(type))
  const told =
    untold.length > 0 ? [said.text, flatten({ text: "", extras: untold })].filter((one) => one.trim() !== "").join("\n") : said.text
  const whole = taken ? told : withLinks(told, files)
  const text = marking(whole, ofText(said.marked), before, formatting)
  const fits = (one: string): boolean => length(one) <= maxChars
  const messages = taken ? inMessages(files, taken, fits) : []
  const shown: Part[] = messages.map((some) => ({ text: "", marked: { files: some } }))
  const last = shown.at(-1)
  const isCaption = last?.marked && length(text.text, text.marked) <= captionOf(send) && fits(withLinks(text.text, last.marked.files ?? []))
  if (isCaption) Object.assign(last, { text: text.text, marked: { ...text.marked, ...last.marked } })
  const texts = isCaption ? [] : textParts(text, send.maxChars, length, formatting)
  const besides = extras.filter((extra) => !untold.includes(extra)).map((extra): Part => ({ text: "", marked: { extras: [extra] } }))
  return { how: "send", parts: [...shown, ...texts, ...besides], from: 0, files: shown.length }
}

function captionOf({ maxCaption, maxChars = Infinity }: Capabilities["send"]): number {
  return Math.min(maxCaption ?? maxChars, maxChars)
}

function textParts({ text, marked }: Part, max: number | undefined, length: Length, formatting: Formatting): Part[] {
  return splitMarked({ text, ...(marked && { marked }) }, max, length, formatting)
}

/** A quotation or code block stays one: it begins on a line of its own. */
function marking(text: string, marked: Marked | undefined, mark: string, formatting: Formatting): Part {
  const whole = text === "" ? mark.trimEnd() : behind(mark, text, formatting)
  const told = shifted(marked, whole.length - text.length)
  return { text: whole, ...(told && { marked: told }) }
}

function behind(mark: string, text: string, formatting: Formatting): string {
  if (mark === "" || mark.endsWith("\n")) return mark + text
  const [first] = linesOf(text.slice(0, text.indexOf("\n") + 1 || undefined))
  const isBlock = first && ((formatting.includes("quote") && first.depth > 0) || (formatting.includes("pre") && first.role === "open"))
  return isBlock ? `${mark.trimEnd()}\n${text}` : mark + text
}
