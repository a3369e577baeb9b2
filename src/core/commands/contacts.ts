// `contacts`: the people a user can write to, with their addresses.
import { contactJid } from "../address.js"
import { words } from "../words/words.js"
import type { Command } from "./command.js"
import { mostShown, shownOf } from "./rows.js"

export const contacts: Command = {
  name: "contacts",
  title: words("Contacts"),
  text: words("Lists your contacts on the network with their addresses."),
  needs: "user",
  section: "people",
  async run({ user, service }) {
    const found: { name: string; username: string; jid: string }[] = []
    for (const link of service.linksOf(user)) {
      for (const { contact, name, consent } of await service.roster(link)) {
        if (consent !== "both") continue
        const jid = contactJid(service.domain, contact.legacyId, link.tag)
        if (jid !== null) found.push({ name: name ?? contact.name ?? contact.legacyId, username: contact.username ?? "", jid })
      }
    }
    if (found.length === 0)
      return words("You have no contacts on {network} yet. Whoever writes to you there becomes one.", { network: service.name })
    found.sort((a, b) => a.name.localeCompare(b.name))
    return {
      text: shownOf(found.map(({ name, username, jid }) => `${name}${username === "" ? "" : ` (@${username})`}: ${jid}`)),
      table: {
        columns: [
          { name: "name", label: words("Name") },
          { name: "username", label: words("Username") },
          { name: "jid", label: words("Address"), jid: true },
        ],
        rows: found.slice(0, mostShown),
      },
    }
  },
}
