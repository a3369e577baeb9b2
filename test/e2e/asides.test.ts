// Reactions, marks of what was read, and polls through real servers, with several clients of one user, while some are away.
import assert from "node:assert/strict"
import { after, before, describe, test } from "node:test"
import type { Element } from "@xmpp/xml"
import type { SentRecord } from "xferry-adapter-loopback"
import type { TestClient } from "../support/client.js"
import { Club, domain, roomJid } from "../support/club.js"
import { startEjabberd } from "../support/ejabberd.js"
import { startProsody } from "../support/prosody.js"
import { Seat, stanzaId } from "../support/seat.js"

const juliet = `juliet@${domain}`
const ns = "urn:xmpp:reactions:0"
const nsMarkers = "urn:xmpp:chat-markers:0"
const nsCommands = "http://jabber.org/protocol/commands"
const poll = { type: "choice", as: "poll", options: [{ id: "m", text: "Montague", votes: 0 }, { id: "c", text: "Capulet", votes: 0 }] } as const // prettier-ignore

const emojiOf = (el: Element): string => (el.getChild("reactions", ns)?.getChildren("reaction") ?? []).map((one) => one.text()).join(" ")
const reactionsTo =
  (target: string, emoji: string, type = "chat") =>
  (el: Element): boolean =>
    el.is("message") && el.attrs["type"] === type && el.getChild("reactions", ns)?.attrs["id"] === target && emojiOf(el) === emoji
const reactions = (target: string, emoji: readonly string[]): string =>
  `<reactions xmlns='${ns}' id='${target}'>${emoji.map((one) => `<reaction>${one}</reaction>`).join("")}</reactions><store xmlns='urn:xmpp:hints'/>`

