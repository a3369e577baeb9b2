// Body and subject (RFC 6121 §5.2). A body is taken as it is: `/me` (XEP-0245) and styling (XEP-0393) are the network's to understand.
import type { Marked } from "../../core/content.js"
import type { Quoting } from "../../core/ports.js"
import { shifted } from "../../core/styling/marked.js"
import { textEl, type Xml } from "../stanza.js"
import type { Draft, Reads } from "./draft.js"

const ns = "jabber:component:accept"

export const reads: Reads = {
  [`body ${ns}`](child, draft) {
    // Of several languages the one without a mark is the stanza's own (RFC 6121 §5.2.3).
    if (draft.body === undefined || child.attrs["xml:lang"] === undefined) draft.body = child.getText()
  },
  [`subject ${ns}`](child, draft) {
    if (draft.subject === undefined || child.attrs["xml:lang"] === undefined) draft.subject = child.getText()
  },
}

/** The text of a draft; a subject (old clients' «normal» messages) goes first. */
export function textOf({ body = "", subject = "" }: Draft): string {
  return subject.trim() === "" || body === "" ? body : `${subject}\n\n${body}`
}

/** The text with the quotation of a reply in it: for where a reply is told in no other way. */
export function wholeText(draft: Draft): string {
  return textOf(draft.quoting === undefined ? draft : { ...draft, body: draft.quoting })
}

/** All of a reply that has a quotation, with what is told beside it. */
export function quotingOf(draft: Draft): Quoting | undefined {
  if (draft.quoting === undefined) return undefined
  const text = wholeText(draft)
  const marked = markedOf(draft, text)
  return { text, ...(marked && { marked }) }
}

/** There is something to be read, or to be looked at. */
export function speaks({ body = "", encrypted, files, extras }: Draft): boolean {
  return encrypted !== undefined || body !== "" || files !== undefined || extras !== undefined
}

/** What is told beside `text`, which ends with the draft's body. */
export function markedOf({ body = "", spans, files, extras, unstyled }: Draft, text: string): Marked | undefined {
  const told = text.endsWith(body) ? spans : undefined
  if (!told && !files && !extras && unstyled !== true) return undefined
  const marked = {
    ...(told && { spans: told }),
    ...(files && { files }),
    ...(extras && { extras }),
    ...(unstyled === true && { unstyled }),
  }
  return shifted(marked, text.length - body.length)
}

export function write(text: string): Xml {
  return textEl("body", text)
}
