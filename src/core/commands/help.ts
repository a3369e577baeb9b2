// `help`: what there is to say to the gateway.
import type { Service } from "../ports.js"
import type { BareJid } from "../model.js"
import type { Command } from "./command.js"

/** Commands the user may run now; those that are about a room also at its own address. */
export function available(
  commands: readonly Command[],
  service: Service,
  user: BareJid,
  at: "gateway" | "room" | "contact" = "gateway",
): Command[] {
  const registered = service.linksOf(user).length > 0
  return commands.filter(
    ({ needs, room, contact, offered }) =>
      (needs === "anyone" || registered) && (at === "gateway" || (at === "room" ? room : contact) === true) && (offered?.(service) ?? true),
  )
}

export function help(commands: () => readonly Command[]): Command {
  return {
    name: "help",
    title: "Help",
    text: "Lists what you can do here.",
    needs: "anyone",
    run({ user, service }) {
      const lines = available(commands(), service, user).map(
        ({ name, argument, text }) => `${name}${argument === undefined ? "" : ` ${argument}`}: ${text}`,
      )
      return Promise.resolve(
        [`This is the gateway to ${service.name}. Write one of these words:`, ...lines, "cancel: Ends what is under way."].join("\n"),
      )
    },
  }
}
