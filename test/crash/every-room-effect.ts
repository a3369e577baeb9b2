// kill -9 before and after every effect of a crossing in a room: nothing lost, nothing reordered, nothing shown twice.
import assert from "node:assert/strict"
import { after, before, describe, test } from "node:test"
import { crossRoom, settle, type Weather } from "./room-crossing.js"
import { Ship } from "./ship.js"

const ports: Record<Weather, readonly string[]> = {
  calm: [
    "store.putOccupant",
    "store.acceptAction",
    "store.acceptRoomEvent",
    "store.completeSend",
    "store.delivered",
    "session.send",
    "rooms.write",
    "network.ack",
  ],
  slow: ["store.reflect", "store.completeSend"],
  refusing: ["store.reflect", "store.failSend"],
}

export function everyRoomEffect(name: string, weather: Weather, adapter: "loopback" | "plain", doublesAllowed: boolean): void {
  describe(name, () => {
    let ship: Ship
    before(async () => {
      ship = await Ship.build(adapter)
      await settle(ship)
    })
    after(() => ship.sink())

    test("a crash at any effect loses nothing, reorders nothing and shows nothing twice", async (t) => {
      const calm = await crossRoom(ship, 0, weather, false)
      const effects = [...calm.hits]
      for (const port of ports[weather]) assert.ok(effects.some((hit) => hit.includes(port)), `${port} is mined: ${effects.join(", ")}`) // prettier-ignore
      assert.equal(calm.early, weather === "refusing", "what was refused had been seen")
      let [deaths, doubles, refusals] = [0, 0, 0]
      // What a weather has in common with the calm is mined there: else it is what only it has, with what comes before and after.
      const own = (i: number): boolean => ports[weather].some((port) => effects[i]?.includes(port) === true)
      const mines = effects.flatMap((_, i) => (weather === "calm" || own(i - 1) || own(i) || own(i + 1) ? [i + 1] : []))
      for (const mine of mines) {
        const end = await crossRoom(ship, mine, weather, doublesAllowed)
        if (end.died) deaths++
        if (end.refused) refusals++
        doubles += end.doubles
      }
      // Batches form differently from run to run.
      assert.ok(deaths >= mines.length * 0.8, `it died ${deaths} times for ${mines.length} mines`)
      t.diagnostic(`${effects.length} effects, ${mines.length} mines, ${deaths} deaths, ${doubles} doubles, ${refusals} refusals`)
    })
  })
}
