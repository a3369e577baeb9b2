// `ask` as straight-line code, whichever front end answers.
import assert from "node:assert/strict"
import { mock, test } from "node:test"
import { Cancelled, Dialogue, readField, readFields } from "#src/core/login.js"
import { Refusal } from "#src/core/ports.js"

const step = (name: string) => ({ title: name, fields: [{ name, label: name }] })

test("two questions, something said between, an end", async () => {
  const dialogue = new Dialogue(async (ask, say) => {
    const { a } = await ask(step("a"))
    say(`a is ${a}`)
    const { b } = await ask(step("b"))
    return `${a}${b}`
  })
  assert.deepEqual(await dialogue.next(), { k: "ask", step: step("a"), said: [] })
  assert.deepEqual(await dialogue.answer({ a: "1" }), { k: "ask", step: step("b"), said: ["a is 1"] })
  assert.deepEqual(await dialogue.answer({ b: "2" }), { k: "done", text: "12", said: [] })
  assert.equal(dialogue.over, true)
})

test("a refusal is told, a bug is not", async () => {
  const refused = await new Dialogue(() => Promise.reject(new Refusal("conflict", "Taken."))).next()
  assert.equal(refused.k === "failed" && refused.error.text, "Taken.")
  const bug = await new Dialogue(() => Promise.reject(new Error("token 123 in /secret"))).next()
  assert.equal(bug.k === "failed" && bug.error.condition, "internal-server-error")
  assert.doesNotMatch(bug.k === "failed" ? bug.error.text : "", /123|secret/)
})

test("cancelling ends the question, and every later one", async () => {
  const errors: unknown[] = []
  const dialogue = new Dialogue(async (ask) => {
    for (let i = 0; i < 2; i++) await ask(step("a")).catch((error: unknown) => errors.push(error))
    return "over"
  })
  await dialogue.next()
  dialogue.cancel()
  assert.equal((await dialogue.next()).k, "done")
  assert.ok(errors.length === 2 && errors.every((error) => error instanceof Cancelled))
})

test("a step that shows something ends by itself, and is shown again to who is impatient", async () => {
  mock.timers.enable({ apis: ["setTimeout"] })
  try {
    let scanned = (): void => undefined
    const until = new Promise<void>((resolve) => (scanned = resolve))
    const dialogue = new Dialogue(async (ask) => {
      await ask({ title: "Scan", qr: "tg://login", until })
      return "scanned"
    })
    assert.equal((await dialogue.next()).k, "ask")
    const impatient = dialogue.answer({})
    mock.timers.tick(20_000)
    assert.equal((await impatient).k, "ask")
    const last = dialogue.answer({})
    scanned()
    assert.deepEqual(await last, { k: "done", text: "scanned", said: [] })
  } finally {
    mock.timers.reset()
  }
})

test("answers are trimmed, options taken in any case or by number", () => {
  assert.equal(readField({ name: "a", label: "A" }, "  x "), "x")
  assert.equal(readField({ name: "a", label: "A" }, "  "), undefined)
  const choice = { name: "a", label: "A", options: ["No", "Yes"] }
  assert.deepEqual(
    ["YES", "2", "1", "3", "0", "maybe", undefined].map((text) => readField(choice, text)),
    ["Yes", "Yes", "No", undefined, undefined, undefined, undefined],
  )
  assert.deepEqual(readFields([choice, { name: "b", label: "B" }], new Map([["a", "yes"]])), { values: { a: "Yes" }, missing: ["B"] })
})
