// One message stanza, one pass over its children, one draft.
import type { Element } from "@xmpp/xml"
import * as body from "./body.js"
import * as chatState from "./chat-state.js"
import * as correction from "./correction.js"
import * as delay from "./delay.js"
import type { Draft, Read } from "./draft.js"
import * as encryption from "./encryption.js"
import * as fallback from "./fallback.js"
import * as ids from "./ids.js"
import * as receipts from "./receipts.js"
import * as reply from "./reply.js"
import * as retraction from "./retraction.js"

const reads = new Map<string, Read>(
  [body, chatState, correction, delay, encryption, fallback, ids, receipts, reply, retraction].flatMap((file) =>
    Object.entries(file.reads),
  ),
)

const ours = "jabber:component:accept"

/** Namespace of a stanza's child. Looking only at the child itself spares the way up; stanzas routed as `jabber:client` read the same. */
export function namespaceOf(child: Element): string {
  const ns = child.name.includes(":") ? child.getNS() : child.attrs.xmlns
  return ns === undefined || ns === "jabber:client" ? ours : ns
}

/** Pure. Unknown children are passed over. */
export function readMessage(stanza: Element): Draft {
  const draft: Draft = { id: ids.usable(stanza.attrs.id) }
  for (const child of stanza.children) {
    if (typeof child === "string") continue
    reads.get(`${child.getName()} ${namespaceOf(child)}`)?.(child, draft)
  }
  reply.settle(draft)
  retraction.settle(draft)
  if (encryption.isOtr(draft.body)) draft.encrypted ??= "OTR"
  return draft
}
