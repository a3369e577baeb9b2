// What a user sees of being registered and of adding somebody, through the whole gateway.
import assert from "node:assert/strict"
import { after, before, describe, test } from "node:test"
import { domain, Play } from "../support/core-kit.js"

describe("registering, and adding by chat", () => {
  let play: Play
  const romeo = "romeo@example.test"
  const requests = () =>
    play.server.received.filter(
      ({ name, attrs }) => name === "presence" && attrs["type"] === "subscribe" && attrs["from"] === `nurse@${domain}`,
    )
  const add = async () => {
    play.server.send(`<message from='${romeo}/x' to='${domain}' type='chat'><body>add nurse</body></message>`)
    await play.server.expect((el) => (el.getChildText("body") ?? "").startsWith("Nurse is "))
    await play.sync()
  }
  before(async () => {
    play = await Play.open()
    play.network.person({ id: "nurse", name: "Nurse" })
    await play.register(`${romeo}/x`)
    await play.server.expect(`<presence from='${domain}' to='${romeo}'/>`)
  })
  after(() => play.close())

  test("the gateway says once that it is there", async () => {
    // A contact is introduced after all that registering sets going.
    await add()
    await play.server.expect(`<presence type='subscribe' from='nurse@${domain}' to='${romeo}'/>`)
    const told = play.server.received.filter(
      ({ name, attrs }) => name === "presence" && attrs["type"] === undefined && attrs["from"] === domain && attrs["to"] === romeo,
    )
    assert.equal(told.length, 1)
  })

  test("whom the user turned away comes back when asked for, and only then", async () => {
    play.server.send(`<presence type='unsubscribed' from='${romeo}' to='nurse@${domain}'/>`)
    await play.sync()
    play.network.account("romeo").mailbox.push({ type: "contact", contact: { id: "nurse", name: "Nurse", username: "nurse" } })
    await play.sync()
    assert.equal(requests().length, 1)
    await add()
    await play.server.expect((el) => el.name === "presence" && el.attrs["type"] === "subscribe" && requests().length === 2)
  })
})
