// `whois`: a foreign person asks who stands behind a name in a room. They are told as much as that user wants.
import type { Directory } from "../directory.js"
import type { ForeignAnswer, ForeignCall, ForeignCommand } from "../commands/foreign.js"
import type { BareJid } from "../model.js"
import { bare } from "../address.js"
import { Refusal } from "../ports.js"
import type { Registry } from "../rooms/registry.js"
import type { Store } from "../store.js"
import { words } from "../words/words.js"

export interface WhoisParts {
  store: Pick<Store, "authorOf" | "participant">
  registry: Registry
  directory: Directory
  /** Another room of a bridge, by its names. */
  elsewhere(room: number): { network: string; room: string } | undefined
  /** Whether this user lets foreign people know the JID. */
  tellsJid(user: BareJid): boolean
}

export function whois(parts: WhoisParts): ForeignCommand {
  return {
    name: "whois",
    text: words("Tells who stands behind a name from XMPP: say it in answer to a message, or with the name."),
    argument: "NAME",
    where: "rooms",
    run: (call) => tell(parts, call),
  }
}

async function tell(parts: WhoisParts, { account, chat, message, argument }: ForeignCall): Promise<ForeignAnswer> {
  const { store, registry } = parts
  const room = "room" in chat ? registry.find(account.id, chat.room) : undefined
  if (!room) throw new Refusal("item-not-found", words("Say this in a group where people of XMPP are."))
  if (!message && argument === "")
    throw new Refusal("bad-request", words("Say this in answer to a message, or with a name: whois NAME"), "modify")
  const said = message && (await store.authorOf(room.id, message.id))
  if (said && said.sender === "") return behindCopy(parts, said.copyOf)
  const named = message ? undefined : await store.participant(room.id, { nick: argument })
  const jid = said ? await userOf(parts, room.id, said.sender) : (named?.user ?? null)
  if (jid === null)
    throw new Refusal("item-not-found", message ? words("Nobody of XMPP has said that.") : words("Nobody of XMPP is called that here."))
  const nick = said?.nick ?? named?.nick ?? argument
  return ours(parts, jid, nick)
}

/** A full JID is of ours, unless the network has ids that look like one. Null: it is somebody's of the network. */
async function userOf({ store }: WhoisParts, room: number, sender: string): Promise<BareJid | null> {
  if (!sender.includes("@") || !sender.includes("/") || (await store.participant(room, { contact: sender }))) return null
  return bare(sender) as BareJid
}

function ours({ tellsJid }: WhoisParts, jid: BareJid, nick: string): ForeignAnswer {
  if (tellsJid(jid)) return words("{nick} is {jid} in XMPP.", { nick, jid })
  return words("{nick} is a person of {domain} in XMPP.", { nick, domain: jid.slice(jid.indexOf("@") + 1) })
}

/** What a bridge repeats was said by somebody in another room. */
async function behindCopy(parts: WhoisParts, said: { room: number; sender: string } | undefined): Promise<ForeignAnswer> {
  const where = said && parts.elsewhere(said.room)
  if (!where) throw new Refusal("item-not-found", words("That came by a bridge, from a room that is not known any more."))
  const jid = await userOf(parts, said.room, said.sender)
  const person = await parts.store.participant(said.room, jid === null ? { contact: said.sender } : { user: jid })
  const nick = person?.name ?? person?.nick ?? said.sender
  if (jid !== null) return ours(parts, jid, nick)
  return words("{nick} said that in {room}, a room of {network}: it came by a bridge.", { nick, room: where.room, network: where.network })
}
