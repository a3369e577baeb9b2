// Nicks in texts of ours become mentions of those who have them.
import assert from "node:assert/strict"
import { test } from "node:test"
import type { Span } from "#src/adapter/contract.js"
import { withMentions } from "#src/core/styling/mentions.js"
import { read } from "#src/core/styling/read.js"

const people: Record<string, string> = { Juliet: "1", "Juliet Capulet": "2", "J. R.": "3", "Nurse (old)": "4", Zoë: "5", O: "6" }

async function mentioned(text: string, kinds: Span["kind"][] = []): Promise<string[]> {
  const body = await withMentions(read(text, kinds), (nick) => Promise.resolve(people[nick]))
  return (body.spans ?? []).filter(({ kind }) => kind === "mention").map(({ start, end, arg }) => `${body.text.slice(start, end)}=${arg}`)
}

const cases: readonly [string, string[]][] = [
  ["@Juliet hello", ["@Juliet=1"]],
  ["hello @Juliet!", ["@Juliet=1"]],
  ["hello (@Juliet), @Zoë, and @O.", ["@Juliet=1", "@Zoë=5", "@O=6"]],
  ["@Juliet Capulet and @Juliet Montague", ["@Juliet Capulet=2", "@Juliet=1"]],
  ["ask @J. R. and @Nurse (old).", ["@J. R.=3", "@Nurse (old)=4"]],
  ["@Juliet's and @Juliet’s", ["@Juliet=1", "@Juliet=1"]],
  ["Juliet: hello", ["Juliet=1"]],
  ["Juliet Capulet, hello Juliet: you", ["Juliet Capulet=2"]],
  ["Juliet: @Juliet: you", ["Juliet=1", "@Juliet=1"]],
  ["Juliet hello", []],
  ["hello Juliet: you", []],
  ["juliet@Juliet @Nobody @@Juliet @Juliette @", []],
  ["Juliet:hello", []],
]

for (const [text, expected] of cases)
  test(JSON.stringify(text), async () => {
    assert.deepEqual(await mentioned(text), expected)
  })

test("not in code, but in what is styled", async () => {
  assert.deepEqual(await mentioned("`@Juliet` *@Juliet* @O", ["code", "bold"]), ["@Juliet=1", "@O=6"])
  assert.deepEqual(await mentioned("@Juliet `code` and @O said `x`", ["code"]), ["@Juliet=1", "@O=6"])
  assert.deepEqual(await mentioned("```\n@Juliet\n```", ["pre"]), [])
  const body = await withMentions(read("*@Juliet* x", ["bold"]), (nick) => Promise.resolve(people[nick]))
  assert.deepEqual(body.spans, [
    { kind: "bold", start: 0, end: 7 },
    { kind: "mention", start: 0, end: 7, arg: "1" },
  ])
})

test("what nobody is called stays what it was, and the questions have an end", async () => {
  let asked = 0
  const body = { text: `Juliet: ${"@a b c d e ".repeat(1000)}` }
  const found = await withMentions(body, (nick) => {
    asked++
    return Promise.resolve(people[nick])
  })
  assert.ok(asked < 50, String(asked))
  assert.equal(found.spans?.length, 1)
  const other = { text: "@nobody" }
  assert.equal(await withMentions(other, () => Promise.resolve(undefined)), other)
})

test("as many mentions as a text can hold, and as much code, take no time to speak of", async () => {
  const started = process.cpuUsage().user
  for (const [text, many] of [
    ["`a` @O ".repeat(28_000), 56_000],
    ["@O ".repeat(66_000), 66_000],
  ] as const) {
    const found = await withMentions(read(text, ["code"]), (nick) => Promise.resolve(people[nick]))
    assert.equal(found.spans?.length, many)
  }
  const seconds = (process.cpuUsage(undefined).user - started) / 1_000_000
  assert.ok(seconds < 2, `${seconds} s`)
})
