// How the network gets what users say in rooms: styled, with mentions, under their names; slow mode; new rooms in places for rooms.
import assert from "node:assert/strict"
import { afterEach, describe, test } from "node:test"
import { loopback, standard } from "xferry-adapter-loopback"
import type { Send } from "#src/adapter/contract.js"
import type { AnySession } from "#src/adapter/define.js"
import { Tap } from "../fakes/tapped-adapter.js"
import type { Play } from "../support/core-kit.js"
import { stanzaId } from "../support/muc-dialogue.js"
import { mercutio, phone, romeo, TalkStage } from "../support/talk-stage.js"

type Op = { verb: string } & Partial<Pick<Send, "body" | "reply" | "as">>

let stage: TalkStage
let play: Play
let room: string
let ops: Op[]
afterEach(() => play.close())

/** A network that styles and lets accounts speak as others; what it is asked for is kept. */
async function open(how: "own" | "shared", send: object = {}): Promise<void> {
  ops = []
  const styling: object = { impersonate: "name", formatting: ["bold", "pre", "quote", "mention"], ...send }
  const capabilities = { ...standard, send: { ...standard.send, ...styling } }
  const note =
    <A extends object, R>(verb: string, call: ((op: A, signal: AbortSignal) => R) | undefined) =>
    (op: A, signal: AbortSignal): R | undefined => {
      const { body, reply, as } = op as Partial<Send>
      ops.push({ verb, ...(body && { body }), ...(reply && { reply }), ...(as && { as }) })
      return call?.(op, signal)
    }
  const tap = new Tap(loopback(capabilities), (session: AnySession) => ({
    send: note("send", session.send),
    edit: note("edit", session.edit),
    retract: note("retract", session.retract),
  }))
  stage = await TalkStage[how]({ adapter: tap.adapter })
  ;({ play, room } = stage)
  play.network.person({ id: "juliet" })
}

/** Juliet and somebody with a longer name are there. */
async function people(): Promise<void> {
  play.network.person({ id: "nurse", name: "Juliet Capulet" })
  for (const from of ["juliet", "nurse"]) play.network.rooms.say({ room: "g1", from, text: `here is ${from}` })
  await play.muc.heard(romeo, room, "here is nurse")
}

describe("text", () => {
  test("is styled where the network can, and everybody here sees what was typed", async () => {
    await open("own")
    const text = "*Hark* _what_\n> light\n```js\nbreaks()\n```"
    const said = await play.roomSaid(romeo, room, text)
    await play.roomSaid(romeo, room, "*Soft*", { replaces: said.attrs["id"]! })
    assert.deepEqual(
      ops.map(({ verb, body }) => [verb, body]),
      [
        [
          "send",
          {
            text: "Hark _what_\nlight\nbreaks()",
            spans: [
              { kind: "bold", start: 0, end: 4 },
              { kind: "quote", start: 12, end: 17 },
              { kind: "pre", start: 18, end: 26, arg: "js" },
            ],
          },
        ],
        ["edit", { text: "Soft", spans: [{ kind: "bold", start: 0, end: 4 }] }],
      ],
    )
    assert.deepEqual(stage.archivedTexts(), [text, "*Soft*"])
    assert.equal(said.getChildText("body"), text)
  })

  test("is plain where the network cannot, and in direct messages styled as well", async () => {
    await open("own")
    await play.receipt(play.say(romeo, "juliet", "*Hark* @juliet"))
    assert.deepEqual(ops[0]?.body, { text: "Hark @juliet", spans: [{ kind: "bold", start: 0, end: 4 }] })
    await play.close()
    await open("own", { formatting: undefined })
    await play.roomSaid(romeo, room, "*Hark* > it")
    assert.deepEqual(ops[0]?.body, { text: "*Hark* > it" })
  })

  test("that waits in the outbox is what was typed", async () => {
    await open("own")
    play.network.fault({ kind: "retry", retryAfterMs: 300 })
    const id = play.roomSay(romeo, room, "*Hark*")
    while (ops.length === 0) await play.sync()
    assert.deepEqual(play.rows("SELECT op ->> '$.text' AS text FROM outbox"), [{ text: "*Hark*" }])
    await play.muc.answered(romeo, room, id)
  })

  test("names those who are there, by the longest nick, in new messages and corrections", async () => {
    await open("own")
    await people()
    const mentions = (): unknown[] => ops.map(({ body }) => body?.spans?.map(({ kind, start, end, arg }) => [kind, start, end, arg]))
    const said = await play.roomSaid(romeo, room, "juliet: ask @Juliet Capulet, not @Romeo or @Paris")
    await play.roomSaid(romeo, room, "@juliet Capulet", { replaces: said.attrs["id"]! })
    assert.deepEqual(mentions(), [
      [
        ["mention", 0, 6, "juliet"],
        ["mention", 12, 27, "nurse"],
      ],
      [["mention", 0, 7, "juliet"]],
    ])
    // Who has left is nobody any more.
    play.network.rooms.member({ room: "g1", user: "juliet", change: "left" })
    await play.drained()
    await play.roomSaid(romeo, room, "juliet: where art thou")
    assert.equal(ops[2]?.body?.spans, undefined)
  })
})

