// `help`: what there is to say to the gateway.
import type { Service } from "../ports.js"
import type { BareJid } from "../model.js"
import { inLanguage, words, type Said } from "../words/words.js"
import { barred, sections, type Command, type Section } from "./command.js"
import { nearest } from "./named.js"

/** Commands the user may run now; those that are about a room or a contact also at its own address. */
export function available(
  commands: readonly Command[],
  service: Service,
  user: BareJid,
  at: "gateway" | "room" | "contact" = "gateway",
): Command[] {
  return commands.filter((command) => {
    const { room, contact, offered } = command
    const isHere = at === "gateway" || (at === "room" ? room : contact) === true
    return isHere && !barred(command, service, user) && (offered?.(service, user) ?? true)
  })
}

const headings: Readonly<Record<Section, Said>> = {
  account: words("Your account:"),
  people: words("People:"),
  rooms: words("Rooms:"),
  bridges: words("Bridges:"),
  admin: words("For administrators:"),
}

export function help(commands: () => readonly Command[]): Command {
  return {
    name: "help",
    title: words("Help"),
    text: words("Lists what you can do here, or explains one command."),
    argument: "COMMAND",
    needs: "anyone",
    run({ user, service, argument, lang }) {
      const known = available(commands(), service, user)
      return Promise.resolve(argument === "" ? overview(known, service) : explained(known, argument, lang))
    },
  }
}

function overview(known: readonly Command[], { name }: Service): Said[] {
  const lines: Said[] = [words("This is the gateway to {network}. Write one of these words:", { network: name })]
  const used = sections.filter((section) => known.some((command) => sectionOf(command) === section))
  for (const section of used) {
    // One heading over all would say nothing.
    if (used.length > 1) lines.push("", headings[section])
    for (const command of known) if (sectionOf(command) === section) lines.push(line(command))
  }
  return [...lines, ...(used.length > 1 ? [""] : []), words("cancel: Ends what is under way.")]
}

function sectionOf({ section, needs }: Command): Section {
  return section ?? (needs === "admin" ? "admin" : "account")
}

function line({ name, argument, text }: Command): Said {
  return words("{command}: {text}", { command: argument === undefined ? name : `${name} ${argument}`, text })
}

function explained(known: readonly Command[], asked: string, lang: string): Said[] {
  const word = asked.replace(/^[/!]/, "").toLowerCase()
  const command = known.find(({ name, title }) => name === word || inLanguage(title, lang).toLowerCase() === word)
  if (!command) {
    const near = nearest(known, word)
    const unknown = words("There is no command «{name}».", { name: asked.slice(0, 50) })
    return [unknown, near === undefined ? words("Write «help» to see all there is.") : words("Did you mean «{near}»?", { near })]
  }
  const { argument, room, contact, name } = command
  return [
    words("{title}: {text}", { title: command.title, text: command.text }),
    argument === undefined
      ? words("Write «{name}».", { name })
      : words("Write «{name}», and I ask for what is missing, or at once «{name} {argument}».", { name, argument }),
    ...(room === true ? [words("It is also among the commands of each room.")] : []),
    ...(contact === true ? [words("It is also among the commands of each contact.")] : []),
  ]
}
