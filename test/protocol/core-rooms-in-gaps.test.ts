// What an account missed: fetched in order and with true times, what was taken back or changed meanwhile, and what was said before we came.
import assert from "node:assert/strict"
import { test } from "node:test"
import { loopback, standard } from "xferry-adapter-loopback"
import { AdapterError } from "#src/adapter/errors.js"
import type { MessageEvent } from "#src/adapter/contract.js"
import { Tap } from "../fakes/tapped-adapter.js"
import { Play, type PlayOptions } from "../support/core-kit.js"
import { RoomRecorder } from "../support/room-recorder.js"

const romeo = "romeo@example.test/orchard"
const hour = 3_600_000
const long = Date.now() - 10 * hour

async function playing(options: PlayOptions, run: (play: Play, recorder: RoomRecorder) => Promise<void>): Promise<void> {
  const recorder = new RoomRecorder()
  const play = await Play.open({ ...options, seams: { component: recorder.seam, ...options.seams } })
  play.network.rooms.missed = true
  try {
    await play.register(romeo)
    await run(play, recorder)
  } finally {
    await play.close()
  }
}

interface Line {
  text: string | null
  at: number
  retracted: string | null
}

const lines = (play: Play): Line[] =>
  play.rows<Line>(
    `SELECT op ->> '$.text' AS text, op ->> '$.at' AS at, op ->> '$.retracted' AS retracted FROM archive WHERE kind > 0 ORDER BY pos`,
  )

/** What is there to be read now. */
const texts = (play: Play): (string | null)[] =>
  play.rows<Line>("SELECT op ->> '$.text' AS text FROM archive WHERE kind = 2 ORDER BY pos").map(({ text }) => text)

/** Resolves when the archive reads so; looked at after each answer of the gateway. */
async function reads(play: Play, expected: string[]): Promise<void> {
  const end = performance.now() + 5000
  while (texts(play).join() !== expected.join() && performance.now() < end) await play.sync()
  assert.deepEqual(texts(play), expected)
}

test("a gap is filled in order, with the times of the network, before anything that is said now", async () => {
  await playing({}, async (play) => {
    await play.room()
    const { rooms } = play.network
    rooms.say({ room: "g1", from: "juliet", text: "before", at: long })
    await play.drained()
    await play.away(() => {
      for (let i = 0; i < 250; i++) rooms.say({ room: "g1", from: `p${i % 3}`, text: `missed ${i}`, at: long + hour + i * 1000 })
    })
    rooms.say({ room: "g1", from: "juliet", text: "now" })
    await play.drained()
    const found = lines(play)
    assert.deepEqual(
      found.map(({ text }) => text),
      ["before", ...Array.from({ length: 250 }, (_, i) => `missed ${i}`), "now"],
    )
    assert.equal(found[1]?.at, long + hour)
    assert.equal(found[250]?.at, long + hour + 249_000)
  })
})

test("what was taken back or changed meanwhile is so here too, and nothing else is", async () => {
  await playing({}, async (play, recorder) => {
    await play.room()
    const { rooms } = play.network
    const ids = ["one", "two", "three", "four"].map((text, i) => rooms.say({ room: "g1", from: "juliet", text, at: long + i * 1000 }))
    await play.drained()
    const [two] = play.rows<{ id: string }>("SELECT id FROM archive WHERE op ->> '$.text' = 'two'")
    await play.away(() => {
      rooms.retract({ room: "g1", ids: [ids[1] ?? ""] })
      rooms.edit({ room: "g1", id: ids[2] ?? "", text: "three, changed" })
      rooms.say({ room: "g1", from: "juliet", text: "five" })
    })
    await reads(play, ["one", "three", "four", "three, changed", "five"])
    await recorder.line(`retracted ${two?.id ?? ""}`)
    await play.away(() => undefined)
    await play.drained()
    await play.sync()
    await reads(play, ["one", "three", "four", "three, changed", "five"])
    const takenBack = new Set(recorder.lines("g1").filter((line) => line.startsWith("retracted")))
    assert.equal(takenBack.size, 1)
  })
})

test("also the first and the last thing said may be what was taken back", async () => {
  await playing({}, async (play) => {
    await play.room()
    const { rooms } = play.network
    const ids = ["one", "two", "three"].map((text) => rooms.say({ room: "g1", from: "juliet", text, at: long }))
    await play.drained()
    rooms.retract({ room: "g1", ids: [ids[2] ?? ""] })
    await play.drained()
    await reads(play, ["one", "two"])
    await play.away(() => {
      rooms.edit({ room: "g1", id: ids[1] ?? "", text: "two, changed" })
      rooms.retract({ room: "g1", ids: [ids[0] ?? ""] })
    })
    await reads(play, ["two", "two, changed"])
  })
})

