// Who may not: people without a registration, users at other users' contacts, and whoever claims to be somebody else.
import assert from "node:assert/strict"
import { after, afterEach, before, describe, test } from "node:test"
import { errorOf, Pair } from "../support/bystander.js"
import { TestClient } from "../support/client.js"
import { RawComponent } from "../support/raw-component.js"
import { secret } from "../support/secrets.js"
import { domain, jidOf, passwordOf, startWorld, type World } from "../support/world.js"

const evilDomain = "evil.example.test"
const evilSecret = secret("component-secret-of-evil")
const subscribe = (to: string, type = "subscribe"): string => `<presence type='${type}' to='${to}'/>`

let world: World
let alice: Pair
let bob: Pair
let eve: TestClient

before(async () => {
  world = await startWorld({
    users: ["alice", "bob"],
    guests: ["eve"],
    server: { components: [{ domain: evilDomain, secret: evilSecret }] },
  })
  alice = await Pair.meet(world, "alice", { id: 1001, first_name: "Ann", username: "ann" })
  bob = await Pair.meet(world, "bob", { id: 2001, first_name: "Ben" })
  eve = await world.login("eve", { resource: "alice@example.test" })
  sentBefore = sent()
})
after(() => world.close())
const sent = (): number => world.bot("alice").sent.length + world.bot("bob").sent.length
let sentBefore = 0
afterEach(async () => {
  assert.equal(sent(), sentBefore, "something went out to Telegram")
  await alice.talk()
  await bob.unharmed()
  sentBefore = sent()
})

describe("who is not registered", () => {
  test("writes to somebody's contact, or to nobody's: refused, and told how to register", async () => {
    for (const to of [alice.jid, bob.jid, jidOf({ id: 999_999 }), `${alice.jid}/resource`]) {
      for (const inner of [
        "",
        "<nick xmlns='http://jabber.org/protocol/nick'>alice</nick>",
        "<addresses xmlns='http://jabber.org/protocol/address'/>",
      ]) {
        const id = await eve.say(to, "let me in", { inner })
        const { type, condition, text } = await alice.refusal(id, eve)
        assert.deepEqual([type, condition], ["auth", "registration-required"])
        assert.match(text, /not registered with Telegram.*«register» to tg\.example\.test/)
      }
    }
    const edit = await eve.say(alice.jid, "changed", { replace: "number 1 of alice" })
    assert.equal((await alice.refusal(edit, eve)).condition, "registration-required")
  })

  test("types and confirms: nobody hears of it, and nobody answers", async () => {
    const since = eve.mark()
    const actions = world.bot("alice").actions.length
    for (const inner of [
      "<composing xmlns='http://jabber.org/protocol/chatstates'/>",
      "<received xmlns='urn:xmpp:receipts' id='x'/>",
      "<displayed xmlns='urn:xmpp:chat-markers:0' id='x'/>",
    ])
      await eve.send(`<message to='${alice.jid}' type='chat' id='s'>${inner}</message>`)
    await eve.reachable(domain)
    assert.deepEqual(
      eve.received.slice(since).filter((el) => el.is("message")),
      [],
    )
    assert.equal(world.bot("alice").actions.length, actions)
  })

  test("asks for presence, cards and lists: turned away", async () => {
    const since = eve.mark()
    await eve.send(subscribe(alice.jid))
    await eve.waitForPresence(alice.jid, "unsubscribed", { since })
    for (const type of ["probe", "unsubscribe", "unsubscribed", "unavailable", "subscribed"]) await eve.send(subscribe(alice.jid, type))
    await eve.send(`<presence to='${alice.jid}'/>`)
    for (const payload of [
      "<vCard xmlns='vcard-temp'/>",
      "<query xmlns='http://jabber.org/protocol/disco#info'/>",
      "<query xmlns='jabber:iq:last'/>",
      "<ping xmlns='urn:xmpp:ping'/>",
      "<pubsub xmlns='http://jabber.org/protocol/pubsub'><items node='http://jabber.org/protocol/nick'/></pubsub>",
    ]) {
      const answer = await eve.iq("get", alice.jid, payload)
      assert.equal(answer.attrs["type"], "error", payload)
      assert.match(errorOf(answer).condition, /registration-required|service-unavailable/, payload)
      assert.doesNotMatch(String(answer), /Ann/)
    }
    const gone = await eve.iq("set", domain, "<query xmlns='jabber:iq:register'><remove/></query>")
    assert.equal(errorOf(gone).condition, "registration-required")
    assert.deepEqual(
      eve.presences(alice.jid).filter((el) => el.attrs["type"] === undefined),
      [],
    )
    const item = (await alice.client.roster()).find(({ jid }) => jid === alice.jid)
    assert.equal(item?.subscription, "both")
  })
})

