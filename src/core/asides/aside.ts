// Pure: a word on a message that changes nothing of it (a reaction, a choice), as the call that carries it out.
import type { LineUse, Origin, OutOp, Voiced } from "../model.js"

export type Aside = { how: "react"; emoji: string[]; line?: LineUse } | { how: "interact"; choose: string[] }

export function asideOf(does: Aside, message: string, origin: Omit<Origin, "last">, as: Voiced | undefined): OutOp {
  const common = { message, ordinal: 0, origin: { ...origin, last: true }, ...(as && { as }) }
  if (does.how === "interact") return { k: "interact", ...common, choose: does.choose }
  return { k: "react", ...common, emoji: does.emoji, ...(does.line && { line: does.line }) }
}

/** It neither makes nor changes the message it is about. */
export function isAside({ k }: OutOp): boolean {
  return k === "react" || k === "interact"
}

/** What is thought of a message changed, or the line that tells of it. */
export function touchesReactions({ k, origin }: OutOp): boolean {
  return k === "react" || k === "retract" || origin.sums !== undefined
}

/** What its author would know it by. */
export function excerptOf(op: OutOp): string {
  return "text" in op ? op.text : op.k === "react" ? op.emoji.join(" ") : ""
}
