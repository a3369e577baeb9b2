// `register`: ties the user to an account of the network, or renews its credential.
import { words } from "../words/words.js"
import type { Command } from "./command.js"

export const register: Command = {
  name: "register",
  title: words("Register"),
  text: words("Ties you to the network, or changes your token."),
  needs: "anyone",
  async run({ user, service, ask }) {
    return (await service.register(user, ask)).text
  },
}
