// Messages of users that are several on the network, or several stanzas in a room: answered, thought of and taken back as one.
import assert from "node:assert/strict"
import { randomUUID } from "node:crypto"
import { after, before, describe, test } from "node:test"
import type { Element } from "@xmpp/xml"
import { loopback, standard } from "xferry-adapter-loopback"
import { FakeMedia } from "../support/fake-media.js"
import { Play, domain } from "../support/core-kit.js"
import { quickClock } from "../support/quick-clock.js"

const romeo = "romeo@example.test/orchard"
const mercutio = "mercutio@example.test/street"
const nsRetract = "urn:xmpp:message-retract:1"
const sfs = (url: string): string =>
  `<file-sharing xmlns='urn:xmpp:sfs:0'><file xmlns='urn:xmpp:file:metadata:0'/>` +
  `<sources><url-data xmlns='http://jabber.org/protocol/url-data' target='${url}'/></sources></file-sharing>`

const emojiIn = (el: Element): string[] =>
  el
    .getChild("reactions")
    ?.getChildren("reaction")
    .map((one) => one.getText()) ?? []
const media = new FakeMedia()
const pictures = (...names: string[]): string[] => names.map((name) => media.put(name, name, "image/png"))

async function open(send: object = {}, seams: object = {}): Promise<Play> {
  const adapter = loopback({ ...standard, send: { ...standard.send, ...send } }, { albums: true })
  const play = await Play.open({ adapter, seams: { media: () => media, ...seams }, accounts: { main: { "*": ["*"] } } })
  await play.register(romeo)
  return play
}

describe("an album in a direct chat", () => {
  let play: Play
  const caption = "too long for a caption"
  before(async () => {
    play = await open({ maxCaption: 5 })
    play.network.person({ id: "juliet" })
  })
  after(() => play.close())

  async function album(): Promise<{ id: string; sent: string[] }> {
    const seen = play.network.sent.list({ kind: "send" }).length
    const id = randomUUID()
    const shown = pictures("1.png", "2.png", "3.png").map(sfs).join("")
    const wanted = "<request xmlns='urn:xmpp:receipts'/>"
    play.server.send(
      `<message from='${romeo}' to='juliet@${domain}' type='chat' id='${id}'><body>${caption}</body>${shown}${wanted}</message>`,
    )
    await play.receipt(id)
    const sent = play.network.sent.list({ kind: "send" }).slice(seen)
    assert.deepEqual(
      sent.map(({ text, files }) => [text, files?.[0]?.name]),
      [
        ["", "1.png"],
        ["", "2.png"],
        ["", "3.png"],
        [caption, undefined],
      ],
    )
    return { id, sent: sent.map((one) => one.id ?? "") }
  }

  const retract = (id: string): void =>
    play.server.send(
      `<message from='${romeo}' to='juliet@${domain}' type='chat' id='${randomUUID()}'><retract id='${id}' xmlns='${nsRetract}'/></message>`,
    )

  test("is answered and thought of by any of its messages", async () => {
    const { id, sent } = await album()
    for (const [i, one] of sent.entries()) {
      const emoji = ["🌹", "🌙", "☀️", "⭐"][i] ?? ""
      play.network.react({ account: "romeo", from: "juliet", id: one, set: [emoji] })
      // Several messages there, one here: what she thinks of any of them.
      const all = ["🌹", "🌙", "☀️", "⭐"]
        .slice(0, i + 1)
        .toSorted()
        .join()
      const thought = await play.server.expect((el) => emojiIn(el).toSorted().join() === all)
      assert.equal(thought.getChild("reactions")?.attrs["id"], id)
      play.network.say({ account: "romeo", from: "juliet", text: `answer ${i}`, reply: one })
      const answer = await play.server.expect((el) => el.getChildText("body")?.endsWith(`answer ${i}`) === true)
      assert.equal(answer.getChild("reply")?.attrs["id"], id)
    }
  })

  test("is corrected in its text and taken back whole, also after one of its messages was deleted there, and after a restart", async () => {
    const { id, sent } = await album()
    const corrected = randomUUID()
    play.server.send(
      `<message from='${romeo}' to='juliet@${domain}' type='chat' id='${corrected}'><body>corrected now</body><replace id='${id}' xmlns='urn:xmpp:message-correct:0'/><request xmlns='urn:xmpp:receipts'/></message>`,
    )
    await play.receipt(corrected)
    assert.deepEqual(play.network.sent.list({ kind: "edit" }).map((one) => one.id), [sent[3]]) // prettier-ignore
    play.network.retract({ account: "romeo", from: "juliet", ids: [sent[1] ?? ""] })
    await play.drained()
    await play.away(() => undefined)
    retract(id)
    const gone = await play.told("retract", 3)
    assert.deepEqual(gone.map((one) => one.id), [sent[0], sent[2], sent[3]]) // prettier-ignore
    await play.empty("SELECT lane, op FROM outbox")
    assert.deepEqual(play.rows(`SELECT 1 FROM message_part p JOIN message m ON m.id = p.message_id WHERE m.xmpp_id = '${id}'`), [])
  })
})