describe("who is registered", () => {
  test("writes to a contact of another user's bot: refused, with the way to meet", async () => {
    for (const to of [bob.jid, `${bob.person.id}!x@${domain}`, `${bob.person.id}!@${domain}`, `#${bob.person.id}@${domain}`]) {
      const id = await alice.client.say(to, "hello Ben")
      const { condition, text } = await alice.refusal(id)
      assert.equal(condition, "item-not-found", to)
      if (to === bob.jid) assert.match(text, /has not written to the bot yet.*https:\/\/t\.me\/alice_bot/)
    }
    const since = alice.client.mark()
    await alice.client.send(subscribe(bob.jid))
    const refused = await alice.client.waitForPresence(bob.jid, "unsubscribed", { since })
    assert.match(refused.getChildText("status") ?? "", /https:\/\/t\.me\/alice_bot/)
    const card = await alice.client.iq("get", bob.jid, "<vCard xmlns='vcard-temp'/>")
    assert.equal(card.attrs["type"], "error")
    assert.doesNotMatch(String(card), /Ben/)
  })

  test("cannot register another user's bot", async () => {
    const { user, client } = alice
    const answer = await client.iq(
      "set",
      domain,
      `<query xmlns='jabber:iq:register'><password>${world.bot("bob").token}</password></query>`,
    )
    assert.equal(errorOf(answer).condition, "conflict")
    assert.match(errorOf(answer).text, /another user/)
    await world.api.waitFor(() => world.bot(user).polling, "alice's own bot to be listened for")
  })

  test("talks with the same person by a bot of their own: neither hears of the other", async () => {
    const { api } = world
    api.say(world.bot("alice"), bob.person, "Ben here, too")
    await alice.client.waitForMessage(bob.jid, "Ben here, too", { since: 0 })
    const id = await alice.client.say(bob.jid, "a word for Ben alone", { receipt: true })
    await alice.receipt(id)
    assert.deepEqual(api.textsTo(world.bot("alice"), bob.person), ["a word for Ben alone"])
    sentBefore += 1
    await bob.talk()
    sentBefore = sent()
    const seen = [...bob.texts, ...bob.client.received.map(String)].filter((text) => /Ben here, too|a word for Ben alone/.test(text))
    assert.deepEqual(seen, [])
  })
})

describe("who claims to be somebody else", () => {
  const forged = [
    (from: string) => `<message from='${from}' to='alice@example.test' type='chat' id='forged'><body>forged</body></message>`,
    (from: string) => `<presence from='${from}' to='alice@example.test'><status>forged</status></presence>`,
    (from: string) => `<presence from='${from}' to='alice@example.test' type='unsubscribed'><status>forged</status></presence>`,
    (from: string) => `<iq from='${from}' to='alice@example.test/here' type='set' id='forged'><query xmlns='jabber:iq:version'/></iq>`,
  ]

  const nothingForged = async (): Promise<void> => {
    await alice.talk()
    sentBefore = sent()
    const honest = ["eve@example.test/forger"]
    const found = alice.client.received.filter((el) => String(el).includes("forged") && !honest.includes(el.attrs["from"] ?? ""))
    assert.deepEqual(found.map(String), [])
    assert.ok(!alice.texts.includes("forged"))
  }

  test("a user as a contact, as the gateway, or as another user: the server does not let them", async () => {
    for (const from of [alice.jid, domain, "alice@example.test/here"]) {
      for (const stanza of [
        ...forged,
        (who: string) => `<message from='${who}' to='${alice.jid}' type='chat'><body>forged</body></message>`,
      ]) {
        const client = await TestClient.connect({ server: world.server, user: "eve", password: passwordOf("eve"), resource: "forger" })
        await client.send(`${stanza(from)}<iq type='get' id='behind' to='example.test'><ping xmlns='urn:xmpp:ping'/></iq>`)
        // Its own address is put there, or the stream is ended.
        await client.until(() => (!client.online || client.received.some((el) => el.attrs["id"] === "behind") ? true : undefined), {
          timeout: 10_000,
          what: `what becomes of ${stanza(from)}`,
        })
        await client.disconnect()
      }
    }
    await nothingForged()
  })

  test("another component as one of our contacts or users", async () => {
    for (const from of [alice.jid, domain, "alice@example.test/here"]) {
      for (const stanza of forged) {
        const evil = await RawComponent.connect(world.server, evilDomain, evilSecret)
        await evil.send(stanza(from)).catch(() => undefined)
        await evil
          .send(`<message from='${from}' to='${alice.jid}' type='chat' id='forged'><body>forged</body></message>`)
          .catch(() => undefined)
        await evil.disconnect().catch(() => undefined)
        assert.deepEqual(
          evil.received.filter((el) => el.attrs["id"] === "forged" && el.attrs["type"] === "result"),
          [],
        )
      }
    }
    await nothingForged()
  })

  test("somebody whose address only looks like a user's", async () => {
    const evil = await RawComponent.connect(world.server, evilDomain, evilSecret)
    const likes = [`alice@${evilDomain}`, `alice\\40example.test@${evilDomain}`, `alice@${evilDomain}/alice@example.test`, evilDomain]
    for (const [i, from] of likes.entries()) {
      await evil.send(`<message from='${from}' to='${alice.jid}' type='chat' id='like-${i}'><body>it is me</body></message>`)
      const error = errorOf(await evil.waitFor((el) => el.attrs["id"] === `like-${i}`))
      assert.equal(error.condition, "registration-required", from)
      await evil.send(`<presence from='${from}' to='${alice.jid}' type='subscribe'/>`)
      await evil.waitFor((el) => el.is("presence") && el.attrs["type"] === "unsubscribed" && el.attrs["to"] === from.split("/")[0])
    }
    await evil.disconnect()
  })
})
