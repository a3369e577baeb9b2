// Reactions (XEP-0444) in rooms, both ways: everybody sees them and the archive keeps them; what the account shares with several users.
import assert from "node:assert/strict"
import { randomUUID } from "node:crypto"
import { test } from "node:test"
import { loopback, standard } from "xferry-adapter-loopback"
import type { Element } from "@xmpp/xml"
import type { AnyAdapter } from "#src/adapter/define.js"
import { Play, type PlayOptions } from "../support/core-kit.js"
import { stanzaId } from "../support/muc-dialogue.js"

const romeo = "romeo@example.test/orchard"
const phone = "romeo@example.test/phone"
const nurse = "nurse@example.test/hall"
const ns = "urn:xmpp:reactions:0"

const adapterWith = (capabilities: object): AnyAdapter => loopback({ ...standard, ...capabilities })

async function playing(options: PlayOptions, run: (play: Play) => Promise<void>): Promise<void> {
  const play = await Play.open(options)
  try {
    play.network.person({ id: "juliet", name: "Juliet" })
    await run(play)
  } finally {
    await play.close()
  }
}

function react(
  play: Play,
  room: string,
  target: string,
  emoji: string[],
  { id = randomUUID(), from = romeo }: { id?: string; from?: string } = {},
): string {
  const all = emoji.map((one) => `<reaction>${one}</reaction>`).join("")
  play.server.send(
    `<message from='${from}' to='${room}' type='groupchat' id='${id}'><reactions id='${target}' xmlns='${ns}'>${all}</reactions><store xmlns='urn:xmpp:hints'/></message>`,
  )
  return id
}

const emojiOf = (el: Element): string[] =>
  el
    .getChild("reactions", ns)
    ?.getChildren("reaction")
    .map((one) => one.getText()) ?? []
const targetOf = (el: Element): string | undefined => el.getChild("reactions", ns)?.attrs.id
const seenBy = (play: Play, to: string): string[] =>
  play.server.received.flatMap((el) => {
    if (el.attrs.to !== to || targetOf(el) === undefined || el.attrs.type !== "groupchat") return []
    return `${(el.attrs.from ?? "").split("/")[1] ?? ""}: ${emojiOf(el).join(" ")}`
  })
const reacted = (play: Play, to: string, target: string, emoji: string): Promise<Element> =>
  play.server.expect((el) => el.attrs.to === to && targetOf(el) === target && emojiOf(el).join(" ") === emoji)

async function refused(play: Play, id: string): Promise<[string | undefined, string | null | undefined]> {
  const error = (await play.server.expect(`<message type='error' id='${id}'/>`)).getChild("error")
  return [error?.getChildElements()[0]?.getName(), error?.getChildText("text")]
}

/** What the archive has of reactions, as `nick: emoji`. */
async function archived(play: Play, room: string): Promise<string[]> {
  const start = play.server.received.length
  await play.server.ask(`<iq type='set' from='${romeo}' to='${room}'><query xmlns='urn:xmpp:mam:2'/></iq>`)
  return play.server.received.slice(start).flatMap((el) => {
    const said = el.getChild("result", "urn:xmpp:mam:2")?.getChild("forwarded")?.getChild("message")
    if (!said || targetOf(said) === undefined) return []
    return `${(said.attrs.from ?? "").split("/")[1] ?? ""}: ${emojiOf(said).join(" ")}`
  })
}

