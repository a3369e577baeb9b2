// What on Discord is a command, what may be chosen, and how a code is handed in.
import assert from "node:assert/strict"
import { describe, it } from "node:test"
import type { Host } from "xferry"
import { answerOf } from "#discord/commands/answer.js"
import { chosenIn, rowsOf } from "#discord/commands/buttons.js"
import { entryVerb } from "#discord/commands/entry.js"
import { applicationCommands } from "#discord/commands/offer.js"
import { commandOf, invoked, typed } from "#discord/commands/said.js"
import { options } from "#discord/options.js"
import type { Bot } from "#discord/types.js"
import { size } from "#discord/text/render.js"

const offered: Host["commands"] = [
  { name: "link", text: "Hands in a code.", argument: "[CODE] of yours" },
  { name: "xmpp", text: "Writes." },
]
const [ferry, juliet] = ["2001", "2003"] as const

describe("a typed command", () => {
  const rows: [string, { name: string; argument: string } | undefined][] = [
    ["!xmpp link c0de", { name: "start", argument: "c0de" }],
    ["/xmpp LINK c0de yes", { name: "start", argument: "c0de yes" }],
    ["!xmpp link", { name: "link", argument: "" }],
    ["!Xmpp\nwrite a@b.example\n", { name: "xmpp", argument: "a@b.example" }],
    ["!xmpp a@b.example hello", { name: "xmpp", argument: "a@b.example hello" }],
    ["!xmpp toString", { name: "tostring", argument: "" }],
    ["!xmpp", { name: "help", argument: "" }],
    ["xmpp help", undefined],
    ["!xmpphelp", undefined],
    ["see !xmpp help", undefined],
  ]
  for (const [text, wanted] of rows)
    it(`«${text.replaceAll("\n", " ")}»`, () => {
      assert.deepEqual(typed(text, offered), wanted)
      assert.equal(typed(text, []), undefined)
    })

  it("is one of people in direct chats, where it is their own words", () => {
    const bot = { host: { commands: offered }, self: { id: ferry } } as unknown as Bot
    const message = { id: "1", type: 0, content: "!xmpp help", author: { id: juliet } }
    assert.ok(commandOf(bot, message, undefined))
    assert.equal(commandOf(bot, message, "1000"), undefined)
    const others = [
      { author: { id: ferry } },
      { author: { id: juliet, bot: true } },
      { webhook_id: "7" },
      { type: 7 },
      { message_snapshots: [{ message: {} }] },
      { content: null },
    ]
    for (const more of others) assert.equal(commandOf(bot, { ...message, ...more }, undefined), undefined, JSON.stringify(more))
  })
})

describe("an application command", () => {
  it("is read loosely", () => {
    const sub = (name: unknown, ...values: unknown[]): object => ({
      name: "xmpp",
      options: [{ name, options: values.map((value) => ({ value })) }],
    })
    assert.deepEqual(invoked({ ...sub("write", "a@b.example", 7, null) }, offered), { name: "xmpp", argument: "a@b.example 7" })
    assert.deepEqual(invoked({ type: 3, target_id: "9" }, offered), { name: "whois", argument: "", message: { id: "9" } })
    for (const data of [
      {},
      sub(null),
      { ...sub("link"), name: "other" },
      { type: 3 },
      { type: 2, target_id: "9" },
      { name: "xmpp", options: "x" },
    ])
      assert.equal(invoked(data as Record<string, unknown>, offered), undefined, JSON.stringify(data))
  })

  it("has names, texts and languages that Discord takes", () => {
    const text = "x".repeat(120)
    const translated = { en: text, zh: "甲", pt: "p", xx: "y", de: " " }
    const [all] = applicationCommands([
      { name: "link", text, translated, argument: "[CODE] of yours" },
      { name: "Not ours", text: "t" },
    ]) as [{ options: { description: string; options: unknown[] }[] }]
    assert.equal(all.options.length, 1)
    assert.deepEqual(all.options[0], {
      type: 1,
      name: "link",
      description: `${"x".repeat(99)}…`,
      description_localizations: { "zh-CN": "甲", "pt-BR": "p" },
      options: [{ type: 3, name: "code-of-yours", description: "[CODE] of yours" }],
    })
    const many = Array.from({ length: 30 }, (_, i) => ({ name: `c${i}`, text: "t" }))
    assert.equal((applicationCommands(many)[0] as typeof all).options.length, 25)
    assert.deepEqual(applicationCommands([]), [])
  })
})

describe("buttons", () => {
  const choice = (options: { id: string; text: string; url?: string }[], more: object = {}) =>
    rowsOf([{ type: "choice", as: "buttons", options, ...more }], juliet)

  it("take ids of 60 bytes, each once, and as many as there is room for", () => {
    const id = `to ${"a".repeat(57)}`
    const [row] = choice([{ id, text: "fits" }, { id, text: "again" }, { id: "x".repeat(99), text: "no" }, { id: "", text: "no" }, { id: "y", text: " " }]) ?? [] // prettier-ignore
    assert.deepEqual(row?.components, [{ type: 2, style: 2, label: "fits", custom_id: `x/${juliet}/${id}` }])
    const many = choice(Array.from({ length: 40 }, (_, i) => ({ id: `to ${i}`, text: "🌹".repeat(100) }))) ?? []
    assert.deepEqual(many.map(({ components }) => components.length), [5, 5, 5, 5, 5]) // prettier-ignore
    assert.equal([...(many[0]!.components[0] as { label: string }).label].length, 80)
    assert.deepEqual(choice([{ id: "", text: "open", url: "https://x.example/" }, { id: "", text: "no", url: "javascript:1" }]), [{ type: 1, components: [{ type: 2, style: 5, label: "open", url: "https://x.example/" }] }]) // prettier-ignore
    assert.equal(choice([{ id: "a", text: "a" }], { closed: true }), undefined)
    assert.equal(rowsOf(undefined), undefined)
  })

  it("say what was chosen, if they are ours", () => {
    assert.deepEqual(chosenIn(`x/${juliet}/link c0de  yes`), { name: "link", argument: "c0de  yes", asked: juliet })
    assert.deepEqual(chosenIn("x//stop"), { name: "stop", argument: "" })
    for (const other of [undefined, "", "vote-7", "x/abc/stop", "x/0/stop", `x/${juliet}/`, `x/${juliet}/ stop`])
      assert.equal(chosenIn(other), undefined)
  })
})

it("an answer is never longer than Discord takes", () => {
  for (const text of ["*_~`|".repeat(900), "🌹".repeat(2500), "word ".repeat(399)]) {
    const answer = answerOf({ text }, juliet)
    assert.ok(answer && size(answer.content) <= 2000 && answer.content !== "…", text.slice(0, 5))
  }
  assert.equal(answerOf({ text: " \n" }, juliet), undefined)
})

it("entry names the bot's page on Discord alone", async () => {
  const entry = (apiRoot?: string): ReturnType<ReturnType<typeof entryVerb>["entry"]> =>
    entryVerb({ self: { id: ferry, username: "ferry#0001" }, options: options.parse(apiRoot ? { apiRoot } : {}), host: { commands: offered } as unknown as Host }).entry({ code: "c0de" }, AbortSignal.timeout(1000)) // prettier-ignore
  const { url, text } = await entry()
  assert.equal(url, `https://discord.com/users/${ferry}`)
  assert.match(text, /\/xmpp link c0de .*ferry#0001.*!xmpp link c0de\n/)
  assert.equal((await entry("http://localhost:1/api")).url, undefined)
})
