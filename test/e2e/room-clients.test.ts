// Real clients of several makes in one room, on a real Prosody: they join, talk, page back through the history, and a crash does not put them out.
import assert from "node:assert/strict"
import { after, before, describe, test } from "node:test"
import type { Group } from "../fakes/telegram/index.js"
import { ClientProcess } from "../support/client-process.js"
import { Converse } from "../support/converse.js"
import { domain, passwordOf, register, startWorld, type World } from "../support/world.js"

/** Of the network's history before anybody joins. */
const archived = 5000
const names = ["Ana", "Bjørn 🎉", "דוד", "Zoë", "", "Ana"]

describe("clients of several makes in a room", { timeout: 420_000 }, () => {
  let world: World
  let group: Group
  let room: string
  const people = names.map((first_name, i) => ({ id: 2001 + i, is_bot: false, first_name }))

  before(async () => {
    world = await startWorld({ users: ["romeo"] })
    const { api, bot } = world
    const client = await world.login("romeo")
    await register(world, client, "romeo")
    const [owner] = people
    assert.ok(owner)
    group = api.makeGroup({ title: "Verona 🌹", description: "Where we lay our scene", owner })
    room = `#${group.id}@${domain}`
    for (const person of people) group.join(api.person(person))
    const count = archived - 1
    group.addBot(bot("romeo"), api.person(owner), ["can_manage_chat", "can_delete_messages"])
    for (let i = 1; i <= count; i++) group.say(api.person(people[i % people.length] ?? owner), `line ${i}`)
    await api.waitFor(() => bot("romeo").pending.length === 0, "the gateway to take the whole history", 120_000)
    group.say(api.person(owner), `line ${archived}`)
    await client.disconnect()
  })
  after(() => world.close())

  const expected = Array.from({ length: archived }, (_, i) => `line ${i + 1}`)
  const lines = (bodies: readonly string[] | undefined): string[] => (bodies ?? []).filter((body) => /^line \d+$/.test(body))

  for (const maker of ["slix", "gajim"] as const) {
    test(`${maker}: joins, talks, reads the whole history, and stays in over a crash of the gateway`, async () => {
      const { api, bot, gateway, server } = world
      const client = await ClientProcess.start(maker, server, "romeo", passwordOf("romeo"))
      try {
        const found = await client.ask({ cmd: "rooms", service: domain }, "rooms")
        assert.ok(
          found.items?.some(([jid, name]) => jid === room && name === "Verona 🌹"),
          JSON.stringify(found),
        )
        const joined = await client.ask({ cmd: "join", room, nick: "Romeo" }, "joined")
        assert.equal(joined.nick, "Romeo")
        // Every one of them has a nick that this client takes for a legal one, and no two share it.
        assert.equal(joined.occupants?.length, new Set(joined.occupants).size)
        for (const nick of ["Ana", "Zoë", "Romeo"]) assert.ok(joined.occupants.includes(nick), JSON.stringify(joined.occupants))
        client.order({ cmd: "say", room, body: `hello from ${maker}` })
        await api.waitFor(() => api.textsTo(bot("romeo"), group).includes(`hello from ${maker}`), "the group to see it")
        await client.sees({ event: "message", room, nick: "Romeo", body: `hello from ${maker}` })
        const history = await client.ask({ cmd: "history", room, page: 100 }, "history", 120_000)
        assert.deepEqual(lines(history.bodies), expected)

        await gateway.kill9()
        await gateway.start()
        const heard = `after the crash of ${maker}`
        const zoe = people[3]
        group.say(api.person(zoe ?? { id: 2004, is_bot: false, first_name: "Zoë" }), heard)
        await client.sees({ event: "message", room, nick: "Zoë", body: heard }, { deadlineMs: 60_000 })
        const pong = await client.ask({ cmd: "ping", room, nick: "Romeo" }, "pong")
        assert.equal(pong.joined, true)
      } finally {
        await client.stop()
      }
    })
  }

  test("Converse.js: joins, talks, scrolls back to the beginning, and stays in over a crash of the gateway", async () => {
    const { api, bot, gateway, server } = world
    const converse = await Converse.start(server, "romeo", passwordOf("romeo"))
    try {
      await converse.join(room, "Romeo")
      await converse.shows(`line ${archived}`)
      await converse.say(room, "hello from Converse")
      await api.waitFor(() => api.textsTo(bot("romeo"), group).includes("hello from Converse"), "the group to see it")
      await converse.shows("hello from Converse")
      assert.ok((await converse.occupants(room)).includes("Zoë"))
      await converse.pageBack(room)
      assert.deepEqual(lines(await converse.bodies(room)), expected)

      await gateway.kill9()
      await gateway.start()
      group.say(api.person(people[3] ?? { id: 2004, is_bot: false, first_name: "Zoë" }), "after the crash of Converse")
      await converse.shows("after the crash of Converse")
      await converse.entered(room)
      assert.deepEqual(await converse.problems(), [])
    } finally {
      await converse.stop()
    }
  })
})
