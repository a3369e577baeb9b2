// How a real server's users learn of rooms: bookmarks in their accounts on Prosody, invitations on ejabberd, which grants no such thing.
import assert from "node:assert/strict"
import { after, before, describe, test } from "node:test"
import type { Element } from "@xmpp/xml"
import type { RoomRow } from "#src/core/rooms/model.js"
import type { Link } from "#src/core/model.js"
import { createComponent, type Component } from "#src/xmpp/component.js"
import { AdministeredRooms, owner } from "../support/administered-rooms.js"
import { TestClient } from "../support/client.js"
import { startEjabberd } from "../support/ejabberd.js"
import { LogBook } from "../support/link-kit.js"
import { MemoryService } from "../support/memory-service.js"
import { startProsody } from "../support/prosody.js"
import { secret } from "../support/secrets.js"
import type { ServerConfig, XmppServer } from "../support/server.js"

const domain = "sms.example.test"
const SECRET = secret("component-secret-of-e2e-announcements")
// The gateway never learns it, and ejabberd logs the call that sets it: nothing to be searched for.
const password = "password-of-e2e-announcements"
const coven = `#coven@${domain}`
const nsBookmarks = "urn:xmpp:bookmarks:1"

class House {
  private constructor(
    private readonly server: XmppServer,
    readonly alice: TestClient,
    readonly component: Component,
    readonly room: RoomRow,
    readonly link: Link,
  ) {}

  static async open(start: (config: ServerConfig) => Promise<XmppServer>): Promise<House> {
    const server = await start({ components: [{ domain, secret: SECRET, privileged: true }], users: { alice: password } })
    const alice = await TestClient.connect({ server, user: "alice", password })
    let up = (): void => undefined
    const online = new Promise<void>((resolve) => (up = resolve))
    const service = new MemoryService()
    const rooms = new AdministeredRooms()
    Object.assign(service, { rooms })
    const room = rooms.room("coven", { name: "A Dark Cave" })
    const link = service.tie(alice.bare)
    rooms.open(room, link, owner)
    const component = createComponent({
      service,
      server: { host: "127.0.0.1", port: server.componentPort, secure: false },
      domain,
      secret: SECRET,
      log: new LogBook(),
    })
    service.onCall = () => service.calls.includes("streamUp") && up()
    component.start()
    await online
    return new House(server, alice, component, room, link)
  }

  async close(): Promise<void> {
    await this.component.stop()
    await this.alice.disconnect()
    await this.server.stop()
  }

  /** By room. */
  async bookmarks(): Promise<Map<string, Element | undefined>> {
    const answer = await this.alice.iq(
      "get",
      "",
      `<pubsub xmlns='http://jabber.org/protocol/pubsub'><items node='${nsBookmarks}'/></pubsub>`,
    )
    const items = answer.getChild("pubsub")?.getChild("items")?.getChildren("item") ?? []
    return new Map(items.map((item) => [item.attrs["id"] ?? "", item.getChild("conference", nsBookmarks)]))
  }

  /** Resolves once the bookmarks are so. */
  async until(wanted: (marks: Map<string, Element | undefined>) => boolean): Promise<Map<string, Element | undefined>> {
    for (let tries = 0; tries < 200; tries++) {
      const marks = await this.bookmarks()
      if (wanted(marks)) return marks
    }
    throw new Error(`the bookmarks stay: ${[...(await this.bookmarks()).keys()].join(", ")}`)
  }
}

describe("on Prosody", () => {
  let house: House
  before(async () => (house = await House.open(startProsody)))
  after(() => house.close())

  test("a new room is a bookmark, follows its room, and goes with it", async () => {
    const { component, room, link } = house
    component.face.rooms.changed(room, { k: "new", by: "Macbeth" })
    const [[, mark] = []] = [...(await house.until((marks) => marks.has(coven)))]
    assert.deepEqual([mark?.attrs["name"], mark?.attrs["autojoin"], mark?.getChildText("nick")], ["A Dark Cave", "true", "alice"])
    room.name = "The Cave"
    component.face.rooms.changed(room, { k: "info" })
    await house.until((marks) => marks.get(coven)?.attrs["name"] === "The Cave")
    room.legacyId = "supercoven"
    component.face.rooms.changed(room, { k: "moved", from: "coven", merged: null })
    const moved = await house.until((marks) => marks.has(`#supercoven@${domain}`) && !marks.has(coven))
    assert.equal(moved.get(`#supercoven@${domain}`)?.getChildText("nick"), "alice")
    component.face.rooms.changed(room, { k: "gone", why: "abandoned", links: [link] })
    await house.until((marks) => marks.size === 0)
    assert.ok(!house.alice.received.some((el) => el.is("message") && el.getChild("x", "jabber:x:conference")), "and no invitation")
  })
})

describe("on ejabberd", () => {
  let house: House
  before(async () => (house = await House.open(startEjabberd)))
  after(() => house.close())

  test("a new room is an invitation", async () => {
    house.component.face.rooms.changed(house.room, { k: "new", by: "Macbeth" })
    const invited = await house.alice.waitFor((el) => el.is("message") && el.attrs["from"] === coven)
    assert.equal(
      invited.getChild("x", "http://jabber.org/protocol/muc#user")?.getChild("invite")?.getChildText("reason"),
      "Macbeth added you to A Dark Cave.",
    )
    assert.equal(invited.getChild("x", "jabber:x:conference")?.attrs["jid"], coven)
  })
})
