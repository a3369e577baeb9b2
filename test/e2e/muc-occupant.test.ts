// An occupant's use cases (XEP-0045 §6, §7), self-ping (XEP-0410), the archive (XEP-0313) and bookmarks (XEP-0402), as the examples there go.
import assert from "node:assert/strict"
import type { Element } from "@xmpp/xml"
import { after, before, describe, test } from "node:test"
import type { TestClient } from "../support/client.js"
import { Club, domain, roomJid } from "../support/club.js"
import { bodyOf, codes, conditionOf, JoinError, nickOf, Seat, stanzaId } from "../support/seat.js"

const nsInfo = "http://jabber.org/protocol/disco#info"
const nsUser = "http://jabber.org/protocol/muc#user"
const nsMam = "urn:xmpp:mam:2"
const nsRegister = "jabber:iq:register"

const failure = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => "no error",
    (error: unknown) => (error instanceof JoinError ? error.condition : String(error)),
  )

for (const count of [1, 3]) {
  describe(`occupants with ${count === 1 ? "one client" : `${count} clients`} each`, () => {
    let club: Club
    let romeo: TestClient[]
    let juliet: TestClient[]
    const room = "verona"
    const address = roomJid(room)
    const texts = Array.from({ length: 30 }, (_, i) => `line ${i}`)
    const seats = { romeo: [] as Seat[], juliet: [] as Seat[] }
    const first = (list: readonly Seat[]): Seat => {
      const [seat] = list
      assert.ok(seat)
      return seat
    }
    const client = (): TestClient => first(seats.romeo).client

    before(async () => {
      club = await Club.open({ users: ["romeo", "juliet"] })
      await club.driver.ask({ op: "person", id: "alice", name: "Alice" })
      romeo = await Promise.all(Array.from({ length: count }, () => club.login("romeo")))
      juliet = await Promise.all(Array.from({ length: count }, () => club.login("juliet")))
      await club.room(room, { name: "Verona", topic: "Two households", members: ["alice"] })
      for (const text of texts) await club.driver.ask({ op: "say", room, from: "alice", text })
      await club.drained()
      for (const one of romeo) seats.romeo.push(await Seat.take(one, address, "Romeo"))
      for (const one of juliet) seats.juliet.push(await Seat.take(one, address, "Juliet"))
    })
    after(() => club.close())

    test("§6: rooms are found, and tell what they are", async () => {
      const items = await client().iq("get", domain, "<query xmlns='http://jabber.org/protocol/disco#items'/>")
      const found = items
        .getChild("query")
        ?.getChildren("item")
        .find(({ attrs }) => attrs["jid"] === address)
      assert.equal(found?.attrs["name"], "Verona", String(items))
      const info = (await client().iq("get", address, `<query xmlns='${nsInfo}'/>`)).getChild("query", nsInfo)
      const identity = info?.getChild("identity")?.attrs
      assert.deepEqual([identity?.["category"], identity?.["type"], identity?.["name"]], ["conference", "text", "Verona"])
      const features = (info?.getChildren("feature") ?? []).map(({ attrs }) => attrs["var"] ?? "")
      const wanted = ["http://jabber.org/protocol/muc", "muc_persistent", "muc_membersonly", "muc_semianonymous", nsMam]
      wanted.push("http://jabber.org/protocol/muc#stable_id", "http://jabber.org/protocol/muc#self-ping-optimization")
      wanted.push(
        "urn:xmpp:occupant-id:0",
        "urn:xmpp:sid:0",
        "urn:xmpp:message-correct:0",
        "urn:xmpp:reply:0",
        "urn:xmpp:message-retract:1",
      )
      assert.deepEqual(
        wanted.filter((feature) => !features.includes(feature)),
        [],
      )
      assert.equal(new Set(features).size, features.length)
      const reserved = await client().iq("get", address, `<query xmlns='${nsInfo}' node='x-roomuser-item'/>`)
      assert.equal(reserved.getChild("query")?.getChild("identity")?.attrs["name"], "Romeo")
    })

    test("§7.2.1, §7.2.8, §7.2.9: no nick, another's nick, no such room, another's room", async () => {
      const bare = client().id()
      await client().send(`<presence to='${address}' id='${bare}'><x xmlns='http://jabber.org/protocol/muc'/></presence>`)
      assert.equal(conditionOf(await first(seats.romeo).refused(bare)), "jid-malformed")
      const stranger = await club.login("juliet")
      assert.equal(await failure(Seat.take(await club.login("romeo"), roomJid("nowhere"), "Romeo")), "item-not-found")
      assert.equal(await failure(Seat.take(stranger, roomJid(room, ""), "Juliet")), "registration-required")
      for (const nick of ["Alice", "ALICE"]) {
        const id = client().id()
        await client().send(`<presence to='${address}/${nick}' id='${id}'/>`)
        assert.equal(conditionOf(await first(seats.romeo).refused(id)), "conflict")
      }
      // Who comes with another nick than the user's other clients gets theirs (210).
      const seat = await Seat.take(stranger, address, "Giulietta")
      assert.equal(seat.nick, "Juliet")
      assert.ok(codes(seat.entry.self).includes("210"))
      await seat.leave()
    })

    test("§7.2.13: as much history as one asks for", async () => {
      const seat = first(seats.romeo)
      const history = async (attributes: string): Promise<(string | null)[]> =>
        (await seat.enter(attributes && `<history ${attributes}/>`)).history.map(bodyOf)
      assert.deepEqual(await history(""), texts.slice(-20))
      assert.deepEqual(await history("maxstanzas='3'"), texts.slice(-3))
      assert.deepEqual(await history("maxstanzas='0'"), [])
      assert.deepEqual(await history("maxchars='0'"), [])
      assert.deepEqual(await history("since='1970-01-01T00:00:00Z'"), texts)
      assert.deepEqual(await history("seconds='86400'"), texts)
      assert.deepEqual(await history("since='2100-01-01T00:00:00Z'"), [])
      assert.deepEqual(await history("since='1970-01-01T00:00:00Z' maxstanzas='2'"), texts.slice(-2))
      const some = await history("maxchars='2000'")
      assert.ok(some.length > 0 && some.length < 20)
      assert.deepEqual(some, texts.slice(-some.length))
      await history("maxstanzas='0'")
    })

    test("XEP-0410: one's own nick answers, from without it does not", async () => {
      const ping = "<ping xmlns='urn:xmpp:ping'/>"
      for (const seat of [...seats.romeo, ...seats.juliet]) assert.equal((await seat.iq("get", ping, seat.nick)).attrs["type"], "result")
      assert.equal(conditionOf(await first(seats.romeo).iq("get", ping, "Nobody")), "item-not-found")
      const outside = await club.login("romeo")
      assert.equal(conditionOf(await outside.iq("get", `${address}/Romeo`, ping)), "not-acceptable")
    })

    test("§7.5: words to one alone reach all of their clients, and nobody else", async () => {
      const author = first(seats.romeo).client
      await author.send(`<message type='chat' to='${address}/Juliet' id='pm1'><body>in private</body><x xmlns='${nsUser}'/></message>`)
      for (const seat of seats.juliet) {
        const heard = await seat.client.waitFor((el) => bodyOf(el) === "in private", { since: 0 })
        assert.deepEqual([heard.attrs["from"], heard.attrs["type"]], [`${address}/Romeo`, "chat"])
        assert.ok(heard.getChild("x", nsUser))
      }
      for (const seat of seats.romeo) assert.ok(!seat.client.received.some((el) => bodyOf(el) === "in private" && nickOf(el) === "Romeo"))
      await author.send(`<message type='groupchat' to='${address}/Juliet' id='pm2'><body>no</body></message>`)
      assert.equal(conditionOf(await first(seats.romeo).refused("pm2")), "bad-request")
      await author.send(`<message type='chat' to='${address}/Nobody' id='pm3'><body>no</body></message>`)
      assert.equal(conditionOf(await first(seats.romeo).refused("pm3")), "item-not-found")
    })

    test("§7.7, §7.8: availability is passed on, invitations go through the room", async () => {
      const author = first(seats.romeo).client
      await author.send(`<presence to='${address}/Romeo'><show>xa</show><status>gone where he got it</status></presence>`)
      for (const seat of [...seats.romeo, ...seats.juliet]) await seat.presence("Romeo", (el) => el.getChildText("show") === "xa")
      await author.send(
        `<message to='${address}' id='invite'><x xmlns='${nsUser}'><invite to='juliet@example.test'><reason>Hey</reason></invite></x></message>`,
      )
      const invited = await Promise.any(
        juliet.map((one) => one.waitFor((el) => el.getChild("x", nsUser)?.getChild("invite") !== undefined, { since: 0 })),
      )
      assert.equal(invited.attrs["from"], address)
      assert.equal(invited.getChild("x", nsUser)?.getChild("invite")?.attrs["from"], "romeo@example.test")
      assert.equal(invited.getChild("x", "jabber:x:conference")?.attrs["jid"], address)
    })

    test("§7.10: registering keeps a nick", async () => {
      const asked = await first(seats.romeo).iq("get", `<query xmlns='${nsRegister}'/>`)
      assert.equal(asked.getChild("query", nsRegister)?.getChildText("username"), "Romeo")
      const form = (nick: string) =>
        `<query xmlns='${nsRegister}'><x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE'><value>http://jabber.org/protocol/muc#register</value></field><field var='muc#register_roomnick'><value>${nick}</value></field></x></query>`
      assert.equal(conditionOf(await first(seats.romeo).iq("set", form("Juliet"))), "conflict")
      assert.equal((await first(seats.romeo).iq("set", form("Romeo M."))).attrs["type"], "result")
      for (const seat of [...seats.romeo, ...seats.juliet]) await seat.presence("Romeo M.")
      assert.equal((await first(seats.romeo).iq("set", form("Romeo"))).attrs["type"], "result")
      for (const seat of [...seats.romeo, ...seats.juliet]) await seat.presence("Romeo", (el) => el.attrs["type"] === undefined)
    })

    test("what a member may not do is refused (§8, §9, §10)", async () => {
      const seat = first(seats.juliet)
      const admin = (item: string) => seat.iq("set", `<query xmlns='http://jabber.org/protocol/muc#admin'>${item}</query>`)
      assert.equal(conditionOf(await admin("<item nick='Alice' role='none'/>")), "forbidden")
      assert.equal(conditionOf(await admin(`<item jid='alice!club@${domain}' affiliation='outcast'/>`)), "forbidden")
      const owner = "http://jabber.org/protocol/muc#owner"
      assert.equal(conditionOf(await seat.iq("get", `<query xmlns='${owner}'/>`)), "forbidden")
      assert.equal(conditionOf(await seat.iq("set", `<query xmlns='${owner}'><destroy/></query>`)), "forbidden")
      const id = seat.client.id()
      await seat.client.send(`<message to='${address}' type='groupchat' id='${id}'><subject>mine</subject></message>`)
      assert.equal(conditionOf(await seat.refused(id)), "forbidden")
    })

    test("XEP-0313: the archive pages exactly, and has what everybody saw", async () => {
      const seat = first(seats.romeo)
      const live = await seat.say("for the record")
      const everything = [...texts, "for the record"]
      const pages: Element[][] = []
      const query = async (set: string): Promise<{ found: Element[]; fin: Element }> => {
        const since = seat.client.received.length
        const answer = await seat.iq(
          "set",
          `<query xmlns='${nsMam}' queryid='q${since}'><set xmlns='http://jabber.org/protocol/rsm'>${set}</set></query>`,
        )
        const fin = answer.getChild("fin", nsMam)
        assert.ok(fin, String(answer))
        const found = seat.client.received.slice(since).flatMap((el) => el.getChild("result", nsMam) ?? [])
        return { found, fin }
      }
      const rsm = (fin: Element) => fin.getChild("set", "http://jabber.org/protocol/rsm")
      for (let after = ""; ;) {
        const { found, fin } = await query(`<max>10</max>${after && `<after>${after}</after>`}`)
        pages.push(found)
        assert.equal(rsm(fin)?.getChildText("count"), String(everything.length))
        assert.equal(rsm(fin)?.getChild("first")?.attrs["index"], String(10 * (pages.length - 1)))
        after = rsm(fin)?.getChildText("last") ?? ""
        if (fin.attrs["complete"] === "true") break
      }
      assert.deepEqual(
        pages.map((page) => page.length),
        [10, 10, 10, 1],
      )
      const bodies = pages.flat().map((el) => el.getChild("forwarded", "urn:xmpp:forward:0")?.getChild("message")?.getChildText("body"))
      assert.deepEqual(bodies, everything)
      assert.equal(pages.at(-1)?.[0]?.attrs["id"], stanzaId(live))
      const { found } = await query("<max>2</max><before/>")
      assert.deepEqual(
        found.map((el) => el.getChild("forwarded", "urn:xmpp:forward:0")?.getChild("message")?.getChildText("body")),
        everything.slice(-2),
      )
      const metadata = (await seat.iq("get", `<metadata xmlns='${nsMam}'/>`)).getChild("metadata", nsMam)
      assert.equal(metadata?.getChild("start")?.attrs["id"], pages[0]?.[0]?.attrs["id"])
      assert.equal(metadata?.getChild("end")?.attrs["id"], stanzaId(live))
      const none = await seat.iq(
        "set",
        `<query xmlns='${nsMam}'><set xmlns='http://jabber.org/protocol/rsm'><after>nothing</after></set></query>`,
      )
      assert.equal(conditionOf(none), "item-not-found")
    })
  })
}
