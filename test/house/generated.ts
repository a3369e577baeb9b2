// The documents that are made from data, with what has to stand in them.
import { join } from "node:path"
import discord from "xferry-adapter-discord"
import telegram from "xferry-adapter-telegram"
import { root } from "../support/paths.js"
import { capabilityTable } from "./capability-table.js"
import { featureTable } from "./feature-table.js"

export function generated(): { path: string; text: string }[] {
  const columns = [telegram, discord].map(({ network, capabilities }) => ({ name: network.name, capabilities }))
  return [
    { path: join(root, "docs/user/networks.md"), text: capabilityTable(columns) },
    { path: join(root, "docs/user/features.md"), text: featureTable() },
  ]
}
