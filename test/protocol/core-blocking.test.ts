// Blocking: by commands, by XEP-0191 and with reports (XEP-0377), on accounts of one's own and on shared ones.
import assert from "node:assert/strict"
import { afterEach, describe, test } from "node:test"
import type { Element } from "@xmpp/xml"
import { domain, Play } from "../support/core-kit.js"
import { befriended, hears, jidOf, mercutio, says, silent, verona, writes } from "../support/consent-kit.js"
import { answer, chat, command, juliet, romeo } from "../support/identity-kit.js"

let play: Play
afterEach(() => play.close())

const person = `${mercutio}@${domain}`
const boss = "boss@example.test/x"

/** Romeo has an account of his own, and Mercutio has written to it. */
async function own(): Promise<void> {
  play = await Play.open({ admins: ["boss@example.test"] })
  play.network.person({ id: mercutio, name: "Mercutio" })
  await play.register(romeo)
  play.network.say({ account: "romeo", from: mercutio, text: "hi" })
  await play.server.expect(`<message from='${person}'><body>hi</body></message>`)
}

async function saidToOwn(text: string): Promise<void> {
  play.network.say({ account: "romeo", from: mercutio, text })
  await play.drained("romeo")
  await play.sync()
}

const blocking = (type: "get" | "set", inner: string, from = romeo): Promise<Element> =>
  play.server.ask(`<iq type='${type}' from='${from}' to='${domain}'>${inner}</iq>`)

describe("a contact of an account of one's own", () => {
  test("is blocked by a word: nothing of theirs is kept or told, calls to them are refused, and it is undone", async () => {
    await own()
    assert.match(await chat(play, romeo, `block ${person}`), /They are blocked/)
    await play.server.expect(`<presence from='${person}' to='romeo@example.test' type='unavailable'/>`)
    const before = play.rows("SELECT id FROM message").length
    await saidToOwn("more")
    play.network.typing({ account: "romeo", from: mercutio })
    await play.drained("romeo")
    assert.equal(play.rows("SELECT id FROM message").length, before)
    play.server.refute(`<message from='${person}'/>`)
    const id = play.say(romeo, mercutio, "go away")
    const refused = await play.server.expect(`<message type='error' id='${id}'/>`)
    assert.ok(refused.getChild("error")?.getChild("not-acceptable"))
    assert.ok(refused.getChild("error")?.getChild("blocked", "urn:xmpp:blocking:errors"))
    assert.match(await chat(play, romeo, "blocked"), /Mercutio: 99@lo\.example\.test/)
    await play.away(() => undefined)
    await saidToOwn("after a restart")
    play.server.refute(`<message from='${person}'/>`)
    await chat(play, romeo, "unblock")
    assert.match(await chat(play, romeo, person), /not blocked any more/)
    await saidToOwn("and now?")
    await play.server.expect(`<message from='${person}'><body>and now?</body></message>`)
    assert.deepEqual(play.network.sent.list({ to: mercutio, kind: "send" }), [])
  })

  test("is blocked by a client (XEP-0191), whose others are told of it", async () => {
    await own()
    const empty = await blocking("get", "<blocklist xmlns='urn:xmpp:blocking'/>")
    assert.equal(empty.getChild("blocklist", "urn:xmpp:blocking")?.getChildren("item").length, 0)
    const done = blocking("set", `<block xmlns='urn:xmpp:blocking'><item jid='${person}'/><item jid='stranger@${domain}'/></block>`)
    const push = await play.server.expect((el) => el.name === "iq" && el.getChild("block", "urn:xmpp:blocking") !== undefined)
    assert.equal(push.attrs["to"], romeo)
    play.server.reply(push)
    assert.equal((await done).attrs["type"], "result")
    const list = await blocking("get", "<blocklist xmlns='urn:xmpp:blocking'/>")
    const items = list
      .getChild("blocklist")
      ?.getChildren("item")
      .map(({ attrs }) => attrs["jid"])
    assert.deepEqual(items, [person, `stranger@${domain}`])
    await saidToOwn("nothing")
    play.server.refute(`<message from='${person}'/>`)
    // Without items it is all of them (§3.5).
    await blocking("set", "<unblock xmlns='urn:xmpp:blocking'/>")
    assert.match(await chat(play, romeo, "blocked"), /blocked nobody/)
    await saidToOwn("hello again")
    await play.server.expect(`<message from='${person}'><body>hello again</body></message>`)
  })

  test("what is no contact of one's own is refused, and then nothing is done", async () => {
    await own()
    const conditions: (string | undefined)[] = []
    const requests = [
      "<block xmlns='urn:xmpp:blocking'/>",
      `<block xmlns='urn:xmpp:blocking'><item jid='${person}'/><item jid='iago@example.test'/></block>`,
      `<block xmlns='urn:xmpp:blocking'><item jid='${domain}'/></block>`,
      `<block xmlns='urn:xmpp:blocking'><item jid='99!main@${domain}'/></block>`,
      `<block xmlns='urn:xmpp:blocking'><item jid='${person}'><report xmlns='urn:xmpp:reporting:1'/></item></block>`,
    ]
    for (const request of requests) conditions.push((await blocking("set", request)).getChild("error")?.getChildElements()[0]?.getName())
    assert.deepEqual(conditions, ["bad-request", "item-not-found", "item-not-found", "item-not-found", "bad-request"])
    const stranger = await blocking("get", "<blocklist xmlns='urn:xmpp:blocking'/>", "iago@example.test/x")
    assert.ok(stranger.getChild("error")?.getChild("registration-required"))
    assert.match(await chat(play, romeo, "blocked"), /blocked nobody/)
  })

  test("is reported with it (XEP-0377): the audit log has it, and administrators are told", async () => {
    await own()
    const report =
      "<report xmlns='urn:xmpp:reporting:1' reason='urn:xmpp:reporting:spam'><stanza-id xmlns='urn:xmpp:sid:0' by='x@y' id='s1'/>" +
      "<text xml:lang='en'>Never came trouble to my house like this.</text></report>"
    const done = await blocking("set", `<block xmlns='urn:xmpp:blocking'><item jid='${person}'>${report}</item></block>`)
    assert.equal(done.attrs["type"], "result")
    assert.match(
      await answer(play, boss),
      /romeo@example\.test has blocked Mercutio \(99\) of Loopback and reported them: unwanted messages\. Never came/,
    )
    const [act] = play.rows<{ detail: string }>("SELECT detail FROM audit WHERE act = 'contact reported'")
    assert.deepEqual(JSON.parse(act?.detail ?? ""), {
      ...{ person: mercutio, reason: "spam", text: "Never came trouble to my house like this.", messages: "s1" },
    })
    await saidToOwn("nothing")
    play.server.refute(`<message from='${person}'/>`)
  })

  test("is reported by a word as well", async () => {
    await own()
    assert.match(await chat(play, romeo, `report ${person} abuse He bites his thumb.`), /administrators are told[\s\S]*blocked/)
    assert.match(await answer(play, boss), /abuse\. He bites his thumb\./)
  })

  test("the gateway says that it can do so", async () => {
    await own()
    const info = await play.server.ask(
      `<iq type='get' from='${romeo}' to='${domain}'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>`,
    )
    const features = info
      .getChild("query")
      ?.getChildren("feature")
      .map(({ attrs }) => attrs["var"])
    for (const feature of ["urn:xmpp:blocking", "urn:xmpp:reporting:1"]) assert.ok(features?.includes(feature), feature)
  })

  test("blocked at the user's own server, it is only told that the user is gone: the others go on", async () => {
    await own()
    play.server.send(`<presence from='${romeo}' to='${domain}'/>`)
    play.server.send(`<presence from='${romeo}' to='${person}' type='unavailable'/>`)
    play.network.person({ id: "98", name: "Tybalt" })
    play.network.say({ account: "romeo", from: "98", text: "a word" })
    await play.server.expect(`<message from='98@${domain}'><body>a word</body></message>`)
  })
})

