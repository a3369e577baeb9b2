// Bridges of the configuration: made when their rooms are there, changed and ended with the file, and nobody else's to change.
import assert from "node:assert/strict"
import { afterEach, test } from "node:test"
import type { FixedBridge } from "#src/core/bridges/fixed.js"
import { Play } from "../support/core-kit.js"
import { chat } from "../support/identity-kit.js"

const boss = "boss@example.test/desk"

const square = (rooms: readonly string[], options: FixedBridge["options"] = {}): FixedBridge => ({
  name: "square",
  options,
  legs: rooms.map((room) => ({ network: "lo", room, options: {} })),
})

let play: Play
afterEach(() => play.close())

async function open(fixed: readonly FixedBridge[]): Promise<void> {
  play = await Play.open({ accounts: { main: {} }, admins: ["boss@example.test"], bridges: { allow: [], fixed } })
  play.network.person({ id: "nurse", name: "Nurse" })
  await play.network.account("main").whenAttached()
}

const room = (id: string, members = ["nurse"]): Promise<string> => play.room({ room: id, account: "main", members }, "main")

const legs = (): string[] =>
  play
    .rows<{ room: string; by: string }>(
      "SELECT c.legacy_id AS room, l.consent_by AS by FROM bridge_leg l JOIN conversation c ON c.id = l.conversation_id ORDER BY c.legacy_id",
    )
    .map(({ room, by }) => `${room} ${by}`)

/** What is told in a room next. */
async function told(id: string, text: RegExp): Promise<void> {
  for (let count = 1; ; count++) if (text.test((await play.told("send", count, { room: id })).at(-1)?.text ?? "")) return
}

test("a bridge begins when the gateway is in its rooms, follows the file, and is there after a restart", async () => {
  await open([square(["g1", "g2"])])
  await room("g1")
  await room("g2")
  await told("g1", /bridged with g2/)
  await told("g2", /bridged with g1/)
  assert.deepEqual(legs(), ["g1 configuration", "g2 configuration"])
  await play.away(() => undefined, "main")
  play.network.rooms.say({ room: "g1", from: "nurse", text: "Hark" })
  await told("g2", /^Nurse \(Loopback\): Hark$/)
  assert.match(await chat(play, boss, "bridges"), /square \(of the configuration\):/)
  assert.match(await chat(play, boss, "unbridge g1 yes"), /of the gateway's configuration/)
  // Another file.
  await room("g3")
  play.bridgesAre([square(["g1", "g3"], { name: "{name}!" })])
  await told("g2", /not bridged any more/)
  await told("g3", /bridged with g1/)
  play.network.rooms.say({ room: "g1", from: "nurse", text: "And now?" })
  await told("g3", /^Nurse!: And now\?$/)
  assert.deepEqual(legs(), ["g1 configuration", "g3 configuration"])
  play.bridgesAre([])
  for (const id of ["g1", "g3"]) await told(id, /not bridged any more/)
  assert.deepEqual(legs(), [])
})

test("a room that the gateway is not in is entered; what cannot be is said in the log once", async () => {
  await open([])
  await room("g1")
  play.network.rooms.make({ room: "g9", accounts: [], members: ["nurse"] })
  play.bridgesAre([square(["g1", "g9"]), { ...square(["g1", "nowhere"]), name: "other" }])
  await told("g9", /bridged with g1/)
  await told("g1", /bridged with g9/)
  play.bridgesAre([square(["g1", "g9"]), { ...square(["g1", "nowhere"]), name: "other" }])
  await chat(play, boss, "bridges")
  const warned = play.log.texts("warn").filter((text) => /is not there yet/.test(text))
  assert.equal(warned.length, 2, JSON.stringify(warned))
  assert.deepEqual(legs(), ["g1 configuration", "g9 configuration"])
})
