// kill -9 at every effect of registering, a half-refused message and unregistering.
import assert from "node:assert/strict"
import { after, before, describe, test } from "node:test"
import { stay } from "./harbour.js"
import { Ship } from "./ship.js"

describe("a user's stay", () => {
  let ship: Ship
  before(async () => {
    ship = await Ship.build()
  })
  after(() => ship.sink())

  test("a crash at any effect leaves neither a half user nor a lost error", async (t) => {
    const { hits } = await stay(ship, 0)
    const effects = [...hits]
    for (const port of ["store.register", "store.failSend", "store.unregister"])
      assert.ok(
        effects.some((hit) => hit.includes(port)),
        `${port} is mined: ${effects.join(", ")}`,
      )
    let deaths = 0
    for (let mine = 1; mine <= effects.length; mine++) if ((await stay(ship, mine)).died) deaths++
    assert.ok(deaths >= effects.length * 0.8, `it died ${deaths} times for ${effects.length} effects`)
    t.diagnostic(`${effects.length} effects, ${deaths} deaths`)
  })
})
