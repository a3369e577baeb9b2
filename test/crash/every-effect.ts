// kill -9 before and after every effect of a crossing: nothing lost, nothing reordered, nothing doubled where the network has keys.
import assert from "node:assert/strict"
import { after, before, describe, test } from "node:test"
import { board, cross } from "./crossing.js"
import { Ship } from "./ship.js"

const ports = [
  "store.acceptAction",
  "store.acceptEvent",
  "store.acceptRetraction",
  "store.completeSend",
  "store.delivered",
  "session.send",
  "session.retract",
  "stream.write",
  "network.ack",
]

/** `of`: only effects like these are mined, and their neighbours. */
export function everyEffect(name: string, adapter: "loopback" | "plain", doublesAllowed: boolean, of = /./): void {
  describe(name, () => {
    let ship: Ship
    before(async () => {
      ship = await Ship.build(adapter)
      await board(ship)
    })
    after(() => ship.sink())

    test("a crash at any effect loses nothing and reorders nothing", async (t) => {
      const { hits } = await cross(ship, 0, false)
      const effects = [...hits]
      for (const port of ports)
        assert.ok(
          effects.some((hit) => hit.includes(port)),
          `${port} is mined: ${effects.join(", ")}`,
        )
      let deaths = 0
      let doubles = 0
      // Batches form differently from run to run: a few effects more than were counted.
      const all = Array.from({ length: effects.length + 3 }, (_, i) => i + 1)
      const mines = all.filter((mine) => [mine - 2, mine - 1, mine].some((i) => of.test(effects[i] ?? "store.")))
      for (const mine of mines) {
        const end = await cross(ship, mine, doublesAllowed)
        if (end.died) deaths++
        doubles += end.doubles
      }
      assert.ok(deaths >= mines.length * 0.8, `it died ${deaths} times for ${mines.length} mines`)
      t.diagnostic(`${effects.length} effects, ${mines.length} mines, ${deaths} deaths, ${doubles} doubles`)
    })
  })
}
