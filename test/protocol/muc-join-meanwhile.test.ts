// Who changes while somebody enters a room that nobody was in: they are seen as they are then.
import assert from "node:assert/strict"
import { test } from "node:test"
import { Play } from "../support/core-kit.js"

const romeo = "romeo@example.test/orchard"

test("a person who is renamed between the look and the step into the room is there by the new name alone", async () => {
  let release = (): void => undefined
  let reached = (): void => undefined
  const gate = new Promise<void>((resolve) => (release = resolve))
  const entering = new Promise<void>((resolve) => (reached = resolve))
  const play = await Play.open({
    seams: {
      store: (store) => ({
        ...store,
        putOccupant: async (occupant) => {
          reached()
          await gate
          return store.putOccupant(occupant)
        },
      }),
    },
  })
  try {
    await play.register("romeo@example.test")
    play.network.person({ id: "juliet", name: "Juliet" })
    const room = await play.room({ members: ["juliet"] })
    play.network.rooms.say({ room: "g1", from: "juliet", text: "Ay me!" })
    await play.drained()
    play.server.send(`<presence from='${romeo}' to='${room}/Romeo'><x xmlns='http://jabber.org/protocol/muc'/></presence>`)
    await entering
    play.network.person({ id: "juliet", name: "Julia" })
    play.network.rooms.say({ room: "g1", from: "juliet", text: "It is I" })
    await play.drained()
    release()
    await play.server.expect((el) => el.is("message") && el.getChild("subject") !== undefined && el.attrs.to === romeo)
    const seen = play.server.received.filter((el) => el.is("presence") && el.attrs.to === romeo).map((el) => el.attrs.from)
    assert.ok(seen.includes(`${room}/Julia`), seen.join(", "))
    assert.ok(!seen.includes(`${room}/Juliet`), seen.join(", "))
  } finally {
    release()
    await play.close()
  }
})
