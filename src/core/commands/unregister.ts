// `unregister`: wipes everything the gateway knows of the user on this network, once confirmed.
import type { Command } from "./command.js"

export const unregister: Command = {
  name: "unregister",
  title: "Unregister",
  text: "Deletes your registration, your contacts and what waits for you.",
  needs: "user",
  async run({ user, service, ask, argument }) {
    const sure =
      argument.toLowerCase() === "yes"
        ? { sure: "yes" }
        : await ask({
            title: `Unregister from ${service.name}`,
            text: `Your credential, contacts and undelivered messages of ${service.name} will be deleted from this gateway. This cannot be undone.`,
            fields: [{ name: "sure", label: "Delete everything?", options: ["no", "yes"] }],
          })
    if (sure.sure !== "yes") return "Nothing was changed."
    return (await service.unregister(user))
      ? `You are no longer registered with ${service.name}; everything was deleted.`
      : `You were not registered with ${service.name}.`
  },
}