for (const [name, start] of [
  ["Prosody", startProsody],
  ["ejabberd", startEjabberd],
] as const) {
  describe(`what is said beside the talk on ${name}`, { timeout: 240_000 }, () => {
    let club: Club
    let romeo: TestClient
    let phone: TestClient

    before(async () => {
      club = await Club.open({ users: ["romeo", "nurse"], start })
      await club.driver.ask({ op: "person", id: "juliet", name: "Juliet" })
      romeo = await club.login("romeo", { resource: "orchard", acceptSubscriptions: true, carbons: true })
      phone = await club.login("romeo", { resource: "phone", carbons: true })
      const form = `<x xmlns='jabber:x:data' type='submit'><field var='name'><value>romeo</value></field><field var='password'><value>p</value></field></x>`
      const answer = await romeo.iq("set", domain, `<query xmlns='jabber:iq:register'>${form}</query>`)
      assert.equal(answer.attrs["type"], "result", String(answer))
      await club.attached("romeo")
    })
    after(() => club.close())

    const told = (kind: SentRecord["kind"], to: string, count: number): Promise<SentRecord[]> =>
      club.driver.ask<SentRecord[]>({ op: "wait", for: "sent", kind, to, count })
    const her = { account: "romeo", from: "juliet" } as const

    test("reactions in a direct chat come to every client, and to one that was away from its archive", async () => {
      const { id } = await club.driver.ask<{ id: string }>({ op: "say", ...her, text: "Ay me!" })
      const hers = (await romeo.waitForMessage(juliet, "Ay me!")).attrs["id"] ?? ""
      await club.driver.ask({ op: "react", ...her, id, set: ["🌹"] })
      for (const client of [romeo, phone]) await client.waitFor(reactionsTo(hers, "🌹"), { since: 0 })
      const sent = await romeo.say(juliet, "She speaks", { receipt: true })
      const [record] = await told("send", "juliet", 1)
      await club.driver.ask({ op: "react", ...her, id: record?.id ?? "", add: "❤️" })
      await phone.waitFor(reactionsTo(sent, "❤️"), { since: 0 })
      // His own: on the network once, and to his other client as a carbon.
      const asked = romeo.id()
      await romeo.send(`<message to='${juliet}' type='chat' id='${asked}'>${reactions(hers, ["👂", "😍"])}</message>`)
      assert.deepEqual((await told("react", "juliet", 1))[0]?.emoji, ["👂", "😍"])
      await phone.waitFor((el) => el.is("message") && String(el).includes(asked), { since: 0, what: "the carbon" })
      // While nobody is there.
      await romeo.disconnect()
      await phone.disconnect()
      await club.driver.ask({ op: "react", ...her, id, set: [] })
      await club.drained("romeo")
      romeo = await club.login("romeo", { resource: "orchard", carbons: true })
      phone = await club.login("romeo", { resource: "phone", carbons: true })
      for (;;) {
        const archived = (await romeo.archive(juliet)).filter((el) => el.getChild("reactions", ns) && el.attrs["from"] === juliet)
        if (archived.length < 3) continue
        assert.deepEqual(archived.map((el) => [el.getChild("reactions", ns)?.attrs["id"], emojiOf(el)]), [[hers, "🌹"], [sent, "❤️"], [hers, ""]]) // prettier-ignore
        break
      }
      const nothing = romeo.id()
      await romeo.send(`<message to='${juliet}' type='chat' id='${nothing}'>${reactions("nothing", ["👂"])}</message>`)
      const error = await romeo.waitFor(`<message type='error' id='${nothing}'/>`)
      assert.ok(error.getChild("error")?.getChild("item-not-found"), String(error))
    })

    test("reactions in a room come to all who are there, and stay in its archive", async () => {
      await club.room("verona", { members: ["juliet"] })
      const room = roomJid("verona")
      const nurse = await club.login("nurse")
      const seats = [await Seat.take(romeo, room, "Romeo"), await Seat.take(phone, room, "Romeo"), await Seat.take(nurse, room, "Nurse")]
      const { id } = await club.driver.ask<{ id: string }>({ op: "say", room: "verona", from: "juliet", text: "What's in a name?" })
      const said = stanzaId(await nurse.waitForMessage(`${room}/Juliet`, "What's in a name?"))
      await club.driver.ask({ op: "react", room: "verona", from: "juliet", id, add: "🌹" })
      await romeo.send(`<message to='${room}' type='groupchat' id='r1'>${reactions(said, ["👏"])}</message>`)
      for (const { client } of seats) {
        const hers = await client.waitFor(reactionsTo(said, "🌹", "groupchat"), { since: 0 })
        const his = await client.waitFor(reactionsTo(said, "👏", "groupchat"), { since: 0 })
        assert.deepEqual([hers.attrs["from"], his.attrs["from"], his.attrs["id"]], [`${room}/Juliet`, `${room}/Romeo`, "r1"])
      }
      assert.deepEqual((await told("react", "verona", 1))[0]?.emoji, ["👏"])
      const since = nurse.received.length
      await nurse.iq("set", room, "<query xmlns='urn:xmpp:mam:2'/>")
      const archived = nurse.received.slice(since).flatMap((el) => {
        const one = el.getChild("result", "urn:xmpp:mam:2")?.getChild("forwarded", "urn:xmpp:forward:0")?.getChild("message")
        return one?.getChild("reactions", ns) ? `${one.attrs["from"]?.split("/")[1]} ${emojiOf(one)}` : []
      })
      assert.deepEqual(archived, ["Juliet 🌹", "Romeo 👏"])
    })

    test("what was read is told both ways", async () => {
      const sent = await romeo.say(juliet, "Have you read it?", { receipt: true })
      const record = (await told("send", "juliet", 2)).at(-1)
      await club.driver.ask({ op: "read", ...her, upTo: record?.id ?? "" })
      await phone.waitFor(`<message from='${juliet}'><displayed xmlns='${nsMarkers}' id='${sent}'/></message>`, { since: 0 })
      const { id } = await club.driver.ask<{ id: string }>({ op: "say", ...her, text: "Every word." })
      const words = await romeo.waitForMessage(juliet, "Every word.")
      assert.ok(words.getChild("markable", nsMarkers))
      await romeo.send(
        `<message to='${juliet}' type='chat' id='${romeo.id()}'><displayed xmlns='${nsMarkers}' id='${words.attrs["id"]}'/></message>`,
      )
      assert.equal((await told("read", "juliet", 1)).at(-1)?.id, id)
    })

    test("a poll is answered at her address, and its tally comes as a correction", async () => {
      const { id } = await club.driver.ask<{ id: string }>({
        op: "say",
        ...her,
        text: "Which house?",
        extras: [{ ...poll, options: [...poll.options] }],
      })
      const asked = await romeo.waitForMessage(juliet, /^Which house\?/)
      const listed = await romeo.iq("get", juliet, `<query xmlns='http://jabber.org/protocol/disco#items' node='${nsCommands}'/>`)
      assert.ok(String(listed).includes("choose"), String(listed))
      const form = await romeo.iq("set", juliet, `<command xmlns='${nsCommands}' node='choose'/>`)
      const session = form.getChild("command", nsCommands)?.attrs["sessionid"] ?? ""
      const submit = `<x xmlns='jabber:x:data' type='submit'><field var='option'><value>2. Capulet</value></field></x>`
      const done = await romeo.iq("set", juliet, `<command xmlns='${nsCommands}' node='choose' sessionid='${session}'>${submit}</command>`)
      assert.equal(done.getChild("command", nsCommands)?.getChildText("note"), "You chose Capulet.", String(done))
      const tallied = await phone.waitForMessage(juliet, /2\. Capulet — 1 vote/, { since: 0 })
      assert.equal(tallied.getChild("replace", "urn:xmpp:message-correct:0")?.attrs["id"], asked.attrs["id"])
      await phone.say(juliet, "1", { inner: `<reply xmlns='urn:xmpp:reply:0' id='${asked.attrs["id"]}'/>` })
      await phone.waitForMessage(juliet, "ℹ You chose Montague.")
      assert.deepEqual((await told("interact", "juliet", 2)).map((one) => [one.id, one.choose]), [[id, ["c"]], [id, ["m"]]]) // prettier-ignore
    })
  })
}
