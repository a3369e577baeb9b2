// Replies (XEP-0461): what is answered by its id, with a quotation for clients that cannot show it.
import type { Feature } from "../types.js"
import { el, join, type Xml } from "../stanza.js"
import type { Draft, Reads } from "./draft.js"
import * as fallback from "./fallback.js"
import { usable } from "./ids.js"

const ns = "urn:xmpp:reply:0"

export const reply: Feature = {
  xep: { number: 461, version: "0.2.1", name: "Message Replies" },
  disco: { room: ({ capabilities }) => (capabilities.reply ? [ns] : []) },
}

export const reads: Reads = {
  [`reply ${ns}`](child, draft) {
    const id = usable(child.attrs.id)
    if (id !== "") draft.reply = id
  },
}

/** Once all children were read: the quotation leaves the body of what is a reply. */
export function settle(draft: Draft): void {
  const { body, fallbacks } = draft
  if (draft.reply === undefined || body === undefined) return
  const ranges = fallbacks?.flatMap((one) => (one.for === ns ? one.ranges : [])) ?? []
  if (ranges.length === 0) return
  const rest = fallback.cut(body, ranges).replace(/^\n+/, "")
  // Nothing but a quotation: whoever marked it so meant something to be read.
  if (rest.trim() === "" || rest === body) return
  draft.body = rest
  draft.quoting = body
}

/** What is answered. `id`: its stanza id in a room. `to`: JID of who said it. */
export interface Answered {
  id: string
  to?: string | undefined
  nick?: string | undefined
  text?: string | undefined
}

/** Lines and code points of a quotation. */
const longest = { lines: 3, points: 200 }

/** The body with a quotation before it, as far as it is known what is answered, and the elements beside it. */
export function write(text: string, answered: Answered): { body: string; elements: Xml } {
  const { id, to, nick } = answered
  const mark = el("reply", { xmlns: ns, id, to })
  const lines = quotation(answered.text ?? "")
  if (lines.length === 0) return { body: text, elements: mark }
  const quote = [...(nick === undefined ? [] : [`${nick}:`]), ...lines].map((line) => `> ${line}\n`).join("")
  return { body: quote + text, elements: join([mark, fallback.write(ns, [...quote].length)]) }
}

function quotation(text: string): string[] {
  const whole = [...text]
  const short = whole.length > longest.points ? `${whole.slice(0, longest.points).join("")}…` : text
  const lines = short.split(/\r\n|\r|\n/).filter((line) => line.trim() !== "")
  return lines.length > longest.lines ? [...lines.slice(0, longest.lines), "…"] : lines
}
