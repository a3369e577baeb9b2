// Reactions where the account can react only as itself: a line of its own that says who thinks what, edited, taken back, and there once.
import assert from "node:assert/strict"
import { randomUUID } from "node:crypto"
import { test } from "node:test"
import { loopback, standard } from "xferry-adapter-loopback"
import type { Element } from "@xmpp/xml"
import type { AnyAdapter } from "#src/adapter/define.js"
import { Play, type PlayOptions } from "../support/core-kit.js"
import { ManualTimers } from "../support/manual-timers.js"
import { stanzaId } from "../support/muc-dialogue.js"

const romeo = "romeo@example.test/orchard"
const nurse = "nurse@example.test/hall"
const ns = "urn:xmpp:reactions:0"
const gapMs = 5000

const adapterWith = (capabilities: object = {}): AnyAdapter => loopback({ ...standard, react: { as: "bot" }, ...capabilities })

interface Shared {
  play: Play
  room: string
  clock: ManualTimers
  /** Of a message of Juliet's: the network's id, and the stanza's. */
  hers: string
  stanza: string
}

/** Romeo and the nurse in a room of the gateway's own account, where Juliet has said something. */
async function sharing(options: PlayOptions, run: (shared: Shared) => Promise<void>): Promise<void> {
  const clock = new ManualTimers()
  clock.advance(1_000_000)
  const play = await Play.open({ adapter: adapterWith(), accounts: { mercutio: { "*": ["*"] } }, seams: { clock }, ...options })
  try {
    play.network.person({ id: "juliet", name: "Juliet" })
    play.network.rooms.echo = true
    await play.network.account("mercutio").whenAttached()
    const room = await play.room({ account: "mercutio", members: ["juliet"] }, "mercutio")
    await play.join(romeo, room, "Romeo")
    await play.join(nurse, room, "Nurse")
    const hers = play.network.rooms.say({ room: "g1", from: "juliet", text: "Ay me!" })
    const stanza = stanzaId(await play.muc.heard(romeo, room, "Ay me!"))
    await run({ play, room, clock, hers, stanza })
  } finally {
    await play.close()
  }
}

function react({ play, room, stanza }: Shared, from: string, emoji: string[], target = stanza): string {
  const id = randomUUID()
  const all = emoji.map((one) => `<reaction>${one}</reaction>`).join("")
  play.server.send(
    `<message from='${from}' to='${room}' type='groupchat' id='${id}'><reactions id='${target}' xmlns='${ns}'>${all}</reactions></message>`,
  )
  return id
}

const emojiOf = (el: Element): string =>
  el
    .getChild("reactions", ns)
    ?.getChildren("reaction")
    .map((one) => one.getText())
    .join(" ") ?? ""

/** Reacts, and everybody has seen it. */
async function reacted(shared: Shared, from: string, ...emoji: string[]): Promise<void> {
  const id = react(shared, from, emoji)
  await shared.play.server.expect((el) => el.attrs.to === romeo && el.attrs.id === id && el.attrs.type === "groupchat")
  await shared.play.sync()
}

/** All of the account's own that people read, in order, as «kind text». */
function lines({ play }: Shared): string[] {
  return play.network.sent
    .list({ room: "g1" })
    .flatMap(({ kind, text }) =>
      kind === "retract" ? ["retract"] : kind === "send" || kind === "edit" || kind === "repeat" ? [`${kind} ${text}`] : [],
    )
}

/** The gateway has nothing left to do now; with `later` a line may still be to change when its time comes. */
async function settled({ play }: Shared, later = false): Promise<void> {
  const stale = later ? "" : " UNION ALL SELECT message_id FROM reaction_line WHERE stale = 1"
  await play.empty(`SELECT op FROM outbox${stale}`, 20_000)
}

/** Nothing of the account's own lines has come to the people of the room. */
function unheard({ play }: Shared): void {
  assert.deepEqual(
    play.bodies().filter((text) => /Romeo|Nurse|No reactions/.test(text)),
    [],
  )
  assert.deepEqual(play.rows("SELECT op FROM archive WHERE op LIKE '%· %' OR op LIKE '%No reactions%'"), [])
}

