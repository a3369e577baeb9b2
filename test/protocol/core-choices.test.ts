// Polls and buttons: chosen by a command at the address of a person or room, or by a reply with numbers; tallies are corrections.
import assert from "node:assert/strict"
import { test } from "node:test"
import { loopback, standard } from "xferry-adapter-loopback"
import type { Element } from "@xmpp/xml"
import type { AnyAdapter } from "#src/adapter/define.js"
import { domain, Play } from "../support/core-kit.js"
import { stanzaId } from "../support/muc-dialogue.js"

const romeo = "romeo@example.test/orchard"
const juliet = `juliet@${domain}`
const nsCommands = "http://jabber.org/protocol/commands"

async function playing(run: (play: Play) => Promise<void>, adapter: object = loopback(standard)): Promise<void> {
  const play = await Play.open({ adapter: adapter as AnyAdapter })
  play.network.person({ id: "juliet", name: "Juliet", kind: "bot" })
  try {
    await play.register(romeo)
    await run(play)
  } finally {
    await play.close()
  }
}

const poll = (more: object = {}): { extras: [{ type: "choice"; as: "poll"; options: { id: string; text: string; votes: number }[] }] } => ({
  extras: [
    {
      type: "choice",
      as: "poll",
      options: [
        { id: "m", text: "Montague", votes: 1 },
        { id: "c", text: "Capulet", votes: 0 },
      ],
      ...more,
    },
  ],
})
const buttons = { extras: [{ type: "choice" as const, as: "buttons" as const, options: [{ id: "go", text: "Go" }, { id: "www", text: "Site", url: "https://example.test/" }] }] } // prettier-ignore

const heard = (play: Play, start: string): Promise<Element> =>
  play.server.expect((el) => el.getChildText("body")?.startsWith(start) === true)

async function command(play: Play, to: string, fields?: Record<string, string[]>, session?: Element): Promise<Element> {
  const sessionid = session ? ` sessionid='${session.getChild("command")?.attrs.sessionid ?? ""}'` : ""
  const values = Object.entries(fields ?? {}).map(([name, all]) => `<field var='${name}'>${all.map((one) => `<value>${one}</value>`).join("")}</field>`) // prettier-ignore
  const form = fields ? `<x xmlns='jabber:x:data' type='submit'>${values.join("")}</x>` : ""
  return play.server.ask(
    `<iq type='set' from='${romeo}' to='${to}'><command xmlns='${nsCommands}' node='choose'${sessionid}>${form}</command></iq>`,
  )
}
const note = (el: Element): string | null | undefined => el.getChild("command")?.getChildText("note")
const options = (el: Element): (string | undefined)[] =>
  el.getChild("command")?.getChild("x")?.getChildren("field").flatMap((field) => field.getChildren("option").map((one) => one.attrs.label)) ?? [] // prettier-ignore

async function nodes(play: Play, to: string): Promise<(string | undefined)[]> {
  const answer = await play.server.ask(`<iq type='get' from='${romeo}' to='${to}'><query xmlns='http://jabber.org/protocol/disco#items' node='${nsCommands}'/></iq>`) // prettier-ignore
  return answer.getChild("query")?.getChildren("item").map(({ attrs }) => attrs.node) ?? [] // prettier-ignore
}

