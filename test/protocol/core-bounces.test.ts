// What comes back from the user's server: kept, counted, and told again when there is hope.
import assert from "node:assert/strict"
import { after, before, describe, test } from "node:test"
import type { Element } from "@xmpp/xml"
import type { Store } from "#src/core/store.js"
import { domain, Play } from "../support/core-kit.js"

const queue = "SELECT attempts, attempted_at AS since, op FROM outbox"

describe("a message that came back after the fence", () => {
  let play: Play
  const user = "romeo@example.test"
  const full = `${user}/x`
  before(async () => {
    play = await Play.open()
    await play.register(full)
  })
  after(() => play.close())

  /** Until the rows are as wanted. */
  async function until(look: () => boolean): Promise<void> {
    for (let i = 0; !look() && i < 2000; i++) await play.sync()
    assert.ok(look(), JSON.stringify(play.rows(queue)))
  }

  async function fencedMessage(text: string): Promise<Element> {
    play.network.say({ account: "romeo", from: "juliet", text })
    const message = await play.server.expect(`<message to='${user}'><body>${text}</body></message>`)
    await play.empty(queue)
    return message
  }

  const leave = (): void => play.server.send(`<presence type='unavailable' from='${full}' to='${domain}'/>`)
  function comeAgain(): void {
    leave()
    play.server.send(`<presence from='${full}' to='${domain}'/>`)
  }

  test("goes out again with the user's next presence, and its failures are counted through", async () => {
    play.server.send(`<presence from='${full}' to='${domain}'/>`)
    const message = await fencedMessage("Wherefore art thou")
    const returned: { attempts: number; since: number }[] = []
    for (const times of [1, 2, 3]) {
      leave()
      play.server.error(message, "cancel", "service-unavailable")
      await until(() => play.rows(queue).length === 1)
      returned.push(...play.rows<{ attempts: number; since: number }>(queue))
      assert.equal(returned.at(-1)?.attempts, times)
      comeAgain()
      await play.server.expect(`<message id='${message.attrs["id"]}'/>`)
      await play.empty(queue)
    }
    assert.equal(new Set(returned.map(({ since }) => since)).size, 1)
  })

  test("waits over a restart, and goes out for who is there before the lane was read", async () => {
    const message = await fencedMessage("Deny thy father")
    leave()
    play.server.error(message, "cancel", "service-unavailable")
    await until(() => play.rows(queue).length === 1)
    await play.stop()
    play.server.afterHandshake = `<presence from='${full}' to='${domain}'/>`
    await play.start()
    play.server.afterHandshake = ""
    await play.server.expect(`<message id='${message.attrs["id"]}'/>`)
    await play.empty(queue)
  })

  test("goes out again at once to who is there: of several clients one was lost, and no presence will come; but not for ever", async () => {
    comeAgain()
    const message = await fencedMessage("Tis but thy name")
    for (let times = 0; times < 3; times++) {
      play.server.error(message, "cancel", "recipient-unavailable")
      await play.server.expect(`<message id='${message.attrs["id"]}'/>`)
      await play.empty(queue)
    }
    play.server.error(message, "cancel", "recipient-unavailable")
    await until(() => play.rows(queue).length === 1)
    play.server.refute(`<message id='${message.attrs["id"]}'/>`)
    comeAgain()
    await play.server.expect(`<message id='${message.attrs["id"]}'/>`)
    await play.empty(queue)
  })

  test("what is said behind it waits for it", async () => {
    const message = await fencedMessage("and refuse thy name")
    play.server.error(message, "wait", "resource-constraint")
    await until(() => play.rows(queue).length === 1)
    play.network.say({ account: "romeo", from: "juliet", text: "Or if thou wilt not" })
    await until(() => play.rows(queue).length === 2)
    play.server.refute(`<message><body>Or if thou wilt not</body></message>`)
    comeAgain()
    await play.server.expect(`<message id='${message.attrs["id"]}'/>`)
    await play.server.expect(`<message><body>Or if thou wilt not</body></message>`)
    assert.deepEqual(play.bodies().slice(-2), ["and refuse thy name", "Or if thou wilt not"])
  })
})

test("the receipt of what was sent arrives though the first commit of it failed and others overtook it", async () => {
  let failing = 0
  const store = (real: Store): Store =>
    new Proxy(real, {
      get(target, name) {
        if (name === "completeSend" && failing > 0)
          return () => {
            failing--
            return Promise.reject(new Error("The disk is full."))
          }
        const value: unknown = Reflect.get(target, name, target)
        return typeof value === "function" ? (value as (...args: unknown[]) => unknown).bind(target) : value
      },
    })
  const play = await Play.open({ seams: { store } })
  try {
    play.network.person({ id: "juliet", name: "Juliet" })
    await play.register("romeo@example.test/x")
    await play.receipt(play.say("romeo@example.test/x", "juliet", "one"))
    failing = 1
    const id = play.say("romeo@example.test/x", "juliet", "two")
    await play.told("send", 2)
    await play.server.down()
    play.network.say({ account: "romeo", from: "juliet", text: "meanwhile" })
    await play.network.account("romeo").mailbox.drained()
    // The commit is tried again after a second: then two rows wait.
    while (play.rows("SELECT 1 FROM outbox WHERE lane LIKE 'in:%'").length < 2) await new Promise((resolve) => setImmediate(resolve))
    await play.server.up()
    await play.server.expect(`<message><body>meanwhile</body></message>`)
    await play.receipt(id)
    assert.equal(play.network.sent.list({ kind: "send" }).length, 2)
  } finally {
    await play.close()
  }
})

test("what cannot be stored is refused with «wait», and logged", async () => {
  const store = (real: Store): Store =>
    new Proxy(real, {
      get(target, name) {
        if (name === "acceptAction") return () => Promise.reject(new Error("The disk is full."))
        const value: unknown = Reflect.get(target, name, target)
        return typeof value === "function" ? (value as (...args: unknown[]) => unknown).bind(target) : value
      },
    })
  const play = await Play.open({ seams: { store } })
  try {
    play.network.person({ id: "juliet", name: "Juliet" })
    await play.register("romeo@example.test/x")
    const id = play.say("romeo@example.test/x", "juliet", "one")
    await play.server.expect(`<message type='error' id='${id}'><error type='wait'><resource-constraint/></error></message>`)
    assert.ok(play.log.lines.some(({ fields }) => String((fields["err"] as Error | undefined)?.message).includes("The disk is full")))
  } finally {
    await play.close()
  }
})
