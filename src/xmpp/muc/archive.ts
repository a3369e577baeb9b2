// The archive of a room (XEP-0313): read by who may see the room, joined or not.
import type { Element } from "@xmpp/xml"
import { decode } from "../../core/address.js"
import { Refusal } from "../../core/ports.js"
import type { ArchiveEntry } from "../../core/rooms/model.js"
import type { RoomView } from "../../core/rooms/ports.js"
import { bareOf, domainOf, localOf, resourceOf, toBareJid } from "../jid.js"
import { el, message, type Xml } from "../stanza.js"
import type { Context, Feature, Incoming } from "../types.js"
import { filterForm, nsMam, readFilter, type Filter } from "./archive-query.js"
import { viewOf } from "./asked.js"
import { standing, userX } from "./items.js"
import { render } from "./render.js"
import { endsOf, pageOf, readSet, setEl, type Page, type PageRequest } from "./rsm.js"
import { Turns } from "./turns.js"
import { words } from "../../core/words/words.js"

/** Messages of a page: what is usual, and at most. */
const usual = 50
const most = 100
/** After so many, others have their turn. */
const atOnce = 25
/** So many queries of one user may wait. */
const mostWaiting = 20
/** An occupant id that nobody has. */
const nobody = ""

export function createArchive(): Feature {
  const turns = new Turns(mostWaiting)
  return {
    xep: { number: 313, version: "1.1.3", name: "Message Archive Management" },
    disco: { room: [nsMam, `${nsMam}#extended`] },
    iq: {
      [`get ${nsMam} query`]: {
        on: ["room"],
        async handle(incoming, _, context) {
          await viewOf(incoming, context)
          return el("query", { xmlns: nsMam }, filterForm())
        },
      },
      [`get ${nsMam} metadata`]: { on: ["room"], handle: metadata },
      [`set ${nsMam} query`]: {
        on: ["room"],
        handle: (incoming, query, context) => turns.take(incoming.fromBare, () => search(incoming, query, context)),
      },
    },
  }
}

/** §5. */
async function metadata(incoming: Incoming, _: Element, context: Context): Promise<Xml> {
  const { room } = await viewOf(incoming, context)
  const edges = await context.service.rooms.archiveEdges(room)
  if (!edges) return el("metadata", { xmlns: nsMam })
  const edge = (name: string, { id, at }: { id: string; at: number }): Xml => el(name, { id, timestamp: new Date(at).toISOString() })
  return el("metadata", { xmlns: nsMam }, edge("start", edges.first), edge("end", edges.last))
}

/** Sends the results; what is returned goes after them. */
async function search(incoming: Incoming, query: Element, context: Context): Promise<Xml> {
  const view = await viewOf(incoming, context)
  if (query.attrs.node !== undefined) throw new Refusal("item-not-found", words("A room's archive has no nodes."))
  const request = readSet(query) ?? {}
  if (request.index !== undefined)
    throw new Refusal("feature-not-implemented", words("Pages of an archive begin after or before a message."))
  const page = await find(incoming, readFilter(query), request, view, context)
  const tell = await teller(incoming, query.attrs.queryid, page.items, view, context)
  const flipped = query.getChild("flip-page", nsMam) !== undefined
  let told = 0
  for (const entry of flipped ? page.items.toReversed() : page.items) {
    if (told++ % atOnce === atOnce - 1) await new Promise(setImmediate)
    // An answer to half of it would be taken for the whole.
    if (!context.link.online) throw new Refusal("service-unavailable", words("The stream ended."), "wait")
    context.send(tell(entry))
  }
  return el("fin", { xmlns: nsMam, complete: page.complete ? "true" : undefined }, setEl(page))
}

