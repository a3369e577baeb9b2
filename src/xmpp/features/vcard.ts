// vCards of the gateway and its contacts, read only: vcard-temp (XEP-0054) and vCard4 (XEP-0292).
import type { ContactRow } from "../../core/model.js"
import { Refusal } from "../../core/ports.js"
import { linkOf } from "../router.js"
import { el, join, textEl, type Xml } from "../stanza.js"
import type { Context, Feature, Incoming } from "../types.js"

export const nsTemp = "vcard-temp"
export const nsVcard4 = "urn:ietf:params:xml:ns:vcard-4.0"

export interface Card {
  name: string
  nick?: string
  url?: string
  note?: string
  photo?: { mime: string; bytes: Uint8Array }
}

/** What a contact's profile says beyond the fields a card has goes into the note, a line each. */
export function cardOf({ name, username, legacyId, profile }: ContactRow): Card {
  const { url, note, ...rest } = profile
  const lines = [note, ...Object.entries(rest).map(([key, value]) => `${key}: ${value}`)].filter(
    (line) => line !== undefined && line !== "",
  )
  return {
    name: name ?? username ?? legacyId,
    ...(username && { nick: username }),
    ...(url && { url }),
    ...(lines.length > 0 && { note: lines.join("\n") }),
  }
}

/** Throws `Refusal` for a contact the asker does not have. */
export async function contactOf(incoming: Incoming, context: Context): Promise<ContactRow> {
  const { target } = incoming
  const entry = target.kind === "contact" ? await context.service.rosterEntry(linkOf(context, incoming), target.legacyId) : undefined
  if (!entry) throw new Refusal("item-not-found", "You have no such contact.")
  return entry.contact
}

async function card(incoming: Incoming, context: Context): Promise<Card> {
  const { service } = context
  if (incoming.target.kind !== "gateway") return cardOf(await contactOf(incoming, context))
  return { name: service.name, note: `Gateway to ${service.name}. Write «help» to it.` }
}

export function temp({ name, nick, url, note, photo }: Card): Xml {
  const optional = (tag: string, text: string | undefined): Xml | undefined => (text === undefined ? undefined : textEl(tag, text))
  return el(
    "vCard",
    { xmlns: nsTemp },
    textEl("FN", name),
    optional("NICKNAME", nick),
    optional("URL", url),
    optional("DESC", note),
    photo && el("PHOTO", {}, textEl("TYPE", photo.mime), textEl("BINVAL", base64(photo))),
  )
}

function base64({ bytes }: NonNullable<Card["photo"]>): string {
  return Buffer.from(bytes).toString("base64")
}

export async function vcard4(incoming: Incoming, context: Context): Promise<Xml> {
  return vcard4El(await card(incoming, context))
}

export function vcard4El({ name, nick, url, note, photo }: Card): Xml {
  const part = (tag: string, type: "text" | "uri", text: string | undefined): Xml | undefined =>
    text === undefined ? undefined : el(tag, {}, textEl(type, text))
  return el(
    "vcard",
    { xmlns: nsVcard4 },
    join([
      part("fn", "text", name),
      part("nickname", "text", nick),
      part("url", "uri", url),
      part("note", "text", note),
      part("photo", "uri", photo && `data:${photo.mime};base64,${base64(photo)}`),
    ]),
  )
}

export const vcardTemp: Feature = {
  xep: { number: 54, version: "1.3.0", name: "vcard-temp" },
  disco: { gateway: [nsTemp], contact: [nsTemp] },
  iq: {
    [`get ${nsTemp} vCard`]: { on: ["gateway", "contact"], handle: async (incoming, _, context) => temp(await card(incoming, context)) },
    [`set ${nsTemp} vCard`]: {
      on: ["gateway", "contact"],
      handle() {
        throw new Refusal("forbidden", "This vCard is the network's and cannot be changed here.", "auth")
      },
    },
  },
}

export const vcard4Direct: Feature = {
  xep: { number: 292, version: "0.12.0", name: "vCard4 Over XMPP" },
  disco: { gateway: [nsVcard4], contact: [nsVcard4] },
  // Clients of before version 0.10 ask for the vCard itself instead of the pubsub node.
  iq: { [`get ${nsVcard4} vcard`]: { on: ["gateway", "contact"], handle: (incoming, _, context) => vcard4(incoming, context) } },
}
