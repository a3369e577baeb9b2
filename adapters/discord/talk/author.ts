// Who said a message: a person, a bot, a webhook under some name, or ourselves.
import { createHash } from "node:crypto"
import type { Contact } from "xferry"
import { isHash, pictureOf } from "../files/refs.js"
import { id, isObject, type Json, number, object, text } from "../loose.js"
import type { Snowflake } from "../places.js"
import type { Bot } from "../types.js"
import { contactOf } from "../world/people.js"

export interface Author {
  from: Contact
  /** What the guild calls them, if not by their name. */
  nick?: string
  own: boolean
  /** By a webhook of ours. */
  webhook?: Snowflake
}

type Knowing = Pick<Bot, "self" | "application" | "world" | "webhooks">

/** `id` fits no person. */
const somebody: Contact = { id: "0", name: "Somebody" }

/** `guild`: where it was said; undefined: in a direct chat. */
export function authorOf(bot: Knowing, message: Json, guild: Snowflake | undefined): Author {
  const author = object(message["author"])
  const hook = webhookOf(message)
  if (hook !== undefined) {
    const own = bot.webhooks.isOurs(hook) || id(message["application_id"]) === bot.application
    return { from: webhookContact(hook, author), own, ...(own && { webhook: hook }) }
  }
  const contact = contactOf(author)
  if (contact === undefined) return { from: somebody, own: false }
  if (contact.id === bot.self.id) return { from: { ...bot.self, ...contact }, own: true }
  const member = message["member"]
  bot.world.met(guild, author, isObject(member) ? member : undefined, id(message["channel_id"]))
  const nick = isObject(member) ? text(member["nick"]) : guild === undefined ? undefined : bot.world.member(guild, contact.id)?.nick
  return { from: contact, own: false, ...(nick && { nick }) }
}

/** Answers of apps to commands bear the app's number as their webhook's, and the app's own user as author. */
function webhookOf(message: Json): Snowflake | undefined {
  const hook = id(message["webhook_id"])
  const isAnswer =
    hook === id(message["application_id"]) ||
    isObject(message["interaction_metadata"]) ||
    isObject(message["interaction"]) ||
    [20, 23].includes(number(message["type"]) ?? 0)
  return isAnswer ? undefined : hook
}

/** One webhook speaks for many: each name is somebody of their own. */
function webhookContact(hook: Snowflake, author: Json): Contact {
  const name = text(author["global_name"]) || text(author["username"]) || "Webhook"
  const avatar = author["avatar"]
  const mark = createHash("sha256").update(name).digest("hex").slice(0, 12)
  return {
    id: `w${hook}.${mark}`,
    name,
    kind: "webhook",
    ...(avatar === null && { avatar: null }),
    ...(isHash(avatar) && { avatar: pictureOf("avatars", hook, avatar) }),
  }
}
