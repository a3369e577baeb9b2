// What the built-in network hears in a scripted room: whose it is, what is believed, what was missed, and that nothing is said twice.
import assert from "node:assert/strict"
import { afterEach, describe, it } from "node:test"
import type { NetworkEvent } from "#src/adapter/contract.js"
import { AdapterError } from "#src/adapter/errors.js"
import { TestHost } from "xferry/conformance"
import { garden, listener, modern, RoomScript, texts } from "../support/room-script.js"

const chat = { room: garden }
const signal = (): AbortSignal => AbortSignal.timeout(20_000)
const of = <K extends NetworkEvent["type"]>(host: TestHost, type: K): Extract<NetworkEvent, { type: K }>[] =>
  host.events.filter((event): event is Extract<NetworkEvent, { type: K }> => event.type === type)
const retraction = (id: string): string => `<retract xmlns='urn:xmpp:message-retract:1' id='${id}'/><body>…</body>`
const replace = (id: string): string => `<replace xmlns='urn:xmpp:message-correct:0' id='${id}'/>`

describe("what is heard in rooms of other services", () => {
  let room: RoomScript
  const open = async (features: readonly string[] = []): Promise<RoomScript> => (room = await RoomScript.open(features))
  afterEach(() => room.close())

  it("tells messages, corrections, reactions and replies, with the room's own ids of people and messages", async () => {
    await open(modern)
    const { host } = await room.inGarden()
    const id = room.says("Romeo", "<body>soft</body>", { id: "a1" })
    room.says("Romeo", `<body>But, soft!</body>${replace("a1")}`)
    room.says("Juliet", `<reactions xmlns='urn:xmpp:reactions:0' id='${id}'><reaction>💘</reaction></reactions>`)
    room.says("Juliet", `<body>Ay me</body><reply xmlns='urn:xmpp:reply:0' id='${id}'/>`)
    await room.sync()
    const [said, answer] = of(host, "message")
    assert.equal(said?.id, id)
    assert.equal(said.from.id, `${garden}/id:o-Romeo`)
    assert.equal(said.from.name, "Romeo")
    assert.equal(answer?.reply?.id, id)
    const [edit] = of(host, "edit")
    assert.deepEqual([edit?.id, edit?.body.text], [id, "But, soft!"])
    const [thought] = of(host, "reactions")
    assert.equal(thought?.id, id)
    assert.deepEqual(thought.change, { from: { id: `${garden}/id:o-Juliet`, name: "Juliet", kind: "person" }, set: [{ text: "💘" }] })
    host.close()
  })

  it("believes nobody but the author or the room that something is taken back or changed", async () => {
    await open(modern)
    const { host } = await room.inGarden()
    const id = room.says("Romeo", "<body>one</body>", { id: "a1" })
    room.says("Tybalt", retraction(id))
    room.says("Tybalt", `<body>forged</body>${replace("a1")}`)
    // Under a nick that somebody else had.
    room.says("Romeo", retraction(id), { occupant: "o-Tybalt" })
    room.says("Romeo", `<body>forged</body>${replace("a1")}`, { occupant: "o-Tybalt" })
    await room.sync()
    assert.deepEqual(of(host, "retract"), [])
    assert.deepEqual(of(host, "edit"), [])
    room.says("Romeo", retraction(id))
    await host.event("the retraction", (event) => event.type === "retract" && event.ids[0] === id)
    const other = room.says("Romeo", "<body>two</body>")
    const moderated = `<moderated xmlns='urn:xmpp:message-moderate:1'/><reason>rude</reason>`
    room.says("", `<retract xmlns='urn:xmpp:message-retract:1' id='${other}'>${moderated}</retract>`)
    const gone = await host.event("the moderation", (event) => event.type === "retract" && event.ids[0] === other)
    assert.equal(gone.type === "retract" && gone.why, "rude")
    host.close()
  })

  it("takes no ids from people where the room does not give them", async () => {
    await open([])
    const { host } = await room.inGarden()
    room.says("Tybalt", "<body>I am Romeo</body>", { id: "t1", stanza: "forged", occupant: "o-Romeo" })
    await room.sync()
    const [said] = of(host, "message")
    assert.equal(said?.id, "t1")
    assert.equal(said.from.id, `${garden}/nick:Tybalt`)
    host.close()
  })

  it("tells who comes, goes and is put out, and not who was there", async () => {
    await open(modern)
    const { host } = await room.inGarden()
    const presence = (nick: string, type = "", codes = "", item = ""): void =>
      room.send(
        `<presence from='${garden}/${nick}' to='${listener}'${type}><x xmlns='http://jabber.org/protocol/muc#user'><item affiliation='member' role='participant'${item}/>${codes}</x><occupant-id xmlns='urn:xmpp:occupant-id:0' id='o-${nick.slice(0, 3)}'/></presence>`,
      )
    presence("Romeo")
    presence("Romeo", " type='unavailable'", "<status code='303'/>", " nick='Rom'")
    presence("Rom")
    presence("Rom", " type='unavailable'", "<status code='307'/>")
    await room.sync()
    assert.deepEqual(
      of(host, "member").map(({ change, member }) => `${change} ${member.name} ${member.role}`),
      ["joined Romeo member", "changed Rom member", "kicked Rom none"],
    )
    host.close()
  })

  it("brings what was missed once, as it was said, and no history of before", async () => {
    await open(modern)
    const memory = new Map<string, string>()
    const first = await room.inGarden({}, memory)
    // Repeated by the room though it was not asked for.
    room.says("Romeo", "<body>of old</body>", { more: `<delay xmlns='urn:xmpp:delay' from='${garden}' stamp='2020-01-01T00:00:00Z'/>` })
    const known = room.says("Romeo", "<body>known</body>", { id: "a1" })
    await first.host.event("the message", (event) => event.type === "message" && event.id === known)
    first.host.close()
    await first.session.ended
    const message = (nick: string, id: string, inner: string): string =>
      `<message from='${garden}/${nick}' type='groupchat' id='${id}'>${inner}<occupant-id xmlns='urn:xmpp:occupant-id:0' id='o-${nick}'/></message>`
    const at = new Date()
    room.archive = [
      { id: known, at, xml: message("Romeo", "a1", "<body>known</body>") },
      { id: "s-missed", at, xml: message("Romeo", "a2", "<body>missed</body>") },
      { id: "s-edit", at, xml: message("Romeo", "a3", `<body>known, and mended</body>${replace("a1")}`) },
    ]
    const host = new TestHost(memory)
    const session = await room.session(host)
    await room.answerInfo()
    await room.admit(listener)
    room.says("Romeo", "<body>now</body>")
    await room.answerArchive()
    await host.event("what is said now", (event) => event.type === "message" && event.body.text === "now")
    assert.deepEqual(texts(host.events), ["missed", "now"])
    assert.deepEqual(
      of(host, "edit").map(({ id, body }) => [id, body.text]),
      [[known, "known, and mended"]],
    )
    assert.deepEqual(texts(first.host.events), ["known"])
    host.close()
    await session.ended
  })

  it("says nothing twice where the room's archive shows that it was said before a crash", async () => {
    await open(modern)
    const memory = new Map<string, string>()
    const first = await room.inGarden({}, memory)
    const sending = first.session.send({ chat, body: { text: "once" }, key: "k1" }, signal())
    const said = await room.said(false)
    first.host.close()
    const error: unknown = await sending.catch((reason: unknown) => reason)
    assert.ok(error instanceof AdapterError && error.kind === "unknown-outcome")
    await first.session.ended
    room.archive = [
      {
        id: "s-said",
        at: new Date(),
        xml: `<message from='${garden}/bridge' type='groupchat' id='${said.attrs["id"]}'><body>once</body></message>`,
      },
    ]
    const host = new TestHost(memory)
    const opening = room.session(host)
    await room.answerInfo()
    await room.admit(listener)
    await room.answerArchive()
    const session = await opening
    const sent = await session.send({ chat, body: { text: "once" }, key: "k1" }, signal())
    assert.equal(sent.id, "s-said")
    await room.sync()
    room.server.refute((el) => el.name === "message")
    assert.deepEqual(texts(host.events), [])
    host.close()
  })

  it("comes back by itself when the service goes down, and when nobody told it that it is out", async () => {
    await open()
    const { host, session } = await room.inGarden()
    room.tellSelf(listener, `${garden}/bridge`, { type: "unavailable", role: "none", status: ["332"] })
    await room.answerInfo()
    await room.admit(listener)
    const sending = session.send({ chat, body: { text: "back" }, key: "k1" }, signal())
    room.server.error(await room.said(false), "modify", "not-acceptable")
    await room.answerInfo()
    await room.admit(listener)
    const again = await room.said()
    assert.equal(again.getChildText("body"), "back")
    await sending
    host.close()
  })

  it("ends with the stream, so that the next session finds out what was missed", async () => {
    await open()
    const { session } = await room.inGarden()
    room.server.cut()
    await assert.rejects(session.ended, AdapterError)
  })
})