test("a poll is answered by a command at her address, or by a reply with a number; its tallies are corrections", async () => {
  await playing(async (play) => {
    const id = play.network.say({ account: "romeo", from: "juliet", text: "Which house?", ...poll() })
    const stanza = await heard(play, "Which house?")
    assert.match(stanza.getChildText("body") ?? "", /1\. Montague.*1 vote.*\n2\. Capulet/)
    assert.ok((await nodes(play, juliet)).includes("choose"))
    const asked = await command(play, juliet)
    assert.deepEqual(options(asked), ["1. Montague", "2. Capulet"])
    const done = await command(play, juliet, { option: ["2. Capulet"] }, asked)
    assert.equal(note(done), "You chose Capulet.")
    const [told] = await play.told("interact", 1)
    assert.deepEqual([told?.id, told?.choose], [id, ["c"]])
    const tallied = await heard(play, "Which house?")
    assert.equal(tallied.getChild("replace", "urn:xmpp:message-correct:0")?.attrs.id, stanza.attrs.id)
    assert.match(tallied.getChildText("body") ?? "", /2\. Capulet — 1 vote/)
    // By a reply, to the poll or to its correction, that the network does not see as words.
    const reply = (text: string, to = stanza.attrs.id): void =>
      play.server.send(`<message from='${romeo}' to='${juliet}' type='chat' id='r-${text}'><body>${text}</body><reply xmlns='urn:xmpp:reply:0' id='${to}'/><request xmlns='urn:xmpp:receipts'/></message>`) // prettier-ignore
    reply("1", tallied.attrs.id)
    await play.receipt("r-1")
    assert.deepEqual((await play.told("interact", 2))[1]?.choose, ["m"])
    assert.equal((await heard(play, "ℹ You chose")).getChildText("body"), "ℹ You chose Montague.")
    for (const [text, why] of [
      ["3", "There is no 3 among these: they go from 1 to 2."],
      ["1, 2", "Only one of these can be chosen."],
    ] as const) {
      reply(text)
      const error = await play.server.expect(`<message type='error' id='r-${text}'/>`)
      assert.equal(error.getChild("error")?.getChildText("text"), why)
    }
    reply("none of them")
    assert.match((await play.told("send", 1))[0]?.text ?? "", /none of them/)
    // Closed, there is nothing to choose.
    play.network.edit({ account: "romeo", from: "juliet", id, text: "Which house?", ...poll({ closed: true }) })
    await play.drained()
    assert.equal(note(await command(play, juliet)), "Nothing can be chosen here now.")
    reply("2")
    const error = await play.server.expect(`<message type='error' id='r-2'/>`)
    assert.equal(error.getChild("error")?.getChildText("text"), "This is closed: nothing can be chosen any more.")
    assert.equal((await play.told("interact", 2)).length, 2)
  })
})

test("in a room everybody sees who chose; several can be chosen where that is possible", async () => {
  await playing(async (play) => {
    const room = await play.room({ members: ["juliet"] })
    await play.join(romeo, room, "Romeo")
    assert.ok((await nodes(play, room)).includes("choose"))
    const one = play.network.rooms.say({ room: "g1", from: "juliet", text: "Which houses?", ...poll({ multiple: true }) })
    const stanza = stanzaId(await heard(play, "Which houses?"))
    const two = play.network.rooms.say({ room: "g1", from: "juliet", text: "Ready?", ...buttons })
    const ready = stanzaId(await heard(play, "Ready?"))
    const which = await command(play, room)
    assert.deepEqual(options(which), ["1. Ready?", "2. Which houses?"])
    const asked = await command(play, room, { which: ["2. Which houses?"] }, which)
    assert.equal(asked.getChild("command")?.getChild("x")?.getChild("field")?.attrs.type, "list-multi")
    const done = await command(play, room, { option: ["1. Montague", "2. Capulet"] }, asked)
    assert.equal(note(done), "You chose Montague, Capulet.")
    const reflected = await play.roomSaid(romeo, room, "#1", { reply: ready })
    assert.deepEqual([reflected.getChild("reply", "urn:xmpp:reply:0")?.attrs.id, reflected.attrs.from], [ready, `${room}/Romeo`])
    const answer = await heard(play, "ℹ You chose Go.")
    assert.equal(answer.attrs.from, room)
    const refused = play.roomSay(romeo, room, "2", { reply: ready })
    const error = await play.muc.answered(romeo, room, refused, "error")
    assert.equal(error.getChild("error")?.getChildText("text"), "«Site» is a link: https://example.test/")
    await play.roomSaid(romeo, room, "2, 1", { reply: stanza })
    const told = await play.told("interact", 3)
    assert.deepEqual(told.map(({ id, choose }) => [id, choose]), [[one, ["m", "c"]], [two, ["go"]], [one, ["c", "m"]]]) // prettier-ignore
    // The network refuses: its author is told, the others see it taken back if they saw it.
    play.network.fault({ kind: "rejected", account: "romeo", on: "interact", text: "Too late." })
    const late = play.roomSay(romeo, room, "1", { reply: stanza })
    assert.equal((await play.muc.answered(romeo, room, late, "error")).getChild("error")?.getChildText("text"), "Too late.")
    assert.equal(play.network.sent.list({ kind: "send" }).length, 0)
  })
})

test("where nothing can be chosen, numbers are words and there is no command", async () => {
  const { interact: _, ...without } = standard
  await playing(async (play) => {
    play.network.say({ account: "romeo", from: "juliet", text: "Which house?", ...poll() })
    const stanza = await heard(play, "Which house?")
    assert.ok(!(await nodes(play, juliet)).includes("choose"))
    play.server.send(`<message from='${romeo}' to='${juliet}' type='chat' id='r'><body>1</body><reply xmlns='urn:xmpp:reply:0' id='${stanza.attrs.id}'/></message>`) // prettier-ignore
    assert.match((await play.told("send", 1))[0]?.text ?? "", /1$/)
  }, loopback(without))
})
