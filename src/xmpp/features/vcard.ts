// vCards of the gateway and its contacts (XEP-0054), read only: what the network tells of somebody, and their picture.
import type { ContactRow } from "../../core/model.js"
import type { Avatar } from "../../core/faces/picture.js"
import { Refusal } from "../../core/ports.js"
import { bareOf } from "../jid.js"
import { linkOf } from "../router.js"
import { el, textEl, type Xml } from "../stanza.js"
import type { Context, Feature, Incoming } from "../types.js"
import { words } from "../../core/words/words.js"

export const nsTemp = "vcard-temp"

export interface Card {
  kind: "individual" | "application" | "group"
  name: string
  given?: string
  family?: string
  nick?: string
  jid?: string
  url?: string
  phone?: string
  email?: string
  /** A date, ISO 8601. */
  birthday?: string
  note?: string
  photo?: { mime: string; bytes: Uint8Array }
}

/** What networks call what a card has a field for; all else of a profile is told in the note. */
const fields: Readonly<Record<string, "given" | "family" | "url" | "phone" | "email" | "birthday">> = {
  given: "given",
  family: "family",
  url: "url",
  phone: "phone",
  email: "email",
  birthday: "birthday",
}
/** These speak for themselves. */
const notes = new Set(["note", "bio"])

/** What a contact's profile says beyond the fields a card has goes into the note, a line each. */
export function cardOf({ name, username, legacyId, kind, profile }: ContactRow, jid?: string, avatar?: Avatar): Card {
  const told = Object.entries(profile).filter(([, text]) => text.trim() !== "")
  const known = told.flatMap(([key, text]) => (Object.hasOwn(fields, key) && fits(key, text) ? [[fields[key], text]] : []))
  const lines = told.filter(([key, text]) => !Object.hasOwn(fields, key) || !fits(key, text))
  const note = lines.map(([key, text]) => (notes.has(key) ? text : `${key}: ${text}`)).join("\n")
  return {
    kind: kind === "person" ? "individual" : kind === "room" ? "group" : "application",
    name: name ?? username ?? legacyId,
    ...(username && { nick: username }),
    ...(Object.fromEntries(known) as Partial<Card>),
    ...(jid !== undefined && { jid }),
    ...(note !== "" && { note }),
    ...photoOf(avatar),
  }
}

function fits(key: string, text: string): boolean {
  return key !== "birthday" || /^\d{4}-\d{2}-\d{2}$/.test(text)
}

export function photoOf(avatar: Avatar | undefined): Pick<Card, "photo"> {
  return avatar ? { photo: { mime: avatar.info.mime, bytes: avatar.data } } : {}
}

/** Throws `Refusal` for a contact the asker does not have. */
export async function contactOf(incoming: Incoming, context: Context): Promise<ContactRow> {
  const { target } = incoming
  const entry = target.kind === "contact" ? await context.service.rosterEntry(linkOf(context, incoming), target.legacyId) : undefined
  if (!entry) throw new Refusal("item-not-found", words("You have no such contact."))
  return entry.contact
}

/** Of a contact the asker has. Throws `Refusal`. */
export async function avatarOf(incoming: Incoming, context: Context): Promise<Avatar | undefined> {
  const { avatar, legacyId } = await contactOf(incoming, context)
  if (!avatar?.shown && !avatar?.due) return undefined
  return context.service.avatar(linkOf(context, incoming).accountId, legacyId)
}

export async function card(incoming: Incoming, context: Context): Promise<Card> {
  const { service } = context
  const jid = bareOf(incoming.to)
  if (incoming.target.kind !== "gateway") return cardOf(await contactOf(incoming, context), jid, await avatarOf(incoming, context))
  return { kind: "application", name: service.name, jid, note: `Gateway to ${service.name}. Write «help» to it.` }
}

export function temp({ name, given, family, nick, jid, url, phone, email, birthday, note, photo }: Card): Xml {
  const optional = (tag: string, text: string | undefined): Xml | undefined => (text === undefined ? undefined : textEl(tag, text))
  return el(
    "vCard",
    { xmlns: nsTemp },
    textEl("FN", name),
    (given !== undefined || family !== undefined) && el("N", {}, optional("FAMILY", family), optional("GIVEN", given)),
    optional("NICKNAME", nick),
    optional("URL", url),
    optional("BDAY", birthday),
    phone !== undefined && el("TEL", {}, el("VOICE"), textEl("NUMBER", phone)),
    email !== undefined && el("EMAIL", {}, el("INTERNET"), textEl("USERID", email)),
    optional("JABBERID", jid),
    optional("DESC", note),
    photo && el("PHOTO", {}, textEl("TYPE", photo.mime), textEl("BINVAL", base64(photo))),
  )
}

export function base64({ bytes }: NonNullable<Card["photo"]>): string {
  return Buffer.from(bytes).toString("base64")
}

export const vcardTemp: Feature = {
  xep: { number: 54, version: "1.3.0", name: "vcard-temp" },
  disco: { gateway: [nsTemp], contact: [nsTemp] },
  iq: {
    [`get ${nsTemp} vCard`]: { on: ["gateway", "contact"], handle: async (incoming, _, context) => temp(await card(incoming, context)) },
    [`set ${nsTemp} vCard`]: {
      on: ["gateway", "contact"],
      handle() {
        throw new Refusal("forbidden", words("This vCard is the network's and cannot be changed here."), "auth")
      },
    },
  },
}
