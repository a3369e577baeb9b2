// What of what people say and choose on Discord is a command. Pure.
import type { Host, MessageRef } from "xferry"
import { flag, id, isObject, type Json, list, number, object, text } from "../loose.js"
import type { Snowflake } from "../places.js"
import type { Bot } from "../types.js"
import { meant, type Said } from "./names.js"
import { slash } from "./offer.js"

export type { Said } from "./names.js"

/** As a text, where a client or a server knows no application commands: «!xmpp link CODE», also with the slash. */
const form = new RegExp(`^[!/]${slash}(?:\\s+(\\S+)(?:\\s+([\\s\\S]*))?)?$`, "i")
const mostTyped = 2000

/** Undefined: it is a message as any other. */
export function typed(content: string, offered: Host["commands"]): Said | undefined {
  if (offered.length === 0 || content.length > mostTyped) return undefined
  const found = form.exec(content.trim())
  if (!found) return undefined
  const [, first = "help", rest = ""] = found
  // Only an address: whom they want to write to.
  if (first.includes("@")) return { name: slash, argument: `${first} ${rest}`.trim() }
  return meant(first.toLowerCase(), rest, offered)
}

/** Of a message that a person wrote to the bot; in guilds there is the application command. */
export function commandOf({ host, self }: Pick<Bot, "host" | "self">, message: Json, guild: Snowflake | undefined): Said | undefined {
  const author = object(message["author"])
  const isTheirs = id(author["id"]) !== self.id && !flag(author["bot"]) && id(message["webhook_id"]) === undefined
  // Message Types: said, or said in answer.
  const isSaid = [0, 19].includes(number(message["type"]) ?? 0) && list(message["message_snapshots"]).length === 0
  if (guild !== undefined || !isTheirs || !isSaid) return undefined
  return typed(text(message["content"]) ?? "", host.commands)
}

/** Of an application command's data. Undefined: none of ours. */
export function invoked(data: Json, offered: Host["commands"]): (Said & { message?: MessageRef }) | undefined {
  const kind = number(data["type"]) ?? 1
  const target = id(data["target_id"])
  if (kind === 3 && target !== undefined) return { name: "whois", argument: "", message: { id: target } }
  const [sub] = list(data["options"])
  const name = text(sub?.["name"])
  if (kind !== 1 || text(data["name"]) !== slash || !name) return undefined
  const values = list(sub?.["options"]).flatMap(({ value }) => text(value) ?? [])
  return meant(name, values.join(" "), offered)
}

/** What a message answers. */
export function answered(message: unknown): MessageRef | undefined {
  const reference = isObject(message) ? object(message["message_reference"]) : {}
  const target = id(reference["message_id"])
  return target === undefined || (number(reference["type"]) ?? 0) !== 0 ? undefined : { id: target }
}
