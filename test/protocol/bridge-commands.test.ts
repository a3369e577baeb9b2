// Bridges as people make them: codes from one side, said on the other; who may and who may not; options, lists, ends; the audit.
import assert from "node:assert/strict"
import { afterEach, test } from "node:test"
import { loopback, standard } from "xferry-adapter-loopback"
import type { AnyAdapter } from "#src/adapter/define.js"
import { Play } from "../support/core-kit.js"
import { answer, chat } from "../support/identity-kit.js"

const boss = "boss@example.test/desk"
const romeo = "romeo@example.test/orchard"
const juliet = "juliet@example.test/balcony"

let play: Play
afterEach(() => play.close())

/** Romeo's and Juliet's own accounts, each in a room of theirs: Romeo's is g1, Juliet's g2; the shared account runs g3. */
async function open(): Promise<void> {
  play = await Play.open({
    adapter: loopback(standard) as unknown as AnyAdapter,
    accounts: { main: {} },
    admins: ["boss@example.test"],
    bridges: { allow: ["example.test"], fixed: [] },
  })
  for (const id of ["nurse", "tybalt"]) play.network.person({ id, name: id[0]!.toUpperCase() + id.slice(1) })
  await play.register(romeo)
  await play.register(juliet)
  await play.room({ room: "g1", account: "romeo", members: ["nurse"] })
  await play.room({ room: "g2", account: "juliet", members: ["nurse"] })
  await play.network.account("main").whenAttached()
  await play.room({ room: "g3", name: "Square", account: "main", members: [{ id: "nurse", role: "admin" }, "tybalt"] } as never, "main")
}

/** A line to the gateway, and its answer. */
const tell = (from: string, text: string): Promise<string> => chat(play, from, text)

async function codeOf(from: string, room: string): Promise<string> {
  const said = await ask(from, `bridge ${room}`)
  const code = /minutes: ([a-z2-7]{12})/.exec(said)?.[1]
  assert.ok(code, said)
  return code
}

/** Of a room that is known the command asks for a code; there is none. */
async function ask(from: string, line: string): Promise<string> {
  await tell(from, line)
  return tell(from, "-")
}

async function foreign(account: string, from: string, name: string, argument: string, room: string): Promise<string> {
  return (await play.network.desk.say({ account, from, name, argument, room })).text
}

const legs = (): unknown[] =>
  play.rows(
    "SELECT c.legacy_id AS room, l.consent_by AS by FROM bridge_leg l JOIN conversation c ON c.id = l.conversation_id ORDER BY c.legacy_id",
  )

async function made(): Promise<void> {
  const code = await codeOf(romeo, "g1")
  assert.match(await tell(juliet, `bridge g2 ${code}`), /^Done: what is said in g2 \(Loopback\) is seen in g1 \(Loopback\)/)
}

test("two users bridge their rooms by a code; both rooms are told, a word crosses, and both consents are kept", async () => {
  await open()
  await made()
  assert.deepEqual(legs(), [
    { room: "g1", by: "romeo@example.test" },
    { room: "g2", by: "juliet@example.test" },
  ])
  assert.match((await play.told("send", 1, { room: "g1" }))[0]?.text ?? "", /This room is bridged with g2 \(Loopback\) from now on/)
  assert.match((await play.told("send", 1, { room: "g2" }))[0]?.text ?? "", /This room is bridged with g1 \(Loopback\) from now on/)
  play.network.rooms.say({ room: "g1", from: "nurse", text: "Hark" })
  assert.equal((await play.told("send", 2, { room: "g2" }))[1]?.text, "Nurse (Loopback): Hark")
  assert.match(
    await tell(juliet, "bridges"),
    /g1 – g2:\n– g1 \(Loopback\), agreed by romeo@example\.test\.\s*\n– g2 \(Loopback\), agreed by juliet/,
  )
  // The other side is enough to end it.
  assert.match(await tell(juliet, "unbridge g2 yes"), /g2 \(Loopback\) is in no bridge any more/)
  assert.match((await play.told("send", 2, { room: "g1" }))[1]?.text ?? "", /This room is not bridged any more/)
  assert.deepEqual(legs(), [])
  assert.equal(await tell(romeo, "bridges"), "There are no bridges for you to see.")
  const log = await tell(boss, "audit g1")
  for (const act of ["bridge code issued", "bridge made", "bridge ended"]) assert.match(log, new RegExp(act))
})

test("who runs a room on the network agrees there; who does not makes the code void; a third room joins by a further code", async () => {
  await open()
  const lost = await codeOf(romeo, "g1")
  assert.match(await foreign("main", "tybalt", "bridge", lost, "g3"), /Only an owner or admin of Square can do that/)
  assert.match(await foreign("main", "nurse", "bridge", lost, "g3"), /not valid/)
  const code = await codeOf(romeo, "g1")
  assert.match(await foreign("main", "nurse", "bridge", code, "g3"), /^Done/)
  assert.deepEqual(legs(), [
    { room: "g1", by: "romeo@example.test" },
    { room: "g3", by: "foreign nurse" },
  ])
  // Replayed.
  assert.match(await tell(juliet, `bridge g2 ${code}`), /not valid/)
  const further = await codeOf(romeo, "g1")
  assert.match(await tell(juliet, `bridge g2 ${further}`), /g2 \(Loopback\) is part of the bridge/)
  assert.equal(legs().length, 3)
  play.network.rooms.say({ room: "g2", from: "nurse", text: "All three" })
  for (const room of ["g1", "g3"]) await play.told("send", 1, { room, text: "Nurse (Loopback): All three" })
  // One side goes, the rest stays.
  assert.match(await foreign("main", "tybalt", "unbridge", "", "g3"), /Only an owner or admin/)
  assert.match(await foreign("main", "nurse", "unbridge", "", "g3"), /Square \(Loopback\) is in no bridge any more/)
  assert.deepEqual(legs().length, 2)
})

