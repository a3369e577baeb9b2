// What commands for administrators share: who is meant, that it is written down, namespaces of XEP-0133.
import { parseBareJid } from "../../jid.js"
import { bare } from "../../address.js"
import type { BareJid } from "../../model.js"
import { Refusal } from "../../ports.js"
import { words, type Said } from "../../words/words.js"
import type { Command, CommandCall } from "../command.js"

/** XEP-0133 §8. */
export const nsAdmin = "http://jabber.org/protocol/admin"

export const node = (name: string): string => `${nsAdmin}#${name}`

type AdminCommand = Pick<Command, "name" | "title" | "text" | "run"> & Partial<Pick<Command, "node" | "argument" | "aliases" | "offered">>

export function adminCommand(command: AdminCommand): Command {
  return { needs: "admin", section: "admin", ...command }
}

/** At most so many are taken from one form. */
const most = 1000

/** The users that are meant: said behind the command, or asked for. Throws `Refusal` where one is no bare JID. */
export async function usersMeant({ argument, ask }: CommandCall, title: Said): Promise<BareJid[]> {
  const field = { name: "accountjids", label: words("Addresses, one a line"), as: "jids" as const }
  const text = argument !== "" ? argument : ((await ask({ title, formType: nsAdmin, fields: [field] })).accountjids ?? "")
  const jids = text.split(/[\s,;]+/).filter((one) => one !== "")
  return jids.slice(0, most).map(userOf)
}

/** As servers normalise it: what nobody has is found nowhere. */
export function userOf(text: string): BareJid {
  const typed = bare(text.trim())
  const jid = parseBareJid(typed) ?? typed.toLowerCase()
  if (!/^[^@/\s]+@[^@/\s]+$/.test(jid))
    throw new Refusal("jid-malformed", words("«{text}» is no address of a user.", { text: text.slice(0, 100) }), "modify")
  return jid as BareJid
}

/** The deed is in the audit log, with who did it. */
export function written(
  { service, user }: CommandCall,
  act: string,
  detail: Readonly<Record<string, string | number | boolean | null>>,
): void {
  service.admin.note({ actor: user, act, detail })
}

export function when(ms: number): string {
  return new Date(ms).toISOString().replace("T", " ").slice(0, 19)
}
