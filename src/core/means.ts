// What the lanes towards the network go by: the network's own limits, as its adapter tells them.
import type { Accounts } from "./accounts.js"
import { pictureAddress } from "./faces/address.js"
import type { NetworkParts } from "./parts.js"
import type { Face } from "./ports.js"
import { narrowed } from "./rooms/access.js"
import type { Registry } from "./rooms/registry.js"
import { mostOf } from "./files/showing.js"
import type { SenderParts } from "./turns.js"

type Means = Omit<SenderParts, "delivery">

export function meansOf(parts: NetworkParts, registry: Registry, accounts: Accounts, face: () => Face): Means {
  const { adapter, publish } = parts
  const { send, react, history } = adapter.capabilities
  return {
    store: parts.store,
    ids: parts.ids,
    log: parts.log,
    registry,
    network: adapter.network.name,
    idempotent: send.idempotent ?? false,
    formatting: send.formatting ?? [],
    ...(react && { react }),
    keepsDirect: history?.direct === true,
    fits: (body) => (adapter.length?.(body) ?? body.text.length) <= mostOf(send, body),
    ...(parts.media && { media: parts.media }),
    takes: ({ id }) => narrowed(adapter.capabilities, registry.byId(id)?.facts.limits).send.files ?? null,
    ...(publish && send.impersonate === "name+avatar" && { pictureOf: pictureAddress((user) => face().pictureOf(user), publish) }),
    session: (account) => accounts.live(account),
    state: (account) => accounts.state(account),
    loggedOut: (account, text) => accounts.loggedOut(account, text),
    ...(parts.exchange && { bridges: parts.exchange }),
    ...(parts.clock && { clock: parts.clock }),
  }
}
