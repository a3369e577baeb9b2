// `defineAdapter` ties the declared capabilities to the verbs a session must have.
import type { Adapter, Capabilities, Session } from "./contract.js"

/** Any adapter: its options and its secret are its own affair. */
export type AnyAdapter = Adapter<unknown, unknown, Capabilities>
/** Any session: a verb is there if its capability is declared. */
export type AnySession = Session<Capabilities> & Partial<Session<Required<Capabilities>>>

/**
 * Returns its argument; exists for its types: a declared capability without its verb does not compile.
 *
 * @example
 * export default defineAdapter({ api: 1, network: { id: "sms", name: "SMS", discoType: "sms" }, capabilities: { send: {} }, … })
 */
export function defineAdapter<O, K, const C extends Capabilities>(adapter: Adapter<O, K, C>): Adapter<O, K, C> {
  return adapter
}