async function find(
  incoming: Incoming,
  { with: jid, ids, ...filter }: Filter,
  { max = usual, after, before }: PageRequest,
  view: RoomView,
  context: Context,
): Promise<Page<ArchiveEntry>> {
  const { rooms } = context.service
  const by = jid === undefined ? undefined : await speaker(incoming, jid, view, context)
  const limit = Math.min(max, most)
  const page = await rooms.archive(view.room, {
    ...filter,
    ...(ids && { ids }),
    ...(by !== undefined && { by }),
    ...(after !== undefined && { after }),
    ...(before !== undefined && before !== "" && { before }),
    limit,
    fromEnd: before !== undefined,
  })
  if (page.unknown) throw new Refusal("item-not-found", words("There is no such message in the archive."))
  const { entries, complete, count, index } = page
  if (!ids) return { items: entries, complete, count, index, ...endsOf(entries, ({ id }) => id) }
  const { start = -Infinity, end = Infinity } = filter
  const matching = entries.filter(({ at, op }) => at >= start && at <= end && (by === undefined || op.by?.occupant === by))
  const asked: PageRequest = { ...(after !== undefined && { after }), ...(before !== undefined && { before }) }
  return pageOf(matching, ({ id }) => id, asked, limit)
}

/**
 * Occupant id of whom `with` names (§4.1.1); undefined: everybody in the room. By their true addresses people are found by those alone who
 * may know them: moderators, and everybody themselves.
 */
async function speaker({ fromBare, target }: Incoming, jid: string, view: RoomView, context: Context): Promise<string | undefined> {
  const { rooms } = context.service
  const { room, link } = view
  const bare = bareOf(jid).toLowerCase()
  if (!bare.includes("@")) return nobody
  const sees = view.role === "moderator"
  if (domainOf(bare) !== context.domain) {
    const user = toBareJid(bare)
    if (user === undefined) throw new Refusal("jid-malformed", words("«{jid}» is no JID.", { jid }), "modify")
    return sees || user === fromBare ? ((await rooms.participant(room, { user }))?.id ?? nobody) : nobody
  }
  const address = decode(localOf(bare))
  if (!address || address.kind === "gateway" || address.tag !== link.tag) return nobody
  if (address.kind === "contact") return sees ? ((await rooms.participant(room, { contact: address.id }))?.id ?? nobody) : nobody
  if (address.id !== room.legacyId && (target.kind !== "room" || address.id !== target.legacyId)) return nobody
  const nick = resourceOf(jid)
  return nick === "" ? undefined : ((await rooms.participant(room, { nick }))?.id ?? nobody)
}

async function teller(
  { from: to, to: address }: Incoming,
  queryid: string | undefined,
  entries: readonly ArchiveEntry[],
  view: RoomView,
  context: Context,
): Promise<(entry: ArchiveEntry) => Xml> {
  const items = await itemsOf(entries, view, context)
  return ({ id: uid, at, op }) => {
    const { nick, id, inner } = render(op, address)
    const from = nick === undefined ? address : `${address}/${nick}`
    const said = el(
      "message",
      { xmlns: "jabber:client", from, id, type: "groupchat" },
      inner,
      op.by ? items.get(op.by.occupant) : undefined,
    )
    const delay = el("delay", { xmlns: "urn:xmpp:delay", stamp: new Date(at).toISOString() })
    const result = el("result", { xmlns: nsMam, queryid, id: uid }, el("forwarded", { xmlns: "urn:xmpp:forward:0" }, delay, said))
    return message({ from: address, to }, result)
  }
}

/** By occupant id: whose JID the asker may know (§6.1.2), as far as they still have the nick they had. */
async function itemsOf(entries: readonly ArchiveEntry[], view: RoomView, { service }: Context): Promise<Map<string, Xml>> {
  const items = new Map<string, Xml>()
  if (view.role !== "moderator") return items
  const nicks = new Set(entries.flatMap(({ op }) => op.by?.nick ?? []))
  for (const nick of nicks) {
    const one = await service.rooms.participant(view.room, { nick })
    if (one && one.user !== null) items.set(one.id, userX({ ...standing(one.role), jid: one.user }))
  }
  return items
}
