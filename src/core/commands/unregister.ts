// `unregister`: wipes everything the gateway knows of the user on this network, once confirmed.
import { words } from "../words/words.js"
import { nothingChanged, yesOrNo, type Command } from "./command.js"

export const unregister: Command = {
  name: "unregister",
  title: words("Unregister"),
  text: words("Deletes your registration, your contacts and what waits for you."),
  needs: "user",
  async run({ user, service, ask, argument }) {
    const sure =
      argument.toLowerCase() === "yes"
        ? { sure: "yes" }
        : await ask({
            title: words("Unregister from {network}", { network: service.name }),
            text: words(
              "Your credential, contacts and undelivered messages of {network} will be deleted from this gateway. This cannot be undone.",
              { network: service.name },
            ),
            fields: [{ name: "sure", label: words("Delete everything?"), options: yesOrNo }],
          })
    if (sure.sure !== "yes") return nothingChanged
    return (await service.unregister(user))
      ? words("You are no longer registered with {network}; everything was deleted.", { network: service.name })
      : words("You were not registered with {network}.", { network: service.name })
  },
}
