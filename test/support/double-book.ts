// Messages that came twice to a network, each against the line of the log that announced it.
import assert from "node:assert/strict"
import type { GatewayProcess } from "./gateway-process.js"

interface Double {
  place: { id: string; name: string }
  n: number
}

export class DoubleBook {
  readonly #found: Double[] = []

  constructor(private readonly gateway: Pick<GatewayProcess, "log">) {}

  found(place: Double["place"], n: number): void {
    this.#found.push({ place, n })
  }

  /** An announcement explains one. `conversation`: the row of a place in the gateway's database. */
  explained(conversation: (place: Double["place"]) => number): { found: number; announced: number } {
    const unknown = this.gateway.log.flatMap(({ msg, lane }) => (msg.startsWith("it is not known whether this was sent") ? [lane] : []))
    const announced = unknown.length
    for (const { place, n } of this.#found) {
      const at = unknown.indexOf(`out:${conversation(place)}`)
      assert.notEqual(at, -1, `number ${n} came to ${place.name} twice, and nothing in the log says why`)
      unknown.splice(at, 1)
    }
    return { found: this.#found.length, announced }
  }
}
