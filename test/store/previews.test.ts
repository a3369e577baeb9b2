// Pages that were found after their address was said: told once each, of what others said, as long as that is there.
import assert from "node:assert/strict"
import { describe, it } from "node:test"
import type { Extra } from "xferry"
import type { InOp, OutboxRow } from "#src/core/model.js"
import { event, mint, now, rows, sent, world } from "./fixture.js"
import { edited, roomWorld, said, takenBack, told } from "./room-kit.js"
import type { NewReactions } from "#src/core/asides/store.js"
import type { Store } from "#src/core/store.js"

const page = (url: string, title = "Truce") => ({ url, title })
const preview = (url: string): Extra => ({ type: "preview", ...page(url) })

function urls(row: OutboxRow<InOp> | null | undefined): string[] {
  return row ? [...(row.before ?? []), row].flatMap(({ op }) => (op.k === "preview" ? op.page.url : [])) : []
}

async function find(store: Store, where: NewReactions["where"], legacyId: string, ...pages: string[]): Promise<string[]> {
  const told = await store.acceptPreviews({ where, legacyId, pages: pages.map((url) => page(url)), at: now, row: mint.next() })
  return urls(told?.row)
}

describe("pages found later", () => {
  it("in a direct chat are told once each, and not of what is unknown, ours or gone", async () => {
    const w = await world()
    const where = { link: w.link, legacyUser: "juliet" }
    const messageId = mint.next()
    const row = {
      id: mint.next(),
      op: { k: "message" as const, id: messageId, text: "https://a https://b", at: now, rich: { extras: [preview("https://a")] } },
    }
    await w.store.acceptEvent(event(w, { legacyId: "7", messageId, row }))
    assert.deepEqual(await find(w.store, where, "7", "https://a"), [], "it was there from the beginning")
    assert.deepEqual(await find(w.store, where, "7", "https://a", "https://b", "https://c"), ["https://b", "https://c"])
    assert.deepEqual(await find(w.store, where, "7", "https://b", "https://c"), [])
    const [queued] = rows<{ op: string }>(w.path, 'SELECT op FROM outbox WHERE op LIKE \'%"k":"preview"%\' ORDER BY id')
    const op = JSON.parse(queued?.op ?? "") as Extract<InOp, { k: "preview" }>
    assert.deepEqual([op.target, op.page], [messageId, page("https://b")])
    const leads = await w.store.directMessage(w.link, "juliet", op.id)
    assert.equal(leads?.id, messageId, "who answers it answers the message")

    assert.deepEqual(await find(w.store, where, "8", "https://a"), [])
    await sent(w, "9")
    assert.deepEqual(await find(w.store, where, "9", "https://a"), [])
    const retraction = { id: mint.next(), op: { k: "retract" as const, id: mint.next(), target: "", at: now } }
    await w.store.acceptRetraction({ link: w.link, legacyUser: "juliet", legacyId: "7", at: now, row: retraction })
    assert.deepEqual(await find(w.store, where, "7", "https://d"), [])
  })

  it("are so many at most, however often a message is edited", async () => {
    const w = await world()
    const where = { link: w.link, legacyUser: "juliet" }
    await w.store.acceptEvent(event(w, { legacyId: "7" }))
    let count = 0
    for (let i = 0; i < 10; i++) count += (await find(w.store, where, "7", ...[1, 2, 3, 4, 5].map((n) => `https://${i}.${n}`))).length
    assert.equal(count, 20)
  })

  it("in a room are in the archive, and an edit's own are told with it", async () => {
    const w = await roomWorld()
    const where = { room: w.room }
    await w.store.acceptRoomEvent(told(w.room, "7", "https://a"))
    assert.deepEqual(await find(w.store, where, "7", "https://a"), ["https://a"])
    const id = mint.next()
    const row = { id: mint.next(), op: said(id, "https://b", now, { rich: { extras: [preview("https://b")] } }) }
    await w.store.acceptRoomEvent(edited(w.room, "7", "", "2", { messageId: id, row }))
    assert.deepEqual(await find(w.store, where, "7", "https://a", "https://b", "https://c"), ["https://c"])
    const { entries } = await w.store.archivePage({ room: w.room, limit: 9, fromEnd: false })
    assert.deepEqual(
      entries.map(({ op }) => op.k),
      ["said", "preview", "said", "preview"],
    )
    const [first, second] = entries
    assert.ok(first && second?.op.k === "preview")
    assert.deepEqual([second.op.target, second.op.by], [first.id, null])
    const { entries: shown } = await w.store.archivePage({ room: w.room, limit: 9, fromEnd: true, live: true })
    assert.deepEqual(
      shown.map(({ op }) => op.k),
      ["said", "said"],
      "who comes is shown messages",
    )
    assert.equal((await w.store.recentMessages(w.room, 9)).length, 1)
    await w.store.acceptRoomEvent(takenBack(w.room, "7"))
    assert.deepEqual(await find(w.store, where, "7", "https://d"), [])
  })
})
