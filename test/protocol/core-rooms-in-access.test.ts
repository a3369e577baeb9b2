// Who may enter which room and what they may do there: own accounts, accounts of the configuration, and what the network says of rights.
import assert from "node:assert/strict"
import { randomUUID } from "node:crypto"
import { EventEmitter, once } from "node:events"
import { join } from "node:path"
import { after, before, describe, test } from "node:test"
import { getNetwork, loopback, standard, type Network as Loop } from "xferry-adapter-loopback"
import type { Role } from "#src/adapter/contract.js"
import type { AnyAdapter } from "#src/adapter/define.js"
import { IdMint } from "#src/core/ids.js"
import type { BareJid } from "#src/core/model.js"
import { Network } from "#src/core/network.js"
import type { ConfiguredAccount } from "#src/core/parts.js"
import { Refusal, type Face } from "#src/core/ports.js"
import type { RoomChange, RoomView } from "#src/core/rooms/ports.js"
import type { Store } from "#src/core/store.js"
import { openStore } from "#src/store/index.js"
import { Tap } from "../fakes/tapped-adapter.js"
import { within } from "../support/deadline.js"
import { LogBook } from "../support/link-kit.js"
import { tempDir } from "../support/paths.js"

const romeo = "romeo@example.test" as BareJid
const juliet = "juliet@example.test" as BareJid

/** The core of one network without XMPP. */
class Core {
  readonly told: { room: string; change: RoomChange }[] = []
  readonly log = new LogBook()
  readonly loop: Loop
  readonly #news = new EventEmitter()

  private constructor(
    readonly store: Store,
    readonly network: Network,
    name: string,
  ) {
    this.loop = getNetwork(name)
    network.wire({
      online: true,
      rooms: {
        write: () => undefined,
        changed: (room, change) => {
          this.told.push({ room: room.legacyId, change })
          this.#news.emit("news")
        },
      },
      ...{
        write: nothing,
        typing: nothing,
        contactChanged: nothing,
        consentChanged: nothing,
        say: nothing,
        linkChanged: nothing,
        presenceChanged: nothing,
        avatarChanged: nothing,
        linkRemoved: nothing,
      },
      pictureOf: () => Promise.resolve(undefined),
      slot: () => Promise.resolve(undefined),
    } satisfies Face)
  }

  static async open(adapter: AnyAdapter, configured: ConfiguredAccount[] = []): Promise<Core> {
    const name = randomUUID()
    const log = new LogBook()
    const store = await openStore({ path: join(tempDir("access"), "gateway.db"), log })
    const plain = {
      seal: (_: unknown, text: string) => Buffer.from(text),
      open: (_: unknown, sealed: Uint8Array) => Buffer.from(sealed).toString(),
    }
    const options = { network: name, window: 256 }
    const parts = { id: "lo", domain: "lo.example.test", adapter, options, configured, store, vault: plain, ids: new IdMint(), log }
    const core = new Core(store, new Network({ ...parts, mayRegister: () => true }), name)
    await core.network.start([])
    return core
  }

  async register(user: BareJid): Promise<void> {
    const account = user.split("@")[0] ?? ""
    await this.network.register(user, () => Promise.resolve({ name: account, password: "p" }))
    await this.loop.account(account).whenAttached()
  }

  async drained(account = "romeo"): Promise<void> {
    await this.loop.account(account).whenAttached()
    await this.loop.account(account).mailbox.drained()
  }

  view(user: BareJid, room: string, tag = "", ask = false): Promise<RoomView> {
    return this.network.rooms.view(user, room, tag, ask)
  }

  async refused(user: BareJid, room: string, tag = ""): Promise<string> {
    const error: unknown = await this.view(user, room, tag).catch((error: unknown) => error)
    assert.ok(error instanceof Refusal, String(error))
    return error.error.condition
  }

