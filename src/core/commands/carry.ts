// `carry`: a user has the private chats of their own account on the network, which they have connected with an account of the gateway.
import { words } from "../words/words.js"
import type { Command } from "./command.js"

export const carry: Command = {
  name: "carry",
  title: words("Use your own account"),
  text: words("Brings you the private chats of your own account, if you have connected it with the gateway in the network's settings."),
  needs: "anyone",
  offered: ({ capabilities }) => capabilities.logins !== undefined && capabilities.entry !== undefined,
  async run({ user, service, ask }) {
    return (await service.carry(user, ask)).text
  },
}
