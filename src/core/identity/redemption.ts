// What becomes of a code that a foreign person hands in: whoever issued its kind has said what.
import type { ForeignAnswer, ForeignCall, ForeignCommand } from "../commands/foreign.js"
import { Refusal } from "../ports.js"
import { words } from "../words/words.js"
import { invalid, type FoundTicket, type TicketKind, type Tickets } from "./tickets.js"

/** `rest`: what was said behind the code. The ticket is used up by whoever carries it out: with its effect (`takeTicket`), or by `tickets.take`. Throws `Refusal`. */
export type Redeemer = (call: ForeignCall, ticket: FoundTicket, rest: string) => Promise<ForeignAnswer>

export interface RedemptionParts {
  /** Of the configuration. */
  network: string
  /** Absent: no code is good. */
  tickets?: Tickets
  /** A code was refused. */
  refused(call: ForeignCall, reason: string): void
  /** As whom they are known in XMPP already: whoever was, and is not sure, says a code again. */
  known(call: ForeignCall): readonly string[]
}

export class Redemption {
  readonly #redeemers = new Map<TicketKind, Redeemer>()

  constructor(private readonly parts: RedemptionParts) {}

  /** Before the network starts. Throws if the kind has one: that is a bug. */
  on(kind: TicketKind, redeemer: Redeemer): void {
    if (this.#redeemers.has(kind)) throw new Error(`there are two who redeem «${kind}»`)
    this.#redeemers.set(kind, redeemer)
  }

  /** By whatever way the code came. Throws `Refusal`. */
  async redeem(said: string, call: ForeignCall): Promise<ForeignAnswer> {
    const { network, tickets, refused, known } = this.parts
    const [code = "", ...rest] = said.trim().split(/\s+/)
    try {
      if (!tickets) throw invalid()
      const found = await tickets.find(code, `${network} ${call.from.id}`, [...this.#redeemers.keys()])
      // Only what a bridge is made of is for another network than that which issued it.
      if (found.network !== network && found.kind !== "bridge") throw invalid()
      const redeemer = this.#redeemers.get(found.kind)
      if (!redeemer) throw invalid()
      return await redeemer(call, found, rest.join(" "))
    } catch (error) {
      if (!(error instanceof Refusal)) throw error
      refused(call, error.error.text)
      const jids = known(call).join(", ")
      if (error.error.condition !== "item-not-found" || jids === "") throw error
      throw new Refusal("item-not-found", words("This code is not valid, or not any more. In XMPP you are {jids}.", { jids }))
    }
  }

  /** `start` is what a deep link says; without a code it is what one says first to an account. */
  commands(): ForeignCommand[] {
    return [
      {
        name: "start",
        text: words("Hands in a code."),
        hidden: true,
        run: (call) => (call.argument === "" ? Promise.resolve(greeting) : this.redeem(call.argument, call)),
      },
      {
        name: "link",
        text: words("Ties this account to an XMPP address, with the code that the gateway gave there."),
        argument: "CODE",
        run: (call) => (call.argument === "" ? Promise.resolve(how) : this.redeem(call.argument, call)),
      },
    ]
  }
}

const greeting = words("Hello! Through me people of XMPP and you can write to each other. Say «help» to see what I can do.")
const how = words("Register with the gateway in XMPP first: it gives you a code. Then say here: link CODE")