  async change(k: RoomChange["k"], room: string, times = 1): Promise<void> {
    const found = (): boolean => this.told.filter((one) => one.room === room && one.change.k === k).length >= times
    while (!found()) await within(once(this.#news, "news"), 5000, `«${k}» of ${room} among ${JSON.stringify(this.told)}`)
  }

  async close(): Promise<void> {
    await this.network.stop()
    await this.network.close()
    await this.store.close()
  }
}

const nothing = (): void => undefined
const brief = ({ affiliation, role, link }: RoomView): string => `${affiliation} ${role} ${link.role}`

describe("rooms of a user's own account", () => {
  let core: Core
  before(async () => {
    core = await Core.open(new Tap(loopback(standard)).adapter)
    await core.register(romeo)
    await core.register(juliet)
    for (const role of ["owner", "admin", "member", "muted"] as const)
      core.loop.rooms.make({ room: role, name: role, accounts: [{ id: "romeo", role }] })
    core.loop.rooms.make({
      room: "news",
      kind: "channel",
      limits: { send: false, reply: false },
      accounts: [{ id: "romeo", role: "member" }],
    })
    core.loop.rooms.make({ room: "closed", archived: true, accounts: [{ id: "romeo", role: "admin" }] })
    core.loop.rooms.make({ room: "closed-member", archived: true, accounts: [{ id: "romeo", role: "member" }] })
    core.loop.rooms.make({ room: "guild", kind: "container", accounts: [{ id: "romeo", role: "admin" }] })
    core.loop.rooms.make({ room: "square", kind: "group", parent: "guild" })
    await core.drained()
  })
  after(() => core.close())

  test("are its owner's alone", async () => {
    assert.equal((await core.network.rooms.visible(romeo)).length, 9)
    assert.deepEqual(await core.network.rooms.visible(juliet), [])
    assert.equal(await core.refused(juliet, "admin"), "item-not-found")
    assert.equal(await core.refused("tybalt@example.test" as BareJid, "admin"), "registration-required")
    assert.equal(await core.refused(romeo, "admin", "nobody"), "item-not-found")
    assert.equal(await core.refused(romeo, "nowhere"), "item-not-found")
  })

  for (const [room, expected] of [
    ["owner", "owner moderator owner"],
    ["admin", "owner moderator owner"],
    ["member", "member participant owner"],
    ["muted", "member visitor owner"],
    ["news", "member visitor owner"],
    ["closed", "owner moderator owner"],
    ["closed-member", "member visitor owner"],
    ["guild", "owner visitor owner"],
  ] as const)
    test(`«${room}»: ${expected}`, async () => {
      assert.equal(brief(await core.view(romeo, room, "", true)), expected)
    })

  test("what may be done follows", async () => {
    const admin = await core.view(romeo, "admin", "", true)
    assert.ok(admin.can.has("kick"))
    const member = await core.view(romeo, "member", "", true)
    assert.deepEqual([...member.can].sort(), ["join", "leave"])
    assert.equal((await core.view(romeo, "news")).capabilities.reply, undefined)
    assert.ok(admin.capabilities.reply)
  })

  test("know their parents and children", async () => {
    const guild = await core.view(romeo, "guild")
    const children = await core.network.rooms.children(guild)
    assert.deepEqual(
      children.map(({ room }) => room.legacyId),
      ["square"],
    )
    assert.equal((await core.network.rooms.parent(children[0] as RoomView))?.room.legacyId, "guild")
  })

  test("rights that change are asked anew, and told", async () => {
    assert.equal(brief(await core.view(romeo, "member", "", true)), "member participant owner")
    const before = core.told.filter(({ room, change }) => room === "member" && change.k === "access").length
    core.loop.rooms.member({ room: "member", user: "romeo", change: "changed", role: "admin" })
    await core.change("access", "member", before + 1)
    assert.equal(brief(await core.view(romeo, "member")), "owner moderator owner")
  })

  test("a room that is gone can be read, and that is all", async () => {
    core.loop.rooms.remove({ room: "owner", account: "romeo" })
    await core.change("gone", "owner")
    const view = await core.view(romeo, "owner", "", true)
    assert.equal(brief(view), "member visitor owner")
    assert.equal(view.can.size, 0)
  })
})

test("a network that does not answer keeps nobody from entering", async () => {
  let role: Role = "admin"
  let hang = false
  const access = () => (hang ? new Promise<never>(() => undefined) : Promise.resolve({ role, maySend: true }))
  const core = await Core.open(new Tap(loopback(standard), () => ({ access })).adapter)
  try {
    await core.register(romeo)
    core.loop.rooms.make({ room: "g1", accounts: ["romeo"] })
    await core.drained()
    assert.equal(brief(await core.view(romeo, "g1", "", true)), "owner moderator owner")
    role = "member"
    assert.equal(brief(await core.view(romeo, "g1")), "owner moderator owner", "what was asked just now is believed")
    assert.equal(brief(await core.view(romeo, "g1", "", true)), "member participant owner")
    hang = true
    assert.equal(brief(await core.view(romeo, "g1", "", true)), "member participant owner")
  } finally {
    await core.close()
  }
})

test("guests who join without end do not make the account ask without end", async () => {
  let asked = 0
  const access = () => Promise.resolve({ role: "admin" as const, maySend: (asked += 1) > 0 })
  const guild: ConfiguredAccount = { tag: "guild", answers: { name: "bot", password: "p" }, mayEnter: () => true }
  const core = await Core.open(new Tap(loopback(standard), () => ({ access })).adapter, [guild])
  try {
    core.loop.rooms.make({ room: "open", accounts: [{ id: "bot", role: "admin" }] })
    await core.drained("bot")
    for (let i = 0; i < 100; i++) assert.equal(brief(await core.view(romeo, "open", "guild", true)), "member participant guest")
    assert.ok(asked < 10, String(asked))
  } finally {
    await core.close()
  }
})

test("an account of the configuration: who may enter is a guest there, whatever the account may do", async () => {
  const guild: ConfiguredAccount = {
    tag: "guild",
    answers: { name: "bot", password: "p" },
    mayEnter: (user, ...rooms) => user === romeo && rooms.includes("open"),
  }
  const core = await Core.open(new Tap(loopback(standard)).adapter, [guild])
  try {
    core.loop.rooms.make({ room: "open", kind: "container", accounts: [{ id: "bot", role: "owner" }] })
    core.loop.rooms.make({ room: "within", parent: "open", kind: "group" })
    core.loop.rooms.make({ room: "shut", accounts: [{ id: "bot", role: "owner" }] })
    await core.drained("bot")
    const [one, two] = await Promise.all([core.view(romeo, "within", "guild", true), core.view(romeo, "within", "guild", true)])
    assert.equal(brief(one), "member participant guest")
    assert.equal(one.link.id, two.link.id)
    assert.equal(one.link.tag, "guild")
    assert.equal(one.can.size, 0)
    assert.deepEqual(
      (await core.network.rooms.visible(romeo)).map(({ room }) => room.legacyId),
      ["open", "within"],
    )
    assert.deepEqual(await core.network.rooms.visible(juliet), [])
    assert.equal(await core.refused(romeo, "shut", "guild"), "forbidden")
    assert.equal(await core.refused(juliet, "within", "guild"), "forbidden")
    assert.equal(await core.refused(juliet, "nowhere", "guild"), "forbidden", "nor do they learn what there is")
    assert.deepEqual(
      core.network.rooms.linksOf(one.room).map(({ jid }) => jid),
      [romeo],
    )
    assert.deepEqual(core.network.linksOf(romeo), [], "a guest has registered nothing")
    assert.equal(await core.network.unregister(romeo), false)
    // The room moves: what the configuration says of its former id holds.
    core.loop.rooms.move({ room: "open", to: "moved" })
    await core.change("moved", "moved")
    assert.equal((await core.view(romeo, "open", "guild")).room.legacyId, "moved")
    assert.equal((await core.view(romeo, "within", "guild")).room.legacyId, "within")
    core.loop.say({ account: "bot", from: "stranger", text: "Anybody there?" })
    await core.drained("bot")
    assert.ok(core.network.rooms.byId(one.room.id))
  } finally {
    await core.close()
  }
})
