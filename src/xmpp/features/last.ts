// Last activity (XEP-0012 §4): of a service, how long it has been up.
import type { Feature } from "../types.js"
import { el } from "../stanza.js"

const ns = "jabber:iq:last"

export const last: Feature = {
  xep: { number: 12, version: "2.0", name: "Last Activity" },
  disco: { gateway: [ns] },
  iq: {
    [`get ${ns} query`]: { on: ["gateway"], handle: () => el("query", { xmlns: ns, seconds: Math.floor(process.uptime()) }) },
  },
}
