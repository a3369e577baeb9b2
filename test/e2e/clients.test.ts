// Several clients of one user: one that is lost with what it did not acknowledge must not stop the talk of the others.
import assert from "node:assert/strict"
import { after, before, test } from "node:test"
import { Pair } from "../support/bystander.js"
import { startWorld, type World } from "../support/world.js"

let world: World
let alice: Pair

before(async () => {
  world = await startWorld({ users: ["alice"] })
  alice = await Pair.meet(world, "alice", { id: 1001, first_name: "Ann" })
})
after(() => world.close())

test("a phone is lost: what it had not acknowledged comes back, goes out again at once, and the talk goes on", async () => {
  const phone = await world.login("alice", { resource: "phone" })
  await phone.waitForPresence(alice.jid, "available", { since: 0 })
  phone.freeze()
  const texts = ["one", "two", "three"]
  for (const text of texts) world.api.say(world.bot("alice"), alice.person, text)
  await alice.client.waitForMessage(alice.jid, "three", { since: 0 })
  phone.cut()
  // Prosody answers for the phone: not delivered. The other client sees the same once more, under the same ids.
  const copies = (text: string) => alice.client.messages(alice.jid).filter((el) => el.getChildText("body") === text)
  await alice.client.until(() => (texts.every((text) => copies(text).length >= 2) ? true : undefined), { timeout: 10_000, what: "copies" })
  for (const text of texts) assert.equal(new Set(copies(text).map((el) => el.attrs["id"])).size, 1)
  await alice.unharmed()
})
