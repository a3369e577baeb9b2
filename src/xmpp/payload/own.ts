// What a user says elsewhere on the network: for their own clients as theirs (XEP-0280, by XEP-0356), or else told by the contact, marked as theirs. Pure.
import type { DirectOp, Own } from "../../core/model.js"
import { describe } from "../../core/inward.js"
import { inLanguage, words } from "../../core/words/words.js"
import { asClient, el, join, type Xml } from "../stanza.js"
import { render, type Envelope } from "./write.js"

export const nsCarbons = "urn:xmpp:carbons:2"
const nsForward = "urn:xmpp:forward:0"

export type OwnOp = Extract<DirectOp, { own?: Own }> & { own: Own }

export function isOwn(op: DirectOp): op is OwnOp {
  return "own" in op && op.own !== undefined
}

/** The stanzas as the user would have sent them: `from` is theirs, `to` the contact. */
export function spoken(op: OwnOp, envelope: Envelope): Xml[] {
  const { from: contact, to: user } = envelope
  const { own: _, ...said } = op
  const turned = said.k === "message" && said.reply ? { ...said, reply: { ...said.reply, own: !said.reply.own } } : said
  return render(turned, { ...envelope, from: user, to: contact, contact, markable: false }).map(asClient)
}

/** XEP-0356 §5.2: our server sends it in the user's name. `ns`: that of its grant. */
export function privileged(stanza: Xml, { id, domain, server, ns }: { id: string; domain: string; server: string; ns: string }): Xml {
  const inner = el("forwarded", { xmlns: nsForward }, stanza)
  return el("message", { from: domain, to: server, id }, el("privilege", { xmlns: ns }, inner))
}

/** XEP-0280 §6, for servers that tell the user's clients nothing of what is sent in the user's name: from and to the bare JID, to be copied no further. */
export function carbon(stanza: Xml, user: string, id: string): Xml {
  const sent = el("sent", { xmlns: nsCarbons }, el("forwarded", { xmlns: nsForward }, stanza))
  const hint = join([el("private", { xmlns: nsCarbons }), el("no-copy", { xmlns: "urn:xmpp:hints" })])
  return el("message", { xmlns: "jabber:client", from: user, to: user, type: "chat", id }, sent, hint)
}

/** By the contact, with words that say whose it is. What changes or takes back something said in XMPP is told as an answer to it. */
export function marked(op: OwnOp, network: string, lang?: string): DirectOp[] {
  const by = (said: ReturnType<typeof words>): string => inLanguage(said, lang)
  if (op.k === "retract") {
    const { own, ...rest } = op
    if (own === "there") return [rest]
    const { id, target, at } = rest
    return [
      {
        k: "message",
        id,
        at,
        text: by(words("You, on {network}: took this message back.", { network })),
        reply: { id: target, own: true },
      },
    ]
  }
  const { own, ...said } = op
  const { rich, text } = said
  if (said.k === "edit" && own === "here") {
    const { target, k: _, ...rest } = said
    const head = by(words("You, on {network}, changed this message to:", { network }))
    return [{ ...behind({ ...rest, k: "message" as const }, head), reply: { id: target, own: true } }]
  }
  const head = by(words("You, on {network}:", { network }))
  if (rich?.file && text === "") {
    // The address of a file has to be all of its message.
    return [{ k: "message", id: `${op.id}.2`, at: op.at, text: `${head} ${describe(rich.file)}` }, said]
  }
  return [behind(said, head)]
}

/** Formatting is told by places in the text: they move. */
function behind<T extends { text: string; rich?: Extract<DirectOp, { k: "message" }>["rich"] }>(op: T, head: string): T {
  const { spans = [] } = op.rich ?? {}
  const before = `${head}${spans.length > 0 || /\n|^[>`]/.test(op.text) ? "\n" : " "}`
  const moved = spans.map((span) => ({ ...span, start: span.start + before.length, end: span.end + before.length }))
  return { ...op, text: before + op.text, ...(op.rich && { rich: { ...op.rich, ...(spans.length > 0 && { spans: moved }) } }) }
}
