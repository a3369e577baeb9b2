// Blocking contacts of ours (XEP-0191), reports with it (XEP-0377): asked of the gateway itself, for a block at the user's own server only bounces.
import type { Element } from "@xmpp/xml"
import { whomOf, type Whom } from "../../core/commands/contact.js"
import type { Report } from "../../core/consent/ports.js"
import { Lru } from "../../core/lru.js"
import { howToRegister } from "../../core/commands/command.js"
import type { BareJid, FullJid } from "../../core/model.js"
import { Refusal } from "../../core/ports.js"
import { words } from "../../core/words/words.js"
import { bareOf } from "../jid.js"
import { el, type Xml } from "../stanza.js"
import type { Context, Feature, Incoming } from "../types.js"
import { readReport } from "./reporting.js"

const ns = "urn:xmpp:blocking"
/** Of one request. */
const mostItems = 200
/** Clients that are told of changes. */
const mostClients = 2000

interface Wanted {
  whom: Whom
  /** As the client called them. */
  jid: string
  report: Report | undefined
}

/** Beside a refusal of what is said to somebody the user has blocked (§3.3). */
export const blockedError: Xml = el("blocked", { xmlns: "urn:xmpp:blocking:errors" })

export function createBlocking(): Feature {
  /** Who has asked for the list, and is told of its changes (§3.3). */
  const clients = new Lru<FullJid, true>(mostClients)
  const readers = new Lru<BareJid, Set<FullJid>>(mostClients)

  async function list({ fromBare, from }: Incoming, _: Element, { service, contactJid }: Context): Promise<Xml> {
    mustBeTied(service, fromBare)
    clients.set(from, true)
    const known = (readers.get(fromBare) ?? new Set<FullJid>()).add(from)
    readers.set(fromBare, known)
    const blocked = await service.people.blocked(fromBare)
    const items = blocked.flatMap(({ link, entry }) => contactJid(entry.contact.legacyId, link.tag) ?? [])
    return el("blocklist", { xmlns: ns }, ...items.map(item))
  }

  async function block(request: Incoming, payload: Element, context: Context): Promise<undefined> {
    const { service } = context
    mustBeTied(service, request.fromBare)
    const wanted = wantedOf(request, payload, context)
    if (wanted.length === 0) throw new Refusal("bad-request", words("Say whom to block."), "modify")
    for (const { whom, report } of wanted) await service.people.block(whom.link, whom.legacyId, report)
    push(request, context, "block", wanted)
  }

  async function unblock(request: Incoming, payload: Element, context: Context): Promise<undefined> {
    const { service } = context
    mustBeTied(service, request.fromBare)
    const wanted = wantedOf(request, payload, context)
    const all = payload.getChildElements().length === 0 ? await service.people.blocked(request.fromBare) : []
    for (const { link, entry } of all) await service.people.unblock(link, entry.contact.legacyId)
    for (const { whom } of wanted) await service.people.unblock(whom.link, whom.legacyId)
    push(request, context, "unblock", wanted)
  }

  function push({ fromBare }: Incoming, { link }: Context, name: "block" | "unblock", wanted: readonly Wanted[]): void {
    const payload = el(name, { xmlns: ns }, ...wanted.map(({ jid }) => item(jid)))
    const known = readers.get(fromBare)
    for (const full of known ?? []) {
      if (clients.get(full) === undefined) known?.delete(full)
      // Who does not answer, or is gone, need not be told again.
      else
        link.iq({ to: full, type: "set", payload }).catch(() => {
          clients.delete(full)
          known?.delete(full)
        })
    }
  }

  return {
    xep: { number: 191, version: "1.3", name: "Blocking Command" },
    disco: { gateway: [ns] },
    iq: {
      [`get ${ns} blocklist`]: { on: ["gateway"], handle: list },
      [`set ${ns} block`]: { on: ["gateway"], handle: block },
      [`set ${ns} unblock`]: { on: ["gateway"], handle: unblock },
    },
  }
}

function item(jid: string): Xml {
  return el("item", { jid })
}

function mustBeTied(service: Context["service"], user: BareJid): void {
  if (service.linksOf(user).length === 0) throw new Refusal("registration-required", howToRegister(service), "auth")
}

/** All are ours, or nothing is done. Throws `Refusal`. */
function wantedOf({ fromBare }: Incoming, payload: Element, { service }: Context): Wanted[] {
  const items = payload.getChildren("item", ns)
  if (items.length > mostItems) throw new Refusal("not-acceptable", words("At most {most} at a time.", { most: mostItems }), "modify")
  return items.map((one) => {
    const jid = bareOf(one.attrs["jid"] ?? "")
    const whom = jid.includes("@") ? whomOf(service, service.linksOf(fromBare), jid) : undefined
    if (!whom)
      throw new Refusal("item-not-found", words("«{text}» is no contact of {network}.", { text: jid.slice(0, 200), network: service.name }))
    return { whom, jid, report: readReport(one) }
  })
}
