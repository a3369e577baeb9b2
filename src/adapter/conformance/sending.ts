// Checks: what the core sends arrives whole and in order, and every declared verb does what it says.
import assert from "node:assert/strict"
import { setTimeout } from "node:timers/promises"
import { AdapterError } from "../errors.js"
import type { Check, Stage } from "./stage.js"

const samples = ["O Romeo, Romeo!", "羅密歐與茱麗葉 👩‍❤️‍👨 e\u0301", `<i>&amp; *_\`~[x](y) \\ </i>`, "first\nsecond"]

export function sendingChecks(stage: () => Stage, check: Check): void {
  check("sends text whole, and says the message's id", async () => {
    const open = await stage().open()
    const { chat } = await stage().hear(open)
    for (const text of samples) {
      const { id } = await stage().send(open, chat, text)
      assert.ok(id !== "")
      assert.equal((await stage().fake.sent(0)).find((message) => message.id === id)?.text, text)
    }
  })

  check("sends a text of the greatest length it declares", async () => {
    const { maxChars } = stage().capabilities.send
    const open = await stage().open()
    const { chat } = await stage().hear(open)
    const text = "x".repeat(maxChars ?? 10_000)
    assert.ok(
      (stage().adapter.length?.({ text }) ?? text.length) <= (maxChars ?? Infinity),
      "length() counts a plain letter as one at most",
    )
    const { id } = await stage().send(open, chat, text)
    assert.equal((await stage().fake.sent(0)).find((message) => message.id === id)?.text, text)
  })

  check("keeps the order of fifty sends", async () => {
    const open = await stage().open()
    const { chat } = await stage().hear(open)
    const texts = Array.from({ length: 50 }, () => stage().text("sent in order"))
    const ids: string[] = []
    for (const text of texts) ids.push((await patiently(() => stage().send(open, chat, text))).id)
    const seen = (await stage().fake.sent(0)).filter(({ text }) => texts.includes(text))
    assert.deepEqual(
      seen.map(({ text }) => text),
      texts,
    )
    assert.deepEqual(
      seen.map(({ id }) => id),
      ids,
    )
  })

  check("does not bring what it sent as somebody else's", async () => {
    const open = await stage().open()
    const { chat } = await stage().hear(open)
    const { id } = await stage().send(open, chat, stage().text("sent"))
    await stage().hear(open)
    assert.ok(!open.host.events.some((event) => event.type === "message" && event.id === id && event.own !== true))
  })

  check("drops a second send with the same key, if it says it does", async () => {
    if (stage().capabilities.send.idempotent !== true) return
    const open = await stage().open()
    const { chat } = await stage().hear(open)
    const text = stage().text("once")
    const first = await stage().send(open, chat, text, "the same key")
    const second = await stage().send(open, chat, text, "the same key")
    assert.equal(second.id, first.id)
    assert.equal((await stage().fake.sent(0)).filter((message) => message.text === text).length, 1)
  })

  check("edits, retracts, types and finds, if it says it does", async (t) => {
    const { fake, capabilities, deadlineMs } = stage()
    const signal = AbortSignal.timeout(deadlineMs * 4)
    const open = await stage().open()
    const { chat } = await stage().hear(open)
    const { session } = open
    if (capabilities.edit !== undefined) {
      await t.test("edit", async () => {
        const message = await stage().send(open, chat, stage().text("before"))
        const text = stage().text("after")
        await session.edit!({ chat, message, body: { text } }, signal)
        assert.equal((await fake.sent(0)).find(({ id }) => id === message.id)?.text, text)
      })
    }
    if (capabilities.retract !== undefined) {
      await t.test("retract", async () => {
        const message = await stage().send(open, chat, stage().text("regretted"))
        await session.retract!({ chat, message }, signal)
        assert.ok(!(await fake.sent(0)).some(({ id }) => id === message.id))
      })
    }
    if (capabilities.typing !== undefined) {
      await t.test("typing", async () => {
        assert.ok(fake.typed, "the fake needs typed()")
        const before = await fake.typed(0)
        await session.typing!({ chat, active: true }, signal)
        assert.ok((await fake.typed(0)) > before)
        await session.typing!({ chat, active: false }, signal)
      })
    }
    if (capabilities.find !== undefined && fake.person.typed !== undefined) {
      await t.test("find", async () => {
        const { items } = await session.find!({ text: fake.person.typed! }, signal)
        assert.deepEqual(
          items.map(({ id }) => id),
          [fake.person.id],
        )
      })
    }
  })
}

/** As the core does it: waits as long as the network asks for, and sends again. */
async function patiently<T>(send: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await send()
    } catch (error) {
      if (!(error instanceof AdapterError) || error.kind !== "retry" || error.retryAfterMs === undefined) throw error
      await setTimeout(error.retryAfterMs)
    }
  }
}
