// What we change in a room, as far as it lets us: with the listener's own affiliation and role (XEP-0045 §8-§9).
import type { LegacyUserId, Manage, Role } from "../../adapter/contract.js"
import { AdapterError } from "../../adapter/errors.js"
import { el, join, textEl, type Xml } from "../stanza.js"
import { nsModerate, nsRetract } from "../payload/retraction.js"
import { refusedIq } from "./errors.js"
import { moderation } from "./info.js"
import type { StanzaPort } from "./port.js"
import type { Room } from "./room.js"
import type { Person } from "./roll.js"

const nsAdmin = "http://jabber.org/protocol/muc#admin"

export async function change(port: StanzaPort, room: Room, what: Manage): Promise<void> {
  switch (what.do) {
    case "kick":
      return admin(port, room, { nick: here(room, what.user).nick, role: "none" }, what.why)
    case "ban":
      return admin(port, room, { jid: known(room, what.user), affiliation: "outcast" }, what.why)
    case "unban":
      return unban(port, room, what.user)
    case "role":
      return role(port, room, what.user, what.role)
    default:
      throw new AdapterError("unsupported", `«${what.do}» cannot be done in rooms of other services.`)
  }
}

async function role(port: StanzaPort, room: Room, user: LegacyUserId, wanted: Role): Promise<void> {
  if (wanted === "banned") return admin(port, room, { jid: known(room, user), affiliation: "outcast" })
  if (wanted === "muted") return admin(port, room, { nick: here(room, user).nick, role: "visitor" })
  const person = room.roll.byId(user)
  // Who was muted gets voice again before all else.
  if (person?.role === "visitor") await admin(port, room, { nick: person.nick, role: "participant" })
  if (wanted === "member" && person?.role === "visitor") return
  await admin(port, room, { jid: known(room, user), affiliation: wanted })
}

function here(room: Room, user: LegacyUserId): Person {
  const person = room.roll.byId(user)
  if (!person) throw new AdapterError("gone", `They are not in ${room.jid}.`)
  return person
}

/** Only who may see addresses can act on them. */
function known(room: Room, user: LegacyUserId): string {
  const { jid } = here(room, user)
  if (jid === undefined) throw new AdapterError("denied", `${room.jid} does not show this gateway who that is. Make it a moderator there.`)
  room.acted.set(user, jid)
  return jid
}

/** Of those whom we banned ourselves: of others the room tells an address, and nobody knows whose id that is. */
async function unban(port: StanzaPort, room: Room, user: LegacyUserId): Promise<void> {
  const jid = room.acted.get(user) ?? room.roll.byId(user)?.jid
  if (jid === undefined) throw new AdapterError("unsupported", `Whose ban that is has to be found out in ${room.jid} itself.`)
  await admin(port, room, { jid, affiliation: "none" })
}

async function admin(port: StanzaPort, room: Room, item: Record<string, string>, why?: string): Promise<void> {
  const reason = why !== undefined && why !== "" && textEl("reason", why)
  await ask(port, room, el("query", { xmlns: nsAdmin }, el("item", item, reason)), `This change in ${room.jid}`)
}

async function ask(port: StanzaPort, room: Room, payload: Xml, what: string): Promise<void> {
  try {
    await port.iq({ from: room.listener.jid, to: room.jid, type: "set", payload })
  } catch (error) {
    throw refusedIq(error, what)
  }
}

/** XEP-0425: what somebody else said. */
export async function moderate(port: StanzaPort, room: Room, id: string, why?: string): Promise<void> {
  const version = moderation(room.info)
  if (version === undefined) throw new AdapterError("unsupported", `${room.jid} does not let moderators take messages back.`)
  const reason = why !== undefined && why !== "" && textEl("reason", why)
  const payload =
    version === 1
      ? el("moderate", { xmlns: nsModerate, id }, join([el("retract", { xmlns: nsRetract }), reason]))
      : el(
          "apply-to",
          { xmlns: "urn:xmpp:fasten:0", id },
          el("moderate", { xmlns: "urn:xmpp:message-moderate:0" }, join([el("retract", { xmlns: "urn:xmpp:message-retract:0" }), reason])),
        )
  await ask(port, room, payload, `Taking a message back in ${room.jid}`)
}