test("what is refused: somebody else's room, the same room, both bridged, a rule, a guess, who may not at all", async () => {
  await open()
  assert.match(await tell(juliet, "bridge g1"), /An owner or admin of g1 has to agree/)
  const code = await codeOf(romeo, "g1")
  assert.match(await tell(romeo, `bridge g1 ${code}`), /That is the same room/)
  assert.match(await tell(juliet, "bridge g2 abcdefghjkmn"), /not valid/)
  for (const line of ["bridge g2", `bridge g2 ${code}`])
    assert.match(await tell("paris@elsewhere.test/x", line), /does not let paris@elsewhere\.test make/)
  assert.match(await tell(boss, "shut-out service:g2"), /blocked/)
  assert.match(await tell(juliet, `bridge g2 ${code}`), /lets no bridge lead to g2/)
  await tell(boss, "forget-rule service:g2")
  await tell(juliet, `bridge g2 ${code}`)
  // Of bridged rooms two bridges are not made one.
  const again = await codeOf(romeo, "g1")
  assert.match(await tell(juliet, `bridge g2 ${again}`), /bridged with each other already/)
  assert.match(await tell(romeo, "unbridge g2"), /You do not run g2/)
  assert.equal(legs().length, 2)
})

test("the administrator bridges rooms of the gateway's own accounts; the same room by two accounts is refused", async () => {
  await open()
  play.network.rooms.make({
    room: "g1",
    accounts: [
      { id: "romeo", role: "admin" },
      { id: "main", role: "admin" },
    ],
  })
  await play.drained("main")
  const code = await codeOf(romeo, "g1")
  assert.match(await tell(boss, `bridge g1 ${code}`), /by another account of this gateway/)
  assert.match(await tell(boss, `bridge square ${code}`), /^Done/)
  assert.deepEqual(legs(), [
    { room: "g1", by: "romeo@example.test" },
    { room: "g3", by: "boss@example.test" },
  ])
})

test("who sees a room but does not run it gets a code to be said there, and then that for the other side", async () => {
  await open()
  play.network.rooms.make({ room: "g1", accounts: [{ id: "romeo", role: "member" }], members: [{ id: "nurse", role: "owner" }] } as never)
  await play.drained("romeo")
  const said = await ask(romeo, "bridge g1")
  const [, proof = ""] = /\/bridge ([a-z2-7]{12})/.exec(said) ?? []
  assert.match(said, /An owner or admin of g1 has to agree/)
  assert.match(await tell(juliet, `bridge g2 ${proof}`), /not valid/)
  const told = answer(play, romeo)
  assert.match(await foreign("romeo", "nurse", "bridge", proof, "g1"), /Agreed: romeo@example\.test has the code/)
  const [, code = ""] = /minutes: ([a-z2-7]{12})/.exec(await told) ?? []
  assert.match(await tell(juliet, `bridge g2 ${code}`), /^Done/)
  assert.deepEqual(legs(), [
    { room: "g1", by: "foreign nurse" },
    { room: "g2", by: "juliet@example.test" },
  ])
})

test("options are chosen in a form, within bounds, by who runs a side; names follow at once", async () => {
  await open()
  await made()
  const answers = ["-", "-", "-", "-", "yes", "-", "-", "-", "*bot*", "-"]
  const fill = async (name: string): Promise<string> => {
    await tell(romeo, "bridge-options g1")
    let last = ""
    for (const one of [name, ...answers.slice(1)]) last = await tell(romeo, one)
    return last
  }
  assert.match(await fill("somebody"), /needs a \{name\} in it/)
  assert.match(await fill(`{name}${"x".repeat(100)}`), /may have 100 characters/)
  assert.match(await fill("{name} of {room}"), /are changed/)
  assert.deepEqual(JSON.parse(play.rows<{ options: string }>("SELECT options FROM bridge")[0]?.options ?? ""), {
    name: "{name} of {room}",
    joins: true,
    ignoreNames: ["*bot*"],
  })
  play.network.rooms.say({ room: "g1", from: "nurse", text: "Hark" })
  await play.told("send", 1, { room: "g2", text: "Nurse of g1: Hark" })
  assert.match(await tell("paris@elsewhere.test/x", "bridge-options g1"), /no such room/)
})

test("who asks who stands behind a copy is told where it was said, and by whom", async () => {
  await open()
  await made()
  play.network.rooms.say({ room: "g1", from: "nurse", text: "Hark" })
  const [copy] = await play.told("send", 1, { room: "g2", text: "Nurse (Loopback): Hark" })
  const asked = await play.network.desk.say({
    account: "juliet",
    from: "nurse",
    name: "whois",
    argument: "",
    room: "g2",
    message: copy!.id!,
  })
  assert.equal(asked.text, "Nurse said that in g1, a room of Loopback: it came by a bridge.")
})

test("who is banned in one room of a bridge is banned in the others, if that is chosen", async () => {
  await open()
  await made()
  await tell(romeo, "bridge-options g1")
  for (const one of ["-", "-", "-", "-", "-", "-", "-", "yes", "-", "-"]) await tell(romeo, one)
  play.network.rooms.member({ room: "g1", user: "nurse", change: "banned" })
  await play.told("manage", 1, { room: "g2" })
  assert.equal(play.network.rooms.get("g2").role("nurse"), "banned")
  assert.equal(play.network.rooms.get("g3").role("nurse"), "admin")
  // What comes of it is not mirrored back.
  await play.drained("juliet")
  assert.equal(play.network.sent.list({ kind: "manage", room: "g1" }).length, 0)
})
