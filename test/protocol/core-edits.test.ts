// Corrections of messages in parts that wait, were sent, or were refused half-way: on the real store, with receipts counted.
import assert from "node:assert/strict"
import { randomUUID } from "node:crypto"
import { after, before, describe, test } from "node:test"
import { loopback, standard } from "xferry-adapter-loopback"
import type { AnyAdapter } from "#src/adapter/define.js"
import { Play } from "../support/core-kit.js"

const small = (more: object = {}): AnyAdapter => loopback({ ...standard, send: { maxChars: 10, idempotent: true }, ...more })
const long = (parts: number, letter: string): string => Array.from({ length: parts }, (_, i) => letter.repeat(8) + String(i)).join("\n")

/** A user of their own, with a conversation of their own. */
async function crossing(play: Play): Promise<{ user: string; account: string; person: string }> {
  const account = `u-${randomUUID().slice(0, 8)}`
  const person = `p-${account}`
  play.network.person({ id: person, name: person })
  await play.register(`${account}@example.test/x`)
  return { user: `${account}@example.test/x`, account, person }
}

describe("edits of messages in parts", () => {
  let play: Play
  before(async () => {
    play = await Play.open({ adapter: small() })
  })
  after(() => play.close())

  const texts = (account: string): string[] =>
    [
      ...new Map(
        play.network.sent
          .list({ account })
          .filter(({ kind }) => kind !== "typing" && kind !== "repeat")
          .map(({ kind, id, text }) => [id, kind === "retract" ? "" : (text ?? "").trim()]),
      ).values(),
    ].filter((text) => text !== "")

  /** The lane is held up: what comes next waits. */
  async function heldUp(account: string, user: string, person: string): Promise<() => void> {
    play.network.fault({ kind: "retry", account, on: "send", retryAfterMs: 400, blocks: "chat" })
    play.say(user, person, "first")
    await play.sync()
    return () => undefined
  }

  test("grown and then shrunk before it was sent: each utterance gets its receipt, once", async () => {
    const { user, account, person } = await crossing(play)
    await heldUp(account, user, person)
    const message = play.say(user, person, long(2, "a"))
    const grown = play.say(user, person, long(3, "b"), { replaces: message })
    const shrunk = play.say(user, person, "c", { replaces: message })
    const ids = [message, grown, shrunk]
    for (const id of ids) await play.receipt(id)
    assert.deepEqual(texts(account), ["first", "c"])
    await play.empty("SELECT lane, op FROM outbox")
    for (const id of ids) assert.equal(play.receipts().filter((one) => one === id).length, 1)
  })

  test("what an edit added to a message that was refused is not sent alone", async () => {
    const { user, account, person } = await crossing(play)
    await heldUp(account, user, person)
    play.network.fault({ kind: "rejected", account, on: "send", skip: 1, text: "no such words" })
    const message = play.say(user, person, long(2, "a"))
    const grown = play.say(user, person, long(3, "b"), { replaces: message })
    for (const id of [message, grown]) await play.server.expect(`<message type='error' id='${id}'/>`)
    assert.deepEqual(texts(account), ["first"])
  })

  test("a message refused half-way can be corrected", async () => {
    const { user, account, person } = await crossing(play)
    play.network.fault({ kind: "rejected", account, on: "send", skip: 1, text: "no such words" })
    const message = play.say(user, person, long(3, "a"))
    await play.server.expect(`<message type='error' id='${message}'/>`)
    const again = play.say(user, person, long(3, "b"), { replaces: message })
    await play.receipt(again)
    assert.deepEqual(texts(account), long(3, "b").split("\n"))
  })

  test("an edit that was refused leaves the message as it was for the next one", async () => {
    const { user, account, person } = await crossing(play)
    const message = play.say(user, person, long(3, "a"))
    await play.receipt(message)
    play.network.fault({ kind: "rejected", account, on: "edit", text: "no such words" })
    const refused = play.say(user, person, "b", { replaces: message })
    await play.server.expect(`<message type='error' id='${refused}'/>`)
    const last = play.say(user, person, long(2, "c"), { replaces: message })
    await play.receipt(last)
    assert.deepEqual(texts(account), long(2, "c").split("\n"))
  })

  test("grown, shrunk and grown after it was sent", async () => {
    const { user, account, person } = await crossing(play)
    const message = play.say(user, person, long(2, "a"))
    for (const [parts, letter] of [
      [4, "b"],
      [1, "c"],
      [3, "d"],
    ] as const)
      await play.receipt(play.say(user, person, long(parts, letter), { replaces: message }))
    assert.deepEqual(texts(account), long(3, "d").split("\n"))
  })
})

test("a network that takes nothing back: what an edit left over is used by the next", async () => {
  const { retract: _, ...rest } = standard
  const play = await Play.open({ adapter: loopback({ ...rest, send: { maxChars: 10, idempotent: true } }) as unknown as AnyAdapter })
  try {
    const { user, account, person } = await crossing(play)
    const message = play.say(user, person, long(3, "a"))
    await play.receipt(message)
    for (const text of ["b", long(2, "c")]) await play.receipt(play.say(user, person, text, { replaces: message }))
    const now = new Map(play.network.sent.list({ account }).map(({ id, text }) => [id, text?.trim()]))
    assert.deepEqual([...now.values()], [...long(2, "c").split("\n"), "…"])
  } finally {
    await play.close()
  }
})
