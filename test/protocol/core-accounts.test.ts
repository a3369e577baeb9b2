// Accounts that come, go, are taken over and come back: what their users are told, and how often.
import assert from "node:assert/strict"
import { after, before, describe, test } from "node:test"
import { loopback, standard } from "xferry-adapter-loopback"
import { AdapterError } from "#src/adapter/errors.js"
import type { AnyAdapter } from "#src/adapter/define.js"
import { domain, Play } from "../support/core-kit.js"

const plain = loopback(standard) as unknown as AnyAdapter

describe("accounts", () => {
  let play: Play
  /** Sessions end like this soon after they began, so many times. */
  let rival: { error: AdapterError; times: number } | undefined
  let connects = 0
  before(async () => {
    const adapter: AnyAdapter = {
      ...plain,
      async connect(secret, options, host) {
        connects++
        const session = await plain.connect(secret, options, host)
        if (!rival || rival.times-- <= 0) return session
        return { ...session, ended: Promise.reject(rival.error) }
      },
    }
    play = await Play.open({ adapter })
  })
  after(() => play.close())

  const notices = (text: string): string[] => play.bodies().filter((body) => body.includes(text))

  test("who takes the login's place is told of once, though the session comes up each time", async () => {
    const text = "Another program has this login."
    rival = { error: new AdapterError("denied", text, { retryAfterMs: 20 }), times: 5 }
    const before = connects
    await play.register("mercutio@example.test/x")
    await play.server.expect(`<message from='${domain}' to='mercutio@example.test'><body>${text}</body></message>`)
    while (connects < before + 6) await play.sync()
    play.network.say({ account: "mercutio", from: "abram", text: "Do you quarrel, sir?" })
    await play.server.expect(`<message to='mercutio@example.test'><body>Do you quarrel, sir?</body></message>`)
    rival = undefined
    assert.deepEqual(notices(text), [text])
  })

  test("a login that ended is told of once, though several calls meet it, and the messages go after the next login", async () => {
    for (const id of ["sampson", "gregory"]) play.network.person({ id, name: id })
    await play.register("tybalt@example.test/x")
    await Promise.all(["sampson", "gregory"].map((person) => play.receipt(play.say("tybalt@example.test/x", person, "Draw!"))))
    play.network.fault({ kind: "logged-out", account: "tybalt", on: "send" })
    const ids = ["sampson", "gregory"].map((person) => play.say("tybalt@example.test/x", person, "Peace? I hate the word"))
    await play.server.expect(
      (el) => el.attrs["to"] === "tybalt@example.test" && (el.getChildText("body") ?? "").startsWith("The login is no longer valid"),
    )
    const refused = play.say("tybalt@example.test/x", "sampson", "as I hate hell")
    await play.server.expect(`<message type='error' id='${refused}'><error type='auth'><registration-required/></error></message>`)
    await play.register("tybalt@example.test/x")
    for (const id of ids) await play.receipt(id)
    assert.equal(notices("The login is no longer valid").length, 1)
  })

  test("presences of an account that stays away are told once, not at each try", async () => {
    await play.register("paris@example.test/x")
    await play.server.expect(`<presence from='${domain}' to='paris@example.test'><c/></presence>`)
    const seen = play.server.received.length
    const before = connects
    for (const _ of [1, 2, 3]) play.network.fault({ kind: "retry", account: "paris", on: "connect", text: "No answer.", retryAfterMs: 20 })
    play.network.account("paris").cut()
    while (connects < before + 4) await play.sync()
    await play.network.account("paris").whenAttached()
    await play.sync()
    const down = play.server.received
      .slice(seen)
      .filter((el) => el.name === "presence" && el.attrs["to"] === "paris@example.test" && el.attrs["type"] === "unavailable")
    assert.deepEqual(
      down.map((el) => el.getChildText("status")).filter((text) => text?.includes("No answer")),
      ["Not connected to Loopback: No answer."],
    )
  })

  test("a login somebody else has changes nothing for who is logged out", async () => {
    await play.register("benvolio@example.test/x")
    play.network.account("benvolio").logOut()
    await play.server.expect(
      (el) => el.attrs["to"] === "benvolio@example.test" && (el.getChildText("body") ?? "").startsWith("The login is no longer valid"),
    )
    const before = connects
    await assert.rejects(play.register("benvolio@example.test/x", "paris"), /conflict/)
    await play.sync()
    assert.equal(connects, before)
  })
})

test("a session that ends with an error while it begins, during the stop, does not end the process", async () => {
  let fail!: (error: Error) => void
  const adapter: AnyAdapter = {
    ...plain,
    async connect(secret, options, host) {
      const session = await plain.connect(secret, options, host)
      await new Promise((resolve) => host.signal.addEventListener("abort", resolve))
      return { ...session, ended: new Promise((_, reject) => (fail = reject)) }
    },
  }
  const play = await Play.open({ adapter })
  const seen: unknown[] = []
  const listener = (error: unknown): void => void seen.push(error)
  process.on("unhandledRejection", listener)
  try {
    await play.register("romeo@example.test/x")
    await play.stop()
    fail(new Error("too late"))
    await new Promise((resolve) => setImmediate(resolve))
    assert.deepEqual(seen, [])
  } finally {
    process.off("unhandledRejection", listener)
    await play.close()
  }
})

test("who cannot be logged out any more can still leave", async () => {
  const adapter: AnyAdapter = {
    ...plain,
    logout: () => {
      throw new Error("no such secret")
    },
  }
  const play = await Play.open({ adapter })
  try {
    await play.register("romeo@example.test/x")
    assert.equal((await play.unregister("romeo@example.test/x")).attrs["type"], "result")
    assert.deepEqual(play.rows("SELECT id FROM account"), [])
  } finally {
    await play.close()
  }
})
