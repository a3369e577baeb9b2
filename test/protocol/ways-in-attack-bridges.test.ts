// What adversaries try with bridges, in rooms of other services, by names and by floods; and administrators who are none any more.
import assert from "node:assert/strict"
import { afterEach, describe, test } from "node:test"
import type { Element } from "@xmpp/xml"
import { loopback, standard } from "xferry-adapter-loopback"
import type { AnyAdapter } from "#src/adapter/define.js"
import { domain as sms, orchard, Stage } from "../support/component-kit.js"
import { domain, Play } from "../support/core-kit.js"
import { mercutio, verona, writes } from "../support/consent-kit.js"
import { answer, chat, command, juliet, romeo } from "../support/identity-kit.js"
import { garden, listener, modern, RoomScript, texts } from "../support/room-script.js"

let play: Play | undefined
let script: RoomScript | undefined
afterEach(async () => {
  await play?.close()
  await script?.close()
  play = script = undefined
})

const nsCommands = "http://jabber.org/protocol/commands"
const conditionOf = (el: Element): string | undefined => el.getChild("error")?.getChildElements()[0]?.getName()

describe("bridges", () => {
  const boss = "boss@example.test/desk"
  const legs = (at: Play): unknown[] => at.rows("SELECT conversation_id FROM bridge_leg")

  /** Romeo's own account runs g1, Juliet's g2; the shared one g3, where the nurse is admin. */
  async function open(): Promise<Play> {
    play = await Play.open({
      adapter: loopback(standard) as unknown as AnyAdapter,
      accounts: { main: {} },
      admins: ["boss@example.test"],
      bridges: { allow: ["example.test"], fixed: [] },
    })
    await play.register(romeo)
    await play.register(juliet)
    await play.room({ room: "g1", account: "romeo", members: ["nurse"] })
    await play.room({ room: "g2", account: "juliet", members: ["nurse"] })
    await play.network.account("main").whenAttached()
    await play.room({ room: "g3", account: "main", members: [{ id: "nurse", role: "admin" }, "tybalt"] } as never, "main")
    return play
  }

  async function codeOf(at: Play, from: string, room: string): Promise<string> {
    await chat(at, from, `bridge ${room}`)
    const code = /minutes: ([a-z2-7]{12})/.exec(await chat(at, from, "-"))?.[1]
    assert.ok(code)
    return code
  }

  const foreign = async (at: Play, account: string, from: string, name: string, argument: string, room?: string): Promise<string> =>
    (await at.network.desk.say({ account, from, name, argument, room })).text

  test("are made by no code of somebody who has lost the room, or is shut out", async () => {
    const here = await open()
    const code = await codeOf(here, romeo, "g1")
    await chat(here, boss, "shut-out romeo@example.test")
    assert.match(await chat(here, juliet, `bridge g2 ${code}`), /does not run the other room any more/)
    await chat(here, boss, "forget-rule romeo@example.test")
    here.network.rooms.make({ room: "g1", accounts: [{ id: "romeo", role: "member" }] })
    await here.drained("romeo")
    assert.match(await chat(here, juliet, `bridge g2 ${code}`), /does not run the other room any more|not valid/)
    assert.deepEqual(legs(here), [])
    assert.match(await chat(here, boss, "audit g2"), /juliet@example\.test: bridge refused/)
  })

  test("are made of a code once, by who runs the room in which it is said, and by no other kind of code", async () => {
    const here = await open()
    const code = await codeOf(here, romeo, "g1")
    // By an account that is not in the room, in a direct chat, by the account itself of another.
    assert.match(await foreign(here, "juliet", "nurse", "bridge", code, "g3"), /in the room that is to be bridged/)
    assert.match(await foreign(here, "main", "nurse", "bridge", code), /in the room that is to be bridged/)
    const answers = await Promise.all([
      foreign(here, "main", "nurse", "bridge", code, "g3"),
      foreign(here, "main", "nurse", "bridge", code, "g3"),
      foreign(here, "main", "nurse", "link", code, "g3"),
    ])
    assert.equal(answers.filter((text) => text.startsWith("Done")).length, 1, answers.join("\n"))
    assert.equal(legs(here).length, 2)
    for (const [name, argument] of [
      ["unbridge", ""],
      ["bridge", code],
    ] as const)
      assert.match(await foreign(here, "main", "tybalt", name, argument, "g3"), /Only an owner or admin|not valid/)
    for (const line of ["unbridge g1 yes", "unbridge g3 yes", "bridge-options g1", "bridge-options #g3!main"])
      assert.match(await chat(here, "paris@example.test/x", line), /no such room|do not run/i, line)
    assert.match(await chat(here, juliet, "unbridge g1"), /no such room|do not run/i)
    assert.equal(legs(here).length, 2)
    assert.match(await chat(here, boss, "audit tybalt"), /bridge refused/)
  })
})

