// Roles and affiliations (XEP-0045 §8.2 to §10.8): who has which, and changing them, as far as the network lets the account.
import type { Element } from "@xmpp/xml"
import { Refusal } from "../../core/ports.js"
import type { Manage } from "../../adapter/contract.js"
import type { Affiliation, RoomView } from "../../core/rooms/ports.js"
import { el, join, type Xml } from "../stanza.js"
import type { Context, Feature, Incoming } from "../types.js"
import { viewOf } from "./asked.js"
import { affiliated, withRole, type Listed } from "./lists.js"
import { need, plan, type Change, type Step } from "./plan.js"
import { resolveTarget } from "./target.js"
import type { Hall } from "./types.js"
import { words } from "../../core/words/words.js"

export const nsAdmin = "http://jabber.org/protocol/muc#admin"

const affiliations: readonly string[] = ["owner", "admin", "member", "none", "outcast"] satisfies Affiliation[]
const roles = ["moderator", "participant", "visitor", "none"]

/** So many changes are carried out of one request; each is a call to the network. */
const most = 50

export function createAdmin(hall: Hall): Feature {
  return {
    xep: { number: 45, version: "1.35.5", name: "Multi-User Chat" },
    iq: {
      [`get ${nsAdmin} query`]: { on: ["room"], handle: (incoming, query, context) => show(hall, incoming, query, context) },
      [`set ${nsAdmin} query`]: { on: ["room"], handle: (incoming, query, context) => change(hall, incoming, query, context) },
    },
  }
}

/** `forbidden` where the user may not see the list (§8.5, §9.2, §9.5, §9.8, §10.5, §10.8). */
async function show(hall: Hall, incoming: Incoming, query: Element, context: Context): Promise<Xml> {
  const view = await viewOf(incoming, context)
  const items = query.getChildren("item")
  const wanted = items.length === 1 ? items[0]?.attrs : undefined
  const { affiliation, role } = wanted ?? {}
  if (affiliation !== undefined && role === undefined && affiliations.includes(affiliation)) {
    const lord = affiliation === "owner" || affiliation === "admin"
    if (view.affiliation !== "owner" && (lord || view.affiliation !== "admin"))
      throw new Refusal(
        "forbidden",
        lord ? words("Only owners of the room may see this list.") : words("Only admins of the room may see this list."),
        "auth",
      )
    return listOf(await affiliated(context, view, affiliation as Affiliation))
  }
  if (role !== undefined && affiliation === undefined && roles.includes(role)) {
    if (view.role !== "moderator") throw new Refusal("forbidden", words("Only moderators may see this list."), "auth")
    return listOf(await withRole(context, hall, view, role))
  }
  throw new Refusal("bad-request", words("Ask for one affiliation or one role."), "modify")
}

function listOf(items: readonly Listed[]): Xml {
  return el("query", { xmlns: nsAdmin }, join(items.map((item) => el("item", { ...item }))))
}

/** All is judged before anything is done: a request with one forbidden change changes nothing (§9.2). */
async function change(hall: Hall, incoming: Incoming, query: Element, context: Context): Promise<undefined> {
  const view = await viewOf(incoming, context)
  const changes = query.getChildren("item").map(readItem)
  if (changes.length === 0 || changes.length > most)
    throw new Refusal("bad-request", words("One to {most} changes at a time.", { most }), "modify")
  const steps: Step[] = []
  for (const one of changes) {
    // Before it is looked who that is: who may change nothing learns nothing.
    need(view, one)
    const planned = plan(context, view, one, await resolveTarget(context, view, one))
    for (const step of planned)
      if ("out" in step && !hall.occupants(view.room.id).some(({ user }) => user === step.out))
        throw new Refusal("item-not-found", words("{out} is not in this room.", { out: step.out }))
    steps.push(...planned)
  }
  const by = hall.occupant(view.room.id, incoming.from)?.participant.nick
  for (const step of steps) await carryOut(hall, context, view, step, by)
  return undefined
}

function readItem(item: Element): Change {
  const { affiliation, role, nick, jid } = item.attrs
  const why = item.getChildText("reason")?.trim()
  const who = { ...(nick !== undefined && nick !== "" && { nick }), ...(jid !== undefined && { jid }), ...(why && { why }) }
  if (affiliation !== undefined && role === undefined && affiliations.includes(affiliation) && (who.jid ?? who.nick) !== undefined)
    return { ...who, affiliation: affiliation as Affiliation }
  if (role !== undefined && affiliation === undefined && roles.includes(role) && (who.nick ?? who.jid) !== undefined)
    return { ...who, role: role as "moderator" | "participant" | "visitor" | "none" }
  throw new Refusal("bad-request", words("An item says a nick or JID, and the role or the affiliation that it is to have."), "modify")
}

async function carryOut(hall: Hall, { service }: Context, view: RoomView, step: Step, by: string | undefined): Promise<void> {
  if ("out" in step) {
    const how = { status: [307], ...(step.why !== undefined && { reason: step.why }), ...(by !== undefined && { actor: by }) }
    return hall.remove(view.room.id, ({ user }) => user === step.out, how)
  }
  await service.rooms.manage(view, step satisfies Manage)
}