test("a line says who thinks what; it is edited as that changes, and taken back when nobody thinks anything", async () => {
  const adapter = adapterWith({ react: { as: "bot", max: 1, allowed: ["👍"] } })
  await sharing({ reactions: "summary", adapter }, async (shared) => {
    const { play, clock, room, hers } = shared
    const info = await play.server.ask(`<iq type='get' from='${romeo}' to='${room}'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>`) // prettier-ignore
    assert.ok(info.toString().includes(`'${ns}'`) || info.toString().includes(`"${ns}"`))
    assert.ok(!info.toString().includes("restrictions"), "a line can hold any")
    await reacted(shared, romeo, "❤️")
    const [line] = await play.told("send", 1, { room: "g1" })
    assert.deepEqual([line?.text, line?.reply], ["❤️ Romeo", hers])
    await settled(shared)
    // As often as it changes meanwhile, only what it is then counts.
    await reacted(shared, nurse, "🦄")
    await reacted(shared, nurse, "❤", "👍")
    clock.advance(gapMs - 1)
    await settled(shared, true)
    assert.deepEqual(lines(shared), ["send ❤️ Romeo"])
    clock.advance(1)
    await play.told("edit", 1, { room: "g1" })
    await settled(shared)
    await reacted(shared, nurse)
    await reacted(shared, romeo)
    clock.advance(gapMs)
    await play.told("retract", 1, { room: "g1" })
    await settled(shared)
    assert.deepEqual(lines(shared), ["send ❤️ Romeo", "edit ❤️ Romeo, Nurse · 👍 Nurse", "retract"])
    assert.deepEqual(play.network.sent.list({ kind: "react" }), [])
    // The next is a new one. What changes back before anybody reads it changes nothing.
    await reacted(shared, nurse, "🎭")
    clock.advance(gapMs)
    await play.told("send", 2, { room: "g1" })
    await settled(shared)
    await reacted(shared, nurse)
    await reacted(shared, nurse, "🎭")
    clock.advance(2 * gapMs)
    await settled(shared)
    assert.deepEqual(lines(shared).slice(3), ["send 🎭 Nurse"])
    unheard(shared)
  })
})

test("by default the account reacts, and a line follows where that does not tell all", async () => {
  await sharing({ adapter: adapterWith({ react: { as: "bot", max: 1, allowed: ["👍", "❤"] } }) }, async (shared) => {
    const { play, clock } = shared
    const strange = react(shared, romeo, ["🦄"])
    assert.ok((await play.server.expect(`<message type='error' id='${strange}'/>`)).toString().includes("👍 ❤ can be used"))
    await reacted(shared, romeo, "👍")
    await settled(shared)
    assert.deepEqual(lines(shared), [])
    await reacted(shared, nurse, "❤")
    await play.told("send", 1, { room: "g1" })
    await settled(shared)
    // A line that is there stays as long as anybody thinks anything.
    await reacted(shared, nurse)
    clock.advance(gapMs)
    await play.told("edit", 1, { room: "g1" })
    await settled(shared)
    await reacted(shared, romeo)
    clock.advance(gapMs)
    await play.told("retract", 1, { room: "g1" })
    await settled(shared)
    assert.deepEqual(lines(shared), ["send 👍 Romeo · ❤ Nurse", "edit 👍 Romeo", "retract"])
    assert.deepEqual(
      play.network.sent.list({ kind: "react" }).map(({ emoji }) => emoji),
      [["👍"], ["❤"], ["👍"], []],
    )
    unheard(shared)
  })
  await sharing({ reactions: "union" }, async (shared) => {
    for (const who of [romeo, nurse]) await reacted(shared, who, "👍")
    await settled(shared)
    assert.deepEqual(lines(shared), [])
  })
})

test("where the network cannot edit, take back, or point to a message, a line does what it can", async () => {
  await sharing({ reactions: "summary", adapter: adapterWith({ edit: undefined }) }, async (shared) => {
    for (const who of [romeo, nurse]) await reacted(shared, who, "👍")
    assert.equal((await shared.play.told("react", 2)).length, 2)
    assert.deepEqual(lines(shared), [])
  })
  await sharing({ reactions: "summary", adapter: adapterWith({ retract: undefined, reply: undefined }) }, async (shared) => {
    await reacted(shared, romeo, "👍")
    await shared.play.told("send", 1, { room: "g1" })
    await settled(shared)
    await reacted(shared, romeo)
    shared.clock.advance(gapMs)
    await shared.play.told("edit", 1, { room: "g1" })
    await settled(shared)
    await reacted(shared, nurse, "❤")
    shared.clock.advance(gapMs)
    await shared.play.told("edit", 2, { room: "g1" })
    assert.deepEqual(lines(shared), ["send > Ay me!\n👍 Romeo", "edit > Ay me!\nNo reactions any more", "edit > Ay me!\n❤ Nurse"])
  })
})