describe("rooms of other services", () => {
  test("only a room speaks for itself: strangers reach none of our occupants there", async () => {
    script = await RoomScript.open(modern)
    const calls: string[] = []
    const commands = [{ name: "bridge", text: "", where: "rooms" as const }]
    const { host } = await script.inGarden({}, new Map(), {
      commands,
      run: ({ name }: { name: string }) => (calls.push(name), Promise.resolve({ text: "no" })),
    })
    for (const from of [
      "mallory@evil.test/x",
      "garden@conference.example.test.evil.test/Romeo",
      "Garden@Conference.Example.TEST/Romeo",
      "garden@evil.test/Romeo",
      "other@conference.example.test/Romeo",
      "evil.test/garden@conference.example.test",
      `~gateway@bridge.example.test/xferry`,
    ])
      for (const type of ["groupchat", "chat", "normal", "headline"]) {
        script.send(`<message from='${from}' to='${listener}' type='${type}' id='x'><body>!bridge abcdefghjkmn</body></message>`)
        script.send(`<message from='${from}' to='${listener}' type='${type}' id='x'><body>forged</body></message>`)
      }
    script.send(`<presence from='mallory@evil.test/x' to='${listener}' type='unavailable'/>`)
    const old = `<delay xmlns='urn:xmpp:delay' from='${garden}' stamp='2026-01-01T00:00:00Z'/>`
    script.says("Tybalt", "<body>!bridge abcdefghjkmn</body>", { more: old })
    await script.sync()
    assert.deepEqual(texts(host.events), [])
    assert.deepEqual(calls, [])
    host.close()
  })

  test("whoever takes the id of one of our words says it as themselves, live and in the archive", async () => {
    script = await RoomScript.open(modern)
    const room = script
    const { host, session } = await room.inGarden()
    const sending = session.send({ chat: { room: garden }, body: { text: "ours" }, key: "k1" }, host.signal)
    const said = await room.said()
    const { id } = await sending
    const ours = said.attrs["id"] ?? ""
    assert.match(ours, /^k1~[\w-]{16}$/)
    room.says("Tybalt", "<body>live forgery</body>", { id: ours, stanza: "s-forged" })
    room.says("Tybalt", "<body>made up</body>", { id: `k2~${"A".repeat(16)}` })
    room.says("Tybalt", "<body>of another length</body>", { id: "k3~A" })
    room.says("Tybalt", "<body>without a key</body>", { id: "~" })
    await room.sync()
    assert.deepEqual(texts(host.events), ["live forgery", "made up", "of another length", "without a key"])
    const message = (nick: string, text: string): string =>
      `<message from='${garden}/${nick}' type='groupchat' id='${ours}'><body>${text}</body><occupant-id xmlns='urn:xmpp:occupant-id:0' id='o-${nick}'/></message>`
    room.archive = [
      { id, at: new Date(), xml: message("bridge", "ours") },
      { id: "s-forged2", at: new Date(), xml: message("Tybalt", "kept forgery") },
    ]
    const reading = session.history?.({ chat: { room: garden }, limit: 10 }, host.signal)
    await room.answerArchive()
    const items = (await reading)?.items ?? []
    assert.deepEqual(
      items.map(({ body, own }) => [body.text, own === true]),
      [
        ["ours", true],
        ["kept forgery", false],
      ],
    )
    host.close()
  })
})

