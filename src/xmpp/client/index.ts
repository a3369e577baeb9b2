// The built-in network `xmpp`: rooms of other services (XEP-0045) as rooms of a network like any other (docs/adr/0010).
import { randomBytes } from "node:crypto"
import type { Adapter } from "../../adapter/contract.js"
import { AdapterError } from "../../adapter/errors.js"
import { defineAdapter, type AnyAdapter } from "../../adapter/define.js"
import { account } from "./jids.js"
import { capabilities, options, type Options } from "./options.js"
import type { StanzaPort } from "./port.js"
import { openSession } from "./session.js"

export { OccupantPort, type StanzaPort } from "./port.js"
export { readRoom } from "./jids.js"

/** Its one account is the configuration's: who knows this answer has read it there. Of this process alone. */
export const ownAnswer = { key: randomBytes(24).toString("base64url") }

type RoomsAdapter = Adapter<Options, Record<string, never>, typeof capabilities>

function adapterOver(port: StanzaPort | undefined): RoomsAdapter {
  return defineAdapter({
    api: 1,
    network: { id: "xmpp", name: "XMPP rooms", discoType: "xmpp" },
    capabilities,
    options,
    async login(ask) {
      // Nobody registers: a question would promise what there is not.
      const { key } = await ask({
        title: "The gateway's own account",
        fields: [{ name: "key", label: "Known to the configuration alone", secret: true }],
      })
      if (key !== ownAnswer.key) throw new AdapterError("denied", "Nobody registers here: bridges use the rooms of other services.")
      return { id: account, secret: {} }
    },
    connect(_secret, chosen, host) {
      if (!port) throw new AdapterError("retry", "This network needs the stream of its own domain.")
      return openSession(port, chosen, host)
    },
  })
}

/** As it is loaded: it has no stream yet. */
export const xmppRooms = adapterOver(undefined)

/** Tells the built-in network from adapters, for who gives it its stream. */
export function needsStream(adapter: AnyAdapter): boolean {
  return (adapter as unknown) === xmppRooms
}

export function overStream(port: StanzaPort): RoomsAdapter {
  return adapterOver(port)
}
