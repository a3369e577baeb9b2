// What may go wrong around a room: the network, the gateway, the server, a client. Two rooms at once: users with one client each, and with three.
import assert from "node:assert/strict"
import { after, before, describe, test } from "node:test"
import type { TestClient } from "../support/client.js"
import { Club } from "../support/club.js"
import { Company } from "../support/company.js"
import { codes, conditionOf, nickOf } from "../support/seat.js"

describe("rooms when something goes wrong", () => {
  let club: Club
  let companies: Company[]
  const each = <T>(work: (company: Company) => Promise<T>): Promise<T[]> => Promise.all(companies.map(work))
  const agree = () => each((company) => company.agree())

  before(async () => {
    club = await Club.open({ users: ["romeo", "juliet"] })
    for (const [id, name] of [
      ["alice", "Alice"],
      ["crier", "Crier"],
    ] as const)
      await club.driver.ask({ op: "person", id, name })
    const three = (user: string): Promise<TestClient[]> => Promise.all([1, 2, 3].map(() => club.login(user, { reconnect: true })))
    const [romeo, juliet] = await Promise.all([three("romeo"), three("juliet")])
    companies = await Promise.all(
      [1, 3].map(async (count) => {
        await club.room(`verona${count}`, { name: "Verona", members: ["alice", "crier"] })
        return Company.enter(club, `verona${count}`, { Romeo: romeo.slice(0, count), Juliet: juliet.slice(0, count) })
      }),
    )
  })
  after(() => club.close())

  test("the network is away: users read each other in order all the same, are told once, and nothing comes again later", async () => {
    await club.driver.ask({ op: "fault", kind: "retry", retryAfterMs: 500, times: 10_000 })
    await each(async (company) => {
      await company.of("Romeo").send("one")
      await company.of("Romeo").client.fence()
      await company.of("Juliet", -1).send("two")
      await company.of("Juliet", -1).client.fence()
      await company.of("Romeo", -1).send("three")
      await company.hear("three")
      const notice = /^\*: ℹ .* does not answer at the moment/
      const lines = company.of("Juliet").lines()
      assert.equal(lines.filter((line) => notice.test(line)).length, 1, lines.join("\n"))
      company.expected.push("Romeo: one", lines.find((line) => notice.test(line)) ?? "", "Juliet: two", "Romeo: three")
    })
    await club.driver.ask({ op: "mend" })
    await each(async ({ room }) => {
      const sent = await club.driver.ask<{ text: string }[]>({ op: "wait", room, kind: "send", count: 3 })
      assert.deepEqual(
        sent.map(({ text }) => text),
        ["Romeo: one", "Juliet: two", "Romeo: three"],
      )
    })
    await each((company) => company.says("Juliet", "It is back."))
    await agree()
  })

  test("what the network refuses after the room has seen it is taken back, and its author is told", async () => {
    await club.driver.ask({ op: "fault", kind: "retry", retryAfterMs: 500, times: 10_000 })
    const ids = await each(async (company) => {
      const id = await company.of("Romeo", -1).send("a rude word")
      await company.hear("a rude word")
      return id
    })
    await club.driver.ask({ op: "fault", kind: "rejected", text: "Too rude.", times: companies.length, instead: true })
    await each(async (company) => {
      const author = company.of("Romeo", -1)
      const id = ids[companies.indexOf(company)] ?? ""
      const error = await author.refused(id)
      assert.match(String(error), /Too rude/)
      assert.equal(error.attrs["from"], company.address)
      const retracted = company.all.map((seat) =>
        seat.client.waitFor((el) => el.attrs["from"]?.startsWith(company.address) === true && String(el).includes("message-retract:1"), {
          since: 0,
        }),
      )
      await Promise.all(retracted)
      const line = company.of("Juliet").lines().at(-1) ?? ""
      assert.match(line, /retracts «a rude word»/)
      company.expected.push("Romeo: a rude word", line)
      for (const seat of company.all) {
        const errors = seat.client.received.filter((el) => el.attrs["type"] === "error" && el.attrs["id"] === id)
        assert.equal(errors.length, seat === author ? 1 : 0)
      }
    })
    await agree()
  })

  test("what the network refuses at once is an error to its author, and the room never sees it", async () => {
    for (const company of companies) {
      await club.driver.ask({ op: "fault", kind: "denied", text: "Hush." })
      const seat = company.of("Juliet")
      const error = await seat.refused(await seat.send("a forbidden word"))
      assert.equal(conditionOf(error), "forbidden")
    }
    await agree()
  })

  test("the gateway is killed: nobody has to do anything, and nobody sees anybody go", async () => {
    const comings = companies.map((company) => company.all.map((seat) => seat.comings().length))
    const lookout = companies[0]?.of("Romeo")
    assert.ok(lookout)
    // What was not confirmed is written once more, with the same ids.
    await club.quiet(lookout.client)
    await club.gateway.kill9()
    await each(async ({ room, expected }) => {
      await club.driver.ask({ op: "say", room, from: "alice", text: "while it was dead" })
      expected.push("Alice: while it was dead")
    })
    await club.gateway.start()
    await each((company) => company.hear("while it was dead"))
    await each((company) => company.says("Romeo", "it lives again"))
    await each((company) => company.says("Juliet", "indeed", { client: -1 }))
    await agree()
    // Who speaks is shown before their first words, for the gateway has forgotten that they were; nobody else comes, and nobody goes.
    for (const [i, company] of companies.entries())
      for (const [k, seat] of company.all.entries())
        assert.deepEqual(seat.comings().slice(comings[i]?.[k]), ["Alice member/participant", "Crier member/participant"])
    await each(async (company) => {
      for (const seat of company.all)
        assert.equal((await seat.iq("get", "<ping xmlns='urn:xmpp:ping'/>", seat.nick)).attrs["type"], "result")
    })
  })

  test("a client that is cut off goes by itself; its user only with the last of them", async () => {
    await each(async (company) => {
      const watcher = company.of("Romeo")
      const since = watcher.comings().length
      for (const seat of company.clients("Juliet").slice(0, -1)) await seat.leave()
      assert.deepEqual(watcher.comings().slice(since), [])
    })
    const lost = companies.map((company) => company.of("Juliet", -1))
    const back = lost.map(({ client }) => client.nextLogin())
    for (const { client } of new Set(lost)) client.cut()
    await each((company) => company.of("Romeo").presence("Juliet", (el) => el.attrs["type"] === "unavailable"))
    await Promise.all(back)
    await each(async (company) => {
      for (const seat of company.clients("Juliet")) {
        await seat.enter()
        assert.deepEqual(
          seat.entry.faces.filter((face) => !/Alice|Crier/.test(face)),
          ["Romeo member/participant"],
        )
      }
      for (const seat of company.clients("Romeo"))
        assert.deepEqual(
          seat
            .comings()
            .filter((line) => line.startsWith("Juliet"))
            .slice(-2),
          ["Juliet ←", "Juliet member/participant"],
        )
    })
  })

  test("the gateway stops in order: everybody is told so (332), and comes back in when it is there again", async () => {
    const since = companies.map((company) => company.all.map((seat) => seat.now()))
    const stopped = club.gateway.stop()
    await Promise.all(
      companies.flatMap((company, i) =>
        company.all.map(async (seat, k) => assert.deepEqual(codes(await seat.out(since[i]?.[k])), ["110", "332"])),
      ),
    )
    assert.equal(await stopped, 0)
    await club.gateway.start()
    await club.attached("club")
    await each((company) => company.of("Romeo").client.reachable("lo.example.test"))
    await each(async (company) => {
      const [first, ...more] = company.clients("Romeo")
      assert.ok(first)
      // Whoever believes to be in still is told that it is not.
      const pong = await first.iq("get", "<ping xmlns='urn:xmpp:ping'/>", "Romeo")
      assert.equal(conditionOf(pong), "not-acceptable")
      await first.enter()
      assert.deepEqual(first.entry.faces.toSorted(), ["Alice member/participant", "Crier member/participant"])
      for (const seat of [...more, ...company.clients("Juliet")]) await seat.enter()
      company.expected.length = 0
      await company.says("Juliet", "together again", { client: -1 })
    })
    await agree()
  })

  test("the server dies: clients come back, come in again, and there are no ghosts", async () => {
    const clients = [...new Set(companies.flatMap((company) => company.all.map(({ client }) => client)))]
    const back = clients.map((client) => client.nextLogin(30_000))
    await club.server.kill9()
    for (const { room } of companies) await club.driver.ask({ op: "say", room, from: "alice", text: "while the server was dead" })
    await club.server.start()
    await Promise.all(back)
    await each(async (company) => {
      const romeo = company.clients("Romeo")
      await romeo[0]?.client.reachable("lo.example.test")
      for (const seat of romeo) await seat.enter()
      for (const seat of romeo)
        assert.ok(seat.entry.history.some((el) => nickOf(el) === "Alice" && el.getChildText("body") === "while the server was dead"))
      // None of Juliet's clients asked to be in.
      for (const seat of romeo)
        if (seat.entry.faces.some((face) => face.startsWith("Juliet")))
          await seat.presence("Juliet", (el) => el.attrs["type"] === "unavailable")
      const known = romeo.map((seat) => seat.comings().length)
      for (const seat of company.clients("Juliet")) await seat.enter()
      romeo.forEach((seat, i) => assert.deepEqual(seat.comings().slice(known[i]), ["Juliet member/participant"]))
      company.expected.length = 0
      await company.says("Juliet", "What must be shall be.", { client: -1 })
    })
    await agree()
  })
})
