// Order is kept though preparing takes its time, and nobody waits without end.
import assert from "node:assert/strict"
import { test } from "node:test"
import { Refusal } from "#src/core/ports.js"
import { Turnstile } from "#src/core/turnstile.js"

test("the first to come is the first through, and only until then do others wait", async () => {
  const turnstile = new Turnstile()
  const order: string[] = []
  let ready = (): void => undefined
  const prepared = new Promise<void>((resolve) => (ready = resolve))
  let commit = (): void => undefined
  const committed = new Promise<void>((resolve) => (commit = resolve))
  const slow = turnstile.enter("a", async (through) => {
    await prepared
    order.push("slow")
    through()
    await committed
    order.push("slow is done")
  })
  const quick = turnstile.enter("a", (through) => {
    order.push("quick")
    through()
    return Promise.resolve()
  })
  await turnstile.enter("b", () => Promise.resolve(order.push("another conversation")))
  assert.deepEqual(order, ["another conversation"])
  ready()
  await quick
  assert.deepEqual(order, ["another conversation", "slow", "quick"])
  commit()
  await slow
  assert.equal(order.at(-1), "slow is done")
})

test("a failure lets the next through", async () => {
  const turnstile = new Turnstile()
  await assert.rejects(
    turnstile.enter("a", () => Promise.reject(new Error("no"))),
    /no/,
  )
  assert.equal(await turnstile.enter("a", () => Promise.resolve(1)), 1)
})

test("too many who wait are refused, those under way count no longer", async () => {
  const turnstile = new Turnstile()
  let ready = (): void => undefined
  const prepared = new Promise<void>((resolve) => (ready = resolve))
  const all = Array.from({ length: 257 }, () => turnstile.enter("a", async () => prepared))
  const results = Promise.allSettled(all)
  ready()
  const refused = (await results).filter((result) => result.status === "rejected")
  assert.equal(refused.length, 1)
  assert.ok(refused[0]?.reason instanceof Refusal && refused[0].reason.error.type === "wait")
  // A thousand whose commits take long hold up nobody.
  let commit = (): void => undefined
  const committed = new Promise<void>((resolve) => (commit = resolve))
  const flying = Array.from({ length: 1000 }, () =>
    turnstile.enter("a", async (through) => {
      through()
      await committed
    }),
  )
  const settled = Promise.allSettled(flying)
  commit()
  assert.ok((await settled).every((result) => result.status === "fulfilled"))
})
