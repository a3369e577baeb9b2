// `jabber:iq:gateway` (XEP-0100 §6.3): what to ask a person for, and the JID of what they typed.
import { promptFor } from "../../core/commands/add.js"
import { Refusal } from "../../core/ports.js"
import { inLanguage, words } from "../../core/words/words.js"
import { linkOf } from "../router.js"
import { el, textEl } from "../stanza.js"
import type { Feature } from "../types.js"

const ns = "jabber:iq:gateway"

export const iqGateway: Feature = {
  xep: { number: 100, version: "1.0", name: "Gateway Interaction" },
  disco: { gateway: [ns] },
  iq: {
    [`get ${ns} query`]: {
      on: ["gateway"],
      handle: ({ lang }, _, { service }) =>
        el(
          "query",
          { xmlns: ns },
          textEl("desc", inLanguage(promptFor(service), lang)),
          textEl("prompt", inLanguage(words("Contact"), lang)),
        ),
    },
    [`set ${ns} query`]: {
      on: ["gateway"],
      async handle(incoming, query, context) {
        const typed = query.getChildText("prompt")?.trim() ?? ""
        if (typed === "") throw new Refusal("bad-request", promptFor(context.service), "modify")
        const link = linkOf(context, incoming)
        const contact = await context.service.resolve(link, typed)
        const jid = context.contactJid(contact.legacyId, link.tag)
        if (jid === null) throw new Refusal("not-acceptable", words("This person's address is too long for XMPP."))
        return el("query", { xmlns: ns }, textEl("jid", jid))
      },
    },
  },
}
