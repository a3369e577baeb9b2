// What a client asks of an archive (XEP-0313 §4.1), read from its form, and the form it may ask for first.
import type { Element } from "@xmpp/xml"
import { Refusal } from "../../core/ports.js"
import { readFields } from "../payload/forms.js"
import { el, textEl, type Xml } from "../stanza.js"
import { words } from "../../core/words/words.js"

export const nsMam = "urn:xmpp:mam:2"

/** So many messages can be asked for by their ids at once. */
const mostIds = 200

/** Times are epoch ms, inclusive. `with`: a JID as the client wrote it. */
export interface Filter {
  with?: string
  start?: number
  end?: number
  afterId?: string
  beforeId?: string
  ids?: string[]
}

const single = ["with", "start", "end", "before-id", "after-id"] as const
const known = new Set<string>(["FORM_TYPE", "ids", ...single])

/** Throws `bad-request`, and `feature-not-implemented` for a field we do not know (§4.1.5). */
export function readFilter(query: Element): Filter {
  const form = query.getChildren("x").find((child) => child.attrs.xmlns === "jabber:x:data")
  if (!form) return {}
  const fields = readFields(form)
  if (fields.get("FORM_TYPE")?.[0] !== nsMam) throw bad(`The form's FORM_TYPE is «${nsMam}».`)
  for (const name of fields.keys())
    if (!known.has(name))
      throw new Refusal("feature-not-implemented", words("This archive cannot be searched by «{field}».", { field: name }))
  const [jid, start, end, beforeId, afterId] = single.map((name) => {
    const [value = "", ...more] = fields.get(name) ?? []
    if (more.length > 0) throw bad(`«${name}» has one value.`)
    return value.trim() === "" ? undefined : value.trim()
  })
  const ids = fields.get("ids")?.filter((id) => id !== "")
  if (ids && ids.length > mostIds)
    throw new Refusal("policy-violation", words("At most {mostIds} messages at a time.", { mostIds }), "modify")
  if (ids && ids.length > 0 && (afterId ?? beforeId) !== undefined) throw bad("«ids» names single messages, not those between two.")
  return {
    ...(jid !== undefined && { with: jid }),
    ...(start !== undefined && { start: timeOf("start", start) }),
    ...(end !== undefined && { end: timeOf("end", end) }),
    ...(afterId !== undefined && { afterId }),
    ...(beforeId !== undefined && { beforeId }),
    ...(ids && ids.length > 0 && { ids }),
  }
}

function bad(text: string): Refusal {
  return new Refusal("bad-request", text, "modify")
}

const dateTime = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d+))?(Z|[+-]\d\d:\d\d)$/

/** XEP-0082 §3.2. What is finer than a millisecond is rounded into the span that was asked for. */
function timeOf(name: "start" | "end", text: string): number {
  const [, second = "", fraction = "", zone = ""] = dateTime.exec(text) ?? []
  const at = Date.parse(`${second}${zone}`)
  if (Number.isNaN(at)) throw bad(`«${name}» is a date and time like 2010-08-07T00:00:00Z.`)
  const finer = name === "start" && /[1-9]/.test(fraction.slice(3))
  return at + Number(fraction.slice(0, 3).padEnd(3, "0")) + (finer ? 1 : 0)
}

/** §4.1.5. Field types are the specification's. */
export function filterForm(): Xml {
  const field = (name: string, type: string, inner?: Xml): Xml => el("field", { var: name, type }, inner)
  return el(
    "x",
    { xmlns: "jabber:x:data", type: "form" },
    field("FORM_TYPE", "hidden", textEl("value", nsMam)),
    field("with", "jid-single"),
    field("start", "text-single"),
    field("end", "text-single"),
    field("before-id", "text-single"),
    field("after-id", "text-single"),
    field("ids", "list-multi", el("validate", { xmlns: "http://jabber.org/protocol/xdata-validate", datatype: "xs:string" }, el("open"))),
  )
}