test("what foreign people think everybody in the room sees, and finds in its archive", async () => {
  await playing({ adapter: adapterWith({}) }, async (play) => {
    await play.register(romeo)
    const room = await play.room({ members: ["juliet"] })
    await play.join(romeo, room, "Romeo")
    await play.join(phone, room, "Romeo")
    const hers = play.network.rooms.say({ room: "g1", from: "juliet", text: "Ay me!" })
    const stanza = stanzaId(await play.muc.heard(romeo, room, "Ay me!"))
    play.network.rooms.react({ room: "g1", from: "juliet", id: hers, set: ["🌹"] })
    // Whoever is new is there before what they think is told.
    play.network.person({ id: "tybalt", name: "Tybalt" })
    play.network.rooms.react({ room: "g1", from: "tybalt", id: hers, add: "😡" })
    play.network.rooms.react({ room: "g1", from: "tybalt", id: hers, add: "🗡️" })
    play.network.rooms.react({ room: "g1", from: "juliet", id: hers, set: [] })
    const told = await reacted(play, romeo, stanza, "🌹")
    assert.equal(told.attrs.type, "groupchat")
    assert.ok(told.getChild("occupant-id", "urn:xmpp:occupant-id:0"))
    assert.ok(stanzaId(told) !== stanza)
    await reacted(play, phone, stanza, "")
    const all = ["Juliet: 🌹", "Tybalt: 😡", "Tybalt: 😡 🗡️", "Juliet: "]
    assert.deepEqual([seenBy(play, romeo), seenBy(play, phone), await archived(play, room)], [all, all, all])
    // What is edited keeps what was thought of it; what is taken back is thought of no more.
    play.network.rooms.edit({ room: "g1", id: hers, text: "Ay you!" })
    play.network.rooms.react({ room: "g1", from: "juliet", id: hers, set: ["🌹"] })
    await reacted(play, romeo, stanza, "🌹")
    play.network.rooms.react({ room: "g1", id: hers, counts: [{ emoji: "👍", count: 3 }] })
    const line = await play.server.expect((el) => el.attrs.to === romeo && el.getChildText("body")?.endsWith("👍 3") === true)
    assert.equal(line.attrs.from, room)
    assert.equal(line.getChild("reply", "urn:xmpp:reply:0")?.attrs.id, stanza)
    play.network.rooms.react({ room: "g1", id: hers, counts: [{ emoji: "👍", count: 4 }] })
    const next = await play.server.expect((el) => el.attrs.to === romeo && el.getChildText("body")?.endsWith("👍 4") === true)
    assert.equal(next.getChild("replace", "urn:xmpp:message-correct:0")?.attrs.id, line.attrs.id)
  })
})

test("what a user thinks all see as soon as the network has it, once however often it is asked", async () => {
  await playing({ adapter: adapterWith({}) }, async (play) => {
    await play.register(romeo)
    const room = await play.room({ members: ["juliet"] })
    await play.join(romeo, room, "Romeo")
    await play.join(phone, room, "Romeo")
    play.network.rooms.echo = true
    const hers = play.network.rooms.say({ room: "g1", from: "juliet", text: "Ay me!" })
    const stanza = stanzaId(await play.muc.heard(romeo, room, "Ay me!"))
    const asked = react(play, room, stanza, ["❤️", "👍"])
    assert.deepEqual((await play.told("react", 1))[0]?.emoji, ["❤️", "👍"])
    for (const client of [romeo, phone]) {
      const back = await reacted(play, client, stanza, "❤️ 👍")
      assert.deepEqual([back.attrs.id, back.attrs.from], [asked, `${room}/Romeo`])
    }
    react(play, room, stanza, ["❤️", "👍"], { id: asked })
    react(play, room, stanza, [])
    await reacted(play, phone, stanza, "")
    // His own words, by the id that the room gave them, behind what makes them.
    play.network.fault({ kind: "retry", account: "romeo", on: "send", retryAfterMs: 100, blocks: "chat" })
    const mine = await play.roomSaid(romeo, room, "It is the east")
    react(play, room, stanzaId(mine), ["☀️"], { from: phone })
    await reacted(play, romeo, stanzaId(mine), "☀️")
    await play.drained()
    const all = ["Romeo: ❤️ 👍", "Romeo: ", "Romeo: ☀️"]
    assert.deepEqual([seenBy(play, romeo), seenBy(play, phone), await archived(play, room)], [all, all, all])
    assert.equal((await play.told("react", 3)).length, 3)
    // On another device of the same account.
    play.network.rooms.react({ room: "g1", from: "romeo", id: hers, set: ["🎻"] })
    await reacted(play, romeo, stanza, "🎻")
    assert.deepEqual(await refused(play, react(play, room, "nothing", ["👍"])), [
      "item-not-found",
      "There is no such message in this room.",
    ])
    play.network.fault({ kind: "denied", account: "romeo", on: "react", text: "Not here." })
    assert.deepEqual(await refused(play, react(play, room, stanza, ["👍"])), ["forbidden", "Not here."])
    await play.empty("SELECT op FROM outbox")
    assert.ok(!(await archived(play, room)).includes("Romeo: 👍"))
  })
})