test("a name puts no lines into the gateway's mouth, and no words into a neighbour's", async () => {
  play = await verona()
  const here = play
  const name = "Mercutio\n\u2028ℹ Your session has ended: send your password to mallory@evil.test\r\u202etidal"
  here.network.person({ id: mercutio, name })
  const code = /link ([a-z2-7]{10,})/.exec(await chat(here, romeo, "invite 1 7"))?.[1] ?? ""
  await command(here, mercutio, "start", code)
  const line = await answer(here, romeo)
  assert.match(line, /^Mercutio ℹ Your session .* has followed your invite link/)
  const room = await here.room({ account: "main", name: "Square\nℹ Lies", members: ["1", mercutio] }, "main")
  await here.join(romeo, room, "Romeo")
  here.network.rooms.say({ room: "g1", from: mercutio, text: "hark" })
  await here.muc.heard(romeo, room, "hark")
  await chat(here, romeo, "stop-nothing")
  await command(here, mercutio, "stop", "all")
  const told = here.server.received.map(String).concat(line, await answer(here, romeo), await chat(here, romeo, "rooms"))
  assert.ok(told.some((text) => text.includes("Square ℹ Lies")))
  for (const text of told) assert.doesNotMatch(text, /[\n\r\u2028\u202e]ℹ|&#10;|\u202e/)
})

test("a flood of strangers' commands is held within bounds, and others are served", async () => {
  play = await verona()
  const here = play
  for (let i = 0; i < 1200; i++)
    here.server.send(
      `<iq type='set' id='a${i}' from='m${i}@evil.test/x' to='${domain}'><command xmlns='${nsCommands}' node='preferences'/></iq>`,
    )
  await here.sync()
  const refused = await here.server.expect("<iq type='error' id='a1199'/>")
  assert.equal(conditionOf(refused), "resource-constraint")
  for (let i = 0; i < 5200; i++)
    here.server.send(`<message type='chat' from='c${i}@evil.test/x' to='${domain}'><body>preferences</body></message>`)
  await here.sync()
  assert.match(await answer(here, "c5199@evil.test"), /Too many commands are under way/)
  assert.match(await chat(here, romeo, "help"), /Too many|preferences/)
  assert.ok((await writes(here, romeo, "x")).attrs["type"] === "error")
})

test("who is no administrator any more ends nothing that they began as one", async () => {
  const stage = await Stage.open((service) => service.admins.add(orchard.split("/")[0] ?? ""))
  try {
    const node = "http://jabber.org/protocol/admin#announce"
    const step = (inner: string, more = ""): Promise<Element> =>
      stage.server.ask(
        `<iq type='set' from='${orchard}' to='${sms}'><command xmlns='${nsCommands}' node='${node}'${more}>${inner}</command></iq>`,
      )
    const session = (await step("")).getChild("command")?.attrs["sessionid"] ?? ""
    assert.notEqual(session, "")
    const chats = (text: string): void =>
      stage.server.send(`<message from='${orchard}' to='${sms}' type='chat'><body>${text}</body></message>`)
    chats("announce")
    await stage.server.expect((el) => el.name === "message" && el.getChild("body") !== undefined)
    stage.service.admins.clear()
    const form = "<x xmlns='jabber:x:data' type='submit'><field var='announcement'><value>I rule</value></field></x>"
    assert.equal(conditionOf(await step(form, ` sessionid='${session}'`)), "forbidden")
    assert.match((await step(form, ` sessionid='${session}'`)).toString(), /session-expired/)
    chats("I rule")
    const told = await stage.server.expect((el) => el.name === "message" && el.getChild("body") !== undefined)
    assert.match(told.getChildText("body") ?? "", /Only administrators/)
  } finally {
    await stage.close()
  }
})
