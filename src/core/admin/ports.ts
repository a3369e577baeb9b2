// What whoever lets somebody in must ask and tell: rules of the administrators, and the audit log. Types only.

/** «jid»: a bare JID, a domain or «*». «foreign»: a legacy user id. «service»: a domain with rooms. */
export type RuleScope = "jid" | "foreign" | "service"

export interface Rule {
  id: number
  scope: RuleScope
  pattern: string
  verdict: "allow" | "block"
  reason: string | null
  /** Bare JID of who made it, or «configuration». */
  by: string
  /** Epoch ms. */
  at: number
}

export interface Rules {
  /** From memory. A rule for the very subject wins over one for its domain, that over «*». Undefined: no rule says anything. */
  verdict(scope: RuleScope, subject: string): Rule["verdict"] | undefined
}

/** An act that somebody may ask about later: who did what to whom. No secrets, no message text. */
export interface Act {
  /** Bare JID, «foreign <legacy id>», or «gateway». */
  actor: string
  /** A word or two: «identity linked», «bridge made», «code refused». */
  act: string
  detail: Readonly<Record<string, string | number | boolean | null>>
}

export interface Audit {
  /** Not awaited: written with the next commit. What must not be lost with its deed is in the deed's own transaction. */
  note(act: Act): void
}
