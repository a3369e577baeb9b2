// Bridges, the pure parts: patterns, names, loops, and what one leg's utterance becomes in another by what its network can.
import assert from "node:assert/strict"
import { describe, test } from "node:test"
import type { Capabilities } from "#src/adapter/contract.js"
import { fits, fitsAny } from "#src/core/bridges/glob.js"
import { Loops } from "#src/core/bridges/loops.js"
import type { BridgeOptions, LegOptions } from "#src/core/bridges/model.js"
import { relayed, type Copying, type Deed } from "#src/core/bridges/relay.js"
import { called, fromOf, speakerOf } from "#src/core/bridges/speakers.js"
import type { Counterpart } from "#src/core/bridges/store.js"
import type { RoomOp } from "#src/core/rooms/model.js"

const minute = 60_000

describe("patterns", () => {
  test("«*» and «?», the whole text, without regard to capitals", () => {
    assert.ok(fits("*buy now*", "Please BUY NOW, cheap"))
    assert.ok(fits("bot-?", "bot-1"))
    assert.ok(fits("a*b*c", "a--b--b--c"))
    assert.ok(fits("**", ""))
    for (const [pattern, text] of [
      ["spam", "spammer"],
      ["bot-?", "bot-"],
      ["a*b", "ac"],
      ["", "x"],
      ["(a+)+", "aaaa"],
    ] as const)
      assert.ok(!fits(pattern, text), `${pattern} ${text}`)
    assert.ok(!fitsAny(undefined, "x"))
  })

  test("one that makes regular expressions run for ever is done at once", () => {
    assert.ok(!fits("*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b", "a".repeat(4000)))
  })
})

describe("names", () => {
  const by = { nick: "Juliet", occupant: "p1" }
  const place = { network: "Telegram", room: "Verona" }

  test("by the leg's template, else the bridge's, else with the network", () => {
    const named = (leg: LegOptions, bridge: BridgeOptions): string =>
      speakerOf(by, place, { options: leg }, { options: bridge }).voiced.name
    assert.equal(named({}, {}), "Juliet (Telegram)")
    assert.equal(named({}, { name: "{name}@{room}" }), "Juliet@Verona")
    assert.equal(named({ name: "[{network}] {name}" }, { name: "x" }), "[Telegram] Juliet")
    assert.equal(called("{nobody} $& {name}", "$1", place), "{nobody} $& $1")
    assert.equal(called("  ", "Juliet", place), "Juliet")
  })

  test("the true name goes to the network, a legal nick to occupants, one id for both", () => {
    const { voiced, voice } = speakerOf({ ...by, name: "Juliet ✨" }, place, { options: {} }, { options: {} })
    assert.deepEqual(voiced, { id: "p1", name: "Juliet ✨ (Telegram)" })
    assert.equal(voice.occupant, "p1")
    assert.doesNotMatch(voice.nick, /✨/)
  })

  test("whose reactions are kept is nobody's address, whatever the name", () => {
    assert.equal(fromOf({ id: "p1", name: "a@b/c" }), "a b c@p1.bridge.invalid/copy")
  })
})

describe("loops", () => {
  test("who repeats others is held at the third time in a minute, and heard again when it ends", () => {
    const loops = new Loops()
    const verdicts = [0, 1, 2, 3].map((n) => {
      loops.hear("juliet", `Good morrow ${n}`, n * 1000, `j${n}`)
      return loops.hear("parrot", `B: Good morrow ${n}`, n * 1000 + 1, `p${n}`)
    })
    assert.deepEqual(verdicts, ["copy", "copy", "holding", "held"])
    assert.equal(loops.hear("parrot", "Something of my own", 5000, "p9"), "copy")
    assert.equal(loops.hear("juliet", "And you?", 6000, "j9"), "copy")
    loops.hear("juliet", "Good morrow 5", 30 * minute, "j5")
    assert.equal(loops.hear("parrot", "B: Good morrow 5", 30 * minute, "p5"), "copy")
  })

  test("who says the same again and again is held; slowly they are not", () => {
    const loops = new Loops()
    const quick = [1, 2, 3, 4].map((n) => loops.hear("bot", "Read the rules", n, `${n}`))
    assert.deepEqual(quick, ["copy", "copy", "copy", "holding"])
    const slow = [1, 2, 3, 4].map((n) => loops.hear("other", "Read the rules!", n * minute, `o${n}`))
    assert.deepEqual(slow, ["copy", "copy", "copy", "copy"])
  })

  test("the same message, for another leg, is judged once", () => {
    const loops = new Loops()
    assert.deepEqual(
      Array.from({ length: 6 }, () => loops.hear("juliet", "Ay me", 1, "m1")),
      Array.from({ length: 6 }, () => "copy"),
    )
  })

  test("short words are nobody's", () => {
    const loops = new Loops()
    for (let n = 0; n < 10; n++) {
      assert.equal(loops.hear("juliet", n % 2 ? "yes" : "no", n, `j${n}`), "copy")
      assert.equal(loops.hear("romeo", n % 2 ? "yes" : "no", n, `r${n}`), "copy")
    }
  })
})

