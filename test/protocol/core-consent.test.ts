// Direct chats through a shared account: invitations, whose a message is, who speaks, what is held until somebody is chosen.
import assert from "node:assert/strict"
import { afterEach, describe, test } from "node:test"
import type { Play } from "../support/core-kit.js"
import { befriended, hears, invitation, jidOf, mercutio, says, silent, told, verona, writes } from "../support/consent-kit.js"
import { answer, chat, command, juliet, romeo } from "../support/identity-kit.js"

let play: Play
afterEach(() => play.close())

describe("who has not agreed", () => {
  test("a stranger's words go nowhere, and they are told once", async () => {
    play = await verona()
    await says(play, "psst")
    assert.match((await told(play, 1))[0] ?? "", /Not delivered: this account belongs to a gateway to XMPP/)
    await says(play, "psst again")
    await play.sync()
    silent(play)
    assert.equal((await told(play, 1)).length, 1)
  })

  test("a user's words go nowhere either, whether there is such a person or not", async () => {
    play = await verona()
    const known = (await writes(play, romeo, "hey", "a1")).toString()
    play.server.send(`<message from='${romeo}' to='${jidOf("nobody")}' type='chat' id='a1'><body>hey</body></message>`)
    const unknown = (await play.server.expect((el) => el.attrs["from"] === jidOf("nobody"))).toString()
    assert.match(known, /not-allowed/)
    assert.match(known, /Write «invite» to lo\.example\.test for a link/)
    assert.equal(known.replace(jidOf(mercutio), ""), unknown.replace(jidOf("nobody"), ""))
    assert.deepEqual(play.network.sent.list({ to: mercutio }), [])
  })

  test("nor can they be added or subscribed to", async () => {
    play = await verona()
    assert.match(await chat(play, romeo, "add 99"), /Write «invite»/)
    play.server.send(`<presence from='romeo@example.test' to='${jidOf(mercutio)}' type='subscribe'/>`)
    const refused = await play.server.expect(`<presence from='${jidOf(mercutio)}' type='unsubscribed'/>`)
    assert.match(refused.getChildText("status") ?? "", /Write «invite»/)
  })
})

describe("an invite link", () => {
  test("makes whoever follows it a contact; both are told, and can write", async () => {
    play = await verona()
    const code = await invitation(play, romeo)
    assert.match(await command(play, mercutio, "start", code), /You write with romeo@example\.test now/)
    assert.match(await answer(play, romeo), /Mercutio has followed your invite link/)
    const offered = await play.server.expect(`<presence from='${jidOf(mercutio)}' type='subscribe'/>`)
    assert.equal(offered.getChildText("nick"), "Mercutio")
    await says(play, "Nay, gentle Romeo")
    assert.equal(await hears(play, romeo), "Nay, gentle Romeo")
    assert.ok((await writes(play, romeo, "Not I")).getChild("received"))
    assert.deepEqual(await told(play, 1), ["Not I"])
    silent(play)
  })

  test("is good for so many people, and for the same one again", async () => {
    play = await verona()
    const code = await invitation(play, romeo, "2 7")
    assert.match(await command(play, mercutio, "start", code), /You write with/)
    assert.match(await command(play, mercutio, "start", code), /You write with/)
    assert.match(await command(play, "98", "start", code), /You write with/)
    assert.match(await command(play, "97", "start", code), /not valid/)
    assert.match(await command(play, mercutio, "to"), /romeo@example\.test/)
  })

  test("is listed and revoked by who made it alone; the bounds are told", async () => {
    play = await verona()
    const code = await invitation(play, romeo, "3 2")
    assert.match(await chat(play, juliet, "invites"), /no open invite links/)
    assert.match(await chat(play, romeo, "invites"), /1\. for 3 more, ends in (2 days|47 hours)/)
    assert.match(await chat(play, romeo, "1"), /void now/)
    assert.match(await command(play, mercutio, "start", code), /not valid/)
    assert.match(await chat(play, romeo, "invite 1000 7"), /1 to 100 people/)
    assert.ok(!JSON.stringify(play.log).includes(code), "no code in the log")
  })

  test("one's own, and one of somebody who has left, is worth nothing", async () => {
    play = await verona()
    assert.match(await command(play, "1", "start", await invitation(play, romeo)), /your own/)
    const code = await invitation(play, romeo)
    await chat(play, romeo, "unregister yes")
    assert.match(await command(play, mercutio, "start", code), /not valid/)
  })

  test("works for an account of one's own", async () => {
    play = await verona()
    const benvolio = "benvolio@example.test/street"
    await play.register(benvolio)
    const code = await invitation(play, benvolio)
    const { text } = await play.network.desk.say({ account: "benvolio", from: mercutio, name: "start", argument: code })
    assert.match(text, /You write with benvolio@example\.test now/)
    await play.server.expect(`<presence from='99@lo.example.test' to='benvolio@example.test' type='subscribe'/>`)
  })
})

