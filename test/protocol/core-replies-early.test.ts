// Who answers faster than the network tells what it calls the message: the answer waits for the call, and points to what the client knows.
import assert from "node:assert/strict"
import { test } from "node:test"
import type { Element } from "@xmpp/xml"
import { loopback, standard } from "xferry-adapter-loopback"
import type { AnyAdapter } from "#src/adapter/define.js"
import { domain, Play } from "../support/core-kit.js"

const romeo = "romeo@example.test/orchard"

/** The loopback network, whose answers to `send` are held up after the message is there. */
function slow(): { adapter: AnyAdapter; held: () => Promise<void>; release: () => void } {
  const inner = loopback(standard) as unknown as AnyAdapter
  let release = (): void => undefined
  let reached = (): void => undefined
  const gate = new Promise<void>((resolve) => (release = resolve))
  const held = new Promise<void>((resolve) => (reached = resolve))
  const connect: AnyAdapter["connect"] = async (...all) => {
    const session = await inner.connect(...all)
    const send: typeof session.send = async (op, signal) => {
      const sent = await session.send(op, signal)
      reached()
      await gate
      return sent
    }
    return new Proxy(session, { get: (of, key) => (key === "send" ? send : (Reflect.get(of, key, of) as unknown)) })
  }
  return { adapter: { ...inner, connect }, held: () => held, release }
}

test("an answer to a call under way waits for it; other words do not", async () => {
  const { adapter, held, release } = slow()
  const play = await Play.open({ adapter })
  try {
    play.network.person({ id: "juliet", name: "Juliet" })
    await play.register(romeo)
    const known = play.network.say({ account: "romeo", from: "juliet", text: "Ay me!" })
    await play.server.expect((el) => el.getChildText("body") === "Ay me!")
    const mine = play.say(romeo, "juliet", "She speaks")
    await held()
    const [sent] = await play.told("send", 1)
    // What is answered is known: nothing to wait for.
    play.network.say({ account: "romeo", from: "juliet", text: "first", reply: known })
    await play.server.expect((el) => lastLine(el) === "first")
    play.network.say({ account: "romeo", from: "juliet", text: "second", reply: sent?.id ?? "" })
    release()
    const answer = await play.server.expect((el) => lastLine(el) === "second")
    assert.deepEqual(answer.getChild("reply", "urn:xmpp:reply:0")?.attrs, {
      xmlns: "urn:xmpp:reply:0",
      id: mine,
      to: "romeo@example.test",
    })
    assert.equal(answer.attrs.from, `juliet@${domain}`)
  } finally {
    release()
    await play.close()
  }
})

const lastLine = (el: Element): string | undefined => el.getChildText("body")?.split("\n").at(-1)
