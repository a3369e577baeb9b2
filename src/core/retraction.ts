// Pure: whether what a user of ours wants to take back can be taken back on the network.
import type { Capabilities } from "../adapter/contract.js"
import { Refusal } from "./ports.js"
import { span } from "./words/time.js"
import { words } from "./words/words.js"

export interface Retractable {
  own: boolean
  /** Epoch ms. */
  at: number
  /** The network has it, or will. */
  isThere: boolean
}

/** Throws `Refusal`. `name`: the network's. */
export function checkRetraction({ own, at, isThere }: Retractable, { retract }: Pick<Capabilities, "retract">, name: string): void {
  if (!retract || (!own && retract.others !== true))
    throw new Refusal(
      "feature-not-implemented",
      own
        ? words("On {network} no message can be taken back.", { network: name })
        : words("On {network} nobody else's message can be taken back.", { network: name }),
    )
  if (!isThere) throw new Refusal("item-not-found", words("This message is not, or no longer, known on {network}.", { network: name }))
  if (Date.now() - at > (retract.withinSeconds ?? Infinity) * 1000)
    throw new Refusal(
      "not-allowed",
      words("This message is too old: {network} takes back only what is younger than {time}.", {
        network: name,
        time: span(retract.withinSeconds ?? 0),
      }),
    )
}
