// The whole stay of users on a real server, as scenario: they register in three ways, talk, are away, use two clients, and leave no trace.
import assert from "node:assert/strict"
import { join } from "node:path"
import { after, before, describe, test } from "node:test"
import Database from "better-sqlite3"
import type { Person } from "../fakes/telegram/index.js"
import { errorOf } from "../support/bystander.js"
import type { TestClient } from "../support/client.js"
import type { ServerConfig, XmppServer } from "../support/server.js"
import { secret } from "../support/secrets.js"
import { domain, jidOf, registration, startWorld, type World } from "../support/world.js"

const nsCommands = "http://jabber.org/protocol/commands"

/** `direct`: the server lets the gateway write rosters; elsewhere contacts ask for subscription. */
export function conversation(name: string, start: (config: ServerConfig) => Promise<XmppServer>, direct: boolean): void {
  describe(`a whole stay on ${name}`, () => {
    let world: World
    let romeo: TestClient
    let juliet: TestClient
    let mercutio: TestClient
    let ana: Person
    let contact: string

    before(async () => {
      world = await startWorld({ start, users: ["romeo", "juliet", "mercutio"] })
      romeo = await login("romeo", "orchard")
      juliet = await login("juliet", "balcony")
      mercutio = await login("mercutio", "street")
      ana = world.api.person({ id: 1001, first_name: "Ana", last_name: "Sousa", username: "ana" })
      contact = jidOf(ana)
      await romeo.reachable(domain)
    })
    after(() => world.close())

    const login = (user: string, resource: string): Promise<TestClient> =>
      world.login(user, { resource, carbons: true, acceptSubscriptions: true })
    const listens = (user: string): Promise<unknown> =>
      world.api.waitFor(() => world.bot(user).polling, `the gateway to listen for ${user}`)
    const texts = (): string[] => world.api.textsTo(world.bot("romeo"), ana)
    const receipt = (client: TestClient, id: string) =>
      client.waitFor((el) => el.getChild("received", "urn:xmpp:receipts")?.attrs["id"] === id, { since: 0, what: `the receipt of ${id}` })
    const inRoster = async (client: TestClient, jid: string) => (await client.roster()).find((item) => item.jid === jid)
    const command = async (client: TestClient, node: string, inner = "", attrs = "") => {
      const answer = await client.iq("set", domain, `<command xmlns='${nsCommands}' node='${node}' ${attrs}>${inner}</command>`)
      return answer.getChild("command", nsCommands) ?? answer
    }
    const submit = (field: string, value: string): string =>
      `<x xmlns='jabber:x:data' type='submit'><field var='${field}'><value>${value}</value></field></x>`

    test("registers by form; a bad token is explained, and nothing is registered by it", async () => {
      const shown = await romeo.iq("get", domain, "<query xmlns='jabber:iq:register'/>")
      assert.match(String(shown), /BotFather/)
      for (const [token, why] of [
        ["nonsense", /not a bot token/],
        [secret("4711:AAF-a-token-nobody-ever-was-given-000"), /does not know this token/],
      ] as const) {
        const { condition, text } = errorOf(await romeo.iq("set", domain, registration(token)))
        assert.equal(condition, "not-acceptable")
        assert.match(text, why)
      }
      const since = romeo.mark()
      const done = await romeo.iq("set", domain, registration(world.bot("romeo").token))
      assert.equal(done.attrs["type"], "result", String(done))
      await listens("romeo")
      await romeo.waitForPresence(domain, "available", { since })
      assert.ok(await inRoster(romeo, domain))
    })

    test("registers by ad-hoc command", async () => {
      const first = await command(juliet, "register")
      assert.equal(first.attrs["status"], "executing", String(first))
      const session = `sessionid='${first.attrs["sessionid"] ?? ""}' action='complete'`
      const last = await command(juliet, "register", submit("token", world.bot("juliet").token), session)
      assert.equal(last.attrs["status"], "completed", String(last))
      assert.match(last.getChildText("note") ?? "", /You are registered with Telegram/)
      await listens("juliet")
      await juliet.waitForPresence(domain, "available", { since: 0 })
    })

    test("registers by chat with the gateway", async () => {
      await mercutio.say(domain, "register")
      await mercutio.waitForMessage(domain, /Bot token/)
      await mercutio.say(domain, world.bot("mercutio").token)
      await mercutio.waitForMessage(domain, /delete your last message/)
      await mercutio.waitForMessage(domain, /You are registered with Telegram/)
      await listens("mercutio")
      await mercutio.waitForPresence(domain, "available", { since: 0 })
    })

    test("who writes to the bot appears as a contact, with a name and presence", async () => {
      const since = romeo.mark()
      world.api.say(world.bot("romeo"), ana, "Olá Romeo! 你好 👋🏽")
      await romeo.waitForMessage(contact, "Olá Romeo! 你好 👋🏽", { since })
      const presence = await romeo.waitForPresence(contact, "available", { since })
      assert.equal(presence.getChildText("nick", "http://jabber.org/protocol/nick"), "Ana Sousa")
      await romeo.waitFor(`<iq type='set'><query xmlns='jabber:iq:roster'><item jid='${contact}' subscription='both'/></query></iq>`, {
        since,
      })
      const item = await inRoster(romeo, contact)
      assert.equal(item?.subscription, "both")
      if (direct) assert.deepEqual([item?.name, item?.groups], ["Ana Sousa", ["Telegram"]])
      const card = await romeo.iq("get", contact, "<vCard xmlns='vcard-temp'/>")
      assert.equal(card.getChild("vCard")?.getChildText("FN"), "Ana Sousa")
      assert.deepEqual(juliet.presences(contact), [])
    })

    test("both write, with receipts, and correct what they wrote", async () => {
      const id = await romeo.say(contact, "Ana! So you fonud me.", { receipt: true })
      await receipt(romeo, id)
      assert.deepEqual(texts(), ["Ana! So you fonud me."])
      const edit = await romeo.say(contact, "Ana! So you found me.", { replace: id, receipt: true })
      await receipt(romeo, edit)
      assert.deepEqual(texts(), ["Ana! So you found me."])

      const since = romeo.mark()
      const said = world.api.say(world.bot("romeo"), ana, "At noone?")
      const first = await romeo.waitForMessage(contact, "At noone?", { since })
      world.api.edit(world.bot("romeo"), said, "At noon?")
      const second = await romeo.waitForMessage(contact, "At noon?", { since })
      assert.equal(second.getChild("replace", "urn:xmpp:message-correct:0")?.attrs["id"], first.attrs["id"])
      await romeo.send(`<message to='${contact}' type='chat'><composing xmlns='http://jabber.org/protocol/chatstates'/></message>`)
      await world.api.waitFor(() => world.bot("romeo").actions.some(({ chat }) => chat === ana.id), "Ana to see him typing")
    })

    test("who is off-line gets it later, once and in order", async () => {
      await romeo.disconnect()
      const away = ["first", "second", "third"]
      for (const text of away) world.api.say(world.bot("romeo"), ana, text)
      // What is confirmed to Telegram was written before, and an answer behind it says that the server has it.
      await world.api.waitFor(() => world.bot("romeo").pending.length === 0, "the gateway to take them")
      await juliet.reachable(domain)
      romeo = await login("romeo", "orchard")
      await romeo.waitForMessage(contact, "third", { since: 0 })
      await romeo.waitForPresence(contact, "available", { since: 0 })
      const id = await romeo.say(contact, "I am back", { receipt: true })
      await receipt(romeo, id)
      assert.deepEqual([...new Map(romeo.messages(contact).map((el) => [el.attrs["id"], el.getChildText("body")])).values()], away)
    })

    test("with two clients both have the whole talk", async () => {
      const phone = await login("romeo", "phone")
      await phone.waitForPresence(contact, "available", { since: 0 })
      const body = (el: ReturnType<typeof phone.messages>[number]): string | null =>
        (
          ["sent", "received"]
            .map((kind) => el.getChild(kind, "urn:xmpp:carbons:2")?.getChild("forwarded", "urn:xmpp:forward:0")?.getChild("message"))
            .find((one) => one !== undefined) ?? el
        ).getChildText("body")
      world.api.say(world.bot("romeo"), ana, "to both of you")
      for (const client of [romeo, phone])
        await client.waitFor((el) => el.is("message") && body(el) === "to both of you", { since: 0, what: "what Ana said" })
      const id = await romeo.say(contact, "from the orchard", { receipt: true })
      await phone.waitFor((el) => el.is("message") && body(el) === "from the orchard", { since: 0, what: "the carbon" })
      await receipt(romeo, id)
      const other = await phone.say(contact, "from the phone", { receipt: true })
      await romeo.waitFor((el) => el.is("message") && body(el) === "from the phone", { since: 0, what: "the carbon" })
      await receipt(phone, other)
      assert.deepEqual(texts().slice(-2), ["from the orchard", "from the phone"])
      await phone.disconnect()
    })

    test("who leaves leaves nothing: contact list, presence, and no row of the database", async () => {
      const rows = (): Record<string, number> => {
        const database = new Database(join(world.gateway.folder, "data", "gateway.db"), { readonly: true })
        try {
          const tables = database.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all() as { name: string }[]
          const users = tables.map(({ name }) => name).filter((table) => !/^sqlite_|schema|migration/.test(table))
          return Object.fromEntries(
            users.map((table) => [table, (database.prepare(`SELECT count(*) AS n FROM "${table}"`).get() as { n: number }).n]),
          )
        } finally {
          database.close()
        }
      }
      const all = rows()
      assert.ok((all["message"] ?? 0) > 5 && all["link"] === 3 && all["contact"] === 1, JSON.stringify(all))

      const since = romeo.mark()
      const done = await romeo.iq("set", domain, "<query xmlns='jabber:iq:register'><remove/></query>")
      assert.equal(done.attrs["type"], "result", String(done))
      const gone = direct ? "remove" : "none"
      for (const jid of [contact, domain]) {
        await romeo.waitFor(`<iq type='set'><query xmlns='jabber:iq:roster'><item jid='${jid}' subscription='${gone}'/></query></iq>`, {
          since,
        })
        await romeo.waitForPresence(jid, "unavailable", { since })
      }
      const left = rows()
      assert.deepEqual([left["link"], left["account"], left["gateway_user"], left["contact"], left["message"]], [2, 2, 2, 0, 0])
      await world.api.waitFor(() => !world.bot("romeo").polling, "the gateway to let go of the bot")
      const id = await romeo.say(contact, "still there?")
      const refused = await romeo.waitFor((el) => el.attrs["id"] === id && el.attrs["type"] === "error")
      assert.equal(errorOf(refused).condition, "registration-required")

      const asked = await command(juliet, "unregister")
      const session = `sessionid='${asked.attrs["sessionid"] ?? ""}' action='complete'`
      assert.match((await command(juliet, "unregister", submit("sure", "yes"), session)).getChildText("note") ?? "", /no longer registered/)
      await mercutio.say(domain, "unregister")
      await mercutio.waitForMessage(domain, /Delete everything\?/)
      await mercutio.say(domain, "yes")
      await mercutio.waitForMessage(domain, /no longer registered/)
      assert.deepEqual(
        Object.entries(rows()).filter(([, count]) => count > 0),
        [],
      )
      assert.deepEqual(world.api.violations, [])
    })

    test("and may come back as if they had never been here", async () => {
      const since = romeo.mark()
      const done = await romeo.iq("set", domain, registration(world.bot("romeo").token))
      assert.equal(done.attrs["type"], "result", String(done))
      await listens("romeo")
      world.api.say(world.bot("romeo"), ana, "again?")
      await romeo.waitForMessage(contact, "again?", { since })
      await romeo.waitForPresence(contact, "available", { since })
      const id = await romeo.say(contact, "again!", { receipt: true })
      await receipt(romeo, id)
      assert.deepEqual(
        world.gateway.log.filter(({ level }) => level === "error"),
        [],
      )
    })
  })
}
