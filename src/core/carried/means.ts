// Pure: what can be done in the chats of carried logins.
import type { Capabilities } from "../../adapter/contract.js"
import { narrowed } from "../rooms/access.js"

export function throughLogins({ logins, ...network }: Capabilities): Capabilities {
  return narrowed({ ...network, ...(network.read && { read: {} }) }, logins?.limits)
}