describe("who speaks", () => {
  test("is said with everything: the account's owner too", async () => {
    await open("own")
    const said = await play.roomSaid(romeo, room, "one")
    await play.roomSaid(romeo, room, "two", { replaces: said.attrs["id"]! })
    await play.muc.answered(romeo, room, stage.retract(romeo, stanzaId(said)))
    assert.deepEqual(ops.map(({ verb }) => verb), ["send", "edit", "retract"]) // prettier-ignore
    const [first] = ops
    assert.equal(typeof first?.as?.id, "string")
    for (const { as } of ops) assert.deepEqual(as, { id: first?.as?.id, name: "Romeo", own: true })
  })

  test("of several each by their own name, which is nowhere in the text", async () => {
    await open("shared")
    const said = await play.roomSaid(mercutio, room, "one")
    await play.roomSaid(romeo, room, "two")
    await play.roomSaid(mercutio, room, "uno", { replaces: said.attrs["id"]! })
    await play.muc.answered(mercutio, room, stage.retract(mercutio, stanzaId(said)))
    assert.deepEqual(
      ops.map(({ verb, body, as }) => [verb, body?.text, as?.name, as?.own]),
      [
        ["send", "one", "Mercutio", undefined],
        ["send", "two", "Romeo", undefined],
        ["edit", "uno", "Mercutio", undefined],
        ["retract", undefined, "Mercutio", undefined],
      ],
    )
    assert.notEqual(ops[0]?.as?.id, ops[1]?.as?.id)
    assert.equal(ops[0]?.as?.id, ops[3]?.as?.id)
  })

  test("and what they answer, with who said it, for the network may not be able to point", async () => {
    await open("shared")
    const hers = play.network.rooms.say({ room: "g1", from: "juliet", text: "Ay me" })
    const heard = await play.muc.heard(mercutio, room, "Ay me")
    const said = await play.roomSaid(mercutio, room, "Hm", { reply: stanzaId(heard) })
    assert.deepEqual(ops[0]?.reply, { id: hers, text: "Ay me", author: "juliet" })
    await play.roomSaid(romeo, room, "What?", { reply: stanzaId(said) })
    assert.deepEqual([ops[1]?.reply?.text, ops[1]?.reply?.author], ["Hm", "Mercutio"])
  })

  test("has room for their name, should the network not let them speak after all", async () => {
    await open("shared", { maxChars: 40 })
    await play.roomSaid(mercutio, room, "four ".repeat(8).trim())
    assert.deepEqual(
      ops.map(({ body }) => body?.text.length ?? 0).filter((length) => length + "Mercutio: ".length > 40),
      [],
    )
    assert.equal(ops.length, 2)
  })

  for (const [idempotent, warned] of [
    ["own", 1],
    [true, 0],
    [undefined, 2],
  ] as const)
    test(`decides whether it is known to be sent, where the network drops doubles of ${idempotent === "own" ? "its own" : idempotent ? "all" : "none"}`, async () => {
      await open("own", { idempotent })
      const warnings = (): string[] => play.log.texts("warn").filter((text) => text.startsWith("it is not known whether"))
      play.network.fault({ kind: "unknown-outcome", on: "send", processed: false })
      await play.receipt(play.say(romeo, "juliet", "to her alone"), 10_000)
      play.network.fault({ kind: "unknown-outcome", on: "send", processed: false })
      await play.roomSaid(romeo, room, "to all")
      assert.equal(warnings().length, warned)
    })
})

