// Other ways in on Telegram, through a real Prosody: people who prove who they are, invite links, requests, business accounts.
import assert from "node:assert/strict"
import { after, before, describe, test } from "node:test"
import type { User } from "node-telegram-bot-api"
import { adminRights, type Bot, type Business, type FakeBotApi, type Group, type Sent, startFakeBotApi } from "../fakes/telegram/index.js"
import { bodyOf, codes, itemOf, JoinError, Seat } from "../support/seat.js"
import { secret } from "../support/secrets.js"
import { codeIn, WaysIn } from "../support/ways-in.js"

const domain = "tg.example.test"
const person = (id: number, first_name: string): User => ({ id: 5_300_000_000 + id, is_bot: false, first_name })
const escalus = person(1, "Escalus")
/** Users of XMPP, as Telegram knows them. */
const romeoThere = person(2, "Romeo M.")
const mercutioThere = person(3, "Mercutio M.")
/** Nobody of XMPP. */
const juliet = person(4, "Juliet")
const paris = person(5, "Paris")
const nurse = person(6, "Nurse")
const yes = "Yes, that is me"
const isForbidden = (error: unknown): boolean => error instanceof JoinError && error.condition === "forbidden"

describe("other ways in on Telegram", () => {
  let api: FakeBotApi
  let bot: Bot
  let verona: Group
  let mantua: Group
  let stage: WaysIn
  let romeo: Seat
  let business: Business

  before(async () => {
    api = await startFakeBotApi()
    const token = secret("4711003:AAF-the-token-of-the-shared-bot")
    bot = api.addBot({ token, username: "ferry_bot" })
    for (const one of [escalus, romeoThere, mercutioThere, juliet, paris, nurse]) api.person(one)
    verona = api.makeGroup({ title: "Verona", owner: escalus })
    mantua = api.makeGroup({ title: "Mantua", owner: escalus })
    verona.join(romeoThere)
    verona.join(juliet)
    const users = ["romeo", "mercutio", "friar"]
    stage = await WaysIn.open({ network: "telegram", domain, token, users, admin: "friar", options: { apiRoot: api.url, pollSeconds: 5 } })
    await api.waitFor(() => bot.polling, "the gateway to listen for the bot", 30_000)
    for (const group of [verona, mantua]) group.addBot(bot, escalus, adminRights)
    await api.waitFor(() => bot.pending.length === 0, "the gateway to take what is there", 30_000)
  })

  after(async () => {
    // If it never began, the fake is still there.
    await (stage as WaysIn | undefined)?.close()
    await api.stop()
  })

  const jidOf = ({ id }: User, tag = "main"): string => `${id}!${tag}@${domain}`
  const roomJid = ({ id }: Group): string => `#${id}!main@${domain}`

  /** What the bot says to this person next, or has made of what it said. */
  const hears = (who: { id: number }, text: RegExp, from: number): Promise<Sent> =>
    api.waitFor(
      () => bot.sent.slice(from).find((one) => one.chat === who.id && one.login === undefined && text.test(one.text)),
      `${String(text)} to come to ${who.id}; there came ${JSON.stringify(bot.sent.slice(from).map((one) => one.text))}`,
      15_000,
    )
  /** Somebody says something to the bot alone; resolves with the answer. */
  const says = async (who: User, text: string, answer: RegExp, more: object = {}): Promise<Sent> => {
    const from = bot.sent.length
    api.say(bot, api.person(who), { text, ...more })
    return hears(who, answer, from)
  }
  /** Presses a button under what the bot said; its answer stands there instead. */
  const presses = async (who: User, at: Sent, button: string, answer: RegExp): Promise<void> => {
    api.press(bot, api.person(who), at, button)
    await api.waitFor(() => answer.test(at.text), `${String(answer)} instead of «${at.text}»`, 15_000)
  }
  const buttonsOf = ({ chat, id }: Sent): string[] =>
    (bot.chat(chat).messages.get(id)?.reply_markup?.inline_keyboard ?? []).flat().map(({ text }) => text)

  test("a code that is none, somebody else's, used: refused; the right one, by its link and a button, makes a user that person", async () => {
    await says(romeoThere, "/start abcdefghjkmn", /not valid/)
    await stage.chat("romeo", "register", /main[\s\S]*own/i)
    const shown = await stage.chat("romeo", "main", /t\.me\/ferry_bot\?start=/)
    const code = codeIn(shown)
    const asked = await says(romeoThere, `/start ${code}`, /romeo@example\.test wants to be tied to your account/)
    assert.deepEqual(buttonsOf(asked), [yes, "No"])
    // Asked was somebody else.
    await says(paris, `/start ${code} yes`, /not valid/)
    const since = stage.user("romeo").received.length
    await presses(romeoThere, asked, yes, /You are romeo@example\.test in XMPP now/)
    await stage.told("romeo", /You are Romeo M\. on Telegram now/, since)
    await stage.told("romeo", /knows you now/, since)
    for (const who of [romeoThere, paris]) await says(who, `/start ${code}`, /not valid/)
  })

  test("the same by ad-hoc command; one person is not two users", async () => {
    const steps = await stage.begin("mercutio", "register")
    await steps.next({ account: "main" })
    const code = codeIn(steps.said)
    // Romeo's person is taken.
    await says(romeoThere, `/link ${code} yes`, /tied to another XMPP address/)
    const again = await stage.begin("mercutio", "register")
    await again.next({ account: "main" })
    // A new code makes the former void.
    await says(mercutioThere, `/start ${code}`, /not valid/)
    const asked = await says(mercutioThere, `/start ${codeIn(again.said)}`, /mercutio@example\.test wants/)
    await presses(mercutioThere, asked, yes, /You are mercutio@example\.test/)
    await again.next()
    assert.ok(again.over)
    assert.match(again.said, /knows you now/)
  })

  test("what that person may see is listed, entered and talked in; who stands behind a name is told", async () => {
    const listed = await stage.chat("romeo", "rooms", /Verona/)
    assert.ok(listed.includes(roomJid(verona)), listed)
    assert.doesNotMatch(listed, /Mantua/)
    assert.doesNotMatch(await stage.run("mercutio", "rooms"), /Verona|Mantua/)
    await assert.rejects(Seat.take(stage.user("romeo"), roomJid(mantua), "Romeo"), isForbidden)
    await assert.rejects(Seat.take(stage.user("mercutio"), roomJid(verona), "Mercutio"), isForbidden)
    romeo = await Seat.take(stage.user("romeo"), roomJid(verona), "Romeo")
    verona.say(juliet, "O Romeo")
    await romeo.hears("O Romeo")
    const from = bot.sent.length
    await romeo.say("Shall I hear more?")
    const sent = await hears(verona, /Shall I hear more\?/, from)
    const whois = await askIn(sent, juliet)
    assert.match(whois.text, /Romeo is a person of example\.test in XMPP/)
    // As much as the user wants.
    await stage.chat("romeo", "preferences whois yes", /whois/)
    assert.match((await askIn(sent, juliet)).text, /Romeo is romeo@example\.test in XMPP/)
  })

  const askIn = async (about: Sent, who: User): Promise<Sent> => {
    const from = bot.sent.length
    const post = verona.posts.find(bot, about.id)
    assert.ok(post)
    verona.say(who, { text: "/whois@ferry_bot", entities: [{ type: "bot_command", offset: 0, length: 16 }] }, { replyTo: post })
    return hears(verona, /in XMPP/, from)
  }

  test("rights change: the voice goes and comes back; whoever is removed there is removed here", async () => {
    const role = (is: string, since: number): Promise<unknown> =>
      romeo.presence("Romeo", (el) => itemOf(el)?.attrs["role"] === is && codes(el).includes("110"), since)
    let since = romeo.now()
    verona.restrict(romeoThere, { can_send_messages: false })
    await role("visitor", since)
    const refused = await romeo.refused(await romeo.send("But soft!"))
    assert.match(refused.toString(), /voice/)
    since = romeo.now()
    verona.restrict(romeoThere, verona.permissions)
    await role("participant", since)
    await romeo.say("But soft, what light!")
    since = romeo.now()
    verona.kick(romeoThere)
    const out = await romeo.out(since)
    assert.ok(codes(out).includes("307"), out.toString())
    await assert.rejects(Seat.take(stage.user("romeo"), roomJid(verona), "Romeo"), isForbidden)
    verona.join(romeoThere)
    await api.waitFor(() => bot.pending.length === 0 && bot.polling, "the gateway to take what is there")
    await romeo.enter()
    since = romeo.now()
    verona.leave(romeoThere)
    assert.ok(codes(await romeo.out(since)).includes("321"))
  })

  test("an invite link makes whoever follows it a contact; of two correspondents one is chosen by buttons, or answered to", async () => {
    const made = await stage.run("romeo", "invite", { uses: "1", days: "7" })
    const code = codeIn(made)
    let since = stage.user("romeo").received.length
    await says(juliet, `/start ${code}`, /You write with romeo@example\.test now/)
    await stage.told("romeo", /Juliet has followed your invite link/, since)
    await says(nurse, `/start ${code}`, /not valid/)
    const contact = jidOf(juliet)
    await stage.user("romeo").until(() => has("romeo", contact), { timeout: 15_000, what: "Juliet in the roster" })
    api.say(bot, juliet, "Good even to my ghostly confessor")
    const even = await stage.hears("romeo", contact, "Good even to my ghostly confessor", since)
    assert.equal(even.attrs["type"], "chat")
    let from = bot.sent.length
    await stage.user("romeo").say(contact, "Ah, Juliet")
    const ah = await hears(juliet, /^Ah, Juliet$/, from)
    // A second one, by chat.
    const second = codeIn(await stage.chat("mercutio", "invite 1 7", /start=/))
    await says(juliet, `/start ${second}`, /You write with mercutio@example\.test now/)
    since = stage.user("mercutio").received.length
    api.say(bot, juliet, "Queen Mab?")
    await stage.hears("mercutio", contact, "Queen Mab?", since)
    // In answer to Romeo it is for Romeo.
    since = stage.user("romeo").received.length
    api.say(bot, juliet, { text: "If the measure of thy joy", reply_to_message: bot.chat(juliet.id).messages.get(ah.id) })
    await stage.user("romeo").waitFor((el) => bodyOf(el) === "If the measure of thy joy", { since, timeout: 15_000, what: "the answer" })
    const choice = await says(juliet, "/to", /Whom do you want to write to/)
    assert.deepEqual(new Set(buttonsOf(choice)), new Set(["romeo@example.test", "mercutio@example.test"]))
    await presses(juliet, choice, "romeo@example.test", /What you say goes to romeo@example\.test now/)
    since = stage.user("romeo").received.length
    api.say(bot, juliet, "They are but beggars")
    await stage.hears("romeo", contact, "They are but beggars", since)
    // Each is told apart there.
    from = bot.sent.length
    await stage.user("mercutio").say(contact, "O, then I see")
    await hears(juliet, /^mercutio: O, then I see$/, from)
    // Nobody else is reached, by nobody else.
    assert.match(await stage.refused("romeo", jidOf(nurse), "Fain would I"), /have agreed/)
    await says(nurse, "Is he there?", /nobody there has agreed to write with you/)
  })

  const has = (user: string, jid: string): true | undefined =>
    stage.user(user).received.some((el) => el.is("iq") && el.attrs["type"] === "set" && el.toString().includes(jid)) || undefined

  test("a foreign person asks first, and learns nothing from being turned away", async () => {
    const asks = async (jid: string): Promise<string> =>
      (await says(paris, `/xmpp ${jid}`, /If .* can be reached here/)).text.replaceAll(jid, "J")
    const contact = jidOf(paris)
    let since = stage.user("mercutio").received.length
    const there = await asks("mercutio@example.test")
    assert.equal(await asks("nobody@example.test"), there)
    const subscribe = (el: { attrs: Record<string, string | undefined> }): boolean =>
      el.attrs["type"] === "subscribe" && el.attrs["from"] === contact
    const asked = (user: string, from: number): Promise<unknown> =>
      stage.user(user).waitFor(subscribe, { since: from, timeout: 15_000, what: `${user} to be asked` })
    await asked("mercutio", since)
    // Nothing gets through meanwhile.
    await says(paris, "These times of woe", /nobody there has agreed/)
    const from = bot.sent.length
    await stage.chat("mercutio", `decline ${contact}`, /You do not write with Paris/)
    assert.equal(await asks("mercutio@example.test"), there)
    assert.deepEqual(bot.sent.slice(from).filter(({ chat }) => chat === paris.id).length, 1, "who is turned away hears nothing of it")
    since = stage.user("romeo").received.length
    assert.equal(await asks("romeo@example.test"), there)
    await asked("romeo", since)
    const before = bot.sent.length
    await stage.user("romeo").send(`<presence type='subscribed' to='${contact}'/>`)
    await hears(paris, /romeo@example\.test has agreed/, before)
    since = stage.user("romeo").received.length
    api.say(bot, paris, "Younger than she")
    await stage.hears("romeo", contact, "Younger than she", since)
    assert.ok(!stage.user("mercutio").received.some((el) => bodyOf(el)?.includes("times of woe")))
  })

  test("whom a user has blocked reaches them no more, by command and by the clients' own block", async () => {
    const nsBlocking = "urn:xmpp:blocking"
    const contact = jidOf(paris)
    const blocked = async (): Promise<void> => {
      const since = stage.user("romeo").received.length
      api.say(bot, paris, "Do not deny to him")
      await api.waitFor(() => bot.pending.length === 0 && bot.polling, "the gateway to take it")
      assert.match(await stage.refused("romeo", contact, "I'll not"), /You have blocked this person/)
      await stage.user("romeo").fence()
      assert.ok(
        !stage
          .user("romeo")
          .received.slice(since)
          .some((el) => bodyOf(el) === "Do not deny to him"),
      )
    }
    const open = async (text: string): Promise<void> => {
      const since = stage.user("romeo").received.length
      api.say(bot, paris, text)
      await stage.hears("romeo", contact, text, since)
    }
    assert.match(await stage.runAt("romeo", contact, "block"), /They are blocked/)
    await blocked()
    assert.match(await stage.chat("romeo", "blocked", /Paris/), /Paris/)
    await stage.chat("romeo", `unblock ${contact}`, /not blocked any more/)
    await open("Come you to make confession?")
    const item = `<item jid='${contact}'/>`
    const iq = async (type: "get" | "set", payload: string): Promise<string> => {
      const answer = await stage.user("romeo").iq(type, domain, payload)
      assert.equal(answer.attrs["type"], "result", answer.toString())
      return answer.toString()
    }
    await iq("set", `<block xmlns='${nsBlocking}'>${item}</block>`)
    assert.ok((await iq("get", `<blocklist xmlns='${nsBlocking}'/>`)).includes(contact))
    await blocked()
    await iq("set", `<unblock xmlns='${nsBlocking}'>${item}</unblock>`)
    await open("God shield I should disturb")
  })

  test("a business account: its chats come to whoever has proven to be its owner, and are answered as oneself", async () => {
    const client = stage.user("romeo")
    let since = client.received.length
    business = api.connect(bot, romeoThere)
    await stage.told("romeo", /Your private chats on Telegram come here from now on/, since)
    since = client.received.length
    const heard = business.receives(nurse, "My lady sends me")
    const contact = jidOf(nurse, "me")
    const first = await stage.hears("romeo", contact, "My lady sends me", since)
    const from = bot.sent.length
    const sent = (text: string): Promise<Sent> =>
      api.waitFor(() => bot.sent.slice(from).find((one) => one.text === text && one.chat === nurse.id), `«${text}» to come`, 15_000)
    const id = await client.say(contact, "Bid her devise")
    const bid = await sent("Bid her devise")
    assert.equal(bid.login, business.id)
    await client.say(contact, "Bid her come", { replace: id })
    await api.waitFor(() => bid.text === "Bid her come" && bid.edits === 1, "the change", 15_000)
    // Read here is read there.
    await client.send(
      `<message to='${contact}' type='chat'><displayed xmlns='urn:xmpp:chat-markers:0' id='${first.attrs["id"]}'/></message>`,
    )
    await api.waitFor(() => business.read.includes(heard.message_id), "the mark")
    since = client.received.length
    business.edit(heard, "My young lady sends me")
    const edited = await stage.hears("romeo", contact, "My young lady sends me", since)
    assert.equal(edited.getChild("replace", "urn:xmpp:message-correct:0")?.attrs["id"], first.attrs["id"])
    since = client.received.length
    business.delete(nurse, [heard.message_id])
    const retract = await client.waitFor((el) => el.getChild("retract", "urn:xmpp:message-retract:1") !== undefined, {
      since,
      timeout: 15_000,
      what: "the deletion",
    })
    assert.equal(retract.getChild("retract", "urn:xmpp:message-retract:1")?.attrs["id"], first.attrs["id"])
  })

  test("what its owner says in the app appears as their own; its end is told", async () => {
    const client = stage.user("romeo")
    const contact = jidOf(nurse, "me")
    let since = client.received.length
    business.says(nurse, "Here is for thy pains")
    const carbon = await client.waitFor((el) => el.getChild("sent", "urn:xmpp:carbons:2") !== undefined, {
      since,
      timeout: 15_000,
      what: "the carbon",
    })
    const own = carbon.getChild("sent", "urn:xmpp:carbons:2")?.getChild("forwarded", "urn:xmpp:forward:0")?.getChild("message")
    assert.deepEqual([own?.attrs["from"]?.split("/")[0], own?.attrs["to"], own?.getChildText("body")], ["romeo@example.test", contact, "Here is for thy pains"]) // prettier-ignore
    since = client.received.length
    business.change({ rights: { can_read_messages: true } })
    await stage.told("romeo", /you can only read now/, since)
    assert.match(await stage.refused("romeo", contact, "Commend me"), /only read here/)
    since = client.received.length
    business.change({ enabled: false })
    await stage.told("romeo", /do not come here any more/, since)
  })

  test("commands of administrators are theirs alone; Chinese for who speaks it", async () => {
    const isAdmins = (node: string): boolean => node.startsWith("http://jabber.org/protocol/admin#")
    assert.ok((await stage.offered("friar")).some(isAdmins))
    assert.ok(!(await stage.offered("romeo")).some(isAdmins))
    const [node = ""] = (await stage.offered("friar")).filter((one) => one.endsWith("get-registered-users-num"))
    assert.match(await stage.run("friar", node), /2/)
    const refused = await stage
      .user("romeo")
      .iq("set", domain, `<command xmlns='http://jabber.org/protocol/commands' node='${node}' action='execute'/>`)
    assert.ok(refused.getChild("error")?.getChild("forbidden"), refused.toString())
    await stage.chat("romeo", "rooms", /\p{Script=Han}/u, "zh")
    const steps = await stage.begin("romeo", "blocked", "zh")
    assert.match(steps.said, /\p{Script=Han}/u)
  })

  test("nothing was asked of Telegram that it would not take", () => {
    assert.deepEqual(api.violations, [])
    stage.calm()
  })
})
