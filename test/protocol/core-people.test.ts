// Two users of one network who know the same people: neither keeps from the other what the network tells.
import assert from "node:assert/strict"
import { after, before, describe, test } from "node:test"
import { domain, Play } from "../support/core-kit.js"

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
