// Who users are on the network, put together: codes and who redeems them, registering with shared accounts, and who asks for whom.
import type { Exchange } from "../bridges/exchange.js"
import type { ForeignCommands } from "../commands/foreign.js"
import type { Audit } from "../admin/ports.js"
import type { Preferences } from "../personal/preferences.js"
import type { Registry } from "../rooms/registry.js"
import { Enrolment, tiesOf, type EnrolmentParts } from "./enrolment.js"
import { Redemption } from "./redemption.js"
import { whois } from "./whois.js"

export interface IdentityParts extends Omit<EnrolmentParts, "note"> {
  registry: Registry
  preferences: Preferences
  foreign: ForeignCommands
  /** Absent: no room is bridged. */
  exchange?: Pick<Exchange, "place">
  /** Absent: what is done is in the log alone. */
  audit?: Audit
}

/** Other modules say with `redemption.on` what becomes of their kinds of codes. */
export function identities(parts: IdentityParts): { enrolment: Enrolment; redemption: Redemption } {
  const { id: network, tickets, preferences, foreign, log } = parts
  const note = (actor: string, act: string, detail: Record<string, string>): void => {
    log.info({ actor, ...detail }, act)
    parts.audit?.note({ actor, act, detail })
  }
  const enrolment = new Enrolment({ ...parts, note })
  const redemption = new Redemption({
    network,
    ...(tickets && { tickets }),
    known: ({ account, from }) => tiesOf(parts.directory, account.id, from.id).map(({ jid }) => jid),
    refused: ({ from }, reason) => note(`foreign ${from.id}`, "code refused", { network, reason }),
  })
  const elsewhere = (room: number): { network: string; room: string } | undefined => {
    const place = parts.exchange?.place(room)
    return place && { network: place.peer.name, room: place.room.name ?? place.room.legacyId }
  }
  redemption.on("identity", enrolment.redeem)
  foreign.add(
    ...redemption.commands(),
    ...enrolment.commands(),
    whois({ ...parts, elsewhere, tellsJid: (user) => preferences.of(user).whois }),
  )
  return { enrolment, redemption }
}
