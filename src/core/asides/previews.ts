// Pages that a network looks at when their address was said already: told by themselves, in the order of what is said.
import type { NetworkEvent } from "../../adapter/contract.js"
import type { Delivery } from "../delivery.js"
import { pagesIn } from "../extras.js"
import type { IdMint } from "../ids.js"
import type { Store } from "../store.js"
import type { NewReactions } from "./store.js"

export class Previews {
  constructor(private readonly parts: { store: Store; ids: IdMint; delivery: Pick<Delivery, "add"> }) {}

  /** In the chat's order. Resolves when it is committed. */
  async tell(where: NewReactions["where"], { id, previews }: Extract<NetworkEvent, { type: "previews" }>): Promise<void> {
    const { store, ids, delivery } = this.parts
    const pages = pagesIn(previews)
    if (pages.length === 0) return
    const told = await store.acceptPreviews({ where, legacyId: id, pages, at: Date.now(), row: ids.next() })
    if (told) delivery.add(told.conversation, told.row)
  }
}
