// What the gateway itself has to say to a user: durable like any message, in its own talk with them.
import type { Delivery } from "../delivery.js"
import type { Directory } from "../directory.js"
import type { IdMint } from "../ids.js"
import type { InOp, Link } from "../model.js"
import { row } from "../rows.js"
import type { Store } from "../store.js"

export interface TellingParts {
  store: Pick<Store, "say">
  directory: Directory
  delivery: Pick<Delivery, "add">
  ids: IdMint
  /** Epoch ms. */
  now(): number
}

/** Resolves when it is committed. */
export async function tellUser({ store, directory, delivery, ids, now }: TellingParts, link: Link, text: string): Promise<void> {
  const conversation = await directory.direct(link, "")
  const id = ids.next()
  const at = now()
  const op: InOp = { k: "message", id, text, at }
  await store.say(conversation.id, { id, op })
  delivery.add(conversation.id, row(id, `in:${conversation.id}`, null, op, false, at))
}