// ---- relayed

const at = 1_700_000_000_000
const voice = { nick: "Juliet", occupant: "p1" }
const said = (more: Partial<Extract<RoomOp, { k: "said" }>> = {}): RoomOp => ({
  ...{ k: "said", id: "s1", pos: 1, by: voice, text: "Hark", at },
  ...more,
})
const copy = (more: Partial<Counterpart> = {}): Counterpart => ({
  ...{ id: "c1", stanza: "c1", sender: "x", nick: "Juliet (A)", text: "Hark", at, parts: 1, sent: 1, files: 0, retracted: false },
  ...{ isCopy: true, by: { nick: "Juliet (A)", occupant: "p1" } },
  ...more,
})

interface Case {
  can?: Partial<Capabilities>
  targets?: Counterpart[]
  reply?: Counterpart | null
  leg?: LegOptions
  bridge?: BridgeOptions
  heardAt?: number
}

function carried(op: RoomOp, { can = {}, targets = [], reply = null, leg = {}, bridge = {}, heardAt = at }: Case = {}): Deed[] | string {
  let ids = 0
  const copying: Copying = {
    next: { row: "r1", from: 1, op, about: "s1", targets, reply, person: { contact: "juliet" } },
    op,
    from: { network: "A", room: "Verona" },
    target: {
      leg: { conversation: 2, options: leg, consentBy: "configuration", consentAt: 1 },
      bridge: { id: 1, name: "b", options: bridge, origin: "config", createdAt: 1, legs: [] },
      capabilities: { send: {}, ...can },
      length: (text) => text.length,
      isThere: ({ sent }) => sent > 0,
    },
    now: at + 1000,
    heardAt,
    id: () => `n${++ids}`,
  }
  return relayed(copying)
}

function one(...given: Parameters<typeof carried>): Deed {
  const deeds = carried(...given)
  assert.ok(Array.isArray(deeds), JSON.stringify(deeds))
  assert.equal(deeds.length, 1)
  return deeds[0] as Deed
}

const texts = ({ does }: Deed): string[] => ("parts" in does ? does.parts.map(({ text }) => text) : [])
const all: Partial<Capabilities> = { reply: {}, edit: {}, retract: { others: true }, react: {} }

