// Software version (XEP-0092). The operating system is nobody's business.
import { readFileSync } from "node:fs"
import type { Feature } from "../types.js"
import { el, textEl } from "../stanza.js"

const ns = "jabber:iq:version"

/** From the package itself, so that it cannot drift. */
const { version: ours } = JSON.parse(readFileSync(new URL("../../../package.json", import.meta.url), "utf8")) as { version: string }

export const version: Feature = {
  xep: { number: 92, version: "1.1", name: "Software Version" },
  disco: { gateway: [ns], contact: [ns] },
  iq: {
    [`get ${ns} query`]: {
      on: ["gateway", "contact"],
      handle: () => el("query", { xmlns: ns }, textEl("name", "xferry"), textEl("version", ours)),
    },
  },
}
