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

async function tell({ store, registry, tellsJid }: WhoisParts, { account, chat, message, argument }: ForeignCall): Promise<ForeignAnswer> {
  const room = "room" in chat ? registry.find(account.id, chat.room) : undefined
  if (!room) throw new Refusal("item-not-found", words("Say this in a group where people of XMPP are."))
  if (!message && argument === "")
    throw new Refusal("bad-request", words("Say this in answer to a message, or with a name: whois NAME"), "modify")
  const said = message && (await store.authorOf(room.id, message.id))
  const named = message ? undefined : await store.participant(room.id, { nick: argument })
  // A full JID is of ours; what is foreign has no address here.
  const jid = said
    ? said.sender.includes("@") && said.sender.includes("/")
      ? (bare(said.sender) as BareJid)
      : null
    : (named?.user ?? null)
  if (jid === null)
    throw new Refusal("item-not-found", message ? words("Nobody of XMPP has said that.") : words("Nobody of XMPP is called that here."))
  const nick = said?.nick ?? named?.nick ?? argument
  if (tellsJid(jid)) return words("{nick} is {jid} in XMPP.", { nick, jid })
  return words("{nick} is a person of {domain} in XMPP.", { nick, domain: jid.slice(jid.indexOf("@") + 1) })
}
