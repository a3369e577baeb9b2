// Mentions in rooms: by nicks.
import assert from "node:assert/strict"
import { test } from "node:test"
import type { BareJid } from "#src/core/model.js"
import { named, type NamedParts } from "#src/core/rooms/named.js"
import type { Participant, RoomRow } from "#src/core/rooms/model.js"

const room = { id: 1 } as RoomRow
const mention = (start: number, arg?: string): { kind: "mention"; start: number; end: number; arg?: string } => ({
  kind: "mention",
  start,
  end: start + 1,
  ...(arg !== undefined && { arg }),
})

function parts(owners: number): NamedParts & { asked: unknown[] } {
  const asked: unknown[] = []
  return {
    asked,
    isAccount: (id) => id === "bot",
    registry: { linksOf: () => Array.from({ length: owners }, () => ({ jid: "romeo@a.example" as BareJid, role: "owner" as const })) },
    store: {
      participant(_, who) {
        asked.push(who)
        const nick = "user" in who ? "Romeo" : "contact" in who && who.contact === "7" ? "Juliet" : undefined
        return Promise.resolve(nick === undefined ? undefined : ({ nick } as Participant))
      },
    },
  }
}

test("who is known has their nick, once asked for; who is not is text", async () => {
  const with1 = parts(1)
  const body = await named({ text: "JJX?b", spans: [mention(0, "7"), mention(1, "7"), mention(2, "8"), mention(3), mention(4, "bot")] }, room, with1) // prettier-ignore
  assert.deepEqual(body.spans, [mention(0, "Juliet"), mention(1, "Juliet"), mention(4, "Romeo")])
  assert.equal(with1.asked.length, 3)
})

test("an account of several is nobody's name", async () => {
  assert.deepEqual((await named({ text: "b", spans: [mention(0, "bot")] }, room, parts(2))).spans, [])
})

test("a body that names nobody is asked nothing", async () => {
  const none = parts(1)
  const body = { text: "x", spans: [{ kind: "bold" as const, start: 0, end: 1 }] }
  assert.equal(await named(body, room, none), body)
  assert.deepEqual(none.asked, [])
})
