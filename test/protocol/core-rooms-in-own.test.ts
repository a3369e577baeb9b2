// Echoes of what we sent, and the order in which rows are queued: the inbound half alone, on a real store, its neighbours played.
import assert from "node:assert/strict"
import { join } from "node:path"
import { after, before, beforeEach, describe, test } from "node:test"
import type { MessageEvent, NetworkEvent } from "#src/adapter/contract.js"
import { Directory } from "#src/core/directory.js"
import { IdMint } from "#src/core/ids.js"
import type { BareJid, InOp, OutboxRow } from "#src/core/model.js"
import { Access } from "#src/core/rooms/access.js"
import { RoomInbound } from "#src/core/rooms/inbound.js"
import { RoomKeeper } from "#src/core/rooms/keeper.js"
import type { RoomRow } from "#src/core/rooms/model.js"
import type { RoomParts } from "#src/core/rooms/parts.js"
import { unbridged } from "#src/core/bridges/ports.js"
import { Registry } from "#src/core/rooms/registry.js"
import type { Store } from "#src/core/store.js"
import { openStore } from "#src/store/index.js"
import { LogBook } from "../support/link-kit.js"
import { tempDir } from "../support/paths.js"

const said = (id: string, text: string, more: Partial<MessageEvent> = {}): MessageEvent => ({
  ...{ type: "message", chat: { room: "g1" }, from: { id: "juliet", name: "Juliet" }, id, at: new Date(), body: { text } },
  ...more,
})
const own = (id: string, text: string, more: Partial<MessageEvent> = {}): MessageEvent =>
  said(id, text, { from: { id: "bot", name: "Bot" }, own: true, ...more })