describe("a contact by a shared account", () => {
  test("is blocked for one user and not for the other; what they were before they are again", async () => {
    play = await verona()
    await befriended(play, romeo)
    await befriended(play, juliet)
    await chat(play, romeo, `block ${jidOf(mercutio)}`)
    await writes(play, juliet, "I am here")
    // Who speaks is clear: for Mercutio there is but one.
    assert.equal((await play.told("send", 1, { to: mercutio }))[0]?.text, "I am here")
    await says(play, "to Juliet")
    assert.equal(await hears(play, juliet), "to Juliet")
    assert.match(await command(play, mercutio, "to", "romeo"), /nobody called «romeo»/)
    await chat(play, romeo, `unblock ${jidOf(mercutio)}`)
    assert.match(await command(play, mercutio, "to", "romeo"), /goes to romeo@example\.test now/)
    await says(play, "to Romeo")
    assert.equal(await hears(play, romeo), "to Romeo")
    silent(play)
  })

  test("who was never one may be blocked beforehand: they cannot ask, and learn nothing", async () => {
    play = await verona()
    await chat(play, juliet, `block ${jidOf(mercutio)}`)
    assert.match(await command(play, mercutio, "xmpp", "juliet@example.test"), /If juliet@example\.test can be reached/)
    await play.sync()
    play.server.refute(`<presence from='${jidOf(mercutio)}' type='subscribe'/>`)
    await chat(play, juliet, `unblock ${jidOf(mercutio)}`)
    assert.match((await writes(play, juliet, "hm")).toString(), /not-allowed/)
  })
})
