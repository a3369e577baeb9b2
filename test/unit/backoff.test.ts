// The waits between connections.
import assert from "node:assert/strict"
import { test } from "node:test"
import fc from "../support/property.js"
import { Backoff } from "#src/xmpp/backoff.js"
import { ManualTimers } from "../support/manual-timers.js"

test("doubles from 1 s to 60 s with the dice at their highest, never below 100 ms at their lowest", () => {
  const most = new Backoff({ random: () => 1, timers: new ManualTimers() })
  assert.deepEqual(
    Array.from({ length: 8 }, () => most.next()),
    [1000, 2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000],
  )
  const least = new Backoff({ random: () => 0, timers: new ManualTimers() })
  assert.deepEqual(
    Array.from({ length: 3 }, () => least.next()),
    [100, 100, 100],
  )
})

test("full jitter", () => {
  fc.assert(
    fc.property(fc.double({ min: 0, max: 0.999, noNaN: true }), fc.integer({ min: 0, max: 2000 }), (dice, failures) => {
      const backoff = new Backoff({ random: () => dice, timers: new ManualTimers() })
      for (let i = 0; i < failures; i++) backoff.next()
      const ms = backoff.next()
      assert(ms >= 100 && ms <= 60_000)
    }),
  )
})

test("only a stream that stayed up for 30 s makes good", () => {
  const timers = new ManualTimers()
  const backoff = new Backoff({ random: () => 1, timers })
  for (let i = 0; i < 4; i++) backoff.next()
  backoff.up()
  timers.advance(29_999)
  assert.equal(backoff.next(), 16_000, "accepted and killed: no storm")
  backoff.up()
  timers.advance(30_000)
  assert.equal(backoff.next(), 1000)
})

test("what only a person can mend is tried every 30 to 60 s", () => {
  assert.equal(new Backoff({ random: () => 0, timers: new ManualTimers() }).next(true), 30_000)
  assert.equal(new Backoff({ random: () => 1, timers: new ManualTimers() }).next(true), 60_000)
})
