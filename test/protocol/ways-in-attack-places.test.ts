// What adversaries try in places that are not theirs: rooms they were put out of, other people's contacts and consents, bridges, rooms of other services.
import assert from "node:assert/strict"
import { afterEach, describe, test } from "node:test"
import type { Element } from "@xmpp/xml"
import { loopback, standard } from "xferry-adapter-loopback"
import type { AnyAdapter } from "#src/adapter/define.js"
import { domain, Play } from "../support/core-kit.js"
import { befriended, hears, jidOf, mercutio, says, silent, verona, writes } from "../support/consent-kit.js"
import { chat, command, juliet, prove, romeo, sharedPlay } from "../support/identity-kit.js"
import { hasStatus, stanzaId } from "../support/muc-dialogue.js"

let play: Play | undefined
afterEach(async () => {
  await play?.close()
  play = undefined
})

const nsCommands = "http://jabber.org/protocol/commands"
const conditionOf = (el: Element): string | undefined => el.getChild("error")?.getChildElements()[0]?.getName()

function ask(at: Play, from: string, to: string, inner: string, type = "set"): Promise<Element> {
  return at.server.ask(`<iq type='${type}' from='${from}' to='${to}'>${inner}</iq>`)
}

/** The condition of the error that a stanza gets. */
async function refusal(at: Play, name: string, from: string, to: string, attributes: string, inner: string): Promise<string | undefined> {
  const id = `e${Math.random()}`
  at.server.send(`<${name} from='${from}' to='${to}' id='${id}' ${attributes}>${inner}</${name}>`)
  const said = await at.server.expect((el) => el.attrs["to"] === from && el.attrs["type"] === "error" && el.attrs["id"] === id)
  return conditionOf(said)
}

