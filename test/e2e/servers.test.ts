// The testbed itself: what the other end-to-end tests take for granted of the two real servers and of the real client.
import assert from "node:assert/strict"
import { after, before, describe, test } from "node:test"
import { TestClient } from "../support/client.js"
import { startEjabberd } from "../support/ejabberd.js"
import { startProsody } from "../support/prosody.js"
import { RawComponent } from "../support/raw-component.js"
import { secret } from "../support/secrets.js"
import type { ServerConfig, XmppServer } from "../support/server.js"

const componentSecret = secret("component-secret-of-servers-test")
const config: ServerConfig = {
  components: [
    { domain: "tg.example.test", secret: componentSecret, privileged: true },
    { domain: "plain.example.test", secret: componentSecret },
  ],
  users: { alice: "password of alice", bob: "password of bob" },
  upload: true,
}
const text = "好 é e\u0301 👩‍👩‍👧 & <b> \"'"

function testbed(name: string, start: (config: ServerConfig) => Promise<XmppServer>, privilege: string): void {
  describe(name, () => {
    let server: XmppServer
    const open: { disconnect(): Promise<void> }[] = []
    const login = async (user: string, resource: string, more: { websocket?: boolean; reconnect?: boolean; carbons?: boolean } = {}) => {
      const client = await TestClient.connect({ server, user, password: `password of ${user}`, resource, ...more })
      open.push(client)
      return client
    }
    const component = async (domain = "tg.example.test") => {
      const connected = await RawComponent.connect(server, domain, componentSecret)
      open.push(connected)
      return connected
    }
    before(async () => {
      server = await start(config)
    })
    after(() => server.stop())
    const closing = async () => {
      for (const one of open.splice(0)) await one.disconnect().catch(() => undefined)
    }

    test("a component and a client talk, to the last code point, over TCP and WebSocket", async () => {
      const gateway = await component()
      for (const websocket of [false, true]) {
        const alice = await login("alice", websocket ? "web" : "tcp", { websocket })
        const id = await alice.say("42@tg.example.test", text)
        const received = await gateway.waitFor((el) => el.attrs["id"] === id)
        assert.equal(received.getChildText("body"), text)
        assert.equal(received.attrs["from"], alice.jid)
        await gateway.send(
          String(received).replace(/^<message[^>]*>/, `<message from='42@tg.example.test' to='${alice.jid}' type='chat' id='back'>`),
        )
        await alice.waitForMessage("42@tg.example.test", text)
      }
      await closing()
    })

    test("privileges are told to the component that has them, and to no other", async () => {
      const gateway = await component()
      const plain = await component("plain.example.test")
      const message = await gateway.waitFor(`<message from='example.test'><privilege xmlns='${privilege}'/></message>`)
      const permissions = message
        .getChildElements()[0]
        ?.getChildren("perm")
        .map((perm) => `${perm.attrs["access"]} ${perm.attrs["type"] ?? ""}`.trim())
      for (const wanted of ["roster both", "message outgoing", "presence managed_entity"])
        assert.ok(permissions?.includes(wanted), `${wanted} in ${String(message)}`)
      await plain.send("<iq type='get' id='f' from='plain.example.test' to='example.test'><ping xmlns='urn:xmpp:ping'/></iq>")
      await plain.waitFor((el) => el.attrs["id"] === "f")
      assert.equal(plain.received.filter((el) => el.is("message")).length, 0)
      await gateway.send("<iq type='get' id='r' from='tg.example.test' to='alice@example.test'><query xmlns='jabber:iq:roster'/></iq>")
      await gateway.waitFor("<iq id='r' type='result'><query xmlns='jabber:iq:roster'/></iq>")
      await closing()
    })

    test("a wrong secret and an unknown domain are refused", async () => {
      await assert.rejects(RawComponent.connect(server, "tg.example.test", "wrong"))
      await assert.rejects(RawComponent.connect(server, "unknown.example.test", componentSecret))
    })

    test("accounts can be added while it runs; a wrong password is refused", async () => {
      await server.addUser("carol", "password of carol")
      await login("carol", "new")
      await assert.rejects(TestClient.connect({ server, user: "carol", password: "wrong" }))
      await closing()
    })

    test("the upload service gives slots to users", async () => {
      const alice = await login("alice", "upload")
      const slot = await alice.iq(
        "get",
        "upload.example.test",
        "<request xmlns='urn:xmpp:http:upload:0' filename='a.png' size='5' content-type='image/png'/>",
      )
      const put = slot.getChild("slot")?.getChild("put")
      const headers = Object.fromEntries((put?.getChildren("header") ?? []).map((header) => [header.attrs["name"] ?? "", header.text()]))
      const answer = await fetch(put?.attrs["url"] ?? "", {
        method: "PUT",
        body: "12345",
        headers: { ...headers, "content-type": "image/png" },
      })
      assert.equal(answer.status, 201)
      const file = await fetch(slot.getChild("slot")?.getChild("get")?.attrs["url"] ?? "")
      assert.equal(await file.text(), "12345")
      await closing()
    })

    test("the client sees roster, presences, carbons and its archive", async () => {
      const [alice, tablet, bob] = [
        await login("alice", "a", { carbons: true }),
        await login("alice", "b", { carbons: true }),
        await login("bob", "c"),
      ]
      await bob.send("<presence type='subscribe' to='alice@example.test'/>")
      await alice.waitForPresence("bob@example.test", "subscribe")
      await alice.send("<presence type='subscribed' to='bob@example.test'/>")
      await bob.waitForPresence("alice@example.test/a")
      assert.deepEqual(
        (await bob.roster()).map(({ jid, subscription }) => [jid, subscription]),
        [["alice@example.test", "to"]],
      )
      await alice.say(bob.bare, text)
      await bob.waitForMessage(alice.jid, text)
      await tablet.waitFor("<message><sent xmlns='urn:xmpp:carbons:2'/></message>")
      const archived = (await bob.archive(alice.bare)).map((message) => message.getChildText("body"))
      assert.deepEqual(archived, [text])
      await alice.disconnect()
      await bob.waitForPresence("alice@example.test/a", "unavailable")
      await closing()
    })

    for (const how of ["restart", "kill -9"]) {
      test(`after ${how} it is the same server on the same ports, and clients come back by themselves`, async () => {
        const bob = await login("bob", `after-${how.replace(/\W/g, "")}`, { reconnect: true })
        const { componentPort, c2sPort, pid } = server
        const back = bob.nextLogin()
        if (how === "restart") await server.restart()
        else {
          await server.kill9()
          await server.start()
        }
        await back
        assert.notEqual(server.pid, pid)
        assert.deepEqual([server.componentPort, server.c2sPort], [componentPort, c2sPort])
        const gateway = await component()
        const id = await bob.say("1@tg.example.test", "still there")
        await gateway.waitFor((el) => el.attrs["id"] === id)
        await closing()
      })
    }
  })
}

testbed("Prosody", startProsody, "urn:xmpp:privilege:2")
testbed("ejabberd", startEjabberd, "urn:xmpp:privilege:1")
