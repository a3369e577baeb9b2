// All endpoints that the fake carries out, by their names in the official description.
import type { Route } from "./call.js"
import { commands } from "./commands.js"
import { channels } from "./channels.js"
import { guilds } from "./guilds.js"
import { messages } from "./messages.js"
import { reactions } from "./reactions.js"
import { threads } from "./threads.js"
import { users } from "./users.js"
import { webhooks } from "./webhooks.js"

export const routes: Readonly<Record<string, Route>> = {
  ...channels,
  ...commands,
  ...guilds,
  ...messages,
  ...reactions,
  ...threads,
  ...users,
  ...webhooks,
}
