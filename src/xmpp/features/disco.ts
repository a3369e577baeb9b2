// Service discovery (XEP-0030): what the gateway and its contacts are, from what the features declare of themselves.
import { available } from "../../core/commands/help.js"
import type { Command } from "../../core/commands/command.js"
import type { ContactRow } from "../../core/model.js"
import { Refusal, type Service } from "../../core/ports.js"
import { bareOf } from "../jid.js"
import { linkOf } from "../router.js"
import { el, join, type Xml } from "../stanza.js"
import type { Context, Feature, Incoming } from "../types.js"
import { capsEl, capsNode, verification, type Info } from "./caps.js"
import { nsCommands } from "./adhoc.js"

const nsInfo = "http://jabber.org/protocol/disco#info"
const nsItems = "http://jabber.org/protocol/disco#items"

/** The distinct sets; each has one caps hash, computed once. Clients take `client/bot` for a machine: no face, no call buttons. */
export interface Infos {
  gateway: Info
  person: Info
  bot: Info
}

export function infosOf(features: readonly Feature[], service: Service): Infos {
  const own = [nsInfo, nsItems]
  const gateway = unique([...own, ...features.flatMap(({ disco }) => disco?.gateway ?? [])])
  const contact = unique([
    ...own,
    ...features.flatMap(({ disco }) =>
      typeof disco?.contact === "function" ? disco.contact(service.capabilities) : (disco?.contact ?? []),
    ),
  ])
  return {
    gateway: { identities: [{ category: "gateway", type: service.discoType, name: service.name }], features: gateway },
    person: { identities: [{ category: "client", type: "pc" }], features: contact },
    bot: { identities: [{ category: "client", type: "bot" }], features: contact },
  }
}

/** XEP-0115 §5.4: a feature twice makes the whole answer ill-formed. */
function unique(features: readonly string[]): string[] {
  return [...new Set(features)].sort()
}

export function kindOf(contact: Pick<ContactRow, "kind"> | undefined): "person" | "bot" {
  return contact?.kind === "bot" || contact?.kind === "webhook" ? "bot" : "person"
}

export interface Disco {
  feature: Feature
  /** The `<c/>` of a presence. */
  caps(kind: keyof Infos): Xml
}

export function createDisco(infos: Infos, commands: readonly Command[]): Disco {
  const kinds = ["gateway", "person", "bot"] as const
  const vers = { gateway: verification(infos.gateway), person: verification(infos.person), bot: verification(infos.bot) }
  const marks = { gateway: capsEl(vers.gateway), person: capsEl(vers.person), bot: capsEl(vers.bot) }

  async function info(incoming: Incoming, node: string | undefined, context: Context): Promise<Info> {
    const { target, fromBare } = incoming
    const contact = target.kind === "contact" ? target : undefined
    if (node === undefined || node === "") {
      if (!contact) return infos.gateway
      return infos[kindOf((await context.service.rosterEntry(linkOf(context, incoming), contact.legacyId))?.contact)]
    }
    const asked = kinds.find((kind) => node === `${capsNode}#${vers[kind]}` && (kind === "gateway") === (contact === undefined))
    if (asked) return infos[asked]
    if (!contact && node === nsCommands)
      return { identities: [{ category: "automation", type: "command-list", name: "Commands" }], features: [nsCommands] }
    const command = contact ? undefined : available(commands, context.service, fromBare).find(({ name }) => name === node)
    if (!command) throw new Refusal("item-not-found", "")
    return { identities: [{ category: "automation", type: "command-node", name: command.title }], features: [nsCommands, "jabber:x:data"] }
  }

  async function items({ target, fromBare, to }: Incoming, node: string | undefined, context: Context): Promise<Xml[]> {
    const { service } = context
    if (target.kind === "contact") return []
    if (node === nsCommands)
      return available(commands, service, fromBare).map(({ name, title }) => el("item", { jid: bareOf(to), node: name, name: title }))
    if (node !== undefined && node !== "") throw new Refusal("item-not-found", "")
    const all = [el("item", { jid: bareOf(to), node: nsCommands, name: "Commands" })]
    for (const link of service.linksOf(fromBare)) {
      for (const { contact, name } of await service.roster(link)) {
        const jid = context.contactJid(contact.legacyId, link.tag)
        if (jid !== null) all.push(el("item", { jid, name: name ?? contact.name ?? undefined }))
      }
    }
    return all
  }

  return {
    caps: (kind) => marks[kind],
    feature: {
      xep: { number: 30, version: "2.5.0", name: "Service Discovery" },
      iq: {
        [`get ${nsInfo} query`]: {
          on: ["gateway", "contact"],
          async handle(incoming, { attrs: { node } }, context) {
            const { identities, features } = await info(incoming, node, context)
            const inner = [
              ...identities.map(({ category, type, name }) => el("identity", { category, type, name })),
              ...features.map((feature) => el("feature", { var: feature })),
            ]
            return el("query", { xmlns: nsInfo, node }, join(inner))
          },
        },
        [`get ${nsItems} query`]: {
          on: ["gateway", "contact"],
          async handle(incoming, { attrs: { node } }, context) {
            return el("query", { xmlns: nsItems, node }, join(await items(incoming, node, context)))
          },
        },
      },
    },
  }
}
