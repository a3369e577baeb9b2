// Rooms of a user's own account, which leads the group on the network: moderating (XEP-0045 §8), administering (§9), owning (§10), and the end.
import assert from "node:assert/strict"
import type { Element } from "@xmpp/xml"
import { after, before, describe, test } from "node:test"
import type { TestClient } from "../support/client.js"
import { Club, domain, roomJid } from "../support/club.js"
import { bodyOf, codes, conditionOf, itemOf, nickOf, Seat, stanzaId, standing } from "../support/seat.js"

const nsAdmin = "http://jabber.org/protocol/muc#admin"
const nsOwner = "http://jabber.org/protocol/muc#owner"
const nsUser = "http://jabber.org/protocol/muc#user"
const nsBookmarks = "urn:xmpp:bookmarks:1"
const account = "montague"

for (const count of [1, 3]) {
  describe(`an owner with ${count === 1 ? "one client" : `${count} clients`}`, () => {
    let club: Club
    let clients: TestClient[]
    let seats: Seat[]
    const room = "verona"
    const address = roomJid(room, "")
    const first = (): Seat => {
      const [seat] = seats
      assert.ok(seat)
      return seat
    }
    const all = <T>(work: (seat: Seat) => Promise<T>): Promise<T[]> => Promise.all(seats.map(work))
    const admin = async (item: string): Promise<Element> => first().iq("set", `<query xmlns='${nsAdmin}'>${item}</query>`)
    const done = async (item: string): Promise<void> => assert.equal((await admin(item)).attrs["type"], "result")
    const listed = async (attribute: string): Promise<string[]> => {
      const answer = await first().iq("get", `<query xmlns='${nsAdmin}'><item ${attribute}/></query>`)
      return (answer.getChild("query", nsAdmin)?.getChildren("item") ?? []).map(({ attrs }) => attrs["jid"] ?? "").sort()
    }
    const jid = (id: string): string => `${id}@${domain}`
    /** The next presence of this nick that says so, seen by every client. */
    const seen = (nick: string, line: string) => all((seat) => seat.presence(nick, (el) => standing(el) === line))

    before(async () => {
      club = await Club.open({ users: ["romeo"] })
      const people = { alice: "Alice", bob: "Bob", carol: "Carol" }
      for (const [id, name] of Object.entries(people)) await club.driver.ask({ op: "person", id, name })
      clients = await Promise.all(Array.from({ length: count }, () => club.login("romeo")))
      const field = (name: string, value: string) => `<field var='${name}'><value>${value}</value></field>`
      const form = `<x xmlns='jabber:x:data' type='submit'>${field("name", account)}${field("password", "balcony")}</x>`
      const answer = await clients[0]?.iq("set", domain, `<query xmlns='jabber:iq:register'>${form}</query>`)
      assert.equal(answer?.attrs["type"], "result", String(answer))
      await club.attached(account)
      const members = ["alice", "bob", { id: "carol", role: "owner" as const }]
      await club.driver.ask({
        op: "room",
        room,
        name: "Verona",
        topic: "",
        accounts: [{ id: account, role: "owner" }],
        members,
        by: "alice",
      })
      await club.drained(account)
      seats = []
      for (const client of clients) seats.push(await Seat.take(client, address, "Romeo"))
      for (const seat of seats) assert.equal(standing(seat.entry.self), "Romeo owner/moderator 170")
    })
    after(() => club.close())

    test("XEP-0402: the new room is a bookmark", async () => {
      const asked = `<pubsub xmlns='http://jabber.org/protocol/pubsub'><items node='${nsBookmarks}'/></pubsub>`
      const marks = async (): Promise<Element | undefined> => {
        const answer = await first().client.iq("get", "", asked)
        const items = answer.getChild("pubsub")?.getChild("items")?.getChildren("item") ?? []
        return items.find(({ attrs }) => attrs["id"] === address)?.getChild("conference", nsBookmarks)
      }
      let mark = await marks()
      for (let tries = 0; !mark && tries < 200; tries++) mark = await marks()
      assert.deepEqual([mark?.attrs["name"], mark?.attrs["autojoin"], mark?.getChildText("nick")], ["Verona", "true", "romeo"])
    })

    test("§8.1: the subject", async () => {
      await first().client.send(
        `<message to='${address}' type='groupchat' id='s1'><subject>Fire Burn and Cauldron Bubble!</subject></message>`,
      )
      await all((seat) =>
        seat.client.waitFor((el) => el.getChildText("subject") === "Fire Burn and Cauldron Bubble!" && nickOf(el) === "Romeo", {
          since: 0,
        }),
      )
      const again = await Seat.take(await club.login("romeo"), address, "Romeo")
      assert.equal(again.entry.subject.getChildText("subject"), "Fire Burn and Cauldron Bubble!")
      assert.equal(again.entry.subject.attrs["from"], `${address}/Romeo`)
      await again.leave()
    })

    test("§8.2 to §8.4: kick, voice", async () => {
      await done("<item nick='Bob' role='visitor'/>")
      await seen("Bob", "Bob member/visitor")
      await done("<item nick='Bob' role='participant'/>")
      await seen("Bob", "Bob member/participant")
      await done("<item nick='Bob' role='none'><reason>Avaunt, you cullion!</reason></item>")
      await seen("Bob", "Bob ← 307 by Romeo")
      // Who is as high as oneself stays.
      assert.ok(["not-allowed", "forbidden"].includes(conditionOf(await admin("<item nick='Carol' role='none'/>"))))
      assert.equal(conditionOf(await admin("<item nick='Nobody' role='none'/>")), "item-not-found")
    })

    test("§9: members, bans and lists, moderators", async () => {
      await done(`<item jid='${jid("bob")}' affiliation='member'/>`)
      await all((seat) => seat.presence("Bob", (el) => el.attrs["type"] === undefined))
      await done("<item nick='Alice' role='moderator'/>")
      await seen("Alice", "Alice admin/moderator")
      assert.deepEqual(await listed("affiliation='admin'"), [jid("alice")])
      await done(`<item jid='${jid("alice")}' affiliation='member'/>`)
      await seen("Alice", "Alice member/participant")
      assert.ok((await listed("affiliation='member'")).includes(jid("bob")))
      assert.ok((await listed("affiliation='owner'")).includes(jid("carol")))
      await done(`<item jid='${jid("bob")}' affiliation='outcast'><reason>Treason</reason></item>`)
      const ends = await all((seat) => seat.presence("Bob", (el) => codes(el).includes("301")))
      for (const end of ends) assert.equal(itemOf(end)?.attrs["affiliation"], "outcast")
    })

    test("§9.2: the ban list", async () => {
      assert.deepEqual(await listed("affiliation='outcast'"), [jid("bob")])
    })

    test("§9.2: a ban is lifted", async () => {
      await done(`<item jid='${jid("bob")}' affiliation='none'/>`)
      assert.deepEqual(await listed("affiliation='outcast'"), [])
    })

    test("XEP-0425: a moderator takes back what another said", async () => {
      await club.driver.ask({ op: "say", room, from: "alice", text: "Tybalt is a rat-catcher" })
      const [heard] = await all((seat) => seat.hears("Tybalt is a rat-catcher"))
      assert.ok(heard)
      const request = `<moderate xmlns='urn:xmpp:message-moderate:1' id='${stanzaId(heard)}'><retract xmlns='urn:xmpp:message-retract:1'/><reason>Rude</reason></moderate>`
      assert.equal((await first().iq("set", request)).attrs["type"], "result")
      await all((seat) =>
        seat.client.until(() => (seat.lines().includes("* retracts «Tybalt is a rat-catcher» for Romeo: Rude") ? true : undefined), {
          timeout: 10_000,
          what: "the retraction",
        }),
      )
      const left = await club.driver.ask<{ text: string; retracted?: boolean }[]>({ op: "messages", room })
      assert.ok(left.every(({ text, retracted }) => text !== "Tybalt is a rat-catcher" || retracted === true))
    })

    test("§10.2: the configuration", async () => {
      const shown = await first().iq("get", `<query xmlns='${nsOwner}'/>`)
      const form = shown.getChild("query", nsOwner)?.getChild("x", "jabber:x:data")
      assert.equal(
        form
          ?.getChildren("field")
          .find(({ attrs }) => attrs["var"] === "muc#roomconfig_roomname")
          ?.getChildText("value"),
        "Verona",
      )
      const field = (name: string, value: string) => `<field var='${name}'><value>${value}</value></field>`
      const submit = `<query xmlns='${nsOwner}'><x xmlns='jabber:x:data' type='submit'>${field("FORM_TYPE", "http://jabber.org/protocol/muc#roomconfig")}${field("muc#roomconfig_roomname", "Mantua")}</x></query>`
      const since = seats.map((seat) => seat.news().length)
      assert.equal((await first().iq("set", submit)).attrs["type"], "result")
      await all((seat) =>
        seat.client.until(() => (seat.news().length > (since[seats.indexOf(seat)] ?? 0) ? true : undefined), {
          timeout: 10_000,
          what: "104",
        }),
      )
      const info = await first().iq("get", "<query xmlns='http://jabber.org/protocol/disco#info'/>")
      assert.equal(info.getChild("query")?.getChild("identity")?.attrs["name"], "Mantua")
    })

    test("§7.5: private words to a foreign participant arrive as a direct message", async () => {
      await first().client.send(`<message type='chat' to='${address}/Alice' id='w1'><body>by and by</body><x xmlns='${nsUser}'/></message>`)
      await club.driver.ask({ op: "wait", account, to: "alice", kind: "send", text: "by and by" })
    })

    test("§10.9: destroying ends it for everybody", async () => {
      const answer = await first().iq("set", `<query xmlns='${nsOwner}'><destroy><reason>Macbeth doth come.</reason></destroy></query>`)
      assert.equal(answer.attrs["type"], "result", String(answer))
      for (const end of await all((seat) => seat.presence("Romeo", (el) => el.attrs["type"] === "unavailable"))) {
        const destroy = end.getChild("x", nsUser)?.getChild("destroy")
        assert.match(destroy?.getChildText("reason") ?? "", /Macbeth doth come/)
      }
      assert.equal(conditionOf(await first().iq("get", "<query xmlns='http://jabber.org/protocol/disco#info'/>")), "item-not-found")
    })

    test("who gives up the account is out of all its rooms", async () => {
      await club.driver.ask({ op: "room", room: "mantua", name: "Mantua", accounts: [account], members: ["alice"] })
      await club.drained(account)
      const stays: Seat[] = []
      for (const client of clients) stays.push(await Seat.take(client, roomJid("mantua", ""), "Romeo"))
      await club.driver.ask({ op: "say", room: "mantua", from: "alice", text: "poison" })
      for (const seat of stays) assert.equal(bodyOf(await seat.hears("poison")), "poison")
      const answer = await clients[0]?.iq("set", domain, "<query xmlns='jabber:iq:register'><remove/></query>")
      assert.equal(answer?.attrs["type"], "result", String(answer))
      for (const seat of stays) await seat.presence("Romeo", (el) => el.attrs["type"] === "unavailable")
    })
  })
}
