// `register`: ties the user to an account of the network, or renews its credential.
import type { Command } from "./command.js"

export const register: Command = {
  name: "register",
  title: "Register",
  text: "Ties you to the network, or changes your token.",
  needs: "anyone",
  async run({ user, service, ask }) {
    return (await service.register(user, ask)).text
  },
}
