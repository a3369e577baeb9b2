// Pure: whether what a user of ours wants to take back can be taken back on the network.
import type { Capabilities } from "../adapter/contract.js"
import { Refusal } from "./ports.js"

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
    throw new Refusal("feature-not-implemented", `On ${name} ${own ? "no message" : "nobody else's message"} can be taken back.`)
  if (!isThere) throw new Refusal("item-not-found", `This message is not, or no longer, known on ${name}.`)
  if (Date.now() - at > (retract.withinSeconds ?? Infinity) * 1000)
    throw new Refusal(
      "not-allowed",
      `This message is too old: ${name} takes back only what is younger than ${timeIn(retract.withinSeconds ?? 0)}.`,
    )
}

function timeIn(seconds: number): string {
  for (const [size, name] of [
    [86_400, "days"],
    [3600, "hours"],
    [60, "minutes"],
  ] as const)
    if (seconds >= 2 * size) return `${Math.floor(seconds / size)} ${name}`
  return `${seconds} seconds`
}
