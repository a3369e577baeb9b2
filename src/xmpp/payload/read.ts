// One message stanza, one pass over its children, one draft.
import type { Element } from "@xmpp/xml"
import * as body from "./body.js"
import * as chatState from "./chat-state.js"
import * as correction from "./correction.js"
import * as delay from "./delay.js"
import type { Draft, Read } from "./draft.js"
import * as encryption from "./encryption.js"
import * as fallback from "./fallback.js"
import * as files from "./files/read.js"
import * as ids from "./ids.js"
import * as location from "./location.js"
import * as markers from "./markers.js"
import * as markup from "./markup.js"
import * as mentions from "./mentions.js"
import * as reactions from "./reactions.js"
import * as receipts from "./receipts.js"
import * as reply from "./reply.js"
import * as retraction from "./retraction.js"
import * as spoiler from "./spoiler.js"
import * as told from "./told.js"
import * as unstyled from "./unstyled.js"

/** Several may read one element: a reference is to a person or to a file. */
const reads = new Map<string, Read[]>()
for (const file of [
  body,
  chatState,
  correction,
  delay,
  encryption,
  fallback,
  files,
  ids,
  location,
  markers,
  markup,
  mentions,
  reactions,
  receipts,
  reply,
  retraction,
  spoiler,
  unstyled,
]) {
  for (const [key, read] of Object.entries<Read>(file.reads)) reads.set(key, [...(reads.get(key) ?? []), read])
}

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
    for (const read of reads.get(`${child.getName()} ${namespaceOf(child)}`) ?? []) read(child, draft)
  }
  // In this order: what is counted in the body as it came goes first, addresses are found by themselves.
  told.settle(draft)
  spoiler.settle(draft)
  reply.settle(draft)
  files.settle(draft)
  location.settle(draft)
  reactions.settle(draft)
  retraction.settle(draft)
  if (encryption.isOtr(draft.body)) draft.encrypted ??= "OTR"
  return draft
}
