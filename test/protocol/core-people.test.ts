// Two users of one network who know the same people: neither keeps from the other what the network tells.
import assert from "node:assert/strict"
import { after, before, describe, test } from "node:test"
import { loopback, standard } from "xferry-adapter-loopback"
import type { AnyAdapter } from "#src/adapter/define.js"
import { domain, Play } from "../support/core-kit.js"

const plain = loopback(standard) as unknown as AnyAdapter

describe("two users who know the same person", () => {
  let play: Play
  const users = ["capulet", "montague"]
  before(async () => {
    play = await Play.open()
    play.network.person({ id: "juliet", name: "Juliet" })
    for (const user of users) {
      await play.register(`${user}@example.test/x`)
      await play.receipt(play.say(`${user}@example.test/x`, "juliet", "Good morrow"))
      play.server.send(`<presence type='subscribed' from='${user}@example.test' to='juliet@${domain}'/>`)
      play.server.send(`<presence type='subscribe' from='${user}@example.test' to='juliet@${domain}'/>`)
      await play.server.expect(`<presence type='subscribed' to='${user}@example.test' from='juliet@${domain}'/>`)
    }
  })
  after(() => play.close())

  test("both see her presence", async () => {
    play.network.presence({ from: "juliet", show: "busy", status: "at the ball" })
    for (const user of users)
      await play.server.expect(
        `<presence from='juliet@${domain}' to='${user}@example.test'><show>dnd</show><status>at the ball</status></presence>`,
      )
  })

  test("both learn her new name, one after the other", async () => {
    for (const user of users) {
      play.network.account(user).mailbox.push({ type: "contact", contact: { id: "juliet", name: "Juliet Montague" } })
      await play.server.expect(
        `<presence from='juliet@${domain}' to='${user}@example.test'><nick xmlns='http://jabber.org/protocol/nick'>Juliet Montague</nick></presence>`,
      )
    }
  })

  test("whom the network tells of to both, both have", async () => {
    for (const user of users) {
      play.network.account(user).mailbox.push({ type: "contact", contact: { id: "nurse", name: "Nurse" } })
      await play.server.expect(`<presence type='subscribe' from='nurse@${domain}' to='${user}@example.test'/>`)
    }
    assert.equal(play.rows("SELECT 1 FROM roster r JOIN contact c ON c.id = r.contact_id WHERE c.legacy_id = 'nurse'").length, 2)
  })
})

test("a burst of messages to nobody is one question to the network, and each is refused", async () => {
  let asked = 0
  let answer = (): void => undefined
  const answered = new Promise<void>((resolve) => (answer = resolve))
  const adapter: AnyAdapter = {
    ...plain,
    async connect(secret, options, host) {
      const session = await plain.connect(secret, options, host)
      const find = async (): Promise<{ items: [] }> => {
        asked++
        await answered
        return { items: [] }
      }
      return { ...session, find }
    },
  }
  const play = await Play.open({ adapter })
  try {
    await play.register("romeo@example.test/x")
    const ids = Array.from({ length: 200 }, (_, i) => play.say("romeo@example.test/x", "nobody", String(i)))
    // Read behind them all: none comes after the answer.
    await play.server.ask(
      `<iq type='get' from='romeo@example.test/x' to='${domain}'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>`,
    )
    answer()
    for (const id of [ids[0], ids.at(-1)])
      await play.server.expect(`<message type='error' id='${id}'><error><item-not-found/></error></message>`)
    assert.equal(asked, 1)
    const again = play.say("romeo@example.test/x", "nobody", "again")
    await play.server.expect(`<message type='error' id='${again}'/>`)
  } finally {
    await play.close()
  }
})
