// A page of a room's archive as messages: with what was changed in them since, without what was taken back.
import type { MessageEvent, NetworkEvent } from "../../adapter/contract.js"
import { AdapterError } from "../../adapter/errors.js"
import { isTombstone } from "./tombstone.js"
import { hasArchive } from "./info.js"
import type { Room } from "./room.js"

interface Query {
  after?: string
  before?: string
  limit: number
}

export async function historyOf(
  room: Room,
  isOurs: (id: string) => boolean,
  { after, before, limit }: Query,
): Promise<{ items: MessageEvent[]; more: boolean }> {
  if (!hasArchive(room.info)) throw new AdapterError("unsupported", `${room.jid} keeps no archive.`)
  const position = after !== undefined ? { after } : { before: before ?? "" }
  const page = await room.archive.page({ ...position, max: limit })
  const items: MessageEvent[] = []
  const byId = new Map<string, MessageEvent>()
  /** What is about messages of other pages is told as it would be now. */
  const others: NetworkEvent[] = []
  for (const { el, id, at } of page.items) {
    if (isTombstone(el) || (el.getChild("subject") && !el.getChild("body"))) continue
    const origin = el.attrs["id"] ?? ""
    const own = isOurs(origin) && room.said.isIt(origin, { id, at })
    const heard = room.hearing.read({ el, id, at, own })
    if (!heard) continue
    const { event, verify } = heard
    if (verify && room.hearing.authorOf(verify.id) !== verify.person.id) continue
    if (event.type === "message") {
      const message = own ? { ...event, handle: `o:${origin}` } : event
      items.push(message)
      byId.set(id, message)
    } else if (event.type === "edit" && byId.has(event.id)) {
      Object.assign(byId.get(event.id)!, { body: event.body, revision: event.revision })
    } else if (event.type === "retract") {
      const gone = new Set(event.ids.filter((one) => byId.has(one)))
      if (gone.size > 0) items.splice(0, items.length, ...items.filter((one) => !gone.has(one.id)))
      else others.push(event)
    } else others.push(event)
  }
  // Not waited for: what is told now may have to wait for this page.
  for (const event of others) room.tell(event)
  return { items, more: !page.complete }
}