test("where the gap cannot be fetched, the next session does it", async () => {
  let fail = false
  const tap = new Tap(loopback(standard), (session) => ({
    history: async (...args: Parameters<NonNullable<typeof session.history>>) => {
      if (fail) throw new AdapterError("retry", "Not now.", { retryAfterMs: 0 })
      return (await session.history?.(...args)) ?? { items: [], more: false }
    },
  }))
  await playing({ adapter: tap.adapter }, async (play) => {
    await play.room()
    const { rooms } = play.network
    rooms.say({ room: "g1", from: "juliet", text: "before" })
    await play.drained()
    fail = true
    await play.away(() => void rooms.say({ room: "g1", from: "juliet", text: "missed" }))
    // So many that the end of what is known lies wholly behind the gap.
    const now = Array.from({ length: 120 }, (_, i) => `now ${i}`)
    for (const text of now) rooms.say({ room: "g1", from: "juliet", text })
    await play.drained()
    assert.deepEqual(texts(play), ["before", ...now])
    fail = false
    await play.away(() => undefined)
    await reads(play, ["before", ...now, "missed"])
  })
})

test("an adapter that speaks before it is connected is not left waiting", async () => {
  let speak = false
  let taken: Promise<void> | undefined
  const said: MessageEvent = {
    ...{ type: "message", chat: { room: "g1" }, from: { id: "juliet" }, id: "77", at: new Date(), body: { text: "early" } },
  }
  const plain = new Tap(loopback(standard), undefined, (host) => {
    if (speak) taken = host.emit(said)
  })
  const tap = { ...plain.adapter }
  const { connect } = tap
  tap.connect = async (secret, options, host) => {
    const session = await connect(secret, options, host)
    await taken
    return session
  }
  await playing({ adapter: tap }, async (play) => {
    await play.room()
    play.network.rooms.say({ room: "g1", from: "juliet", text: "before" })
    await play.drained()
    speak = true
    await play.away(() => {
      const { rooms } = play.network
      said.id = rooms.say({ room: "g1", from: "juliet", text: "early" })
      rooms.say({ room: "g1", from: "juliet", text: "missed" })
    })
    await reads(play, ["before", "early", "missed"])
    // And so it stays: what the network has was not taken back.
    await play.empty("SELECT op FROM outbox")
    assert.deepEqual(texts(play), ["before", "early", "missed"])
  })
})

test("of a room that is new, the last hundred messages are fetched, and none twice", async () => {
  await playing({}, async (play, recorder) => {
    const { rooms } = play.network
    rooms.make({ room: "g1", name: "Verona", members: ["juliet"] })
    for (let i = 0; i < 150; i++) rooms.say({ room: "g1", from: "juliet", text: `old ${i}`, at: long + i * 1000 })
    rooms.add({ room: "g1", account: "romeo" })
    await play.drained()
    const old = Array.from({ length: 100 }, (_, i) => `old ${i + 50}`)
    await reads(play, old)
    rooms.say({ room: "g1", from: "juliet", text: "new" })
    await reads(play, [...old, "new"])
    assert.equal(lines(play)[0]?.at, long + 50_000)
    await play.empty("SELECT 1 FROM outbox")
    assert.deepEqual(
      recorder.lines("g1").filter((line) => line.startsWith("said")),
      ["said juliet: new"],
    )
    await play.away(() => void rooms.say({ room: "g1", from: "juliet", text: "missed" }))
    await reads(play, [...old, "new", "missed"])
  })
})

test("rooms the account came into while it was away are found, with what they hold", async () => {
  const { tells: _, ...rest } = standard
  await playing({ adapter: new Tap(loopback({ ...rest, tells: [] })).adapter }, async (play, recorder) => {
    await play.away(() => {
      const { rooms } = play.network
      rooms.make({ room: "guild", kind: "container", name: "Verona", accounts: ["romeo"] })
      rooms.make({ room: "square", parent: "guild", kind: "group", name: "Square" })
      play.network.account("romeo").mailbox.clear()
    })
    await recorder.line("new", 2)
    const found = play.rows(
      "SELECT v.legacy_id AS id, v.kind, p.legacy_id AS parent FROM conversation v LEFT JOIN conversation p ON p.id = v.parent_id WHERE v.link_id IS NULL ORDER BY v.id",
    )
    assert.deepEqual(found, [
      { id: "guild", kind: "container", parent: null },
      { id: "square", kind: "group", parent: "guild" },
    ])
  })
})
