// Commands of the gateway said in a room, or to its listener alone: «!bridge CODE», «/bridge CODE».
import type { Element } from "@xmpp/xml"
import { randomUUID } from "node:crypto"
import type { Host } from "../../adapter/contract.js"
import { resourceOf } from "../jid.js"
import { el, message, textEl, type Xml } from "../stanza.js"
import { nsUser } from "../muc/items.js"
import { readMessage } from "../payload/read.js"
import type { Book } from "./book.js"
import type { StanzaPort } from "./port.js"
import type { Roll } from "./roll.js"
import type { Room } from "./room.js"

export interface Command {
  name: string
  argument: string
  /** Id of what it answers. */
  reply?: string
}

/** No command of ours is longer. */
const longest = 500

function isPrivate({ attrs }: Element): boolean {
  return attrs["type"] !== "groupchat"
}

/** Undefined: it is none of ours. In rooms of other people there are other bots: only what is offered for rooms alone is ours. */
export function commandIn(stanza: Element, commands: Host["commands"]): Command | undefined {
  const said = stanza.getChildText("body") ?? ""
  if (said === "" || said.length > longest || !commands.some(({ where }) => where === "rooms")) return undefined
  const { body: text = "", reply } = readMessage(stanza)
  const [, mark = "", word = "", argument = ""] = /^([!/]?)([a-z-]{1,30})(?:\s+(.*))?$/is.exec(text.trim()) ?? []
  const name = word.toLowerCase()
  if (mark === "" && !isPrivate(stanza)) return undefined
  if (!commands.some((command) => command.name === name && command.where === "rooms")) return undefined
  return { name, argument: argument.trim(), ...(reply !== undefined && { reply }) }
}

interface Parts {
  room: Pick<Room, "jid" | "said" | "listener">
  host: Pick<Host, "commands" | "run" | "log">
  port: Pick<StanzaPort, "send" | "while">
  book: Pick<Book, "idOf">
  signal: AbortSignal
}

/** Whether it is one; if so, it is carried out, and answered where it was said. */
export function carryOut(stanza: Element, roll: Roll, { room, host, port, book, signal }: Parts): boolean {
  const command = commandIn(stanza, host.commands)
  if (!command) return false
  const { name, argument, reply } = command
  // Who writes to one alone is known by nick; some rooms give no id there.
  const known = isPrivate(stanza) ? roll.at(resourceOf(stanza.attrs["from"] ?? "")) : undefined
  const from = roll.contact(known ?? roll.personOf(stanza))
  const message = reply === undefined ? {} : { message: { id: reply } }
  const answered = host
    .run({ from, chat: { room: room.jid }, name, argument, ...message })
    .then(async ({ text }) => {
      if (isPrivate(stanza)) return void port.send(privately(stanza, room.listener.jid, text))
      await room.said.say(room.listener, book.idOf(room.jid, randomUUID()), textEl("body", text), signal)
    })
    .catch((error: unknown) => host.log.info({ room: room.jid, command: name, err: error }, "the answer to a command was not said"))
  port.while(answered)
  return true
}

/** To them alone (XEP-0045 §7.5). */
function privately(stanza: Element, from: string, text: string): Xml {
  return message({ from, to: stanza.attrs["from"] ?? "", type: "chat" }, textEl("body", text), el("x", { xmlns: nsUser }))
}