describe("whoever was put out of a room", () => {
  test("does nothing there any more, by whatever their client still sends; not after a restart either", async () => {
    play = await verona()
    const here = play
    const room = await here.room({ account: "main", members: ["1", "2", "tybalt"] }, "main")
    await here.join(romeo, room, "Romeo")
    await here.join(juliet, room, "Juliet")
    const said = await here.roomSaid(romeo, room, "But soft!", { id: "r1" })
    await here.told("send", 1, { room: "g1" })
    here.network.rooms.member({ room: "g1", user: "1", change: "kicked" })
    await here.server.expect((el) => el.name === "presence" && el.attrs["to"] === romeo && hasStatus(el, "110") && hasStatus(el, "307"))
    await here.sync()
    const start = here.server.received.length
    /** A command at the room's own address, to its end. */
    const atRoom = async (node: string, session = ""): Promise<string> => {
      const form = session && "<x xmlns='jabber:x:data' type='submit'><field var='code'><value>abcdefghjkmn</value></field></x>"
      const more = session && ` sessionid='${session}'`
      const told = await ask(here, romeo, room, `<command xmlns='${nsCommands}' node='${node}'${more}>${form}</command>`)
      const { status, sessionid = "" } = told.getChild("command")?.attrs ?? {}
      return status === "executing" && session === "" ? atRoom(node, sessionid) : told.toString()
    }
    const attempts = async (): Promise<void> => {
      const groupchat = (inner: string): Promise<string | undefined> => refusal(here, "message", romeo, room, "type='groupchat'", inner)
      for (const inner of [
        "<body>still here</body>",
        "<body>mended</body><replace xmlns='urn:xmpp:message-correct:0' id='r1'/>",
        `<reactions xmlns='urn:xmpp:reactions:0' id='${stanzaId(said)}'><reaction>👍</reaction></reactions>`,
        `<retract xmlns='urn:xmpp:message-retract:1' id='${stanzaId(said)}'/>`,
        "<subject>mine</subject>",
      ])
        assert.match((await groupchat(inner)) ?? "", /not-acceptable|forbidden/, inner)
      assert.match(
        (await refusal(here, "message", romeo, `${room}/Juliet`, "type='chat'", "<body>psst</body>")) ?? "",
        /not-acceptable|forbidden/,
      )
      const invite = "<x xmlns='http://jabber.org/protocol/muc#user'><invite to='paris@example.test'/></x>"
      assert.match((await refusal(here, "message", romeo, room, "", invite)) ?? "", /not-acceptable|forbidden/)
      const muc = "<x xmlns='http://jabber.org/protocol/muc'/>"
      for (const [from, nick] of [
        [romeo, "Romeo"],
        ["romeo@example.test/garden", "Romeo"],
        [romeo, "Juliet"],
      ] as const)
        assert.equal(await refusal(here, "presence", from, `${room}/${nick}`, "", muc), "forbidden")
      for (const inner of [
        "<query xmlns='urn:xmpp:mam:2'/>",
        "<query xmlns='http://jabber.org/protocol/muc#admin'><item nick='Juliet' role='none'/></query>",
        "<query xmlns='http://jabber.org/protocol/muc#admin'><item jid='romeo@example.test' affiliation='owner'/></query>",
        "<query xmlns='http://jabber.org/protocol/muc#owner'><destroy/></query>",
        `<moderate xmlns='urn:xmpp:message-moderate:1' id='${stanzaId(said)}'><retract xmlns='urn:xmpp:message-retract:1'/></moderate>`,
      ])
        assert.match(
          conditionOf(await ask(here, romeo, room, inner)) ?? "",
          /forbidden|not-acceptable|item-not-found|service-unavailable|not-allowed/,
          inner,
        )
      for (const [to, inner] of [
        [room, "<query xmlns='http://jabber.org/protocol/muc#admin'><item affiliation='member'/></query>"],
        [room, "<query xmlns='http://jabber.org/protocol/disco#items'/>"],
        [`${room}/Juliet`, "<vCard xmlns='vcard-temp'/>"],
        [`${room}/Romeo`, "<ping xmlns='urn:xmpp:ping'/>"],
      ] as const) {
        const told = await ask(here, romeo, to, inner, "get")
        assert.ok(
          told.attrs["type"] === "error" || !/Juliet|tybalt/i.test(told.toString().replaceAll(/(from|to)="[^"]*"/g, "")),
          told.toString(),
        )
      }
      for (const line of ["rooms", `bridge ${room}`, `bridge-options ${room}`, `choose ${room}`])
        assert.match(await chat(here, romeo, line), /no rooms|no such room|does not let/i, line)
      assert.match(await atRoom("choose"), /no such room/i)
      assert.match(await atRoom("bridge"), /no such room|does not let/i)
    }
    await attempts()
    await here.away(() => undefined, "main")
    await attempts()
    assert.deepEqual(
      here.network.sent.list({ room: "g1" }).map(({ text }) => text),
      ["Romeo: But soft!"],
    )
    const heard = here.server.received
      .slice(start)
      .filter((el) => el.attrs["to"] === juliet && el.name === "message" && el.getChild("body"))
    assert.deepEqual(heard.map(String), [])
  })

  test("of a room that the configuration lists is nobody there by that: on an account that wants proof the list only narrows", async () => {
    play = await sharedPlay({ rooms: { g1: ["*"] } })
    const here = play
    const room = await here.room({ account: "main", members: ["1"] }, "main")
    await assert.rejects(here.join(juliet, room, "Juliet"), /registration-required/)
    await prove(here, juliet, "2")
    await assert.rejects(here.join(juliet, room, "Juliet"), /forbidden/)
    assert.deepEqual(here.rows("SELECT 1 FROM occupant"), [])
  })

  test("who is let into rooms by the configuration alone writes to no person, and hands out nothing", async () => {
    play = await Play.open({ adapter: loopback(standard) as unknown as AnyAdapter, accounts: { open: { "*": ["*"] } } })
    const here = play
    await here.network.account("open").whenAttached()
    const room = await here.room({ account: "open", members: ["99"] }, "open")
    await here.join(juliet, room, "Juliet")
    assert.equal(await refusal(here, "message", juliet, `99!open@${domain}`, "type='chat'", "<body>psst</body>"), "registration-required")
    for (const line of ["invite 1 7", "add 99", "accept 99", "block 99", "carry"])
      assert.match(await chat(here, juliet, line), /not registered|no account here|know only|do not know/i, line)
    here.server.send(`<presence from='juliet@example.test' to='99!open@${domain}' type='subscribe'/>`)
    await here.sync()
    here.server.refute(`<presence from='99!open@${domain}' type='subscribed'/>`)
    assert.deepEqual(here.rows("SELECT 1 FROM ticket"), [])
    assert.deepEqual(here.network.sent.list({ kind: "send" }), [])
  })
})

describe("other people's contacts", () => {
  test("are not had by presences, and what one user agrees to is agreed to by no other", async () => {
    play = await verona()
    const here = play
    await command(here, mercutio, "xmpp", "romeo@example.test")
    await here.server.expect(`<presence from='${jidOf(mercutio)}' to='romeo@example.test' type='subscribe'/>`)
    await here.empty("SELECT 1 FROM roster WHERE consent = 'asked' AND subscription <> 'asked'")
    const before = here.rows("SELECT link_id, consent, subscription, refused FROM roster ORDER BY link_id")
    for (const from of ["juliet@example.test", juliet, "Romeo@Example.TEST", "romeo@example.test.", "paris@example.test"])
      for (const type of ["subscribed", "subscribe", "unsubscribed", "unsubscribe", "probe"])
        here.server.send(`<presence from='${from}' to='${jidOf(mercutio)}' type='${type}'/>`)
    await here.sync()
    await here.sync()
    assert.deepEqual(
      here.rows("SELECT link_id, consent, subscription, refused FROM roster WHERE consent <> 'none' ORDER BY link_id"),
      before,
    )
    assert.match((await writes(here, juliet, "by your leave")).toString(), /not-allowed/)
    assert.match(await chat(here, juliet, `accept ${jidOf(mercutio)}`), /No|nothing|not/i)
    assert.deepEqual(here.network.sent.list({ to: mercutio }), [])
    silent(here)
  })

  test("hear nothing of what a third one reacts to, corrects, takes back, has read or types; nor is it told what became of it", async () => {
    play = await verona()
    const here = play
    await befriended(here, romeo)
    await writes(here, romeo, "for thy ears", "secret1")
    const [sent] = await here.told("send", 1, { to: mercutio })
    const count = here.network.sent.list().length
    const send = (inner: string): void =>
      here.server.send(`<message from='${juliet}' to='${jidOf(mercutio)}' type='chat' id='j${Math.random()}'>${inner}</message>`)
    for (const id of ["secret1", sent?.id ?? ""]) {
      send(`<body>forged</body><replace xmlns='urn:xmpp:message-correct:0' id='${id}'/>`)
      send(`<retract xmlns='urn:xmpp:message-retract:1' id='${id}'/>`)
      send(`<reactions xmlns='urn:xmpp:reactions:0' id='${id}'><reaction>👎</reaction></reactions>`)
      send(`<displayed xmlns='urn:xmpp:chat-markers:0' id='${id}'/>`)
      send(`<received xmlns='urn:xmpp:receipts' id='${id}'/>`)
      assert.match(await chat(here, juliet, `where ${id}`), /not yours/)
    }
    send("<composing xmlns='http://jabber.org/protocol/chatstates'/>")
    assert.equal(conditionOf(await ask(here, juliet, jidOf(mercutio), "<vCard xmlns='vcard-temp'/>", "get")), "item-not-found")
    await here.sync()
    await here.sync()
    assert.equal(here.network.sent.list().length, count)
    silent(here)
  })

  test("are led by a foreign person only where both agreed: other people's messages, numbers and ties are theirs", async () => {
    play = await verona()
    const here = play
    await befriended(here, romeo)
    await befriended(here, juliet, "98")
    const links = here.rows<{ id: number; jid: string }>("SELECT l.id, u.jid FROM link l JOIN gateway_user u ON u.id = l.user_id")
    const hers = links.find(({ jid }) => jid.startsWith("juliet"))?.id ?? 0
    for (const whom of [String(hers), "juliet", "juliet@example.test", "Juliet@Example.TEST", "j\u0443liet@example.test"])
      assert.match(await command(here, mercutio, "to", whom), /write with nobody called/)
    here.server.send(`<message from='${juliet}' to='98!main@${domain}' type='chat' id='h1'><body>for 98</body></message>`)
    const [hersSent] = await here.told("send", 1, { to: "98" })
    // An answer to what was said to somebody else, a change of it, and its end.
    await says(here, "in answer", { reply: hersSent?.id ?? "" })
    assert.equal(await hears(here, romeo), "in answer")
    here.network.edit({ account: "main", from: mercutio, id: hersSent?.id ?? "", text: "forged" })
    here.network.retract({ account: "main", from: mercutio, ids: [hersSent?.id ?? ""] })
    for (const [name, argument] of [
      ["stop", "juliet@example.test"],
      ["unlink", ""],
    ] as const)
      await command(here, mercutio, name, argument)
    await here.drained("main")
    await here.sync()
    assert.equal(here.rows("SELECT 1 FROM link").length, 2)
    assert.deepEqual(here.rows(`SELECT consent FROM roster WHERE link_id = ${hers} AND consent <> 'none'`), [{ consent: "both" }])
    here.server.refute((el) => el.attrs["to"]?.startsWith("juliet@") === true && /forged|retract/.test(el.toString()))
  })

  test("of a carried login are nobody's but its owner's; the code is of use to nobody else", async () => {
    play = await verona()
    const here = play
    here.network.carry({ account: "main", id: "L1", owner: "1" })
    await here.drained("main")
    here.network.say({ account: "main", from: "77", text: "in private", login: "L1" })
    await here.drained("main")
    await here.server.expect((el) => el.getChildText("body") === "in private" && el.attrs["to"]?.startsWith("romeo@") === true)
    const shown = await chat(here, juliet, "carry")
    const code = /link ([a-z2-7]{10,})/.exec(shown)?.[1]
    assert.ok(code, shown)
    for (const who of ["2", "77", mercutio])
      assert.match(await command(here, who, "link", `${code} yes`), /not connected with this gateway/)
    assert.match(await command(here, "1", "link", `${code} yes`), /tied to an XMPP address already/)
    for (const tag of ["me", "main-2", "login"])
      assert.equal(await refusal(here, "message", juliet, `77!${tag}@${domain}`, "type='chat'", "<body>as Romeo</body>"), "item-not-found")
    assert.deepEqual(here.network.sent.list({ kind: "send", to: "77" }), [])
    assert.deepEqual(here.rows("SELECT u.jid FROM link l JOIN gateway_user u ON u.id = l.user_id WHERE l.role = 'owner'"), [
      { jid: "romeo@example.test" },
    ])
    const bodies = here.server.received.filter((el) => el.attrs["to"]?.startsWith("juliet@") === true).map(String)
    assert.ok(!bodies.some((text) => text.includes("in private")))
  })
})
