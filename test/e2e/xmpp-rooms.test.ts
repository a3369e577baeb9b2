// The built-in network in rooms of a real Prosody: occupants with names and faces, rooms that are guarded, outages, archives.
import assert from "node:assert/strict"
import { after, before, describe, it } from "node:test"
import { AdapterError } from "#src/adapter/errors.js"
import { overStream } from "#src/xmpp/client/index.js"
import { speakerJid } from "#src/xmpp/client/jids.js"
import { TestHost } from "xferry/conformance"
import { body, bridge, conference, Guest, hasStatus, MucWorld, stanzaId } from "../support/muc-world.js"

const png = Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==", "base64")
const romeo = { id: "romeo", name: "Romeo ✨", picture: { id: "1", load: () => Promise.resolve(new Uint8Array(png)) } }
const signal = (): AbortSignal => AbortSignal.timeout(40_000)
const listener = `~gateway@${bridge}`

describe("rooms of a real service", () => {
  const world = new MucWorld()
  const memory = new Map<string, string>()
  let juliet: Guest
  let host: TestHost
  let session: Awaited<ReturnType<typeof open>>

  async function open(options: object = {}) {
    host = new TestHost(memory, 40_000)
    const adapter = overStream(world.port)
    const checked = (await adapter.options["~standard"].validate(options)) as { value: never }
    return adapter.connect({}, checked.value, host)
  }

  async function joined(name: string, config: Readonly<Record<string, string>> = {}, prepare?: (room: string) => Promise<void>) {
    const room = `${name}@${conference}`
    await juliet.join(room, config)
    await prepare?.(room)
    await session.manage({ room, do: "join" }, signal())
    return room
  }

  const withBody = (text: string) => (el: { getChildText(name: string): string | null }) => el.getChildText("body") === text

  before(async () => {
    await world.start()
    juliet = new Guest(await world.client("juliet"), "Juliet")
    session = await open()
  })
  after(async () => {
    host.close()
    await session.ended.catch(() => undefined)
    await juliet.client.disconnect()
    await world.stop()
  })

  it("shows speakers by name and face, and lets them edit and take back what is theirs", async () => {
    const room = await joined("balcony")
    const sent = await session.send({ chat: { room }, body: { text: "But, soft!" }, key: "k1", as: romeo }, signal())
    const said = await juliet.heard(room, withBody("But, soft!"))
    assert.equal(said.attrs["from"], `${room}/Romeo`)
    assert.equal(stanzaId(said), sent.id)
    await juliet.client.waitFor(
      (el) =>
        el.is("presence") &&
        el.attrs["from"] === `${room}/Romeo` &&
        /^[\da-f]{40}$/.test(el.getChild("x", "vcard-temp:x:update")?.getChildText("photo") ?? ""),
      { since: 0 },
    )
    const card = await juliet.client.iq("get", `${room}/Romeo`, "<vCard xmlns='vcard-temp'/>")
    assert.equal(card.getChild("vCard")?.getChild("PHOTO")?.getChildText("BINVAL"), png.toString("base64"))
    await session.edit({ chat: { room }, message: sent, body: { text: "What light!" }, as: romeo }, signal())
    const edit = await juliet.heard(room, withBody("What light!"))
    assert.equal(edit.getChild("replace")?.attrs["id"], said.attrs["id"])
    await session.retract({ chat: { room }, message: sent, as: romeo }, signal())
    await juliet.heard(room, (el) => el.getChild("retract", "urn:xmpp:message-retract:1")?.attrs["id"] === sent.id)
    // What is theirs is nobody's event.
    await juliet.say(room, body("Ay me"))
    await host.event("her answer", (event) => event.type === "message" && event.body.text === "Ay me")
    assert.equal(host.events.filter((event) => event.type === "message" && "room" in event.chat && event.chat.room === room).length, 1)
  })

  it("speaks by the listener in a room for members only, and comes into one with a password", async () => {
    const hall = await joined("hall", { "muc#roomconfig_membersonly": "1" }, (room) =>
      juliet.admin(room, `<item affiliation='member' jid='${listener}'/>`),
    )
    await session.send({ chat: { room: hall }, body: { text: "hush" }, key: "k1", as: romeo }, signal())
    const said = await juliet.heard(hall, withBody("Romeo ✨: hush"))
    assert.equal(said.attrs["from"], `${hall}/bridge`)
    const vault = `vault@${conference}`
    await juliet.join(vault, { "muc#roomconfig_passwordprotectedroom": "1", "muc#roomconfig_roomsecret": "sesame" })
    await assert.rejects(session.manage({ room: vault, do: "join" }, signal()), /password/)
    const made = await session.manage({ room: `xmpp:${vault}?join;password=sesame`, do: "join" }, signal())
    assert.equal(made?.room?.id, vault)
    await session.send({ chat: { room: vault }, body: { text: "in" }, key: "k1", as: romeo }, signal())
    assert.equal((await juliet.heard(vault, withBody("in"))).attrs["from"], `${vault}/Romeo`)
  })

  it("asks for voice where there is none, and speaks when a moderator gives it", async () => {
    const room = await joined("court", { "muc#roomconfig_moderatedroom": "1" })
    const send = (key: string) => session.send({ chat: { room }, body: { text: key }, key, as: romeo }, signal())
    await assert.rejects(send("k1"), (error) => error instanceof AdapterError && error.kind === "denied")
    await juliet.client.waitFor((el) => el.is("message") && el.attrs["from"] === room && el.getChild("x", "jabber:x:data") !== undefined, {
      since: 0,
    })
    // The server tells us of it on another connection than her, perhaps a moment later.
    for (let left = 100, isDone = false; !isDone; left--) {
      await juliet.admin(room, "<item nick='Romeo' role='participant'/>")
      isDone = await send("k2").then(
        () => true,
        (error: unknown) => {
          if (left === 0) throw error
          return false
        },
      )
    }
    await juliet.heard(room, withBody("k2"))
  })

  it("puts people out as far as it is let, and tells who was", async () => {
    await world.server.addUser("tybalt", "p")
    const client = await world.client("tybalt")
    const room = await joined("street", {}, (one) => juliet.admin(one, `<item affiliation='admin' jid='${listener}'/>`))
    const tybalt = new Guest(client, "Tybalt")
    await tybalt.join(room)
    const came = await host.event("Tybalt", (event) => event.type === "member" && event.room === room && event.member.name === "Tybalt")
    const user = came.type === "member" ? came.member.contact.id : ""
    assert.deepEqual(await session.access({ room, user }, signal()), { role: "member", maySend: true })
    await session.manage({ room, do: "ban", user, why: "a brawl" }, signal())
    const out = await client.waitFor((el) => el.is("presence") && hasStatus(el, "301"), { since: 0 })
    assert.equal(out.getChild("x", "http://jabber.org/protocol/muc#user")?.getChild("item")?.getChildText("reason"), "a brawl")
    await host.event(
      "that he is banned",
      (event) => event.type === "member" && event.change === "banned" && event.member.contact.id === user,
    )
    await session.manage({ room, do: "unban", user }, signal())
    await tybalt.join(room)
    await client.disconnect()
  })

  it("finds out what was missed, pages through it, and says nothing twice, after a restart of the service", async () => {
    const room = await joined("garden")
    await juliet.say(room, body("before"))
    await host.event("what was said before", (event) => event.type === "message" && event.body.text === "before")
    const key = "the same"
    const first = await session.send({ chat: { room }, body: { text: "once" }, key, as: romeo }, signal())
    const ended = assert.rejects(session.ended)
    world.link.restart("the test cuts it")
    await ended
    host.close()
    const missed = await juliet.say(room, body("missed"))
    session = await open()
    const event = await host.event("what was missed", (one) => one.type === "message" && one.body.text === "missed")
    assert.equal(event.type === "message" && event.id, stanzaId(missed))
    assert.equal((await session.send({ chat: { room }, body: { text: "once" }, key, as: romeo }, signal())).id, first.id)
    await juliet.client.fence()
    assert.equal(juliet.client.messages(room).filter(withBody("once")).length, 1)
    const page = await session.history({ chat: { room }, limit: 50 }, signal())
    assert.deepEqual(
      page.items.map(({ body: { text }, own }) => `${text}${own === true ? " (own)" : ""}`),
      ["before", "once (own)", "missed"],
    )
    const next = await session.history({ chat: { room }, after: page.items[0]!.id, limit: 1 }, signal())
    assert.deepEqual([next.items.map(({ id }) => id), next.more], [[first.id], true])
  })

  it("has addresses that stay", () => {
    assert.equal(speakerJid(bridge, "romeo"), speakerJid(bridge, "romeo"))
    assert.match(speakerJid(bridge, "romeo"), /^~[\da-f]{32}@bridge\.example\.test\/xferry$/)
  })
})
