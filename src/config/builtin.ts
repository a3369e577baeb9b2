// Networks that the gateway brings itself: loaded by name, with an account that needs no line of configuration.
import type { AnyAdapter } from "../adapter/define.js"
import { needsStream, ownAnswer, xmppRooms } from "../xmpp/client/index.js"
import type { AccountConfig } from "./config.js"
import { Secret } from "./secret.js"

const builtins: ReadonlyMap<string, AnyAdapter> = new Map([["xmpp", xmppRooms]])

export function builtin(name: string): AnyAdapter | undefined {
  return builtins.get(name)
}

/**
 * Of a network that the gateway brings itself there is one account, which nobody else can log in as: «main» unless it is named otherwise. By
 * default its rooms are open to nobody: bridges use them. Of other networks the accounts are as configured.
 */
export function accountsOf(adapter: AnyAdapter, configured: readonly AccountConfig[]): readonly AccountConfig[] {
  if (!needsStream(adapter)) return configured
  const [account = { name: "main", login: {}, rooms: {} }] = configured
  return [{ ...account, login: { key: new Secret(ownAnswer.key) } }]
}

/** Who may register where the configuration does not say it: on networks of our own there is nothing to register with. */
export function registerDefault(adapter: AnyAdapter, usual: readonly string[]): readonly string[] {
  return needsStream(adapter) ? [] : usual
}