test("what is taken back, or cleared by a moderator, has no line any more", async () => {
  await sharing({ reactions: "summary" }, async (shared) => {
    const { play, clock, room, hers } = shared
    play.network.rooms.react({ room: "g1", from: "juliet", id: hers, set: ["🌹", "👍"] })
    for (const who of [romeo, nurse]) await reacted(shared, who, "👍", "❤")
    clock.advance(gapMs)
    await play.told("edit", 1, { room: "g1" })
    await settled(shared)
    // One emoji, then all.
    const seen = (nick: string, emoji: string): Promise<Element> =>
      play.server.expect((el) => el.attrs.to === nurse && el.attrs.from === `${room}/${nick}` && emojiOf(el) === emoji && el.getChild("reactions", ns) !== undefined) // prettier-ignore
    play.network.rooms.react({ room: "g1", id: hers, cleared: "👍" })
    await seen("Juliet", "🌹")
    await seen("Nurse", "❤")
    clock.advance(gapMs)
    await play.told("edit", 2, { room: "g1" })
    await settled(shared)
    play.network.rooms.react({ room: "g1", id: hers, cleared: true })
    for (const nick of ["Juliet", "Romeo", "Nurse"]) await seen(nick, "")
    clock.advance(gapMs)
    await play.told("retract", 1, { room: "g1" })
    await settled(shared)
    assert.deepEqual(lines(shared).slice(-2), ["edit ❤ Romeo, Nurse", "retract"])
    await reacted(shared, romeo, "🎻")
    clock.advance(gapMs)
    await play.told("send", 2, { room: "g1" })
    await settled(shared)
    play.network.rooms.retract({ room: "g1", ids: [hers], by: "juliet" })
    await play.drained("mercutio")
    clock.advance(gapMs)
    await play.told("retract", 2, { room: "g1" })
    await settled(shared)
    // His own, which he takes back himself.
    const mine = stanzaId(await play.roomSaid(romeo, room, "It is the east"))
    react(shared, nurse, ["☀️"], mine)
    await play.told("send", 4, { room: "g1" })
    await settled(shared)
    play.server.send(
      `<message from='${romeo}' to='${room}' type='groupchat' id='back'><retract xmlns='urn:xmpp:message-retract:1' id='${mine}'/><body>-</body></message>`,
    )
    await play.told("retract", 3, { room: "g1" })
    clock.advance(gapMs)
    await play.told("retract", 4, { room: "g1" })
    await settled(shared)
    assert.deepEqual(lines(shared).slice(-4), ["send Romeo: It is the east", "send ☀️ Nurse", "retract", "retract"])
    unheard(shared)
  })
})

test("a line that is lost is nobody's trouble: the next change makes a new one", async () => {
  await sharing({ reactions: "summary" }, async (shared) => {
    const { play, clock } = shared
    play.network.fault({ kind: "denied", account: "mercutio", on: "send", text: "Not here." })
    await reacted(shared, romeo, "👍")
    await settled(shared)
    assert.deepEqual(lines(shared), [])
    await reacted(shared, nurse, "👍")
    clock.advance(gapMs)
    const [line] = await play.told("send", 1, { room: "g1" })
    await settled(shared)
    // A moderator of the network takes it away, and tells so; then one goes and nobody tells.
    play.network.rooms.retract({ room: "g1", ids: [line?.id ?? ""], by: "juliet" })
    await play.drained("mercutio")
    await reacted(shared, nurse, "❤")
    clock.advance(gapMs)
    await play.told("send", 2, { room: "g1" })
    await settled(shared)
    play.network.fault({ kind: "gone", account: "mercutio", on: "edit", text: "It is gone." })
    await reacted(shared, nurse, "🎭")
    clock.advance(gapMs)
    await settled(shared)
    await reacted(shared, nurse)
    clock.advance(gapMs)
    await play.told("send", 3, { room: "g1" })
    await settled(shared)
    assert.deepEqual(lines(shared), ["send 👍 Romeo, Nurse", "send 👍 Romeo · ❤ Nurse", "send 👍 Romeo"])
    assert.ok(!play.server.received.some((el) => el.attrs.type === "error"))
    unheard(shared)
  })
})

