// Discord's users as contacts.
import type { Contact } from "xferry"
import { isHash, pictureOf } from "../files/refs.js"
import { flag, id, isObject, type Json, object, text } from "../loose.js"

/** Undefined: there is no id in it. Fields that the server leaves out are unknown. */
export function contactOf(user: Json): Contact | undefined {
  const who = id(user["id"])
  if (who === undefined) return undefined
  const username = text(user["username"])
  const discriminator = text(user["discriminator"])
  // Bots, and people on other servers than Discord's, still have «name#1234».
  const handle = username && discriminator && !/^0*$/.test(discriminator) ? `${username}#${discriminator}` : username
  const name = text(user["global_name"]) || text(user["display_name"]) || username
  const avatar = user["avatar"]
  return {
    id: who,
    ...(name && { name }),
    ...(handle && { username: handle }),
    ...((user["bot"] !== undefined || username !== undefined) && { kind: flag(user["bot"]) || flag(user["system"]) ? "bot" : "person" }),
    ...(avatar === null && { avatar: null }),
    ...(isHash(avatar) && { avatar: pictureOf("avatars", who, avatar) }),
    profile: { url: `https://discord.com/users/${who}` },
  }
}

/** The user of a member, which some servers put beside it. */
export function userOf(member: Json): Json {
  return isObject(member["user"]) ? object(member["user"]) : { id: member["user_id"] ?? member["id"] }
}
