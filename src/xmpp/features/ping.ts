// Ping (XEP-0199).
import type { Feature } from "../types.js"

const ns = "urn:xmpp:ping"

export const ping: Feature = {
  xep: { number: 199, version: "2.0.1", name: "XMPP Ping" },
  disco: { gateway: [ns], contact: [ns] },
  iq: { [`get ${ns} ping`]: { on: ["gateway", "contact"], handle: () => undefined } },
}