describe("inbound", () => {
  let store: Store
  let inbound: RoomInbound
  let registry: Registry
  let account: number
  let accept: Store["acceptRoomEvent"]
  /** Calls under way, and the keys they bear. */
  let sending: Promise<void> = Promise.resolve()
  const keys = new Set<string>()
  /** What happened, in order. */
  let events: string[] = []
  let rows: OutboxRow<InOp>[] = []
  /** Rooms that were new, as they were then. */
  let rooms: string[] = []

  before(async () => {
    const log = new LogBook()
    store = await openStore({ path: join(tempDir("own"), "gateway.db"), log })
    const made = await store.register({
      network: "lo",
      jid: "romeo@example.test" as BareJid,
      legacyId: "bot",
      sealed: new Uint8Array(),
      now: 1,
    })
    assert.ok(made.outcome === "created")
    account = made.account.id
    const directory = new Directory(store)
    await directory.load("lo")
    registry = new Registry({ store, directory, network: "lo", configured: [] })
    const changed = ({ legacyId, kind, name }: RoomRow, { k }: { k: string }): void => {
      events.push(k)
      if (k === "new") rooms.push(`${legacyId} ${kind} ${name}`)
    }
    const face = { rooms: { write: () => undefined, changed } }
    const delivery = {
      add: (_: number, row: OutboxRow<InOp>) => {
        rows.push(row)
        events.push("text" in row.op ? row.op.text : row.op.k)
      },
      forgetRoom: () => undefined,
    }
    accept = store.acceptRoomEvent
    const moody: Store = { ...store, acceptRoomEvent: (event) => accept(event) }
    const sender = { settled: () => sending, isSending: (_: number, key: string) => keys.has(key), forgetRoom: () => undefined }
    const parts = {
      ...{
        network: "lo",
        name: "Loopback",
        capabilities: { send: {} },
        configured: [],
        store: moody,
        ids: new IdMint(),
        log,
        directory,
        registry,
      },
      ...{ delivery, sender, accounts: { live: () => undefined }, face: () => face },
      asides: { answerable: () => undefined },
      bridges: unbridged,
      guests: { member: () => Promise.resolve(), access: () => undefined },
    } as unknown as RoomParts
    const keeper = new RoomKeeper(parts)
    inbound = new RoomInbound({ ...parts, keeper, access: new Access({ ...parts, keeper }) })
  })
  after(() => store.close())
  beforeEach(() => {
    sending = Promise.resolve()
    keys.clear()
    events = []
    rows = []
    rooms = []
  })

  const emit = async (event: NetworkEvent): Promise<void> => inbound.emit(account, event)
  const texts = (): string[] => events.filter((event) => event !== "new" && event !== "participant")

  test("a call's echo with its key is dropped while the call is under way", async () => {
    await emit(said("1", "first"))
    sending = new Promise(() => undefined)
    keys.add("k1")
    await emit(own("2", "mine", { key: "k1" }))
    assert.deepEqual(texts(), ["first"])
  })

  test("what was said by a webhook of ours began here: it waits for nothing, and is never shown again", async () => {
    await emit(said("3", "second"))
    sending = new Promise(() => undefined)
    await emit(own("4", "mine", { from: { id: "w1.romeo", name: "Romeo", kind: "webhook" } }))
    assert.deepEqual(texts(), ["second"])
  })

  test("without a key it waits for the call, then it is known; others do not wait", async () => {
    let answer = (): void => undefined
    sending = new Promise((resolve) => (answer = resolve))
    const echo = emit(own("10", "mine"))
    const echoOfEdit = emit({
      type: "edit",
      chat: { room: "g1" },
      from: { id: "bot" },
      id: "10",
      at: new Date(),
      revision: "1",
      body: { text: "x" },
      own: true,
    })
    await emit(said("11", "theirs"))
    assert.deepEqual(texts(), ["theirs"])
    // The call's answer: the network's id is on disk before the promise resolves.
    await accepted(store, registry, account, "10")
    answer()
    await echo
    await echoOfEdit
    assert.deepEqual(texts(), ["theirs", "x"], "only the edit is news")
  })

  test("who took it back is not told: perhaps a user of ours, whose call is waited for; others do not wait", async () => {
    await emit(said("12", "to be taken back"))
    let answer = (): void => undefined
    sending = new Promise((resolve) => (answer = resolve))
    const gone = emit({ type: "retract", chat: { room: "g1" }, ids: ["12"] })
    await emit(said("13", "meanwhile"))
    assert.deepEqual(texts(), ["to be taken back", "meanwhile"])
    answer()
    await gone
    assert.deepEqual(texts(), ["to be taken back", "meanwhile", "retracted"])
    sending = new Promise(() => undefined)
    await emit({ type: "retract", chat: { room: "g1" }, ids: ["13"], by: { id: "nurse" } })
    assert.deepEqual(texts().at(-1), "retracted", "a moderator's waits for nothing")
  })

  test("all rooms of a server, told at once: each is new as what it is", async () => {
    const room = (id: string, kind: "container" | "group", name: string, parent: string | null = null): Promise<void> =>
      emit({ type: "room", room: { id, kind, name, parent } })
    await Promise.all([
      room("s", "container", "Verona"),
      room("c", "container", "Squares", "s"),
      room("f", "container", "Forum", "s"),
      room("g", "group", "general", "c"),
      emit({ type: "room", room: { id: "p", kind: "topic", name: "Post", parent: "f" } }),
    ])
    assert.deepEqual(rooms.sort(), ["c container Squares", "f container Forum", "g group general", "p topic Post", "s container Verona"])
    assert.deepEqual(registry.parent(registry.find(account, "c")!)?.legacyId, "s")
  })

  test("said on another device of the account: the account's own voice", async () => {
    await emit(own("20", "from my phone"))
    assert.deepEqual(texts(), ["from my phone"])
    const [row] = rows
    assert.ok(row?.op.k === "said" && row.op.by?.nick === "Bot")
  })

  test("own ones keep their order among themselves", async () => {
    let answer = (): void => undefined
    sending = new Promise((resolve) => (answer = resolve))
    const first = emit(own("30", "one"))
    sending = Promise.resolve()
    const second = emit(own("31", "two"))
    answer()
    await Promise.all([first, second])
    assert.deepEqual(texts(), ["one", "two"])
  })

  test("what is said behind an event that takes longer stays behind it", async () => {
    const told = (topic: string) => emit({ type: "room", room: { id: "g2", topic }, by: { id: "juliet", name: "Juliet" } })
    const inG2 = (id: string) => emit(said(id, `said ${id}`, { chat: { room: "g2" } }))
    await told("Love")
    await Promise.all([inG2("1"), told("Death"), inG2("2"), told("Life"), inG2("3"), inG2("4")])
    assert.deepEqual(
      texts().filter((event) => event !== "info"),
      ["said 1", "Death", "said 2", "Life", "said 3", "said 4"],
    )
  })

  test("rows are queued in the order of their ids, people before their words, many rooms at once", async () => {
    const all = Array.from({ length: 400 }, (_, i) =>
      emit(said(String(100 + i), `${i}`, { chat: { room: `r${i % 5}` }, from: { id: `p${i % 20}`, name: `P${i % 20}` } })),
    )
    await Promise.all(all)
    const names = new Set(rows.map(({ lane }) => lane))
    assert.equal(names.size, 5)
    for (const name of names) {
      const lane = rows.filter((row) => row.lane === name)
      assert.equal(lane.length, 80)
      const ids = lane.map(({ id }) => id)
      assert.deepEqual(ids, ids.toSorted())
      const numbers = lane.map(({ op }) => Number("text" in op ? op.text : ""))
      assert.deepEqual(
        numbers,
        numbers.toSorted((a, b) => a - b),
      )
      const places = lane.map(({ op }) => ("pos" in op ? op.pos : 0))
      assert.deepEqual(
        places,
        places.map((_, i) => i + 1),
      )
    }
  })

  test("an event that cannot be stored is not acknowledged, and holds up nothing after it", async () => {
    accept = () => Promise.reject(new Error("disk full"))
    await assert.rejects(emit(said("900", "lost")))
    accept = store.acceptRoomEvent
    await emit(said("900", "lost"))
    await emit(said("901", "next"))
    assert.deepEqual(texts(), ["lost", "next"])
  })
})

/** As a call's answer leaves it: a message of the room with the network's id. */
async function accepted(store: Store, registry: Registry, account: number, legacyId: string): Promise<void> {
  const room = registry.find(account, "g1")
  const id = "0".repeat(24) + "1"
  await store.acceptRoomEvent({
    ...{ room: room?.id ?? 0, by: null, heard: false, now: 1, kind: "message", messageId: id, legacyId, revision: null, handle: null },
    ...{ sender: "romeo@example.test/x", at: 1, replyTo: null, row: { id, op: { k: "said", id, pos: 0, by: null, text: "mine", at: 1 } } },
    ...{ cursor: null, older: true },
  })
}
