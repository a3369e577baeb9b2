// What people ask our occupants (XEP-0045 §7.5, §17.4): who they are, how they look. Private talk is not carried, and told so.
import type { Element } from "@xmpp/xml"
import { nsInfo } from "../features/disco-answers.js"
import { nsTemp, temp } from "../features/vcard.js"
import { el, result, stanzaError, type Xml } from "../stanza.js"
import type { Pictures } from "./pictures.js"
import { bareOf } from "../jid.js"

const features = [nsInfo, "urn:xmpp:ping", nsTemp]

/** The answer to whatever is not of a room's own course. Undefined: none is due. `name`: the occupant's. */
export function answer(stanza: Element, name: string, pictures: Pick<Pictures, "of">): Xml | undefined {
  if (stanza.name === "iq") return ofIq(stanza, name, pictures)
  if (stanza.name !== "message" || stanza.attrs["type"] !== "chat" || stanza.getChildText("body") === null) return undefined
  // Not «service-unavailable»: rooms take that for the end of an occupant.
  const text = "Private messages are not carried: write into the room."
  return stanzaError(stanza, { type: "cancel", condition: "feature-not-implemented", text })
}

function ofIq(stanza: Element, name: string, pictures: Pick<Pictures, "of">): Xml | undefined {
  const { type, to = "" } = stanza.attrs
  if (type !== "get" && type !== "set") return undefined
  const [payload] = stanza.getChildElements()
  const key = `${type} ${payload?.attrs["xmlns"] ?? ""} ${payload?.getName() ?? ""}`
  if (key === "get urn:xmpp:ping ping") return result(stanza)
  if (key === `get ${nsInfo} query`) return result(stanza, infoOf(name))
  if (key === `get ${nsTemp} vCard`) {
    const face = pictures.of(to) ?? pictures.of(`${bareOf(to)}/xferry`)
    return result(stanza, temp({ kind: "individual", name, nick: name, ...(face && { photo: face }) }))
  }
  return stanzaError(stanza, { type: "cancel", condition: "feature-not-implemented", text: "" })
}

function infoOf(name: string): Xml {
  return el(
    "query",
    { xmlns: nsInfo },
    el("identity", { category: "client", type: "bot", name }),
    ...features.map((feature) => el("feature", { var: feature })),
  )
}
