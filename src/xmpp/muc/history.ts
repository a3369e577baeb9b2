// What was said before one came: how much a client asks for (XEP-0045 §7.2.14), and the stanzas.
import type { Element } from "@xmpp/xml"
import type { RoomOp, RoomRow } from "../../core/rooms/model.js"
import type { RoomArchiveQuery } from "../../core/rooms/ports.js"
import { subjectOf } from "../../core/rooms/subject.js"
import { addressed, el, escapeAttribute, textEl, type Xml } from "../stanza.js"
import { render } from "./render.js"
import type { Stay, Wish } from "./stay.js"

/** Messages for who asks for nothing in particular, and for who asks for all. */
const usual = 20
export const mostHistory = 100

/** `x`: the `<x/>` of the join; undefined asks for nothing in particular. `now`: epoch ms. */
export function readHistory(x: Element | undefined, now: number): Wish["history"] {
  const asked = x?.getChild("history")?.attrs ?? {}
  const seconds = count(asked["seconds"])
  const starts = [seconds === undefined ? NaN : now - seconds * 1000, Date.parse(asked["since"] ?? "")].filter((at) => !Number.isNaN(at))
  const limit = Math.min(mostHistory, count(asked["maxstanzas"]) ?? (starts.length > 0 ? mostHistory : usual))
  return { limit, maxChars: count(asked["maxchars"]) ?? Infinity, start: starts.length > 0 ? Math.max(...starts) : undefined }
}

function count(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,12}$/.test(text) ? Number(text) : undefined
}

export function queryOf({ limit, maxChars, start }: Wish["history"]): RoomArchiveQuery {
  // A page of nothing still tells where the archive ends.
  return { limit: maxChars === 0 ? 0 : limit, fromEnd: true, live: true, ...(start !== undefined && { start }) }
}

/** Oldest first; of what is too much the older falls away (§7.2.14: complete stanzas only). */
export function historyOf(ops: readonly RoomOp[], stay: Stay, { limit, maxChars }: Wish["history"]): Xml[] {
  const shown: Xml[] = []
  let left = maxChars
  for (const op of ops.filter(({ k }) => k === "said").reverse()) {
    const { nick, id, inner } = render(op, stay.address)
    const from = escapeAttribute(nick === undefined ? stay.address : `${stay.address}/${nick}`)
    const xml = addressed("message", { type: "groupchat", id }, inner, delay(stay.address, op.at))(from, stay.to)
    left -= xml.length
    if (left < 0 || shown.length === limit) break
    shown.push(xml)
  }
  return shown.reverse()
}

/** XEP-0203. `at`: epoch ms. */
function delay(by: string, at: number): Xml {
  return el("delay", { xmlns: "urn:xmpp:delay", from: by, stamp: new Date(at).toISOString() })
}

/** §7.2.15: also of a room without one. */
export function subjectMessage(room: RoomRow, stay: Stay, id: string): Xml {
  const { facts } = room
  const from = escapeAttribute(facts.topicBy === undefined ? stay.address : `${stay.address}/${facts.topicBy}`)
  const stamp = facts.topicAt === undefined ? undefined : delay(stay.address, facts.topicAt)
  return addressed("message", { type: "groupchat", id }, textEl("subject", subjectOf(room)), stamp)(from, stay.to)
}
