// A bridge seen by XMPP clients, in a whole gateway: who sits in one leg's room sees what is said in the other, by a nick, and in its archive.
import assert from "node:assert/strict"
import { test } from "node:test"
import Database from "better-sqlite3"
import { Play } from "../support/core-kit.js"

const romeo = "romeo@example.test/orchard"

test("copies are said in the leg's own room by the name of who said it, and stay in its archive; a restart changes nothing", async () => {
  const play = await Play.open()
  try {
    play.network.person({ id: "juliet", name: "Juliet" })
    await play.register(romeo)
    const one = await play.room({ members: ["juliet"] })
    const other = await play.room({ room: "g2", members: ["juliet"] })
    await play.away(() => {
      const db = new Database(play.path)
      db.exec(`INSERT INTO bridge (id, name, origin, created_at) VALUES (1, 'square', 'romeo@example.test', 1);
        INSERT INTO bridge_leg (conversation_id, bridge_id, consent_by, consent_at)
        SELECT id, 1, 'romeo@example.test', 1 FROM conversation WHERE legacy_id IN ('g1', 'g2') AND link_id IS NULL`)
      db.close()
    })
    await play.join(romeo, other, "Romeo")
    play.network.rooms.say({ room: "g1", from: "juliet", text: "Hark" })
    const heard = await play.server.expect((el) => el.attrs["to"] === romeo && el.getChildText("body") === "Hark")
    assert.equal(heard.attrs["from"], `${other}/Juliet (Loopback)`)
    assert.equal((await play.told("send", 1, { room: "g2" }))[0]?.text, "Juliet (Loopback): Hark")
    // What its users say goes the other way, once.
    play.roomSay(romeo, other, "What light?")
    assert.equal((await play.told("send", 1, { room: "g1" }))[0]?.text, "Romeo (Loopback): What light?")
    await play.away(() => undefined)
    await play.empty("SELECT lane FROM outbox")
    assert.equal(play.network.sent.list({ kind: "send" }).length, 3)
    await play.join(romeo, one, "Romeo")
    const bodies = play.rows<{ op: string }>("SELECT op FROM archive ORDER BY conversation_id, pos").map(({ op }) => {
      const { by, text } = JSON.parse(op) as { by: { nick: string }; text: string }
      return `${by.nick}: ${text}`
    })
    assert.deepEqual(bodies, ["Juliet: Hark", "Romeo (Loopback): What light?", "Juliet (Loopback): Hark", "Romeo: What light?"])
  } finally {
    await play.close()
  }
})
