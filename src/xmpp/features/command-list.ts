// Which ad-hoc commands there are at an address (XEP-0050 §2.1): of the gateway, a contact, a room.
import { nodeOf, type Command } from "../../core/commands/command.js"
import { available } from "../../core/commands/help.js"
import type { Service } from "../../core/ports.js"
import { inLanguage, words } from "../../core/words/words.js"
import { bareOf } from "../jid.js"
import { el } from "../stanza.js"
import type { Incoming } from "../types.js"
import { nsCommands } from "./adhoc.js"
import type { Info } from "./caps.js"
import type { Item } from "./disco-answers.js"

export type CommandsAt = Parameters<typeof available>[3]

export function commandItems(commands: readonly Command[], service: Service, { fromBare, to, lang }: Incoming, at: CommandsAt): Item[] {
  return available(commands, service, fromBare, at).map((command) => ({
    uid: command.name,
    xml: el("item", { jid: bareOf(to), node: nodeOf(command), name: inLanguage(command.title, lang) }),
  }))
}

/** Undefined: no node of theirs. */
export function commandInfo(
  commands: readonly Command[],
  service: Service,
  { fromBare, lang }: Incoming,
  at: CommandsAt,
  node: string | undefined,
): Info | undefined {
  if (node === nsCommands)
    return {
      identities: [{ category: "automation", type: "command-list", name: inLanguage(words("Commands"), lang) }],
      features: [nsCommands],
    }
  const command = available(commands, service, fromBare, at).find((one) => nodeOf(one) === node)
  return (
    command && {
      identities: [{ category: "automation", type: "command-node", name: inLanguage(command.title, lang) }],
      features: [nsCommands, "jabber:x:data"],
    }
  )
}
