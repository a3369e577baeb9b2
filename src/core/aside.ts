// Pure: a word on a message that changes nothing of it (a reaction, a choice), as the call that carries it out.
import type { Origin, OutOp, Voiced } from "./model.js"

export type Aside = { how: "react"; emoji: string[] } | { how: "interact"; choose: string[] }

export function asideOf(does: Aside, message: string, origin: Omit<Origin, "last">, as: Voiced | undefined): OutOp {
  const common = { message, ordinal: 0, origin: { ...origin, last: true }, ...(as && { as }) }
  return does.how === "react" ? { k: "react", ...common, emoji: does.emoji } : { k: "interact", ...common, choose: does.choose }
}

/** It neither makes nor changes the message it is about. */
export function isAside({ k }: OutOp): boolean {
  return k === "react" || k === "interact"
}