describe("what becomes of an utterance", () => {
  test("a text: by a puppet, or with the name before it; long ones in parts", () => {
    const puppet = one(said(), { can: { send: { impersonate: "name" } } })
    assert.deepEqual([texts(puppet), puppet.says.as, puppet.repeats], [["Hark"], { id: "p1", name: "Juliet (A)" }, "s1"])
    assert.deepEqual(texts(one(said())), ["Juliet (A): Hark"])
    assert.deepEqual(texts(one(said(), { can: { send: { impersonate: "name" } }, leg: { relay: "single" } })), ["Juliet (A): Hark"])
    const parts = texts(one(said({ text: "word ".repeat(50).trim() }), { can: { send: { maxChars: 100 } } }))
    assert.ok(parts.length > 1 && parts.every((text) => text.length <= 100) && parts[0]?.startsWith("Juliet (A): "))
  })

  test("old ones are told with their time, and keep it in the room", () => {
    const late = one(said(), { heardAt: at + 6 * minute })
    assert.deepEqual(texts(late), ["Juliet (A): [2023-11-14 22:13 UTC] Hark"])
    assert.deepEqual([late.reflect.at, (late.reflect as { text?: string }).text], [at, "Hark"])
  })

  test("an answer points to what stands there for it, or quotes it", () => {
    const op = said({ reply: { id: "s0", nick: "Romeo", text: "But soft" } })
    const points = one(op, { can: all, reply: copy() })
    assert.deepEqual([points.says.reply, texts(points)], ["c1", ["Juliet (A): Hark"]])
    assert.deepEqual((points.reflect as { reply?: unknown }).reply, { id: "c1", nick: "Juliet (A)", text: "But soft" })
    assert.deepEqual(texts(one(op, { reply: copy() })), ["> But soft\nJuliet (A): Hark"])
    const unknown = one(op, { can: all })
    assert.deepEqual([unknown.says.reply, texts(unknown)], [undefined, ["> But soft\nJuliet (A): Hark"]])
    assert.equal((unknown.reflect as { text?: string }).text, "> But soft\nHark")
  })

  test("an edit changes the copy, or says it anew, or is passed over where there is none", () => {
    const op = said({ replaces: "s1", text: "Hark!" })
    const edit = one(op, { can: all, targets: [copy()] })
    assert.deepEqual([edit.does.how, edit.repeats, (edit.reflect as { replaces?: string }).replaces], ["edit", null, "c1"])
    const anew = one(op, { targets: [copy()] })
    assert.deepEqual([anew.does.how, texts(anew), anew.repeats], ["send", ["Juliet (A): ✎ Hark!"], "s1"])
    const late = one(op, { can: { edit: { withinSeconds: 0 } }, targets: [copy()] })
    assert.equal(late.does.how, "send")
    assert.equal(typeof carried(op, { can: all }), "string")
    assert.equal(typeof carried(op, { can: all, targets: [copy({ retracted: true })] }), "string")
    assert.equal(typeof carried({ ...op, by: null }, { targets: [copy()] }), "string", "a sum that could not be edited")
  })

  test("a retraction: of all that stands for it, by whom it was said; not of others' where the network lets nobody", () => {
    const op: RoomOp = {
      k: "retracted",
      id: "x",
      pos: 2,
      by: { nick: "Nurse", occupant: "p2" },
      target: "s1",
      at,
      moderated: true,
      why: "spam",
    }
    const deeds = carried(op, { can: { ...all, send: { impersonate: "name" } }, targets: [copy(), copy({ id: "c2", stanza: "c2" })] })
    assert.ok(Array.isArray(deeds))
    assert.deepEqual(
      deeds.map(({ does, says, reflect }) => [
        does.how,
        says.as?.id,
        reflect.k === "retracted" && [reflect.target, reflect.moderated, reflect.why],
      ]),
      [
        ["retract", "p1", ["c1", true, "spam"]],
        ["retract", "p1", ["c2", true, "spam"]],
      ],
    )
    const original = copy({ isCopy: false })
    assert.equal(one(op, { can: all, targets: [original] }).does.how, "retract")
    assert.equal(typeof carried(op, { can: { retract: {} }, targets: [original] }), "string")
    assert.equal(typeof carried(op, { can: {}, targets: [copy()] }), "string")
    assert.deepEqual(texts(one(op, { can: { edit: {} }, targets: [copy()] })), ["[taken back]"])
    assert.equal(typeof carried(op, { can: all, targets: [copy({ retracted: true })] }), "string")
    assert.equal(typeof carried(op, { can: all, targets: [copy({ sent: 0 })] }), "string")
  })

  test("reactions: what is allowed there, the newest first to stay", () => {
    const op: RoomOp = { k: "reactions", id: "x", pos: 2, by: voice, target: "s1", emoji: ["🌹", "❤️", "🔥"], at }
    const emoji = (react: NonNullable<Capabilities["react"]>): unknown => {
      const { does } = one(op, { can: { react }, targets: [copy()] })
      return "emoji" in does && does.emoji
    }
    assert.deepEqual(emoji({}), ["🌹", "❤️", "🔥"])
    assert.deepEqual(emoji({ max: 1 }), ["🔥"])
    assert.deepEqual(emoji({ allowed: ["❤", "👍"] }), ["❤"])
    assert.equal(typeof carried(op, { targets: [copy()] }), "string")
    assert.equal(typeof carried(op, { can: all }), "string")
  })

  test("a file goes by its address, its text stays a caption, an address alone is not said", () => {
    const file = { name: "b.png", mime: "image/png", kind: "image" as const, url: "https://x.example/b.png", sha256: "aGFzaA==" }
    const can: Partial<Capabilities> = { send: { files: { maxBytes: 1000, kinds: ["image"] } } }
    const { does } = one(said({ text: file.url, rich: { file } }), { can })
    assert.ok("parts" in does)
    const { url, sha256: _, ...info } = file
    assert.deepEqual(does.parts, [{ text: "Juliet (A):", marked: { files: [{ ...info, url, hashes: { "sha-256": "aGFzaA==" } }] } }])
    assert.deepEqual(texts(one(said({ text: "Look", rich: { file } }))), ["Juliet (A): Look\nhttps://x.example/b.png"])
    const failed = { name: "b.png", mime: "image/png", failed: "it is too large." }
    assert.deepEqual(texts(one(said({ text: "[file: b.png] could not be fetched: it is too large.", rich: { file: failed } }))), [
      "Juliet (A): [file: b.png] could not be fetched: it is too large.",
    ])
  })

  test("mentions go along, unless the bridge calls nobody", () => {
    const rich = { spans: [{ kind: "mention" as const, start: 0, end: 5, arg: "Romeo" }] }
    const spans = (bridge: BridgeOptions): unknown => {
      const { does } = one(said({ text: "Romeo, hark", rich }), { bridge })
      return "parts" in does && does.parts[0]?.marked?.spans
    }
    assert.deepEqual(spans({}), [{ kind: "mention", start: 12, end: 17, whom: { nick: "Romeo" } }])
    assert.equal(spans({ mentions: false }), undefined)
  })

  test("what nobody said is said by the account itself", () => {
    const deed = one(said({ by: null, text: "ℹ A message was pinned" }), { can: { send: { impersonate: "name" } } })
    assert.deepEqual([texts(deed), deed.says, deed.reflect.by], [["ℹ A message was pinned"], {}, null])
  })

  test("what was taken back meanwhile is not said", () => {
    assert.equal(typeof carried(said({ retracted: { id: "r", by: null, at, moderated: false } })), "string")
  })
})
