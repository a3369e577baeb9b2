// `unregister`: wipes everything the gateway knows of the user on this network, once confirmed.
import type { BareJid, Link } from "../model.js"
import type { Service } from "../ports.js"
import { words, type Said } from "../words/words.js"
import type { AskUser } from "./ask.js"
import { nothingChanged, yesOrNo, type Command } from "./command.js"

export const unregister: Command = {
  name: "unregister",
  title: words("Unregister"),
  text: words("Deletes your registration, your contacts and what waits for you."),
  needs: "user",
  async run({ user, service, ask, argument }) {
    const ties = service.linksOf(user)
    const named = ties.find(({ tag }) => tag !== "" && tag === argument.toLowerCase())
    if (named || (ties.length > 1 && argument === "")) return one(service, user, named?.tag ?? (await which(ties, ask)))
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

const all = "all of them"

/** By tag; `all`: every one. */
async function which(ties: readonly Link[], ask: AskUser): Promise<string> {
  const options = ties.map(({ tag }) => ({ value: tag, label: tag === "" ? words("my own account") : tag }))
  const { tie = "" } = await ask({
    title: words("Unregister"),
    text: words(
      "You are tied to several accounts. What is only there because of the one you choose will be deleted. This cannot be undone.",
    ),
    fields: [{ name: "tie", label: words("Which?"), options: [...options, { value: all, label: words("all of them") }] }],
  })
  return tie
}

async function one(service: Service, user: BareJid, tag: string): Promise<Said> {
  const had = await service.unregister(user, ...(tag === all ? [] : [tag]))
  return had
    ? words("You are not tied to it any more; what was there because of it was deleted.")
    : words("You were not registered with {network}.", { network: service.name })
}