describe("of two users", () => {
  test("an answer goes to who is answered, all else to who was chosen last; the person is told who speaks", async () => {
    play = await verona()
    await befriended(play, romeo)
    await befriended(play, juliet)
    await writes(play, romeo, "from Romeo")
    await writes(play, juliet, "from Juliet")
    const [one, two] = await play.told("send", 2, { to: mercutio })
    assert.deepEqual([one?.text, two?.text], ["romeo: from Romeo", "juliet: from Juliet"])
    await says(play, "to the last invited")
    assert.equal(await hears(play, juliet), "to the last invited")
    await says(play, "in answer", { reply: one?.id ?? "" })
    assert.match(await hears(play, romeo), /in answer$/)
    assert.match(await command(play, mercutio, "to", "romeo"), /goes to romeo@example\.test now/)
    await says(play, "to Romeo")
    assert.equal(await hears(play, romeo), "to Romeo")
    await play.away(() => undefined, "main")
    await says(play, "still to Romeo")
    assert.equal(await hears(play, romeo), "still to Romeo")
    silent(play)
  })

  test("what both are told apart by is the whole address where the name is one", async () => {
    play = await verona()
    await play.sync()
    await befriended(play, romeo)
    const other = "romeo@elsewhere.test/x"
    const { prove } = await import("../support/identity-kit.js")
    await prove(play, other, "3")
    await befriended(play, other)
    await writes(play, romeo, "hi")
    assert.deepEqual(await told(play, 1), ["romeo@example.test: hi"])
  })

  test("edits, retractions and reactions follow the message they are about", async () => {
    play = await verona()
    await befriended(play, romeo)
    await befriended(play, juliet)
    await writes(play, romeo, "Romeo speaks", "r1")
    const [said] = await play.told("send", 1, { to: mercutio })
    play.network.react({ account: "main", from: mercutio, id: said?.id ?? "", set: ["👍"] })
    const reaction = await play.server.expect((el) => el.getChild("reactions", "urn:xmpp:reactions:0") !== undefined)
    assert.equal(reaction.attrs["to"], "romeo@example.test")
    const id = await says(play, "to Juliet")
    assert.equal(await hears(play, juliet), "to Juliet")
    await command(play, mercutio, "to", "romeo")
    play.network.edit({ account: "main", from: mercutio, id, text: "to Juliet!" })
    const edited = await play.server.expect((el) => el.getChild("replace", "urn:xmpp:message-correct:0") !== undefined)
    assert.equal(edited.attrs["to"]?.split("/")[0], "juliet@example.test")
    play.network.retract({ account: "main", from: mercutio, ids: [id] })
    const retracted = await play.server.expect((el) => el.toString().includes("urn:xmpp:message-retract"))
    assert.equal(retracted.attrs["to"]?.split("/")[0], "juliet@example.test")
    // Of what was never relayed nobody learns.
    play.network.edit({ account: "main", from: mercutio, id: "100000", text: "never said" })
    await play.drained("main")
    await play.sync()
    silent(play)
  })

  test("of several who were never chosen the person is asked; what was said waits, also over a restart, and goes in its order", async () => {
    play = await verona()
    await befriended(play, romeo)
    await asksAndGets(juliet)
    // Romeo was chosen by his invitation; when he leaves, what was meant for him is for nobody else.
    await chat(play, romeo, "decline " + jidOf(mercutio))
    await says(play, "one")
    const [end, question] = (await play.told("send", 3, { to: mercutio })).slice(1)
    assert.match(end?.text ?? "", /romeo@example\.test does not write with you here any more/)
    assert.match(question?.text ?? "", /For whom is this\?[\s\S]*to juliet@example\.test/)
    const choice = question?.extras?.[0]
    const id = choice?.type === "choice" ? (choice.options[0]?.id ?? "") : ""
    assert.match(id, /^to \d+$/)
    await says(play, "two", { id: "7777" })
    play.network.edit({ account: "main", from: mercutio, id: "7777", text: "two, better" })
    await play.drained("main")
    await play.away(() => undefined, "main")
    await says(play, "three")
    silent(play)
    const [name = "", argument = ""] = id.split(" ")
    assert.match(await command(play, mercutio, name, argument), /goes to juliet@example\.test now, and so did 3 messages that waited/)
    assert.deepEqual([await hears(play, juliet), await hears(play, juliet), await hears(play, juliet)], ["one", "two, better", "three"])
    assert.deepEqual(play.rows("SELECT id FROM held"), [])
    silent(play)
  })

  test("who unregisters leaves nothing to whoever is left", async () => {
    play = await verona()
    await befriended(play, juliet)
    await befriended(play, romeo)
    await chat(play, romeo, "unregister yes")
    await says(play, "for Romeo's ears")
    await play.told("send", 1, { to: mercutio, text: undefined })
    assert.equal(play.rows("SELECT id FROM held").length, 1)
    silent(play)
  })

  /** Mercutio asks for the user, who agrees. */
  async function asksAndGets(user: string): Promise<void> {
    const [bare = ""] = user.split("/")
    await command(play, mercutio, "xmpp", bare)
    await play.server.expect(`<presence from='${jidOf(mercutio)}' to='${bare}' type='subscribe'/>`)
    play.server.send(`<presence from='${bare}' to='${jidOf(mercutio)}' type='subscribed'/>`)
    await play.told("send", 1, { to: mercutio })
  }
})
