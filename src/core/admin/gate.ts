// Whether a user may say something now: lists, a network that is switched off, limits. From memory.
import type { BareJid, Link } from "../model.js"
import { Refusal } from "../ports.js"
import { words } from "../words/words.js"
import type { Limits } from "./limits.js"
import type { Rules } from "./ports.js"

export class Gate {
  constructor(private readonly parts: { rules: Rules; limits: Limits; network: string; name: string }) {}

  /** Whom an administrator has shut out. */
  barred(user: BareJid): Refusal | undefined {
    if (this.parts.rules.verdict("jid", user) !== "block") return undefined
    return new Refusal("not-allowed", words("The administrator of this gateway does not let {user} use it.", { user }), "auth")
  }

  /** An administrator has switched the network off. */
  get isOff(): boolean {
    return this.parts.rules.verdict("network", this.parts.network) === "block"
  }

  /** Throws `Refusal`: what is said is not taken. `conversation`: whatever tells this user's conversations apart. */
  say({ jid, since }: Pick<Link, "jid" | "since">, conversation: string, text = ""): void {
    const { limits, name } = this.parts
    const barred = this.barred(jid)
    if (barred) throw barred
    if (this.isOff)
      throw new Refusal("service-unavailable", words("Not sent: the administrator has switched {network} off.", { network: name }), "wait")
    limits.take({ user: jid, conversation, chars: text.length, since: since ?? 0 })
  }
}
