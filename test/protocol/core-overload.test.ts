// More than a lane keeps in memory: queued, spilled to disk, read again, in order, both ways.
import assert from "node:assert/strict"
import { describe, test } from "node:test"
import type { OutboxRow, OutOp } from "#src/core/model.js"
import { Lane } from "#src/core/lane.js"
import type { Store } from "#src/core/store.js"
import { Play } from "../support/core-kit.js"

/** Several times what a lane holds in memory (core/lane.ts). */
const many = 3000
const numbers = Array.from({ length: many }, (_, i) => String(i + 1))

describe("thousands of messages of one conversation", () => {
  test("wait for the network, over a restart, and keep their order", async () => {
    const play = await Play.open()
    try {
      play.network.person({ id: "juliet", name: "Juliet" })
      await play.register("romeo@example.test/x")
      await play.receipt(play.say("romeo@example.test/x", "juliet", "0"))
      play.network.fault({ kind: "hang", account: "romeo", on: "send" })
      for (const text of numbers) play.say("romeo@example.test/x", "juliet", text)
      await play.sync()
      while (play.rows<{ n: number }>("SELECT count(*) AS n FROM outbox WHERE lane LIKE 'out:%'")[0]?.n !== many) await play.sync()
      await play.stop()
      await play.start()
      await play.told("send", many + 1)
      assert.deepEqual(
        play.network.sent.list({ kind: "send" }).map(({ text }) => text),
        ["0", ...numbers],
      )
    } finally {
      await play.close()
    }
  })

  test("wait for the user's server and keep their order", async () => {
    const play = await Play.open()
    try {
      await play.register("romeo@example.test/x")
      await play.server.down()
      for (const text of numbers) play.network.say({ account: "romeo", from: "juliet", text })
      await play.network.account("romeo").mailbox.drained()
      await play.server.up()
      await play.server.expect((el) => el.getChildText("body") === String(many), 30_000)
      assert.deepEqual(play.bodies(), numbers)
      await play.empty("SELECT lane FROM outbox")
    } finally {
      await play.close()
    }
  })
})

test("a row that comes back while the rest of its lane is on disk has its place again", async () => {
  const row = (n: number): OutboxRow<OutOp> => ({ id: String(n).padStart(5, "0") }) as OutboxRow<OutOp>
  const store = { laneRows: () => Promise.resolve([row(601)]) } as unknown as Store
  const lane = new Lane<OutOp>(store, "in:1", false)
  for (let n = 1; n <= 600; n++) lane.push(row(n))
  for (let n = 1; n <= 512; n++) lane.remove(row(n).id)
  lane.insert(row(7))
  lane.insert(row(555))
  assert.deepEqual(
    lane.rows.map(({ id }) => id),
    ["00007"],
  )
  await lane.load()
  assert.deepEqual(
    lane.rows.map(({ id }) => id),
    ["00007", "00601"],
  )
})
