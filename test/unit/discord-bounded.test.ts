// What the Discord adapter's caches forget, and when.
import assert from "node:assert/strict"
import { describe, it } from "node:test"
import fc from "../support/property.js"
import { Bounded } from "#discord/world/bounded.js"

describe("a bounded map", () => {
  const step = fc.record({ do: fc.constantFrom("set", "get", "delete" as const), key: fc.integer({ min: 0, max: 8 }) })

  it("forgets what was not used for longest, whatever is done with it", () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
        const forgotten: number[] = []
        const map = new Bounded<number, number>(5, (key) => forgotten.push(key))
        let model: number[] = []
        const expected: number[] = []
        for (const [at, { do: what, key }] of steps.entries()) {
          const isThere = model.includes(key)
          if (what === "get") assert.equal(map.get(key) !== undefined, isThere)
          if (what === "set") map.set(key, at)
          if (what === "delete") assert.equal(map.delete(key), isThere)
          if (isThere || what === "set") model = model.filter((each) => each !== key)
          if (what === "set" || (what === "get" && isThere)) model.push(key)
          if (model.length > 5) expected.push(model.shift()!)
          assert.equal(map.size, model.length)
        }
        assert.deepEqual(forgotten, expected)
      }),
    )
  })

  it("stays within its bound under a flood", () => {
    const map = new Bounded<number, number>(1000)
    for (let i = 0; i < 300_000; i++) map.set(i, i)
    assert.equal(map.size, 1000)
    assert.equal(map.get(299_000), 299_000)
    assert.equal(map.get(298_999), undefined)
  })
})
