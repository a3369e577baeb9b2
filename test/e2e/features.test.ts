// The XMPP side on real servers: registration, roster by privilege and by request, presence after restarts, messages.
import assert from "node:assert/strict"
import { afterEach, describe, test } from "node:test"
import type { Element } from "@xmpp/xml"
import type { FullJid } from "#src/core/model.js"
import { createComponent, type Component } from "#src/xmpp/component.js"
import { TestClient } from "../support/client.js"
import { startEjabberd } from "../support/ejabberd.js"
import { LogBook } from "../support/link-kit.js"
import { MemoryService } from "../support/memory-service.js"
import { startProsody } from "../support/prosody.js"
import { secret } from "../support/secrets.js"
import type { ServerConfig, XmppServer } from "../support/server.js"

const domain = "sms.example.test"
const juliet = `5@${domain}`
const componentSecret = secret("component-secret-of-features-e2e")

for (const [name, start, privileged, direct] of [
  ["Prosody with privileges", startProsody, true, true],
  ["Prosody without", startProsody, false, false],
  ["ejabberd, which grants the roster and crashes at setting it", startEjabberd, true, false],
] as const) {
  describe(name, () => {
    const ends: (() => Promise<unknown>)[] = []
    afterEach(async () => {
      for (const end of ends.splice(0).reverse()) await end()
    })

    async function world(): Promise<{ server: XmppServer; service: MemoryService; romeo: TestClient; begin: () => Promise<Component> }> {
      const config: ServerConfig = { components: [{ domain, secret: componentSecret, privileged }], users: { romeo: "secret of romeo" } }
      const server = await start(config)
      ends.push(() => server.stop())
      const service = new MemoryService()
      const log = new LogBook()
      const romeo = await TestClient.connect({
        server,
        user: "romeo",
        password: "secret of romeo",
        resource: "orchard",
        acceptSubscriptions: true,
      })
      ends.push(() => romeo.disconnect())
      const begin = async (): Promise<Component> => {
        const component = createComponent({
          service,
          server: { host: "127.0.0.1", port: server.componentPort, secure: false },
          domain,
          secret: componentSecret,
          log,
          random: () => 0,
        })
        component.start()
        ends.push(() => component.stop())
        await romeo.reachable(domain)
        return component
      }
      ends.push(() => {
        assert.deepEqual(log.texts("error"), [])
        return Promise.resolve()
      })
      return { server, service, romeo, begin }
    }

    test("from registration to a talk, and all of it again after restarts", async () => {
      const { server, service, romeo, begin } = await world()
      const component = await begin()

      const form = "<x xmlns='jabber:x:data' type='submit'><field var='token'><value>good</value></field></x>"
      assert.equal((await romeo.iq("set", domain, `<query xmlns='jabber:iq:register'>${form}</query>`)).attrs.type, "result")
      await romeo.waitForPresence(domain)
      const [link] = service.links
      assert.ok(link)

      const entry = service.know(link, "5", { name: "Juliet", subscription: "none" })
      component.face.contactChanged(link, entry)
      await romeo.waitForPresence(juliet)
      const push = await romeo.waitFor(
        `<iq type='set'><query xmlns='jabber:iq:roster'><item jid='${juliet}' subscription='both'/></query></iq>`,
      )
      const item = push.getChild("query")?.getChild("item")
      if (direct) assert.deepEqual([item?.attrs.name, item?.getChildText("group")], ["Juliet", "Sms"])
      else
        assert.equal(
          romeo.received.filter((el) => el.is("presence") && el.attrs.type === "subscribe" && el.attrs.from === juliet).length,
          1,
        )

      const id = await romeo.say(juliet, "But soft!", { receipt: true })
      await romeo.reachable(domain) // answered behind the message
      assert.deepEqual(
        service.said.map(({ text, xmppId, from }) => [text, xmppId, from]),
        [["But soft!", id, romeo.jid]],
      )
      component.face.write({
        rowId: "1",
        op: { k: "receipt", id: "r1", of: id, to: romeo.jid as FullJid },
        to: link.jid,
        legacyId: "5",
        tag: "",
      })
      component.face.write({
        rowId: "2",
        op: { k: "message", id: "m1", text: "Ay me! 漢字 \u{1f339}", at: Date.now() },
        to: link.jid,
        legacyId: "5",
        tag: "",
      })
      await romeo.waitFor(`<message from='${juliet}'><received xmlns='urn:xmpp:receipts' id='${id}'/></message>`)
      await romeo.waitForMessage(juliet, "Ay me! 漢字 \u{1f339}")

      // What the user says elsewhere: by the server in their own name where it may be, and never back to the network.
      await romeo.iq("set", "", "<enable xmlns='urn:xmpp:carbons:2'/>")
      const own = { k: "message" as const, id: "own1", text: "Said elsewhere.", at: Date.now(), own: "there" as const }
      component.face.write({ rowId: "3", op: own, to: link.jid, legacyId: "5", tag: "" })
      component.face.write({
        rowId: "4",
        op: { k: "message", id: "m2", text: "Heard.", at: Date.now() },
        to: link.jid,
        legacyId: "5",
        tag: "",
      })
      await romeo.waitForMessage(juliet, "Heard.")
      if (privileged) {
        const copied = (el: Element): string | undefined =>
          el.getChild("sent", "urn:xmpp:carbons:2")?.getChild("forwarded")?.getChild("message")?.getChildText("body") ?? undefined
        await romeo.waitFor("<message><sent xmlns='urn:xmpp:carbons:2'/></message>")
        assert.deepEqual(
          romeo.received.flatMap((el) => copied(el) ?? []),
          ["Said elsewhere."],
        )
      } else await romeo.waitForMessage(juliet, "You, on Sms: Said elsewhere.")
      await romeo.reachable(domain)
      assert.equal(service.said.length, 1)

      // The gateway restarts politely: everybody leaves, everybody is back, without the user doing anything.
      let since = romeo.mark()
      await component.stop()
      for (const who of [juliet, domain]) await romeo.waitForPresence(who, "unavailable", { since })
      since = romeo.mark()
      const second = await begin()
      for (const who of [juliet, domain]) await romeo.waitForPresence(who, "available", { since })

      // The server restarts: the user logs in again and sees the same.
      await romeo.disconnect()
      await server.restart()
      const again = await TestClient.connect({ server, user: "romeo", password: "secret of romeo", resource: "balcony" })
      ends.push(() => again.disconnect())
      await again.reachable(domain)
      for (const who of [juliet, domain]) await again.waitForPresence(who)

      since = again.mark()
      const entries = await service.roster(link)
      service.links = []
      second.face.linkRemoved(link, entries)
      for (const jid of [juliet, domain]) {
        const gone = direct ? "remove" : "none"
        await again.waitFor(`<iq type='set'><query xmlns='jabber:iq:roster'><item jid='${jid}' subscription='${gone}'/></query></iq>`, {
          since,
        })
      }
    })
  })
}
