// The built-in network in a scripted room: who speaks for whom, what is believed, what follows when the room says no.
import assert from "node:assert/strict"
import { afterEach, describe, it } from "node:test"
import type { Host } from "#src/adapter/contract.js"
import { AdapterError } from "#src/adapter/errors.js"
import { speakerJid } from "#src/xmpp/client/jids.js"
import { domain, garden, listener, modern, RoomScript, texts } from "../support/room-script.js"

const chat = { room: garden }
const juliet = { id: "juliet", name: "Juliet" }
const julietJid = speakerJid(domain, "juliet")
const signal = (): AbortSignal => AbortSignal.timeout(20_000)

async function refusal(work: Promise<unknown>): Promise<AdapterError> {
  const error: unknown = await work.then(
    () => assert.fail("must fail"),
    (reason: unknown) => reason,
  )
  assert.ok(error instanceof AdapterError, String(error))
  return error
}

describe("the network of other services' rooms", () => {
  let room: RoomScript
  const open = async (features: readonly string[] = []): Promise<RoomScript> => (room = await RoomScript.open(features))
  afterEach(() => room.close())

  it("lets every speaker have an occupant, who comes at the first word", async () => {
    await open(modern)
    const { host, session } = await room.inGarden()
    const sending = session.send({ chat, body: { text: "O Romeo" }, key: "k1", as: juliet }, signal())
    const asked = await room.admit(julietJid)
    assert.equal(asked.attrs["to"], `${garden}/Juliet`)
    assert.equal(asked.getChildText("nick"), "Juliet")
    const said = await room.said()
    assert.equal(said.attrs["from"], julietJid)
    assert.equal(said.getChildText("body"), "O Romeo")
    const sent = await sending
    assert.match(sent.id, /^s-/)
    // The copy that the occupant itself gets, and the reflection, are nobody's event.
    room.says("Juliet", "<body>O Romeo</body>", { to: julietJid })
    await room.sync()
    assert.deepEqual(texts(host.events), [])
    host.close()
    await session.ended
    await room.server.expect(`<presence type='unavailable' from='${julietJid}' to='${garden}/Juliet'/>`)
    await room.server.expect(`<presence type='unavailable' from='${listener}'/>`)
  })

  it("takes another nick where one is taken", async () => {
    await open()
    const { session, host } = await room.inGarden()
    const sending = session.send({ chat, body: { text: "hi" }, key: "k1", as: juliet }, signal())
    const first = await room.server.expect(`<presence from='${julietJid}' to='${garden}/Juliet'/>`)
    room.server.error(first, "cancel", "conflict")
    const second = await room.admit(julietJid)
    assert.equal(second.attrs["to"], `${garden}/Juliet 2`)
    room.shows(await room.server.expect((el) => el.name === "message" && el.attrs["type"] === "groupchat"))
    await sending
    host.close()
  })

  it("puts names before texts beyond the number of occupants, and where there are to be none", async () => {
    await open()
    const { session, host } = await room.inGarden({ occupants: 0 })
    const sending = session.send({ chat, body: { text: "hi" }, key: "k1", as: juliet }, signal())
    const said = await room.said()
    assert.equal(said.attrs["from"], listener)
    assert.equal(said.getChildText("body"), "Juliet: hi")
    const { handle, id } = await sending
    const editing = session.edit(
      { chat, message: { id, ...(handle !== undefined && { handle }) }, body: { text: "ho" }, as: juliet },
      signal(),
    )
    const edit = await room.said()
    assert.equal(edit.getChildText("body"), "Juliet: ho")
    assert.equal(edit.getChild("replace")?.attrs["id"], said.attrs["id"])
    await editing
    host.close()
  })

  it("asks once for voice, and says that there is none", async () => {
    await open(modern)
    const { session, host } = await room.inGarden()
    const first = refusal(session.send({ chat, body: { text: "hi" }, key: "k1", as: juliet }, signal()))
    await room.admit(julietJid, { role: "visitor" })
    await room.server.expect((el) => el.name === "message" && el.getChild("x", "jabber:x:data") !== undefined)
    const { kind, message } = await first
    assert.equal(kind, "denied")
    assert.match(message, /no voice/)
    assert.equal((await refusal(session.send({ chat, body: { text: "hi" }, key: "k2", as: juliet }, signal()))).kind, "denied")
    await room.sync()
    room.server.refute((el) => el.name === "message")
    // With voice all is well.
    room.tellSelf(julietJid, `${garden}/Juliet`, {})
    await room.sync()
    const sending = session.send({ chat, body: { text: "hi" }, key: "k3", as: juliet }, signal())
    await room.said()
    await sending
    host.close()
  })

  it("comes back where an occupant was put out without a word, and says it once", async () => {
    await open()
    const { session, host } = await room.inGarden()
    const sending = session.send({ chat, body: { text: "hi" }, key: "k1", as: juliet }, signal())
    await room.admit(julietJid)
    room.server.error(await room.said(false), "modify", "not-acceptable")
    await room.admit(julietJid)
    const again = await room.said()
    assert.match(again.attrs["id"] ?? "", /^k1~/)
    await sending
    host.close()
  })

  it("keeps out whom a moderator put out, and tells them", async () => {
    await open()
    const { session, host } = await room.inGarden()
    const sending = session.send({ chat, body: { text: "hi" }, key: "k1", as: juliet }, signal())
    await room.admit(julietJid)
    await room.said()
    await sending
    room.tellSelf(julietJid, `${garden}/Juliet`, { type: "unavailable", role: "none", status: ["307"] })
    await room.sync()
    const { kind, message } = await refusal(session.send({ chat, body: { text: "hi" }, key: "k2", as: juliet }, signal()))
    assert.equal(kind, "denied")
    assert.match(message, /kicked/)
    host.close()
  })

  it("says clearly why a room is not joined, keeps nothing of it, and makes no room", async () => {
    await open()
    const { session, host } = await room.inGarden()
    const court = "court@conference.example.test"
    for (const [type, condition, kind, words] of [
      ["auth", "not-authorized", "denied", /password/],
      ["auth", "forbidden", "denied", /banned/],
      ["auth", "registration-required", "denied", /members only/],
      ["cancel", "item-not-found", "gone", /no room/],
    ] as const) {
      const joining = refusal(session.manage({ room: `xmpp:${court}?join;password=sesame`, do: "join" }, signal()))
      const info = await room.server.expect(`<iq type='get' to='${court}'/>`)
      room.server.error(info, "auth", "forbidden")
      const asked = await room.server.expect(
        (el) => el.name === "presence" && el.attrs["type"] === undefined && (el.attrs["to"] ?? "").startsWith(court),
      )
      assert.equal(asked.getChild("x")?.getChildText("password"), "sesame")
      room.server.error(asked, type, condition)
      const error = await joining
      assert.equal(error.kind, kind)
      assert.match(error.message, words)
      assert.deepEqual(
        (await session.rooms({}, signal())).items.map(({ id }) => id),
        [garden],
      )
    }
    // Nobody is there: joining would make a room.
    const joining = refusal(session.manage({ room: court, do: "join" }, signal()))
    room.server.error(await room.server.expect(`<iq type='get' to='${court}'/>`), "cancel", "item-not-found")
    assert.equal((await joining).kind, "gone")
    // Where nobody could be asked, the room itself tells that it is new (201).
    const making = refusal(session.manage({ room: court, do: "join" }, signal()))
    room.server.error(await room.server.expect(`<iq type='get' to='${court}'/>`), "auth", "forbidden")
    await room.server.expect((el) => el.name === "presence" && el.attrs["type"] === undefined && (el.attrs["to"] ?? "").startsWith(court))
    room.tellSelf(listener, `${court}/bridge`, { affiliation: "owner", role: "moderator", status: ["201"] })
    assert.equal((await making).kind, "gone")
    await room.server.expect(`<presence type='unavailable' to='${court}/bridge'/>`)
    host.close()
  })

  it("stops and tells when it is banned, and stays away after a restart", async () => {
    await open()
    const memory = new Map<string, string>()
    const { host, session } = await room.inGarden({}, memory)
    room.tellSelf(listener, `${garden}/bridge`, { type: "unavailable", role: "none", affiliation: "outcast", status: ["301"] })
    await host.event("that the room is lost", (event) => event.type === "gone" && event.room === garden && event.why === "removed")
    const error = await refusal(session.send({ chat, body: { text: "hi" }, key: "k1" }, signal()))
    assert.ok(["denied", "gone"].includes(error.kind))
    assert.match(error.message, /banned/)
    host.close()
    await session.ended
    const next = await room.session(new (host.constructor as new (memory: Map<string, string>) => typeof host)(memory))
    await room.sync()
    room.server.refute((el) => el.name === "presence" && el.attrs["type"] === undefined && el.attrs["from"] === listener)
    assert.equal((await refusal(next.send({ chat, body: { text: "hi" }, key: "k2" }, signal()))).kind, "gone")
  })

  it("leaves rooms for who was in them before a crash", async () => {
    await open()
    const { host } = await room.inGarden()
    const ghost = speakerJid(domain, "tybalt")
    room.says("Juliet", "<body>hi</body>", { to: ghost })
    const left = await room.server.expect(`<presence type='unavailable' from='${ghost}'/>`)
    assert.ok(left.attrs["to"]?.startsWith(garden))
    host.close()
  })

  it("answers for an occupant: who they are, and that private words are not carried", async () => {
    await open()
    const { host } = await room.inGarden()
    const card = await room.server.ask(`<iq type='get' from='${garden}/Romeo' to='${listener}'><vCard xmlns='vcard-temp'/></iq>`)
    assert.equal(card.getChild("vCard")?.getChildText("FN"), "bridge")
    room.send(`<message type='chat' id='pm' from='${garden}/Romeo' to='${listener}'><body>psst</body></message>`)
    const answer = await room.server.expect(`<message type='error' id='pm'/>`)
    // Rooms take some errors for the end of an occupant.
    assert.ok(answer.getChild("error")?.getChild("feature-not-implemented"))
    host.close()
  })

  it("carries out what is said to the gateway in the room or to it alone, live and by who is there; all else stays talk", async () => {
    await open(modern)
    const asked: unknown[] = []
    const run: Host["run"] = ({ from, chat: where, name, argument }) => {
      asked.push([from.id, where, name, argument])
      return Promise.resolve({ text: `${name} it is` })
    }
    const commands = [
      { name: "bridge", text: "Bridges.", where: "rooms" as const },
      { name: "help", text: "Helps." },
    ]
    const { host, session } = await room.inGarden({}, new Map(), { run, commands })
    const comes = (nick: string, affiliation: string, role: string): void =>
      room.send(
        `<presence from='${garden}/${nick}' to='${listener}'><x xmlns='http://jabber.org/protocol/muc#user'><item affiliation='${affiliation}' role='${role}'/></x><occupant-id xmlns='urn:xmpp:occupant-id:0' id='o-${nick}'/></presence>`,
      )
    comes("Nurse", "owner", "moderator")
    comes("Tybalt", "none", "moderator")
    room.says("Nurse", "<body>!bridge abc def</body>")
    const answer = await room.said()
    assert.equal(answer.attrs["from"], listener)
    assert.equal(answer.getChildText("body"), "bridge it is")
    const nurse = `${garden}/id:o-Nurse`
    room.send(`<message from='${garden}/Nurse' to='${listener}' type='chat'><body>bridge xyz</body></message>`)
    const alone = await room.server.expect(`<message to='${garden}/Nurse' type='chat'/>`)
    assert.equal(alone.getChildText("body"), "bridge it is")
    assert.deepEqual(asked, [
      [nurse, chat, "bridge", "abc def"],
      [nurse, chat, "bridge", "xyz"],
    ])
    // Other bots' commands, and words.
    for (const body of ["!help", "bridge me", "!bridgework", "I say !bridge"]) room.says("Nurse", `<body>${body}</body>`)
    await host.event("the last", (event) => event.type === "message" && event.body.text === "I say !bridge")
    assert.deepEqual(texts(host.events), ["!help", "bridge me", "!bridgework", "I say !bridge"])
    assert.equal(asked.length, 2)
    // Who runs the room is the room's to say; being a moderator for an hour is not that.
    const roleOf = async (nick: string): Promise<string> =>
      (await session.access({ room: garden, user: `${garden}/id:o-${nick}` }, signal())).role
    assert.deepEqual([await roleOf("Nurse"), await roleOf("Tybalt"), await roleOf("Nobody")], ["owner", "member", "none"])
    host.close()
  })
})
