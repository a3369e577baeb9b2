// vCards of rooms and of who is in them (XEP-0054), of which owners set the room's picture; and the other questions that go to a nick.
import type { Element } from "@xmpp/xml"
import { Refusal } from "../../core/ports.js"
import { cardOf, nsTemp, photoOf, temp, type Card } from "../features/vcard.js"
import { nsVcard4, vcard4El } from "../features/vcard4.js"
import { version } from "../features/version.js"
import type { Xml } from "../stanza.js"
import type { Context, Feature, Incoming } from "../types.js"
import { viewOf } from "./asked.js"
import type { RoomHall } from "./hall.js"
import { nickOf, pass } from "./nicks.js"
import { photoIn } from "./photo.js"
import { words } from "../../core/words/words.js"

const nsVersion = "jabber:iq:version"

export function createCards(hall: RoomHall): Feature[] {
  async function card(incoming: Incoming, context: Context): Promise<Card> {
    const { room } = await viewOf(incoming, context)
    const avatar = await context.service.rooms.avatar(room)
    return { kind: "group", name: room.name ?? room.legacyId, ...(room.topic && { note: room.topic }), ...photoOf(avatar) }
  }

  /** `own`: what is asked of a user of ours is asked of their account, not of a client. */
  const ofNick =
    (own: boolean, answer: (card: Card, ...asked: [Incoming, Element, Context]) => Xml | undefined | Promise<Xml | undefined>) =>
    async (incoming: Incoming, payload: Element, context: Context): Promise<Xml | undefined> => {
      const nick = await nickOf(hall, incoming, context)
      if ("client" in nick) return pass(context, payload, nick.asker, nick.client, own ? nick.client.user : nick.client.full)
      const { link, room } = nick.asker.view
      const { contact, name, nick: shown } = nick.foreign
      // What only their own contacts know of them stays with these.
      const entry = contact === null ? undefined : await context.service.rosterEntry(link, contact)
      const avatar = own && contact !== null ? await context.service.avatar(room.accountId, contact) : undefined
      const stranger: Card = { kind: "individual", name: name ?? shown, ...photoOf(avatar) }
      return answer(entry ? cardOf(entry.contact, undefined, avatar) : stranger, incoming, payload, context)
    }

  const ofBoth = (write: (card: Card) => Xml): NonNullable<Feature["iq"]>[string] => {
    const nick = ofNick(true, write)
    return {
      on: ["room", "occupant"],
      handle: async (incoming, payload, context) =>
        incoming.target.kind === "room" ? write(await card(incoming, context)) : nick(incoming, payload, context),
    }
  }

  return [
    {
      xep: { number: 54, version: "1.3.0", name: "vcard-temp" },
      disco: { room: [nsTemp] },
      iq: {
        [`get ${nsTemp} vCard`]: ofBoth(temp),
        [`set ${nsTemp} vCard`]: {
          on: ["room", "occupant"],
          handle: setPhoto,
        },
      },
    },
    // XEP-0486 is the card's picture, set by owners, and its hash in the room's information (info.ts).
    { xep: { number: 486, version: "0.1.0", name: "MUC Avatars" } },
    {
      xep: { number: 292, version: "0.12.0", name: "vCard4 Over XMPP" },
      disco: { room: [nsVcard4] },
      iq: { [`get ${nsVcard4} vcard`]: ofBoth(vcard4El) },
    },
    {
      xep: { number: 92, version: "1.1", name: "Software Version" },
      iq: {
        [`get ${nsVersion} query`]: {
          on: ["occupant"],
          handle: ofNick(false, (_, incoming, payload, context) =>
            version.iq?.[`get ${nsVersion} query`]?.handle(incoming, payload, context),
          ),
        },
      },
    },
  ]
}

/** XEP-0486 §4.2: what else a card may say is not kept. */
async function setPhoto(incoming: Incoming, vcard: Element, context: Context): Promise<undefined> {
  const view = await viewOf(incoming, context)
  if (incoming.target.kind !== "room")
    throw new Refusal("forbidden", words("What somebody looks like is theirs to say, not for others."), "auth")
  if (view.affiliation !== "owner") throw new Refusal("forbidden", words("Only an owner of the room may set its picture."), "auth")
  await context.service.rooms.manage(view, { do: "avatar", file: photoIn(vcard) })
  return undefined
}