test("what was to change when the gateway stopped changes after it, and there is one line", async () => {
  await sharing({ reactions: "summary" }, async (shared) => {
    const { play, clock, room } = shared
    await reacted(shared, romeo, "👍")
    await play.told("send", 1, { room: "g1" })
    await settled(shared)
    await reacted(shared, nurse, "❤")
    await play.away(() => clock.advance(gapMs), "mercutio")
    await play.told("edit", 1, { room: "g1" })
    await settled(shared)
    for (const [who, nick] of [[romeo, "Romeo"], [nurse, "Nurse"]] as const) await play.join(who, room, nick) // prettier-ignore
    for (const who of [romeo, nurse]) await reacted(shared, who)
    clock.advance(gapMs)
    await play.told("retract", 1, { room: "g1" })
    await settled(shared)
    // The answer to it was lost, and somebody thinks of more before it is known.
    play.network.fault({ kind: "unknown-outcome", account: "mercutio", processed: true })
    await reacted(shared, nurse, "🎭")
    clock.advance(gapMs)
    await play.told("send", 2, { room: "g1" })
    await reacted(shared, nurse, "🎭", "👍")
    clock.advance(gapMs)
    await play.told("edit", 2, { room: "g1" })
    await settled(shared)
    assert.deepEqual(lines(shared), [
      ...["send 👍 Romeo", "edit 👍 Romeo · ❤ Nurse", "retract"],
      ...["send 🎭 Nurse", "repeat 🎭 Nurse", "edit 🎭 Nurse · 👍 Nurse"],
    ])
    unheard(shared)
  })
})

test("in a user's own room their bot reacts, and a line holds what it may not", async () => {
  const clock = new ManualTimers()
  clock.advance(1_000_000)
  const adapter = adapterWith({ react: { as: "bot", max: 1, allowed: ["👍"] } })
  const play = await Play.open({ adapter, reactions: "summary", seams: { clock } })
  try {
    await play.register(romeo)
    const room = await play.room({ members: ["juliet"] })
    await play.join(romeo, room, "Romeo")
    const hers = play.network.rooms.say({ room: "g1", from: "juliet", text: "Ay me!" })
    const shared = { play, room, clock, hers, stanza: stanzaId(await play.muc.heard(romeo, room, "Ay me!")) }
    await reacted(shared, romeo, "👍")
    await settled(shared)
    assert.deepEqual(lines(shared), [])
    await reacted(shared, romeo, "👍", "🦄")
    await play.told("send", 1, { room: "g1" })
    assert.deepEqual(lines(shared), ["send 👍 Romeo · 🦄 Romeo"])
    assert.deepEqual((await play.told("react", 2)).map(({ emoji }) => emoji), [["👍"], ["👍"]]) // prettier-ignore
  } finally {
    await play.close()
  }
})

test("in a direct chat, what a moderator clears the contact thinks no more", async () => {
  const play = await Play.open()
  try {
    await play.register(romeo)
    play.network.person({ id: "juliet", name: "Juliet" })
    const his = play.say(romeo, "juliet", "Juliet?")
    await play.receipt(his)
    const [{ id } = { id: "" }] = await play.told("send", 1)
    const told = (emoji: string): Promise<Element> =>
      play.server.expect((el) => el.getChild("reactions", ns)?.attrs.id === his && emojiOf(el) === emoji)
    play.network.react({ account: "romeo", from: "juliet", id: id ?? "", set: ["🌹", "👍"] })
    await told("🌹 👍")
    play.network.react({ account: "romeo", from: "juliet", id: id ?? "", cleared: "🌹" })
    await told("👍")
    play.network.react({ account: "romeo", from: "juliet", id: id ?? "", cleared: true })
    await told("")
    await play.drained()
    assert.deepEqual(play.rows("SELECT emoji FROM reaction"), [])
  } finally {
    await play.close()
  }
})
