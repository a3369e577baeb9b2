// The main dialogue in a room, the same on every server: users and foreign people talk, answer, correct, take back, come, go and are renamed.
import assert from "node:assert/strict"
import { after, before, describe, test } from "node:test"
import type { TestClient } from "../support/client.js"
import { Club } from "../support/club.js"
import { Company } from "../support/company.js"
import { itemOf, nickOf, occupantIdOf, stanzaId } from "../support/seat.js"
import type { ServerConfig, XmppServer } from "../support/server.js"

const long = "Montague ".repeat(60).slice(0, 500)
const people = {
  alice1: { name: "Alice" },
  alice2: { name: "Alice", username: "alice_w" },
  rose: { name: "🌹🥀🌹" },
  david: { name: "דוד המלך" },
  longest: { name: long },
  crier: { name: "Crier" },
}
const nicks = {
  alice1: "Alice",
  alice2: "Alice (alice_w)",
  rose: "user rose",
  david: "דוד המלך",
  longest: [...long].slice(0, 64).join("").trim(),
  crier: "Crier",
}
const nsNick = "http://jabber.org/protocol/nick"

/** Romeo and Juliet with so many clients each. `brief`: without what does not depend on the server. */
export function describeDialogue(start: (config: ServerConfig) => Promise<XmppServer>, counts: readonly number[]): void {
  let club: Club
  const logins = new Map<string, TestClient[]>()

  before(async () => {
    club = await Club.open({ start, users: ["romeo", "juliet"] })
    for (const [id, one] of Object.entries(people)) await club.driver.ask({ op: "person", id, ...one })
    const most = Math.max(...counts)
    for (const user of ["romeo", "juliet"]) {
      logins.set(user, await Promise.all(Array.from({ length: most }, (_, i) => club.login(user, { resource: `${user}-${i}` }))))
    }
  })
  after(() => club.close())

  for (const count of counts) {
    describe(`two users with ${count === 1 ? "one client" : `${count} clients`} each`, () => {
      const room = `verona${count}`
      let company: Company

      test("come in: who is there, oneself, history, subject; the others are told once of each user", async () => {
        const members = [
          "alice1",
          "alice2",
          "rose",
          { id: "david", role: "admin", title: "Rex" },
          { id: "longest", role: "owner" },
          "crier",
        ]
        await club.room(room, { name: "Verona 🌹", topic: "Two households", members })
        await club.driver.ask({ op: "say", room, from: "alice1", text: "Prologue" })
        await club.drained()
        const of = (user: string): TestClient[] => (logins.get(user) ?? []).slice(0, count)
        company = await Company.enter(club, room, { Romeo: of("romeo"), Juliet: of("juliet") })
        for (const seat of company.all) {
          const { faces, history, subject, self } = seat.entry
          const foreign = [
            `${nicks.alice1} member/participant`,
            `${nicks.alice2} member/participant`,
            `${nicks.rose} member/participant`,
            `${nicks.david} admin/moderator`,
            `${nicks.longest} owner/moderator`,
            `${nicks.crier} member/participant`,
          ]
          const other = seat.nick === "Juliet" ? ["Romeo member/participant"] : []
          assert.deepEqual(faces.toSorted(), [...foreign, ...other].sort())
          assert.deepEqual(
            history.map((el) => `${nickOf(el)}: ${el.getChildText("body")}`),
            ["Alice: Prologue"],
          )
          assert.equal(subject.getChildText("subject"), "Two households")
          assert.equal(itemOf(self)?.attrs["jid"], seat.client.jid)
        }
        for (const seat of company.clients("Romeo")) assert.deepEqual(seat.comings(), ["Juliet member/participant"])
        for (const seat of company.clients("Juliet")) assert.deepEqual(seat.comings(), [])
      })

      test("true names beside nicks (XEP-0172), titles (XEP-0317), occupant ids (XEP-0421), the same for all", async () => {
        const presences = company.of("Romeo").client.received.filter((el) => el.is("presence"))
        const of = (nick: string) => {
          const found = presences.findLast((el) => el.attrs["from"] === `${company.address}/${nick}`)
          assert.ok(found, nick)
          return found
        }
        assert.equal(of(nicks.rose).getChildText("nick", nsNick), people.rose.name)
        assert.equal(of(nicks.longest).getChildText("nick", nsNick), people.longest.name)
        assert.equal(of(nicks.david).getChild("hats", "urn:xmpp:hats:0")?.getChild("hat")?.attrs["title"], "Rex")
        const ids = Object.values(nicks).map((nick) => occupantIdOf(of(nick)))
        assert.equal(new Set([...ids, undefined]).size, ids.length + 1)
        await company.foreign("rose", nicks.rose, "by any other name")
        for (const el of await company.hear("by any other name")) assert.equal(occupantIdOf(el), occupantIdOf(of(nicks.rose)))
      })

      test("everybody's words reach everybody once, one's own with the id one gave (XEP-0359)", async () => {
        await company.foreign("alice1", "Alice", "Do you bite your thumb at us, sir?")
        await company.foreign("alice2", "Alice (alice_w)", "I do bite my thumb, sir.")
        await company.foreign("david", nicks.david, "שלום")
        await company.foreign("longest", nicks.longest, "Hold me not, let me go.")
        const own = await company.says("Romeo", "Is the day so young?", { client: -1 })
        await company.says("Juliet", "<b>&amp;</b> ]]> \u{1f339}")
        const ids = (await company.hear("Is the day so young?")).map((el) => [stanzaId(el), el.attrs["id"]])
        for (const id of ids) assert.deepEqual(id, [stanzaId(own), own.attrs["id"]])
        const sent = await club.driver.ask<{ text: string }[]>({ op: "list", room, kind: "send" })
        assert.deepEqual(
          sent.map(({ text }) => text),
          ["Romeo: Is the day so young?", "Juliet: <b>&amp;</b> ]]> \u{1f339}"],
        )
      })

      test("answers both ways (XEP-0461)", async () => {
        const asked = await company.foreign("alice1", "Alice", "But new struck nine.")
        const [heard] = await company.hear("But new struck nine.")
        assert.ok(heard)
        const to = `<reply xmlns='urn:xmpp:reply:0' id='${stanzaId(heard)}' to='${company.address}/Alice'/>`
        await company.says("Romeo", "Ay me! sad hours seem long.", {
          more: to,
          line: "Romeo: Ay me! sad hours seem long. to «But new struck nine.»",
        })
        const [record] = await club.driver.ask<{ reply?: string; id: string }[]>({
          op: "list",
          room,
          text: "Romeo: Ay me! sad hours seem long.",
        })
        assert.equal(record?.reply, asked)
        const line = "Alice: What sadness? to «Ay me! sad hours seem long.»"
        await company.foreign("alice1", "Alice", "What sadness?", { reply: record.id, line })
      })

      test("corrections both ways (XEP-0308)", async () => {
        const wrong = await company.says("Juliet", "Wherefor art thou?")
        const replace = `<replace xmlns='urn:xmpp:message-correct:0' id='${wrong.attrs["id"]}'/>`
        await company.says("Juliet", "Wherefore art thou?", {
          more: replace,
          line: "Juliet: Wherefore art thou? instead of «Wherefor art thou?»",
        })
        const id = await company.foreign("alice2", "Alice (alice_w)", "Rome is there")
        await club.driver.ask({ op: "edit", room, id, text: "Romeo is there" })
        company.expected.push("Alice (alice_w): Romeo is there instead of «Rome is there»")
        await company.hear("Romeo is there")
        const posts = await club.driver.ask<{ text: string }[]>({ op: "messages", room })
        assert.deepEqual(
          posts.slice(-2).map(({ text }) => text),
          ["Juliet: Wherefore art thou?", "Romeo is there"],
        )
      })

      test("taking back both ways (XEP-0424), and by an admin of the network (XEP-0425)", async () => {
        const said = await company.says("Romeo", "Tut, I have lost myself")
        const retract = `<retract xmlns='urn:xmpp:message-retract:1' id='${stanzaId(said)}'/>`
        const retraction = await company.of("Romeo").send("/me took it back", retract)
        await Promise.all(company.all.map((seat) => seat.reflected(retraction)))
        company.expected.push("Romeo retracts «Tut, I have lost myself»")
        const [own, moderated] = [
          await company.foreign("alice1", "Alice", "a rash word"),
          await company.foreign("alice1", "Alice", "a rude one"),
        ]
        await club.driver.ask({ op: "retract", room, ids: [own], by: "alice1" })
        await club.driver.ask({ op: "retract", room, ids: [moderated], by: "david" })
        company.expected.push("Alice retracts «a rash word»", `* retracts «a rude one» for ${nicks.david}`)
        await company.agree()
      })

      test("many at once: all see one order, in which nobody's words are in another than they were said in", async () => {
        const texts = (who: string): string[] => Array.from({ length: 8 }, (_, i) => `${who} ${i}`)
        const work: [string, string[], (text: string) => Promise<unknown>][] = [
          ...company.all.map((seat, i): (typeof work)[number] => [seat.nick, texts(`client ${i}`), (text) => seat.send(text)]),
          ...(["alice1", "alice2"] as const).map((from): (typeof work)[number] => [
            nicks[from],
            texts(from),
            (text) => club.driver.ask({ op: "say", room, from, text }),
          ]),
        ]
        await Promise.all(
          work.map(async ([, each, say]) => {
            for (const text of each) await say(text)
          }),
        )
        const count = work.length * 8
        const before = company.expected.length
        for (const seat of company.all)
          await seat.client.until(() => (seat.talk().length >= before + count ? true : undefined), {
            timeout: 15_000,
            what: `${count} lines`,
          })
        // What the network's people say while an answer of the network is under way may come before or after it; the rest is certain.
        const seen = company.of("Romeo").lines().slice(before)
        for (const [nick, each] of work) {
          const lines = each.map((text) => `${nick}: ${text}`)
          assert.deepEqual(
            seen.filter((line) => lines.includes(line)),
            lines,
          )
        }
        const posts = await club.driver.ask<{ text: string; from: string }[]>({ op: "messages", room })
        const ours = posts.slice(-count).filter(({ from }) => from === "club")
        assert.deepEqual(
          seen.filter((line) => /client \d/.test(line)),
          ours.map(({ text }) => text),
        )
        assert.equal(seen.length, count)
        company.expected.push(...seen)
        await company.agree()
      })

      test("typing is told to the others and to the network (XEP-0085)", async () => {
        await company
          .of("Juliet")
          .client.send(
            `<message to='${company.address}' type='groupchat'><composing xmlns='http://jabber.org/protocol/chatstates'/></message>`,
          )
        const typing = (seat: ReturnType<Company["of"]>, nick: string) =>
          seat.client.waitFor(
            `<message type='groupchat' from='${company.address}/${nick}'><composing xmlns='http://jabber.org/protocol/chatstates'/></message>`,
            { since: 0 },
          )
        await Promise.all(company.all.map((seat) => typing(seat, "Juliet")))
        await club.driver.ask({ op: "wait", room, kind: "typing" })
        await club.driver.ask({ op: "typing", room, from: "alice1" })
        await Promise.all(company.all.map((seat) => typing(seat, "Alice")))
      })

      test("people come, are renamed, get titles, go, are removed and banned", async () => {
        const since = company.all.map((seat) => seat.comings().length)
        await club.driver.ask({ op: "person", id: `tybalt${count}`, name: "Tybalt" })
        const member = (user: string, change: "joined" | "left" | "kicked" | "banned" | "changed", more = {}) =>
          club.driver.ask({ op: "member", room, user, change, ...more })
        await member(`tybalt${count}`, "joined")
        await company.see("Tybalt")
        await member(`tybalt${count}`, "changed", { role: "admin", title: "Prince of Cats" })
        await company.see("Tybalt", (el) => el.getChild("hats", "urn:xmpp:hats:0")?.getChild("hat")?.attrs["title"] === "Prince of Cats")
        await club.driver.ask({ op: "person", id: `tybalt${count}`, name: "Tybalt Capulet" })
        // The network tells with their next words.
        await company.foreign(`tybalt${count}`, "Tybalt Capulet", "Peace? I hate the word")
        await member(`tybalt${count}`, "changed", { role: "muted" })
        await company.see("Tybalt Capulet", (el) => itemOf(el)?.attrs["role"] === "visitor")
        await member(`tybalt${count}`, "left")
        await company.see("Tybalt Capulet", (el) => el.attrs["type"] === "unavailable")
        await member("alice1", "kicked", { by: "david" })
        await member("alice2", "banned", { by: "longest" })
        await company.see("Alice (alice_w)", (el) => el.attrs["type"] === "unavailable")
        const expected = [
          "Tybalt member/participant",
          "Tybalt admin/moderator",
          "Tybalt → Tybalt Capulet",
          "Tybalt Capulet admin/moderator",
          "Tybalt Capulet member/visitor",
          "Tybalt Capulet ←",
          `Alice ← 307 by ${nicks.david}`,
          `Alice (alice_w) ← 301 by ${nicks.longest}`,
        ]
        company.all.forEach((seat, i) => assert.deepEqual(seat.comings().slice(since[i]), expected))
      })

      test("the subject changes for all, with who set it", async () => {
        await club.driver.ask({ op: "room", room, topic: "A plague o' both your houses!", by: "david" })
        company.expected.push(`${nicks.david} sets the subject «A plague o' both your houses!»`)
        await company.agree()
        for (const seat of company.all) assert.deepEqual(seat.news(), ["104"])
      })

      test("a user takes another nick, with all clients (303)", async () => {
        const since = company.all.map((seat) => seat.comings().length)
        const seat = company.of("Romeo", -1)
        await seat.client.send(`<presence to='${company.address}/Romeo Montague'/>`)
        await company.see("Romeo Montague")
        company.all.forEach((each, i) =>
          assert.deepEqual(each.comings().slice(since[i]), ["Romeo → Romeo Montague", "Romeo Montague member/participant"]),
        )
        await seat.client.send(`<presence to='${company.address}/Romeo'/>`)
        await company.see("Romeo", (el) => el.attrs["type"] === undefined)
      })

      test("they go one by one: the others see the last client's going; nothing was missed or doubled", async () => {
        await company.agree()
        for (const seat of company.clients("Juliet").slice(1)) await seat.leave()
        await company.of("Romeo").client.fence()
        const [juliet] = company.clients("Juliet")
        assert.ok(juliet)
        await juliet.leave("<status>a rose</status>")
        for (const seat of company.clients("Romeo")) {
          await seat.presence("Juliet", (el) => el.attrs["type"] === "unavailable" && el.getChildText("status") === "a rose")
          assert.equal(
            seat
              .comings()
              .filter((line) => line.startsWith("Juliet"))
              .at(-1),
            "Juliet ←",
          )
          assert.equal(seat.comings().filter((line) => line === "Juliet ←").length, 1)
        }
        await Promise.all(company.clients("Romeo").map((seat) => seat.leave()))
        assert.deepEqual(
          club.gateway.log.filter(({ level }) => level === "error" || level === "fatal"),
          [],
        )
      })
    })
  }
}
