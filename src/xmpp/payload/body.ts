// Body and subject (RFC 6121 §5.2). A body is taken as it is: `/me` (XEP-0245) and styling (XEP-0393) are the network's to understand.
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

export function write(text: string): Xml {
  return textEl("body", text)
}
