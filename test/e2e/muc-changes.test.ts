// Rooms that change under those who are in them: another id, topics, closing, renaming, deletion, and users who may not be there any more.
import assert from "node:assert/strict"
import { after, before, describe, test } from "node:test"
import type { TestClient } from "../support/client.js"
import { Club, domain, roomJid } from "../support/club.js"
import { Company } from "../support/company.js"
import { bodyOf, codes, conditionOf, itemOf, JoinError, nickOf, Seat } from "../support/seat.js"

const nsItems = "http://jabber.org/protocol/disco#items"
const items = async (client: TestClient, jid: string): Promise<Record<string, string>> => {
  const answer = await client.iq("get", jid, `<query xmlns='${nsItems}'/>`)
  const found = answer.getChild("query", nsItems)?.getChildren("item") ?? []
  return Object.fromEntries(
    found.filter(({ attrs }) => attrs["node"] === undefined).map(({ attrs }) => [attrs["jid"] ?? "", attrs["name"] ?? ""]),
  )
}

describe("rooms that change", () => {
  let club: Club
  const logins = new Map<string, TestClient[]>()
  const of = (user: string, count: number): TestClient[] => (logins.get(user) ?? []).slice(0, count)
  const enter = (room: string, count: number): Promise<Company> =>
    Company.enter(club, room, { Romeo: of("romeo", count), Juliet: of("juliet", count) })

  before(async () => {
    club = await Club.open({ users: ["romeo", "juliet"] })
    for (const [id, name] of [
      ["alice", "Alice"],
      ["crier", "Crier"],
    ] as const)
      await club.driver.ask({ op: "person", id, name })
    for (const user of ["romeo", "juliet"]) logins.set(user, await Promise.all([1, 2, 3].map(() => club.login(user))))
  })
  after(() => club.close())

  for (const count of [1, 3]) {
    describe(`two users with ${count === 1 ? "one client" : `${count} clients`} each`, () => {
      test("a group moves to a new id: who is in keeps talking, the history stays, and ids that begin anew are new messages", async () => {
        const [room, next] = [`small${count}`, `super${count}`]
        await club.room(room, { name: "Verona", members: ["alice", "crier"] })
        const company = await enter(room, count)
        const before: string[] = []
        for (const text of ["one", "two", "three"]) before.push(await company.foreign("alice", "Alice", text))
        await company.says("Romeo", "four")
        const since = company.all.map((seat) => seat.comings().length)
        await club.driver.ask({ op: "move", room, to: next })
        await club.drained()
        // The ids of what follows were those of others before.
        const say = async (from: string, nick: string, text: string): Promise<string> => {
          const { id } = await club.driver.ask<{ id: string }>({ op: "say", room: next, from, text })
          company.expected.push(`${nick}: ${text}`)
          await company.hear(text)
          return id
        }
        const ids = [await say("alice", "Alice", "five"), await say("alice", "Alice", "six")]
        assert.deepEqual(ids, before.slice(0, 2))
        await company.says("Juliet", "seven", { client: -1 })
        await company.says("Romeo", "eight")
        await say("crier", "Crier", "the end")
        for (const seat of company.all) assert.deepEqual(seat.lines(), company.expected)
        company.all.forEach((seat, i) => assert.deepEqual(seat.comings().slice(since[i]), []))
        const sent = await club.driver.ask<{ text: string }[]>({ op: "list", room: next, kind: "send" })
        assert.deepEqual(
          sent.map(({ text }) => text),
          ["Juliet: seven", "Romeo: eight"],
        )
        // By the new address, and still by the old one.
        for (const address of [roomJid(next), roomJid(room)]) {
          const [client] = of("romeo", 1)
          assert.ok(client)
          const seat = await Seat.take(client, address, "Romeo")
          assert.deepEqual(
            seat.entry.history.map((el) => `${nickOf(el)}: ${bodyOf(el)}`),
            company.expected,
          )
        }
        assert.equal((await items(company.of("Romeo").client, domain))[roomJid(next)], "Verona")
        assert.equal((await items(company.of("Romeo").client, domain))[roomJid(room)], undefined)
      })

      test("topics: found under their group, closed, opened again, renamed, deleted", async () => {
        const group = `forum${count}`
        await club.room(group, { name: "Forum", members: ["alice", "crier"] })
        const [romeo] = of("romeo", 1)
        assert.ok(romeo)
        const topic = `${group}-1`
        await club.driver.ask({ op: "room", room: topic, kind: "topic", parent: group, name: "Swords" })
        await club.drained()
        assert.deepEqual(await items(romeo, roomJid(group)), { [roomJid(topic)]: "Swords" })
        const company = await enter(topic, count)
        await company.foreign("alice", "Alice", "a topic's own talk")
        await company.says("Romeo", "and mine")

        await club.driver.ask({ op: "room", room: topic, archived: true })
        await company.see("Romeo", (el) => itemOf(el)?.attrs["role"] === "visitor")
        await company.see("Juliet", (el) => itemOf(el)?.attrs["role"] === "visitor")
        for (const seat of company.all) {
          const refused = await seat.refused(await seat.send("let me speak"))
          assert.equal(conditionOf(refused), "forbidden")
        }
        await club.driver.ask({ op: "room", room: topic, archived: false })
        await company.see("Romeo", (el) => itemOf(el)?.attrs["role"] === "participant")
        await company.see("Juliet", (el) => itemOf(el)?.attrs["role"] === "participant")
        await company.says("Juliet", "at last")

        await club.driver.ask({ op: "room", room: topic, name: "Daggers" })
        // What a topic is called is what it is about.
        company.expected.push("* sets the subject «Daggers»")
        await company.agree()
        for (const seat of company.all) assert.deepEqual(seat.news(), ["104", "104", "104"])
        assert.deepEqual(await items(romeo, roomJid(group)), { [roomJid(topic)]: "Daggers" })

        await club.driver.ask({ op: "delete", room: topic })
        for (const seat of company.all) {
          const end = await seat.presence(seat.nick, (el) => el.attrs["type"] === "unavailable")
          const destroy = end.getChild("x", "http://jabber.org/protocol/muc#user")?.getChild("destroy")
          assert.match(destroy?.getChildText("reason") ?? "", /deleted/)
          assert.deepEqual([itemOf(end)?.attrs["affiliation"], itemOf(end)?.attrs["role"]], ["none", "none"])
        }
        assert.deepEqual(await items(romeo, roomJid(group)), {})
      })

      test("the account is put out of a group: the room ends for everybody, and what was said stays readable", async () => {
        const room = `exile${count}`
        await club.room(room, { name: "Verona", members: ["alice", "crier"] })
        const company = await enter(room, count)
        await company.foreign("alice", "Alice", "banished")
        await company.agree()
        await club.driver.ask({ op: "member", room, user: "club", change: "kicked", by: "alice" })
        for (const seat of company.all) {
          const end = await seat.presence(seat.nick, (el) => el.attrs["type"] === "unavailable")
          assert.ok(end.getChild("x", "http://jabber.org/protocol/muc#user")?.getChild("destroy"))
        }
        const seat = company.of("Romeo")
        const refused = await seat.enter().then(
          () => "it let it in",
          (error: unknown) => (error instanceof JoinError ? error.condition : String(error)),
        )
        assert.equal(refused, "gone")
      })
    })
  }

  test("who is no longer allowed is out at once when the gateway knows it, and cannot come in again", async () => {
    await club.room("verona", { name: "Verona", members: ["alice", "crier"] })
    const company = await enter("verona", 3)
    await company.says("Juliet", "before")
    await club.quiet(company.of("Romeo").client)
    const since = company.all.map((seat) => seat.now())
    await club.gateway.kill9()
    club.configure({ "*": ["romeo@example.test"] })
    await club.gateway.start()
    for (const [i, seat] of company.all.entries()) {
      if (seat.nick !== "Juliet") continue
      const end = await seat.out(since[i])
      assert.ok(codes(end).includes("321"), String(end))
      assert.equal(itemOf(end)?.attrs["affiliation"], "none")
    }
    for (const seat of company.clients("Romeo")) {
      const end = await seat.presence("Juliet", (el) => el.attrs["type"] === "unavailable")
      assert.ok(codes(end).includes("321"), String(end))
    }
    const error = await company
      .of("Juliet")
      .enter()
      .then(
        () => undefined,
        (error: unknown) => error as JoinError,
      )
    assert.equal(error?.condition, "forbidden")
    await company.of("Romeo").say("after")
    for (const seat of company.clients("Romeo")) await seat.hears("after")
    for (const seat of company.clients("Juliet")) assert.ok(!seat.talk().some((el) => bodyOf(el) === "after"))
  })
})