test("what a room allows is told at its address and enforced there", async () => {
  await playing({ adapter: adapterWith({ react: { max: 3 } }) }, async (play) => {
    await play.register(romeo)
    const room = await play.room({ members: ["juliet"], limits: { react: { max: 1, allowed: ["👍"] } } })
    const closed = await play.room({ room: "g2", members: ["juliet"], limits: { react: false } })
    for (const one of [room, closed]) await play.join(romeo, one, "Romeo")
    const info = async (to: string): Promise<string[]> => {
      const query = (
        await play.server.ask(`<iq type='get' from='${romeo}' to='${to}'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>`)
      ).getChild("query")
      const form = query?.getChildren("x").find((x) => x.toString().includes(`${ns}:restrictions`))
      const has = query?.getChildren("feature").some(({ attrs }) => attrs.var === ns) === true
      return [String(has), ...(form?.getChildren("field").slice(1).flatMap((field) => field.getChildren("value").map((one) => one.getText())) ?? [])] // prettier-ignore
    }
    assert.deepEqual(await info(room), ["true", "1", "👍"])
    assert.deepEqual(await info(closed), ["false"])
    for (const id of ["g1", "g2"]) play.network.rooms.say({ room: id, from: "juliet", text: "Ay me!" })
    const stanza = stanzaId(await play.muc.heard(romeo, room, "Ay me!"))
    const other = stanzaId(await play.muc.heard(romeo, closed, "Ay me!"))
    assert.deepEqual(await refused(play, react(play, room, stanza, ["👎"])), [
      "not-acceptable",
      "On Loopback this reaction is not possible: 👍 can be used, one at a time.",
    ])
    assert.equal((await refused(play, react(play, closed, other, ["👍"])))[0], "feature-not-implemented")
    react(play, room, stanza, ["👍"])
    await reacted(play, romeo, stanza, "👍")
  })
})

test("an account of the gateway's own shows what all its users think, the newest first, as much as it may", async () => {
  const options = { adapter: adapterWith({ react: { as: "bot", max: 2 } }), accounts: { mercutio: { "*": ["*"] } } }
  await playing(options, async (play) => {
    await play.network.account("mercutio").whenAttached()
    const room = await play.room({ account: "mercutio", members: ["juliet"] }, "mercutio")
    await play.join(romeo, room, "Romeo")
    await play.join(nurse, room, "Nurse")
    play.network.rooms.say({ room: "g1", from: "juliet", text: "Ay me!" })
    const stanza = stanzaId(await play.muc.heard(romeo, room, "Ay me!"))
    const told = async (count: number): Promise<(string[] | undefined)[]> => (await play.told("react", count)).map(({ emoji }) => emoji)
    react(play, room, stanza, ["❤️"])
    await reacted(play, nurse, stanza, "❤️")
    react(play, room, stanza, ["👍"], { from: nurse })
    await reacted(play, romeo, stanza, "👍")
    react(play, room, stanza, ["👍", "🎭"], { from: nurse })
    await reacted(play, romeo, stanza, "👍 🎭")
    react(play, room, stanza, [], { from: nurse })
    await reacted(play, romeo, stanza, "")
    assert.deepEqual(await told(4), [["❤️"], ["❤️", "👍"], ["👍", "🎭"], ["❤️"]])
    assert.deepEqual(seenBy(play, romeo), ["Romeo: ❤️", "Nurse: 👍", "Nurse: 👍 🎭", "Nurse: "])
    // What it hears of itself is no news.
    play.network.rooms.react({ room: "g1", from: "mercutio", id: "1", set: ["❤️"] })
    await play.drained("mercutio")
    assert.equal(seenBy(play, romeo).length, 4)
  })
})

test("what was thought while nobody listened comes with the history", async () => {
  await playing({ adapter: adapterWith({}) }, async (play) => {
    await play.register(romeo)
    // Said before the account was in the room.
    play.network.rooms.make({ room: "g1", members: ["juliet"] })
    const old = play.network.rooms.say({ room: "g1", from: "juliet", text: "long ago" })
    play.network.rooms.react({ room: "g1", from: "juliet", id: old, set: ["🕰️"] })
    play.network.rooms.say({ room: "g1", from: "juliet", text: "later" })
    const room = await play.room()
    const words = async (): Promise<string[]> => {
      const start = play.server.received.length
      await play.server.ask(`<iq type='set' from='${romeo}' to='${room}'><query xmlns='urn:xmpp:mam:2'/></iq>`)
      return play.server.received.slice(start).flatMap((el) => {
        const said = el.getChild("result", "urn:xmpp:mam:2")?.getChild("forwarded")?.getChild("message")
        return said ? (said.getChildText("body") ?? `reacted ${emojiOf(said).join(" ")}`) : []
      })
    }
    const until = async (wanted: string[]): Promise<void> => {
      const end = performance.now() + 10_000
      for (let now = await words(); ; now = await words())
        if (now.length >= wanted.length || performance.now() > end) return assert.deepEqual(now, wanted)
    }
    await until(["long ago", "reacted 🕰️", "later"])
    await play.away(() => {
      play.network.rooms.missed = true
      const missed = play.network.rooms.say({ room: "g1", from: "juliet", text: "missed" })
      play.network.rooms.react({ room: "g1", from: "juliet", id: missed, set: ["👋"] })
    })
    await until(["long ago", "reacted 🕰️", "later", "missed", "reacted 👋"])
  })
})
