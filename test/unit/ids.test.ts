// Ids: length, order over clock jumps and restarts, no repetition.
import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "../support/property.js"
import { IdMint, idLength, timeOf } from "#src/core/ids.js"

test("ids are 25 characters and carry their time", () => {
  const id = new IdMint("", () => 1_800_000_000_123).next()
  assert.equal(id.length, idLength)
  assert.equal(idLength, 25)
  assert.match(id, /^[0-9a-hjkmnp-tv-z]{25}$/)
  assert.equal(timeOf(id), 1_800_000_000_123)
})

test("ids ascend strictly, whatever the clock does", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: -100_000, max: 100_000 }), { minLength: 1, maxLength: 50 }), (jumps) => {
      let now = 1_800_000_000_000
      const mint = new IdMint("", () => now)
      let last = ""
      for (const jump of jumps) {
        now += jump
        for (let i = 0; i < 40; i++) {
          const id = mint.next()
          assert.ok(id > last, `${id} > ${last}`)
          last = id
        }
      }
    }),
  )
})

test("more than 1,024 ids in one millisecond keep their order", () => {
  const mint = new IdMint("", () => 1_800_000_000_000)
  const ids = Array.from({ length: 5000 }, () => mint.next())
  assert.deepEqual(ids, [...ids].sort())
  assert.equal(new Set(ids).size, ids.length)
})

test("after a restart with the clock set back, ids go on after the greatest known one", () => {
  const before = new IdMint("", () => 1_800_000_000_000)
  const floor = Array.from({ length: 2000 }, () => before.next()).at(-1) ?? ""
  const after = new IdMint(floor, () => 1_700_000_000_000)
  assert.ok(after.next() > floor)
})
