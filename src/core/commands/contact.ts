// Which contact a command is about: an address of ours, or one of a list.
import { bare, contactJid, decode } from "../address.js"
import type { Listed } from "../consent/ports.js"
import type { Link } from "../model.js"
import { Refusal, type Service } from "../ports.js"
import { words, type Said } from "../words/words.js"
import type { CommandCall } from "./command.js"

export interface Whom {
  link: Link
  legacyId: string
}

/** Longer lists are no choice any more. */
const choices = 30

/** By what was said behind the command, or asked for; where `among` is given, of these. Throws `Refusal`. */
export async function contactMeant(call: CommandCall, title: Said, among?: readonly Listed[]): Promise<Whom> {
  const { service, user, ask, argument } = call
  const options = (among ?? []).map((one) => ({ value: addressOf(service, one), label: labelOf(service, one) }))
  const isList = options.length > 0 && options.length <= choices
  const field = { name: "contact", label: words("Contact"), ...(isList && { options }) }
  const typed =
    argument !== ""
      ? argument
      : ((await ask({ title, ...(!isList && { text: words("Address of the contact.") }), fields: [field] })).contact ?? "")
  const whom = whomOf(service, service.linksOf(user), typed)
  if (!whom)
    throw new Refusal("item-not-found", words("«{text}» is no contact of {network}.", { text: typed.slice(0, 200), network: service.name }))
  return whom
}

/** Undefined: no address of a contact that any of these links could have. */
export function whomOf({ domain }: Pick<Service, "domain">, links: readonly Link[], typed: string): Whom | undefined {
  const jid = bare(typed.trim())
  const at = jid.lastIndexOf("@")
  if (at !== -1 && jid.slice(at + 1).toLowerCase() !== domain) return undefined
  const address = decode(at === -1 ? jid : jid.slice(0, at))
  if (!address || address.kind !== "contact") return undefined
  const link = links.find(({ tag }) => tag === address.tag)
  return link && { link, legacyId: address.id }
}

export function addressOf({ domain }: Pick<Service, "domain">, { link, entry }: Listed): string {
  return contactJid(domain, entry.contact.legacyId, link.tag) ?? ""
}

export function labelOf(service: Pick<Service, "domain">, listed: Listed): Said {
  const { name, contact } = listed.entry
  return words("{name}: {jid}", { name: name ?? contact.name ?? contact.legacyId, jid: addressOf(service, listed) })
}
