// `add`: finds a foreign person by name or number and makes a contact of them.
import { contactJid } from "../address.js"
import { needLink, type Command } from "./command.js"

export const add: Command = {
  name: "add",
  title: "Add a contact",
  text: "Adds a contact by @username or number.",
  argument: "@username",
  needs: "user",
  async run({ user, service, ask, argument }) {
    const link = needLink(service, user)
    const typed =
      argument !== ""
        ? argument
        : ((await ask({ title: "Add a contact", text: promptFor(service), fields: [{ name: "address", label: "Contact" }] })).address ?? "")
    const contact = await service.resolve(link, typed)
    await service.offer(link, contact)
    const jid = contactJid(service.domain, contact.legacyId, link.tag)
    return `${contact.name ?? typed} is ${jid ?? "a contact whose address is too long for XMPP"}.`
  },
}

/** What to type to find somebody: the network's own hint, where it has one. */
export function promptFor(service: { readonly name: string; readonly capabilities: { find?: { hint?: string } } }): string {
  return service.capabilities.find?.hint ?? `Enter the @username or the number of the person on ${service.name}.`
}
