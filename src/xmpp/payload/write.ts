// Durable operations towards XMPP as stanzas. Pure: what they need to know comes with the call.
import type { Rich } from "../../core/content.js"
import type { DirectOp } from "../../core/model.js"
import { inLanguage, words } from "../../core/words/words.js"
import { errorEl, escape, join, message, type Xml } from "../stanza.js"
import { namesFor } from "./beside.js"
import * as body from "./body.js"
import * as chatState from "./chat-state.js"
import * as correction from "./correction.js"
import * as delay from "./delay.js"
import * as ids from "./ids.js"
import * as nick from "./nick.js"
import * as markers from "./markers.js"
import * as preview from "./preview.js"
import * as reactions from "./reactions.js"
import * as receipts from "./receipts.js"
import * as retraction from "./retraction.js"
import * as wording from "./words.js"

export interface Envelope {
  /** Bare JID of the contact or the gateway. */
  from: string
  /** Bare JID of the user. */
  to: string
  domain: string
  /** Epoch ms. */
  now: number
  /** Whose chat it is, by whose address others are named: default `from`. */
  contact?: string
  /** Somebody gets to know whether it was read. */
  markable?: boolean
  /** Whether a resource of the user may still be there, as far as presence tells. */
  mayBeOnline(full: string): boolean
  /** The user's, for what the gateway itself has to say. Default: «en». */
  lang?: string
}

/**
 * A stanza beyond 256 KiB may end the whole stream on its way; the body gets what leaves room for the rest.
 * Bytes of escaped UTF-8.
 */
const maxBody = 200 * 1024

/** Stanzas of one operation, in order; the first carries its id. */
export function render(op: DirectOp, envelope: Envelope): Xml[] {
  const { from, to, domain, now, contact = from } = envelope
  switch (op.k) {
    case "message": {
      let end = 0
      return pieces(op.text).map((text, i) => {
        const share = { text: op.text, start: end, end: (end += text.length), names: namesFor(contact, "direct") }
        const answered = op.reply && i === 0 ? { ...op.reply, to: op.reply.own ? to : from } : undefined
        const said = wording.write(text, i === 0 ? op.rich : ofText(op.rich), answered, share)
        return chat(i === 0 ? op.id : `${op.id}.${i + 1}`, said, envelope, nick.write(op.nick), delay.write(domain, op.at, now))
      })
    }
    case "edit": {
      const [text = "", more] = pieces(op.text)
      const share = { text: op.text, start: 0, end: text.length, names: namesFor(contact, "direct") }
      const said = wording.write(more === undefined ? text : `${text}\n[…]`, op.rich, undefined, share)
      return [chat(op.id, said, envelope, correction.write(op.target), delay.write(domain, op.at, now))]
    }
    case "retract":
      return [
        message({ from, to, type: "chat", id: op.id }, retraction.write(op.target), ids.write(op.id), delay.write(domain, op.at, now)),
      ]
    case "reactions":
      return [
        message(
          { from, to, type: "chat", id: op.id },
          reactions.write(op.target, op.emoji),
          ids.write(op.id),
          delay.write(domain, op.at, now),
        ),
      ]
    case "preview":
      return [message({ from, to, type: "chat", id: op.id }, preview.fasten(op.target, op.page), ids.write(op.id))]
    case "marker":
      return [message({ from, to, type: "chat", id: op.id }, markers.write(op.what, op.target), ids.write(op.id))]
    case "receipt":
      return [message({ from, to: envelope.mayBeOnline(op.to) ? op.to : to, type: "chat", id: op.id }, receipts.write(op.of))]
    case "error":
      // An error to a resource that left would be thrown away by its server (RFC 6121 §8.5.3.2.1): it becomes a sentence.
      if (op.of !== "" && envelope.mayBeOnline(op.to))
        return [message({ from, to: op.to, type: "error", id: op.of }, errorEl(op.error, undefined, envelope.lang))]
      return [chat(op.id, body.write(failure(op, envelope.lang)), envelope)]
  }
}

/** An error as a sentence, for who is not there any more. */
export function failure({ excerpt, error }: Extract<DirectOp, { k: "error" }>, lang?: string): string {
  const reason = error.said ?? error.text
  return `⚠ ${inLanguage(excerpt === "" ? reason : words("Not delivered: «{excerpt}»\n{reason}", { excerpt, reason }), lang)}`
}

/** What is said beside the text alone, not beside its beginning. */
function ofText(rich: Rich | undefined): Rich | undefined {
  return rich && { ...(rich.spans && { spans: rich.spans }), ...(rich.unstyled && { unstyled: true }) }
}

function chat(id: string, said: Xml, { from, to, markable = false }: Envelope, ...more: (Xml | undefined)[]): Xml {
  const asked = markable ? markers.markable() : undefined
  return message({ from, to, type: "chat", id }, said, chatState.write("active"), ids.write(id), asked, join(more))
}

/** Cuts a text so that each piece fits, at a line end or blank near the limit where there is one. */
export function pieces(text: string, limit = maxBody): string[] {
  // Six bytes is the most a UTF-16 unit can become («&quot;»), so that short texts are not measured.
  if (text.length * 6 <= limit || Buffer.byteLength(escape(text)) <= limit) return [text]
  const out: string[] = []
  let rest = text
  while (Buffer.byteLength(escape(rest)) > limit) {
    let end = fitting(rest, limit)
    const head = rest.slice(0, end)
    const cut = Math.max(head.lastIndexOf("\n"), head.lastIndexOf(" "))
    if (cut > end / 2) end = cut + 1
    out.push(rest.slice(0, end))
    rest = rest.slice(end)
  }
  return rest === "" ? out : [...out, rest]
}

/** The longest start, in UTF-16 units, that fits and does not cut a pair; at least one character. */
function fitting(text: string, limit: number): number {
  let low = 1
  let high = Math.min(text.length, limit)
  while (low < high) {
    const middle = Math.ceil((low + high) / 2)
    if (Buffer.byteLength(escape(text.slice(0, middle))) <= limit) low = middle
    else high = middle - 1
  }
  const code = text.charCodeAt(low - 1)
  return code >= 0xd800 && code <= 0xdbff ? (low > 1 ? low - 1 : 2) : low
}
