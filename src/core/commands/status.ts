// `status`: whether the account is connected, and what waits.
import type { Command } from "./command.js"

export const status: Command = {
  name: "status",
  title: "Status",
  text: "Tells whether you are connected, and what waits to be sent.",
  needs: "user",
  async run({ user, service }) {
    const lines: string[] = []
    for (const link of service.linksOf(user)) {
      const { up, text } = service.linkState(link)
      const name = link.tag === "" ? service.name : `${service.name} (${link.tag})`
      // What is wrong is a whole sentence, which names the network.
      lines.push(!up && text !== "" ? text : `${name}: ${up ? "connected" : "not connected"}`)
      const queue = await service.backlog(link)
      lines.push(`Waiting for the network: ${queue.out}. Waiting for you: ${queue.in}. Given up: ${queue.dead}.`)
      lines.push(`Contacts: ${(await service.roster(link)).length}.`)
    }
    return lines.join("\n")
  },
}
