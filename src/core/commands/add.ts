// `add`: finds a foreign person by name or number and makes a contact of them.
import { contactJid } from "../address.js"
import { words, type Said } from "../words/words.js"
import { needLink, type Command } from "./command.js"

export const add: Command = {
  name: "add",
  title: words("Add a contact"),
  text: words("Adds a contact by @username or number."),
  section: "people",
  argument: "@username",
  needs: "user",
  async run({ user, service, ask, argument }) {
    const link = needLink(service, user)
    const typed =
      argument !== ""
        ? argument
        : ((await ask({ title: words("Add a contact"), text: promptFor(service), fields: [{ name: "address", label: words("Contact") }] }))
            .address ?? "")
    const contact = await service.resolve(link, typed)
    await service.offer(link, contact)
    const jid = contactJid(service.domain, contact.legacyId, link.tag)
    const name = contact.name ?? typed
    return jid === null
      ? words("{name} is a contact whose address is too long for XMPP.", { name })
      : words("{name} is {jid}.", { name, jid })
  },
}

/** What to type to find somebody: the network's own hint, where it has one. */
export function promptFor(service: { readonly name: string; readonly capabilities: { find?: { hint?: string } } }): Said {
  return (
    service.capabilities.find?.hint ?? words("Enter the @username or the number of the person on {network}.", { network: service.name })
  )
}
