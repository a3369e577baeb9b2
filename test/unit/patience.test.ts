// Patience with a slow network: one timer a room, pages from the disk, one notice an outage.
import assert from "node:assert/strict"
import { beforeEach, describe, test } from "node:test"
import type { Clock } from "#src/core/clock.js"
import { IdMint } from "#src/core/ids.js"
import type { InOp, OutboxRow, OutOp } from "#src/core/model.js"
import { Patience } from "#src/core/rooms/patience.js"
import type { RoomOp } from "#src/core/rooms/model.js"
import { row } from "#src/core/rows.js"
import type { SenderParts, Waiting } from "#src/core/turns.js"

/** Stands still until it is moved. */
class Still implements Clock {
  time = 1_700_000_000_000
  timers = new Map<number, { at: number; run: () => void }>()
  #count = 0
  set(run: () => void, ms: number): number {
    this.timers.set(++this.#count, { at: this.time + ms, run })
    return this.#count
  }
  clear(timer: unknown): void {
    this.timers.delete(timer as number)
  }
  now(): number {
    return this.time
  }
  /** Runs what falls due, and what follows from it. */
  async advance(ms: number): Promise<void> {
    const until = this.time + ms
    for (;;) {
      const [next] = [...this.timers].filter(([, { at }]) => at <= until).sort(([, a], [, b]) => a.at - b.at)
      if (!next) break
      this.timers.delete(next[0])
      this.time = Math.max(this.time, next[1].at)
      next[1].run()
      for (let i = 0; i < 3 || (this.busy() && i < 100_000); i++) await new Promise(setImmediate)
    }
    this.time = until
  }
  busy = (): boolean => false
}

const conversation = { id: 7, accountId: 1, linkId: null, legacyId: "g1", kind: "group" as const }

describe("patience", () => {
  let clock: Still
  let ids: IdMint
  let rows: OutboxRow<OutOp>[]
  let reads: number
  let seen: string[]
  let patience: Patience
  /** Rows in memory; the others are on disk. */
  let memory: number
  const gone = new Set<string>()
  const lane: Waiting = {
    conversation,
    get first() {
      return memory > 0 ? rows[0]?.id : undefined
    },
    get idle() {
      return rows.length === 0
    },
    awaits: (id) => !gone.has(id),
  }

  beforeEach(() => {
    clock = new Still()
    ids = new IdMint("", () => clock.time)
    ;[rows, reads, seen, memory] = [[], 0, [], 512]
    gone.clear()
    const shown = (op: RoomOp): OutboxRow<InOp> => {
      seen.push("text" in op ? op.text : op.k)
      return row<InOp>(ids.next(), "in:7", null, op, false, clock.time)
    }
    let calls = 0
    clock.busy = () => calls > 0
    const call = async <T>(result: () => T): Promise<T> => {
      calls++
      await Promise.resolve()
      calls--
      return result()
    }
    const store = {
      laneRows: (_: string, after: string, limit: number) => {
        reads++
        return call(() => rows.filter(({ id }) => id > after).slice(0, limit))
      },
      reflect: (_: number, __: string, { op }: { op: RoomOp }) => call(() => shown(op)),
      acceptRoomEvent: ({ row: { op } }: { row: { op: RoomOp } }) => call(() => ({ row: shown(op) })),
    } as unknown as SenderParts["store"]
    const log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined }
    const parts = { store, ids, delivery: { add: () => undefined }, log: log as unknown as SenderParts["log"], network: "Pigeon" }
    patience = new Patience({ ...parts, state: () => ({ up: true, text: "" }) }, clock)
  })

  function say(text: string): string {
    const id = ids.next()
    const reflect: RoomOp = { k: "said", id, pos: 0, by: null, text, at: clock.time }
    const origin = { action: id, of: "x", to: "romeo@example.test/a" as OutOp["origin"]["to"], last: true, receipt: false, reflect }
    rows.push(row<OutOp>(ids.next(), "out:7", id, { k: "send", message: id, ordinal: 0, text, origin }, false, clock.time))
    patience.watch(lane)
    return rows.at(-1)?.id ?? ""
  }
  const news = (): string[] => seen.filter((text) => !text.startsWith("ℹ"))
  const notices = (): number => seen.length - news().length

  test("nothing is shown nor read before its time", async () => {
    say("one")
    await clock.advance(2000)
    say("two")
    await clock.advance(999)
    assert.deepEqual([seen, reads], [[], 0])
    await clock.advance(1)
    assert.deepEqual(news(), ["one"])
    await clock.advance(2000)
    assert.deepEqual(news(), ["one", "two"])
    assert.equal(notices(), 1)
  })

  test("a network that answers in time costs neither reads nor timers", async () => {
    for (let i = 0; i < 100; i++) {
      say(String(i))
      await clock.advance(100)
      rows.shift()
      patience.answered(7)
    }
    await clock.advance(10_000)
    assert.deepEqual([seen, reads, clock.timers.size], [[], 0, 0])
  })

  test("ten thousand wait with one timer, and are shown in order, page by page", async () => {
    const texts = Array.from({ length: 10_000 }, (_, i) => String(i))
    for (const text of texts) say(text)
    assert.equal(clock.timers.size, 1)
    await clock.advance(3100)
    assert.deepEqual(news(), texts)
    assert.equal(notices(), 1)
    assert.ok(reads <= 130, String(reads))
  })

  test("what is on disk only, as at a start, is looked at at once", async () => {
    memory = 0
    say("old")
    patience.stop()
    clock.time += 5000
    patience.watch(lane)
    await clock.advance(0)
    assert.deepEqual(news(), ["old"])
  })

  test("what was given up meanwhile is not shown", async () => {
    gone.add(say("refused"))
    say("kept")
    await clock.advance(3000)
    assert.deepEqual(news(), ["kept"])
  })

  test("a network that is only slow is no news; one that is away again after a while is", async () => {
    for (let i = 0; i < 10; i++) say(String(i))
    for (let i = 0; i < 10; i++) {
      await clock.advance(1000)
      rows.shift()
      patience.answered(7)
    }
    assert.equal(notices(), 0)
    say("a")
    await clock.advance(4000)
    say("b")
    await clock.advance(4000)
    assert.equal(notices(), 1)
    rows.length = 0
    patience.answered(7)
    await clock.advance(5000)
    say("c")
    await clock.advance(4000)
    assert.equal(notices(), 1, "it was told a moment ago")
    rows.length = 0
    patience.answered(7)
    await clock.advance(11 * 60_000)
    say("d")
    await clock.advance(4000)
    assert.equal(notices(), 2)
  })

  test("a room that is gone is let be", async () => {
    say("one")
    patience.forget(7)
    await clock.advance(5000)
    assert.deepEqual([seen, clock.timers.size], [[], 0])
  })
})
