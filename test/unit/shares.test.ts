// Late files of many accounts: those of one that is away take no place from the others.
import assert from "node:assert/strict"
import { test } from "node:test"
import type { AnySession } from "#src/adapter/define.js"
import type { Attached } from "#src/core/content.js"
import { IdMint } from "#src/core/ids.js"
import type { InOp, OutboxRow } from "#src/core/model.js"
import { Shares } from "#src/core/files/shares.js"
import { LogBook } from "../support/link-kit.js"
import { ManualTimers } from "../support/manual-timers.js"

const away = 1
const here = 2
const ids = new IdMint()

function rowsOf(conversation: number, count: number): OutboxRow<InOp>[] {
  return Array.from({ length: count }, () => {
    const id = ids.next()
    const file: Attached = { name: `${conversation}.jpg`, mime: "image/jpeg", source: { ref: id } }
    const op: InOp = { k: "message", id, text: "", at: 1, rich: { file } }
    return { id, lane: `late:${conversation}`, messageId: null, op, state: "queued", attempts: 0, attemptedAt: null, due: 0, error: null }
  })
}

const turns = async (): Promise<void> => {
  for (let i = 0; i < 50; i++) await new Promise(setImmediate)
}

test("late files of an account that is away wait on disk, and are fetched when it is back", async () => {
  const lanes = new Map([
    [10, rowsOf(10, 1500)],
    [11, rowsOf(11, 3)],
    [20, rowsOf(20, 2)],
  ])
  const up = new Set([here])
  const shown: string[] = []
  let begun = 0
  const session = {} as AnySession
  const shares = new Shares({
    network: "lo",
    ids,
    clock: new ManualTimers(),
    log: new LogBook(),
    maxBytes: 1e6,
    store: {
      laneRows: (name: string, after: string, limit: number) =>
        Promise.resolve((lanes.get(Number(name.slice(5))) ?? []).filter(({ id }) => id > after).slice(0, limit)),
      showLate: ({ row, file }: { row: string; file: Attached }) => {
        for (const [conversation, rows] of lanes) lanes.set(conversation, rows.filter(({ id }) => id !== row)) // prettier-ignore
        shown.push(file.name)
        return Promise.resolve(null)
      },
      settleFile: () => Promise.resolve(null),
      postponeFile: () => Promise.resolve(null),
    },
    media: {
      share: (file) => (begun++, Promise.resolve({ ...file, url: "https://files.example/1" })),
      decrypts: false,
      take: () => Promise.reject(new Error("nothing goes out here")),
      stop: () => Promise.resolve(),
    },
    live: (account) => (up.has(account) ? { session, signal: new AbortController().signal } : undefined),
    face: () => ({ slot: () => Promise.resolve(undefined) }),
    originOf: (conversation) =>
      Promise.resolve({ account: conversation < 20 ? away : here, legacyId: String(conversation), tag: "", room: false }),
    changed: () => undefined,
    add: () => undefined,
  })
  await shares.open(10)
  await shares.open(11)
  await shares.open(20)
  await turns()
  assert.deepEqual(shown, ["20.jpg", "20.jpg"], "they are not held up by 1,500 files that nobody can fetch now")
  up.add(away)
  shares.up(away)
  while (shown.length < 1505) await turns()
  assert.equal(begun, 1505, "each was fetched once")
  assert.deepEqual([...lanes.values()].flat(), [])
  shares.stop()
})
