// What ids in a text stand for: what came with the message tells first, then what the bot remembers.
import { id, type Json, list, object, text } from "../loose.js"
import type { Snowflake } from "../places.js"
import type { Names } from "../types.js"

/** Names by id, without «@» and «#»; undefined: unknown. */
export type Reader = Pick<Names, "user" | "role" | "channel">

export const nobody: Reader = { user: () => undefined, role: () => undefined, channel: () => undefined }

/** Message Object, `mentions` and `mention_channels`; some servers send roles where Discord sends their ids. */
export function readerOf(message: Json, names: Reader): Reader {
  const users = new Map<Snowflake, string>()
  for (const user of list(message["mentions"])) {
    const name = text(object(user["member"])["nick"]) || text(user["global_name"]) || text(user["username"])
    put(users, user, name)
  }
  const channels = new Map<Snowflake, string>()
  for (const channel of list(message["mention_channels"])) put(channels, channel, text(channel["name"]))
  const roles = new Map<Snowflake, string>()
  for (const role of list(message["mention_roles"])) put(roles, role, text(role["name"]))
  return {
    // Of a guild's own names the bot may know more than what comes with a message that was fetched.
    user: (user) => names.user(user) ?? users.get(user),
    role: (role) => names.role(role) ?? roles.get(role),
    channel: (channel) => names.channel(channel) ?? channels.get(channel),
  }
}

function put(map: Map<Snowflake, string>, item: Json, name: string | undefined): void {
  const key = id(item["id"])
  if (key !== undefined && name) map.set(key, name)
}
