// Servers, channels, threads and forums of Discord as rooms on real XMPP servers: found, entered, changed, administered, lost.
import assert from "node:assert/strict"
import { after, before, describe, test } from "node:test"
import type { Element } from "@xmpp/xml"
import { type Channel, ChannelType, type Guild, type Person } from "../fakes/discord/index.js"
import type { TestClient } from "../support/client.js"
import {
  club,
  type DiscordWorld,
  domain,
  join,
  jidOf,
  register,
  registration,
  roomJid,
  startDiscordWorld,
} from "../support/discord-world.js"
import { startEjabberd } from "../support/ejabberd.js"
import { startProsody } from "../support/prosody.js"
import { bodyOf, codes, conditionOf, itemOf, JoinError, nickOf, type Seat, standing } from "../support/seat.js"
import { secret } from "../support/secrets.js"

const nsInfo = "http://jabber.org/protocol/disco#info"
const nsItems = "http://jabber.org/protocol/disco#items"
const nsSpaces = "urn:xmpp:spaces:0"
const nsAdmin = "http://jabber.org/protocol/muc#admin"
const nsCommands = "http://jabber.org/protocol/commands"
const nsUser = "http://jabber.org/protocol/muc#user"

/** One pixel. */
const picture = Buffer.from("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==", "base64")

/** Name by JID. */
function named(items: readonly Element[]): Record<string, string> {
  return Object.fromEntries(items.map(({ attrs }) => [attrs["jid"] ?? "", attrs["name"] ?? ""]))
}