describe("several files of a user in a room", () => {
  let play: Play
  let room = ""
  before(async () => {
    play = await open({}, { clock: quickClock })
    room = await play.room({ room: "g1", account: "main", members: ["juliet"] }, "main")
    await play.join(romeo, room, "Romeo")
    await play.join(mercutio, room, "Mercutio")
  })
  after(() => play.close())

  function show(body: string, urls: readonly string[]): string {
    const id = randomUUID()
    const text = body === "" ? "" : `<body>${body}</body>`
    play.server.send(`<message from='${romeo}' to='${room}' type='groupchat' id='${id}'>${text}${urls.map(sfs).join("")}</message>`)
    return id
  }

  const toMercutio = (since: number): Element[] =>
    play.server.received
      .slice(since)
      .filter((el) => el.is("message") && el.attrs["to"] === mercutio && el.attrs["from"] === `${room}/Romeo`)
  const stanzaId = (el: Element | undefined): string => el?.getChild("stanza-id")?.attrs["id"] as string
  const urlIn = (el: Element): string | null | undefined => el.getChild("x", "jabber:x:oob")?.getChildText("url")

  for (const text of ["both of them", ""])
    test(`are a stanza each, ${text === "" ? "the last with the id its client gave" : "then the text"}, and taken back together`, async () => {
      const since = play.server.received.length
      const urls = pictures("a.png", "b.png")
      const id = show(text, urls)
      await play.muc.answered(mercutio, room, id)
      const seen = toMercutio(since)
      assert.deepEqual(
        seen.map((el) => [el.getChildText("body"), urlIn(el)]),
        [...urls.map((url) => [url, url]), ...(text === "" ? [] : [[text, undefined]])],
      )
      assert.deepEqual(
        seen.map((el) => el.attrs["id"] === id),
        [...Array.from({ length: seen.length - 1 }, () => false), true],
      )
      // By any of them.
      const before = play.server.received.length
      play.server.send(
        `<message from='${romeo}' to='${room}' type='groupchat' id='r-${id}'><retract id='${stanzaId(seen[0])}' xmlns='${nsRetract}'/></message>`,
      )
      await play.told("retract", text === "" ? 4 : 2)
      await play.empty("SELECT lane, op FROM outbox")
      const back = toMercutio(before).map((el) => el.getChild("retract", nsRetract)?.attrs["id"] as string)
      assert.deepEqual(back.sort(), seen.map(stanzaId).sort())
      assert.deepEqual(play.rows("SELECT op FROM archive WHERE kind = 2"), [])
    })

  test("that the network refuses are taken back, all of them", async () => {
    const since = play.server.received.length
    // Seen while the network was slow; then it takes them neither as files nor as links.
    play.network.fault({ kind: "retry", on: "send", retryAfterMs: 800 })
    play.network.fault({ kind: "rejected", on: "send", text: "No such pictures.", times: 2 })
    const id = show("again", pictures("c.png", "d.png"))
    await play.muc.answered(mercutio, room, id)
    const seen = toMercutio(since)
    assert.equal(seen.length, 3)
    const error = await play.muc.answered(romeo, room, id, "error")
    assert.equal(error.getChild("error")?.getChildText("text"), "No such pictures.")
    await play.empty("SELECT lane, op FROM outbox")
    const back = play.server.received.filter((el) => el.attrs["to"] === mercutio && el.attrs["from"] === room)
    const targets = back.flatMap((el) => el.getChild("retract", nsRetract)?.attrs["id"] ?? [])
    assert.deepEqual(targets.sort(), seen.map(stanzaId).sort())
  })

  test("that are encrypted are refused where none may be decrypted: nobody sees anything", async () => {
    const since = play.server.received.length
    const sent = play.network.sent.list({ kind: "send" }).length
    const id = show("", [`aesgcm://upload.example.test/secret.jpg#${"ab".repeat(44)}`])
    const error = await play.server.expect(`<message type='error' id='${id}'/>`)
    assert.ok(error.getChild("error")?.getChild("not-acceptable"))
    await play.sync()
    assert.deepEqual([toMercutio(since).length, play.network.sent.list({ kind: "send" }).length], [0, sent])
  })
})
