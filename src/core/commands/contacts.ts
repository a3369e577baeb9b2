// `contacts`: the people a user can write to, with their addresses.
import { contactJid } from "../address.js"
import type { Command } from "./command.js"

/** A chat message that scrolls for ever helps nobody. */
const shown = 200

export const contacts: Command = {
  name: "contacts",
  title: "Contacts",
  text: "Lists your contacts on the network with their addresses.",
  needs: "user",
  async run({ user, service }) {
    const lines: string[] = []
    for (const link of service.linksOf(user)) {
      for (const { contact, name } of await service.roster(link)) {
        const jid = contactJid(service.domain, contact.legacyId, link.tag)
        if (jid === null) continue
        const title = name ?? contact.name ?? contact.legacyId
        lines.push(`${title}${contact.username ? ` (@${contact.username})` : ""}: ${jid}`)
      }
    }
    if (lines.length === 0) return `You have no contacts on ${service.name} yet. Whoever writes to you there becomes one.`
    lines.sort((a, b) => a.localeCompare(b))
    const more = lines.length - shown
    return [...lines.slice(0, shown), ...(more > 0 ? [`… and ${more} more.`] : [])].join("\n")
  },
}