describe("slow mode", () => {
  const slow = async (slowSeconds: number): Promise<void> => void (await play.room({ account: "main", slowSeconds }, "main"))

  test("holds for each user of a shared account, in all their clients; what was refused is nowhere", async () => {
    await open("shared")
    await slow(30)
    await play.join(phone, room, "Romeo")
    const first = await play.roomSaid(romeo, room, "one")
    const { condition, text } = await stage.refusal(phone, play.roomSay(phone, room, "two"))
    assert.equal(condition, "policy-violation")
    assert.match(text, /once in 30 seconds\. Wait (30|2\d) seconds more/)
    await play.roomSaid(mercutio, room, "three")
    // A correction is no message, and the same said again no second one.
    await play.roomSaid(romeo, room, "uno", { replaces: first.attrs["id"]! })
    await play.roomSaid(romeo, room, "one", { id: first.attrs["id"]! })
    // Whoever gives everything one id says something new all the same.
    assert.equal((await stage.refusal(romeo, play.roomSay(romeo, room, "zwei", { id: first.attrs["id"]! }))).condition, "policy-violation")
    assert.deepEqual(await stage.texts(2), ["one", "three"])
    assert.deepEqual(stage.archivedTexts(), ["one", "three", "uno"])
    await slow(0)
    await play.roomSaid(romeo, room, "four")
  })

  test("of one's own account is the network's to keep", async () => {
    await open("own")
    await play.room({ slowSeconds: 1, role: "member" })
    await play.server.expect((el) => el.name === "presence" && el.attrs["to"] === romeo && /role="participant"/.test(el.toString()))
    await play.roomSaid(romeo, room, "one")
    await play.roomSaid(romeo, room, "two")
  })

  test("is told of before one enters", async () => {
    await open("shared")
    await slow(30)
    const info = await play.server.ask(
      `<iq type='get' from='${romeo}' to='${room}'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>`,
    )
    assert.match(info.toString(), /var="muc#roominfo_slow_mode_duration"><value>30</)
  })
})

describe("a place for rooms", () => {
  const chat = async (text: string): Promise<string> => {
    play.server.send(`<message from='${romeo}' to='lo.example.test' type='chat'><body>${text}</body></message>`)
    const answer = await play.server.expect(
      (el) =>
        el.name === "message" && el.attrs["from"] === "lo.example.test" && el.attrs["to"] === romeo && el.getChildText("body") !== null,
    )
    return answer.getChildText("body") ?? ""
  }

  test("is none to talk in: whoever enters is told which rooms are there", async () => {
    await open("own")
    const forum = await play.room({ room: "forum", kind: "container", name: "Forum" })
    await assert.rejects(play.join(romeo, forum, "Romeo"), /not-allowed.*Join one of those\./)
    play.network.rooms.make({ room: "p1", parent: "forum", name: "Feuds" })
    await play.drained()
    await assert.rejects(play.join(romeo, forum, "Romeo"), /not-allowed.*Join one of those: «Feuds»\./)
  })

  test("takes new rooms, with a first message if there is one; what cannot be made there the network says", async () => {
    await open("own")
    await play.room({ room: "forum", kind: "container", name: "Forum" })
    assert.match(await chat("create-topic Forum Feuds"), /first message.*\n?/i)
    assert.match(await chat("*Peace*?"), /The room Feuds is #/)
    assert.match(await chat("create-topic Forum Banquets"), /first message/i)
    assert.match(await chat("-"), /The room Banquets is #/)
    assert.match(await chat("create-topic #g1@lo.example.test Swords"), /The topic Swords is #/)
    play.network.fault({ kind: "rejected", on: "manage", text: "No more rooms." })
    await chat("create-topic Forum Masks")
    assert.match(await chat("-"), /No more rooms\./)
    const made = play.network.sent.list({ kind: "manage" }).map(({ manage }) => manage)
    assert.deepEqual(made.slice(0, 3), [
      { do: "create", new: { name: "Feuds" }, first: "Peace?" },
      { do: "create", new: { name: "Banquets" } },
      { do: "create", new: { kind: "topic", name: "Swords" } },
    ])
  })

  test("takes none from who has no right there", async () => {
    await open("own")
    await play.room({ room: "forum", kind: "container", name: "Forum", role: "member" })
    assert.match(await chat("create-topic Forum Feuds"), /no right/)
  })
})
