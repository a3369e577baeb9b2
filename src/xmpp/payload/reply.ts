// Replies (XEP-0461): what is answered by its id, with a quotation for clients that cannot show it.
import type { Feature } from "../types.js"
import { el, join, type Xml } from "../stanza.js"
import type { Draft, Reads } from "./draft.js"
import * as fallback from "./fallback.js"
import { usable } from "./ids.js"
import { behind, without } from "./told.js"

const ns = "urn:xmpp:reply:0"

export const reply: Feature = {
  xep: { number: 461, version: "0.2.1", name: "Message Replies" },
  disco: { contact: ({ reply }) => (reply ? [ns] : []), room: ({ capabilities }) => (capabilities.reply ? [ns] : []) },
}

export const reads: Reads = {
  [`reply ${ns}`](child, draft) {
    const id = usable(child.attrs.id)
    if (id !== "") draft.reply = id
  },
}

/** Once all children were read: the quotation leaves the body of what is a reply. */
export function settle(draft: Draft): void {
  const { body } = draft
  if (draft.reply === undefined || body === undefined) return
  const rest = without(draft, ns)
  // Nothing but a quotation: whoever marked it so meant something to be read.
  if (!rest || (rest.body.trim() === "" && !draft.files)) return
  Object.assign(draft, behind(rest, /^\n*/.exec(rest.body)?.[0].length ?? 0))
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
  const { nick } = answered
  const lines = quotation(answered.text ?? "")
  if (lines.length === 0) return { body: text, elements: mark(answered) }
  const quote = [...(nick === undefined ? [] : [`${nick}:`]), ...lines].map((line) => `> ${line}\n`).join("")
  return { body: quote + text, elements: join([mark(answered), fallback.write(ns, [...quote].length)]) }
}

/** Without a quotation. */
export function mark({ id, to }: Pick<Answered, "id" | "to">): Xml {
  return el("reply", { xmlns: ns, id, to })
}

function quotation(text: string): string[] {
  const whole = [...text]
  const short = whole.length > longest.points ? `${whole.slice(0, longest.points).join("")}…` : text
  const lines = short.split(/\r\n|\r|\n/).filter((line) => line.trim() !== "")
  return lines.length > longest.lines ? [...lines.slice(0, longest.lines), "…"] : lines
}
