// `status`: whether the account is connected, and what waits.
import { words, type Said } from "../words/words.js"
import type { Command } from "./command.js"

export const status: Command = {
  name: "status",
  title: words("Status"),
  text: words("Tells whether you are connected, and what waits to be sent."),
  needs: "user",
  async run({ user, service }) {
    const lines: Said[] = []
    for (const link of service.linksOf(user)) {
      const { up, text } = service.linkState(link)
      const network = link.tag === "" ? service.name : `${service.name} (${link.tag})`
      // What is wrong is a whole sentence, which names the network.
      lines.push(
        !up && text !== "" ? text : up ? words("{network}: connected", { network }) : words("{network}: not connected", { network }),
      )
      const queue = await service.backlog(link)
      lines.push(
        words("Waiting for the network: {out}. Waiting for you: {in}. Given up: {dead}.", {
          out: queue.out,
          in: queue.in,
          dead: queue.dead,
        }),
      )
      lines.push(words("Contacts: {count}.", { count: (await service.roster(link)).filter(({ consent }) => consent === "both").length }))
    }
    return lines
  },
}