for (const [kind, start] of [
  ["Prosody", startProsody],
  ["ejabberd", startEjabberd],
] as const)
  describe(`Discord's rooms on ${kind}`, () => {
    let world: DiscordWorld
    /** Has a bot of his own, and sees the rooms of the bot of the configuration as well. */
    let romeo: TestClient
    let benvolio: TestClient
    let juliet: Person
    let tybalt: Person
    let verona: Guild
    let city: Channel
    let square: Channel
    let thread: Channel
    let questions: Channel
    let post: Channel

    before(async () => {
      world = await startDiscordWorld({
        start,
        users: ["romeo"],
        guests: ["benvolio", "mercutio"],
        rooms: { "*": ["example.test"] },
        http: true,
        prepare: (fake, bot) => {
          juliet = fake.person({ username: "juliet", global_name: "Juliet Capulet" })
          tybalt = fake.person({ username: "tybalt", global_name: "Tybalt" })
          verona = fake.makeGuild({ name: "Verona", owner: fake.person({ username: "escalus", global_name: "Escalus" }) })
          verona.join(juliet, { nick: "Jule" })
          verona.join(tybalt)
          city = verona.makeChannel({ name: "City", type: ChannelType.GuildCategory })
          square = verona.makeChannel({ name: "square", parent: city, topic: "Two households" })
          thread = square.makeThread(juliet, { name: "orchard" })
          questions = verona.makeChannel({ name: "questions", type: ChannelType.GuildForum })
          post = questions.makePost(juliet, { name: "Wherefore?", first: "What's in a name?" })
          for (const user of [club, "romeo"]) verona.addBot(bot(user))
          for (const text of ["before", "the gateway", "was there"]) square.say(tybalt, text)
        },
      })
      romeo = await world.login("romeo")
      await register(world, romeo, "romeo")
      benvolio = await world.login("benvolio")
      await benvolio.reachable(domain)
    })
    after(async () => {
      await world.close()
      assert.deepEqual(world.fake.violations, [])
    })

    // ---- words

    const guildJid = (tag = club): string => roomJid({ id: `g${verona.id}` }, tag)
    const items = async (jid: string, client = benvolio, node = ""): Promise<Record<string, string>> => {
      const answer = await client.iq("get", jid, `<query xmlns='${nsItems}'${node && ` node='${node}'`}/>`)
      const found = answer.getChild("query", nsItems)?.getChildren("item") ?? []
      return named(found.filter(({ attrs }) => attrs["node"] === undefined))
    }
    /** What holds rooms and is none. */
    const spaces = async (jid: string, client = benvolio): Promise<Record<string, string>> => {
      const answer = await client.iq("get", jid, `<query xmlns='${nsItems}'/>`)
      const found =
        answer
          .getChild("query", nsItems)
          ?.getChildren("item")
          .filter(({ attrs }) => attrs["node"] === nsSpaces) ?? []
      return named(found)
    }
    /** Asked for again until it is so. */
    const eventually = async (what: string, holds: () => Promise<boolean>): Promise<void> => {
      for (let tries = 0; tries < 300; tries++) if (await holds()) return
      throw new Error(`never: ${what}`)
    }
    const appears = (channel: Channel, parent: string): Promise<void> =>
      eventually(`${channel.name} in ${parent}`, async () => (await items(parent))[roomJid(channel)] === channel.name)
    const vanishes = (channel: Channel, parent: string): Promise<void> =>
      eventually(`no ${channel.name} in ${parent}`, async () => (await items(parent))[roomJid(channel)] === undefined)
    const role = async (seat: Seat, wanted: string): Promise<Element> =>
      seat.presence(seat.nick, (el) => itemOf(el)?.attrs["role"] === wanted)
    const destroyed = async (seat: Seat): Promise<string> => {
      const end = await seat.presence(seat.nick, (el) => el.attrs["type"] === "unavailable")
      const destroy = end.getChild("x", nsUser)?.getChild("destroy")
      assert.ok(destroy, String(end))
      return destroy.getChildText("reason") ?? ""
    }
    const enter = (channel: Channel): Promise<Seat> => join(benvolio, channel, "Benvolio")
    const writes = (channel: Channel, text: string): Promise<unknown> =>
      world.fake.waitFor(() => channel.messages.some(({ content }) => content === text), `«${text}» in ${channel.name}`)
    /** Romeo's, in a room of his own bot. */
    const admin = async (channel: Channel, item: string): Promise<Element> =>
      romeo.iq("set", roomJid(channel, ""), `<query xmlns='${nsAdmin}'>${item}</query>`)

    // ---- what is there

    test("are a tree: servers, categories, channels, threads; forums and their posts", async () => {
      await appears(post, roomJid(questions))
      assert.deepEqual(await spaces(domain), { [guildJid()]: "Verona" })
      assert.deepEqual(await items(guildJid()), { [roomJid(city)]: "City", [roomJid(questions)]: "questions" })
      assert.deepEqual(await items(roomJid(city)), { [roomJid(square)]: "square" })
      assert.deepEqual(await items(roomJid(square)), { [roomJid(thread)]: "orchard" })
      assert.deepEqual(await items(roomJid(questions)), { [roomJid(post)]: "Wherefore?" })
      // Romeo has those of his own bot beside them.
      await eventually("romeo's own", async () => (await items(roomJid(questions, ""), romeo))[roomJid(post, "")] !== undefined)
      assert.deepEqual(await spaces(domain, romeo), { [guildJid()]: "Verona", [guildJid("")]: "Verona" })
      // Who knows nothing of spaces finds every room in one list.
      assert.equal((await items(domain))[roomJid(square)], "Verona / City / square")
      assert.deepEqual(await items(roomJid(city, ""), romeo), { [roomJid(square, "")]: "square" })
    })

    test("are spaces (XEP-0503)", async () => {
      const info = async (jid: string, node = ""): Promise<Element | undefined> =>
        (await benvolio.iq("get", jid, `<query xmlns='${nsInfo}'${node && ` node='${node}'`}/>`)).getChild("query", nsInfo)
      const features = (await info(guildJid()))?.getChildren("feature").map(({ attrs }) => attrs["var"])
      assert.ok(features?.includes(nsSpaces))
      const forms = (await info(roomJid(square)))?.getChildren("x", "jabber:x:data") ?? []
      const parent = forms
        .flatMap((form) => form.getChildren("field"))
        .find(({ attrs }) => attrs["var"] === "parent")
        ?.getChildText("value")
      assert.equal(parent, `xmpp:${encodeURIComponent(`#${city.id}!${club}`)}@${domain}?;node=${encodeURIComponent(nsSpaces)}`)
      const asked = `<pubsub xmlns='http://jabber.org/protocol/pubsub'><items node='${nsSpaces}'/></pubsub>`
      const rooms = (await benvolio.iq("get", guildJid(), asked)).getChild("pubsub")?.getChild("items")?.getChildren("item") ?? []
      assert.deepEqual(rooms.map(({ attrs }) => attrs["id"]).sort(), [roomJid(city), roomJid(questions)].sort())
    })

    test("have the history from before, the nick of the server, and subjects", async () => {
      let seat = await enter(square)
      await eventually("the history from before", async () => {
        if (seat.entry.history.length >= 3) return true
        await seat.enter()
        return false
      })
      const history = seat.entry.history.map((el) => `${nickOf(el)}: ${bodyOf(el)}`)
      assert.deepEqual(history.slice(-3), ["Tybalt: before", "Tybalt: the gateway", "Tybalt: was there"])
      assert.equal(seat.entry.subject.getChildText("subject"), "Two households")
      square.say(juliet, "By any other name")
      assert.equal(nickOf(await seat.hears("By any other name")), "Jule")
      const since = seat.now()
      verona.setNick(juliet, "J. C.")
      const end = await seat.presence("Jule", (el) => el.attrs["type"] === "unavailable", since)
      assert.equal(standing(end), "Jule → J. C.")
      square.say(juliet, "would smell as sweet")
      assert.equal(nickOf(await seat.hears("would smell as sweet")), "J. C.")
      square.update({ topic: "Both alike in dignity" })
      await benvolio.waitFor(
        (el) => el.getChildText("subject") === "Both alike in dignity" && el.attrs["from"]?.startsWith(seat.room) === true,
        { since },
      )
      const own = await join(romeo, square, "Romeo", "")
      await romeo.send(`<message to='${own.room}' type='groupchat' id='topic-1'><subject>In fair Verona</subject></message>`)
      await world.fake.waitFor(() => square.topic === "In fair Verona", "the topic on Discord")
      for (const [client, { room }] of [
        [benvolio, seat],
        [romeo, own],
      ] as const)
        await client.waitFor((el) => el.getChildText("subject") === "In fair Verona" && el.attrs["from"]?.startsWith(room) === true, {
          since: 0,
        })
      seat = await enter(square)
      assert.equal(seat.entry.subject.getChildText("subject"), "In fair Verona")
    })

    test("list who is there", async () => {
      const answer = await romeo.iq("get", roomJid(square, ""), `<query xmlns='${nsAdmin}'><item affiliation='member'/></query>`)
      const listed = (answer.getChild("query", nsAdmin)?.getChildren("item") ?? []).map(({ attrs }) => attrs["jid"])
      assert.ok(listed.includes(jidOf(juliet)) && listed.includes(jidOf(tybalt)), String(answer))
    })

    // ---- what changes

    test("appear with new channels, threads and posts", async () => {
      const tavern = verona.makeChannel({ name: "tavern", parent: city })
      await appears(tavern, roomJid(city))
      const corner = tavern.makeThread(tybalt, { name: "corner" })
      await appears(corner, roomJid(tavern))
      const why = questions.makePost(tybalt, { name: "Why?", first: "What, drawn, and talk of peace?" })
      await appears(why, roomJid(questions))
      for (const [channel, text] of [
        [tavern, "Peace!"],
        [corner, "I hate the word"],
        [why, "as I hate hell"],
      ] as const) {
        const seat = await enter(channel)
        channel.say(tybalt, text)
        assert.equal(nickOf(await seat.hears(text)), "Tybalt")
        await seat.say(`${text}?`)
        await writes(channel, `${text}?`)
        await seat.leave()
      }
    })

    test("writing wakes an archived thread, a locked one is closed; a deleted channel ends", async () => {
      const cell = verona.makeChannel({ name: "cell", parent: city })
      const advice = cell.makeThread(juliet, { name: "advice" })
      await appears(advice, roomJid(cell))
      const seat = await enter(advice)
      advice.archive()
      await seat.say("Wisely and slow")
      await writes(advice, "Wisely and slow")
      assert.equal(advice.thread?.archived, false)
      advice.archive(true, true)
      await role(seat, "visitor")
      advice.archive(false)
      await role(seat, "participant")
      advice.destroy()
      assert.match(await destroyed(seat), /deleted/)
      await vanishes(advice, roomJid(cell))
      const other = await enter(cell)
      cell.destroy()
      assert.match(await destroyed(other), /deleted/)
      await vanishes(cell, roomJid(city))
    })

    test("rights that are taken away: the voice, then the room", async () => {
      const vault = verona.makeChannel({ name: "vault", parent: city })
      await appears(vault, roomJid(city))
      const seat = await enter(vault)
      await seat.say("first")
      vault.overwrite({ of: world.bot(club).user, deny: ["SendMessages"] })
      await role(seat, "visitor")
      const refused = await seat.refused(await seat.send("may I?"))
      assert.equal(conditionOf(refused), "forbidden")
      vault.overwrite({ of: world.bot(club).user })
      await role(seat, "participant")
      vault.overwrite({ of: world.bot(club).user, deny: ["ViewChannel"] })
      await destroyed(seat)
      await vanishes(vault, roomJid(city))
      await assert.rejects(enter(vault), JoinError)
      vault.overwrite({ of: world.bot(club).user })
      await appears(vault, roomJid(city))
      assert.ok((await enter(vault)).entry.history.some((el) => bodyOf(el) === "first"))
    })

    test("slow mode: who writes too soon is told so in a sentence", async () => {
      const church = verona.makeChannel({ name: "church", parent: city, slow: 30 })
      await appears(church, roomJid(city))
      const seat = await enter(church)
      await seat.say("These violent delights")
      const refused = await seat.refused(await seat.send("have violent ends"))
      assert.equal(conditionOf(refused), "policy-violation")
      assert.match(refused.getChild("error")?.getChildText("text") ?? "", /slow mode.* 30 seconds/)
      assert.ok(!church.messages.some(({ content }) => content === "have violent ends"))
      church.update({ slow: 0 })
      await eventually("no slow mode", async () => {
        const id = await seat.send("and in their triumph die")
        const answer = await benvolio.waitFor((el) => el.is("message") && el.attrs["id"] === id, { since: 0 })
        return answer.attrs["type"] !== "error"
      })
    })

    // ---- what users do

    test("an owner of a bot kicks and bans", async () => {
      const mob = verona.makeChannel({ name: "mob", parent: city })
      const [sampson, gregory] = ["sampson", "gregory"].map((username) => world.fake.person({ username, global_name: username }))
      assert.ok(sampson && gregory)
      for (const person of [sampson, gregory]) verona.join(person)
      await eventually("mob", async () => (await items(roomJid(city, ""), romeo))[roomJid(mob, "")] === "mob")
      const seat = await join(romeo, mob, "Romeo", "")
      assert.match(standing(seat.entry.self), /^Romeo owner\/moderator/)
      for (const person of [sampson, gregory]) mob.say(person, `Do you bite your thumb, ${person.username}?`)
      for (const person of [sampson, gregory]) await seat.hears(`Do you bite your thumb, ${person.username}?`)
      assert.equal((await admin(mob, "<item nick='sampson' role='none'><reason>Part, fools!</reason></item>")).attrs["type"], "result")
      assert.match(standing(await seat.presence("sampson", (el) => codes(el).includes("307"))), /by Romeo/)
      assert.ok(!verona.members.has(sampson.id) && !verona.bans.has(sampson.id))
      const banned = await admin(mob, `<item jid='${jidOf(gregory)}' affiliation='outcast'><reason>Put up your swords</reason></item>`)
      assert.equal(banned.attrs["type"], "result", String(banned))
      await seat.presence("gregory", (el) => codes(el).includes("301"))
      assert.equal(verona.bans.get(gregory.id)?.reason, "Put up your swords")
      assert.equal((await admin(mob, `<item jid='${jidOf(gregory)}' affiliation='none'/>`)).attrs["type"], "result")
      await world.fake.waitFor(() => !verona.bans.has(gregory.id), "the ban to be lifted")
      // Guests have no such power.
      const refused = await benvolio.iq("set", roomJid(mob), `<query xmlns='${nsAdmin}'><item nick='gregory' role='none'/></query>`)
      assert.equal(refused.attrs["type"], "error")
    })

    test("a post in a forum, by command and by chat", async () => {
      const step = async (to: string, inner: string, session = ""): Promise<Element> => {
        const answer = await romeo.iq(
          "set",
          to,
          `<command xmlns='${nsCommands}' node='create-topic'${session && ` sessionid='${session}'`}>${inner}</command>`,
        )
        const command = answer.getChild("command", nsCommands)
        assert.ok(command, String(answer))
        return command
      }
      const form = (name: string, value: string): string =>
        `<x xmlns='jabber:x:data' type='submit'><field var='${name}'><value>${value}</value></field></x>`
      const forum = roomJid(questions, "")
      const begun = await step(forum, "")
      const session = begun.attrs["sessionid"] ?? ""
      await step(forum, form("value", "Is it day?"), session)
      const done = await step(forum, form("first", "It was the lark"), session)
      assert.equal(done.attrs["status"], "completed", String(done))
      const made = (name: string): Channel | undefined => [...world.fake.world.channels.values()].find((one) => one.name === name)
      assert.deepEqual([made("Is it day?")?.parent, made("Is it day?")?.messages[0]?.content], [questions, "It was the lark"])
      const since = romeo.mark()
      await romeo.say(domain, `create-topic ${forum} Is it night?`)
      await romeo.waitForMessage(domain, /first message/i, { since })
      await romeo.say(domain, "It was the *nightingale*")
      await romeo.waitForMessage(domain, /Is it night\? is /, { since })
      const night = made("Is it night?")
      assert.equal(night?.messages[0]?.content, "It was the **nightingale**")
      // It is a room at once, of both bots.
      await appears(night, roomJid(questions))
      const seat = await join(romeo, night, "Romeo", "")
      night.say(juliet, "Yon light is not daylight")
      await seat.hears("Yon light is not daylight")
    })

    test("a user's picture is the puppet's", async () => {
      const vcard = `<vCard xmlns='vcard-temp'><PHOTO><TYPE>image/png</TYPE><BINVAL>${picture.toString("base64")}</BINVAL></PHOTO></vCard>`
      const mercutio = await world.login("mercutio")
      assert.equal((await mercutio.iq("set", "", vcard)).attrs["type"], "result")
      const seat = await join(mercutio, square, "Mercutio")
      await seat.say("A plague on both your houses")
      await writes(square, "A plague on both your houses")
      const said = square.messages.find(({ content }) => content === "A plague on both your houses")
      assert.equal(said?.author.username, "Mercutio")
      const shown = await fetch(said.avatarUrl ?? "none")
      assert.deepEqual([shown.headers.get("content-type"), Buffer.from(await shown.arrayBuffer())], ["image/png", picture])
    })

    test("a bot that may not read what people write is refused, with the switch that is missing", async () => {
      const token = secret("MTA.the-token.of-a-bot-without-content")
      world.fake.addBot({ token, username: "blind_bot", intents: { content: false } })
      const refused = await benvolio.iq("set", domain, registration(token))
      assert.equal(refused.attrs["type"], "error")
      assert.match(refused.getChild("error")?.getChildText("text") ?? "", /Message Content/)
      assert.ok(!String(refused).includes(token))
    })
  })
