// What was read (XEP-0333) and got (XEP-0184), both ways, and only where the network knows of it.
import assert from "node:assert/strict"
import { randomUUID } from "node:crypto"
import { test } from "node:test"
import { loopback, standard } from "xferry-adapter-loopback"
import type { Element } from "@xmpp/xml"
import type { AnyAdapter } from "#src/adapter/define.js"
import { domain, Play } from "../support/core-kit.js"
import { stanzaId } from "../support/muc-dialogue.js"

const romeo = "romeo@example.test/orchard"
const juliet = `juliet@${domain}`
const ns = "urn:xmpp:chat-markers:0"

async function playing(adapter: object, run: (play: Play) => Promise<void>): Promise<void> {
  const play = await Play.open({ adapter: adapter as AnyAdapter })
  play.network.person({ id: "juliet", name: "Juliet" })
  try {
    await play.register(romeo)
    await run(play)
  } finally {
    await play.close()
  }
}

const displayed = (play: Play, id: string, to = juliet, type = "chat"): void =>
  play.server.send(
    `<message from='${romeo}' to='${to}' type='${type}' id='${randomUUID()}'><displayed xmlns='${ns}' id='${id}'/></message>`,
  )
const heard = (play: Play, body: string): Promise<Element> => play.server.expect((el) => el.getChildText("body") === body)
const markers = (play: Play): (string | undefined)[] => play.server.received.flatMap((el) => el.getChild("displayed", ns)?.attrs.id ?? [])
const features = async (play: Play, to: string): Promise<(string | undefined)[]> =>
  (await play.server.ask(`<iq type='get' from='${romeo}' to='${to}'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>`))
    .getChild("query")
    ?.getChildren("feature")
    .map(({ attrs }) => attrs.var) ?? []

test("how far she has read is told by the last of his words that she can have read", async () => {
  await playing(loopback(standard), async (play) => {
    const [one, two] = [play.say(romeo, "juliet", "one"), play.say(romeo, "juliet", "two")]
    await play.receipt(two)
    const sent = (await play.told("send", 2)).map(({ id = "" }) => id)
    const her = { account: "romeo", from: "juliet" }
    play.network.read({ ...her, upTo: sent[0] ?? "" })
    const told = await play.server.expect(`<message from='${juliet}'><displayed xmlns='${ns}' id='${one}'/></message>`)
    assert.deepEqual([told.attrs.to, told.attrs.type, told.getChild("body")], ["romeo@example.test", "chat", undefined])
    // By what she said herself; again; of what nobody knows; by himself elsewhere.
    const hers = play.network.say({ ...her, text: "three" })
    await heard(play, "three")
    play.network.read({ ...her, upTo: hers })
    play.network.read({ ...her, upTo: hers })
    play.network.read({ ...her, upTo: "999" })
    play.network.read({ ...her, upTo: hers, own: true })
    await play.server.expect(`<message from='${juliet}'><displayed xmlns='${ns}' id='${two}'/></message>`)
    await play.away(() => play.network.read({ ...her, upTo: sent[1] ?? "" }))
    await play.drained()
    await play.empty("SELECT op FROM outbox")
    assert.deepEqual(markers(play), [one, two, two])
    const before = play.receipts().length
    play.network.read({ ...her, upTo: sent[1] ?? "", delivered: true })
    await play.receipt(two)
    assert.equal(play.receipts().length, before + 1)
  })
})

test("how far he has read the network is told, the last alone, and never what he said himself", async () => {
  await playing(loopback(standard), async (play) => {
    assert.ok((await features(play, juliet)).includes(ns))
    const said = ["one", "two", "three"].map((text) => play.network.say({ account: "romeo", from: "juliet", text }))
    const stanzas: Element[] = []
    for (const text of ["one", "two", "three"]) stanzas.push(await heard(play, text))
    assert.ok(stanzas.every((el) => el.getChild("markable", ns)))
    play.network.fault({ kind: "delay", account: "romeo", on: "read", delayMs: 200 })
    for (const el of stanzas) displayed(play, el.attrs.id ?? "")
    const [first, last] = await play.told("read", 2)
    assert.deepEqual([first?.id, last?.id], [said[0], said[2]])
    const mine = play.say(romeo, "juliet", "mine")
    await play.receipt(mine)
    displayed(play, mine)
    displayed(play, "nothing")
    displayed(play, stanzas[1]?.attrs.id ?? "")
    await play.told("read", 3)
    assert.equal((await play.told("read", 3)).length, 3)
    assert.ok(!play.server.received.some((el) => el.attrs.type === "error"))
  })
})

test("what he reads in a room the network is told as well", async () => {
  await playing(loopback(standard), async (play) => {
    const room = await play.room({ members: ["juliet"] })
    await play.join(romeo, room, "Romeo")
    const id = play.network.rooms.say({ room: "g1", from: "juliet", text: "Ay me!" })
    displayed(play, stanzaId(await play.muc.heard(romeo, room, "Ay me!")), room, "groupchat")
    assert.equal((await play.told("read", 1, { room: "g1" }))[0]?.id, id)
  })
})

test("where the network knows nothing of it, nobody is asked and nothing is promised", async () => {
  const { read: _, ...without } = standard
  await playing(loopback({ ...without, tells: ["typing"] }), async (play) => {
    assert.ok(!(await features(play, juliet)).includes(ns))
    play.network.say({ account: "romeo", from: "juliet", text: "Ay me!" })
    const stanza = await heard(play, "Ay me!")
    assert.equal(stanza.getChild("markable"), undefined)
    displayed(play, stanza.attrs.id ?? "")
    await play.receipt(play.say(romeo, "juliet", "then"))
    assert.equal(play.network.sent.list({ kind: "read" }).length, 0)
  })
})
