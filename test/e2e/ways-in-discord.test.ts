// Other ways in on Discord, through a real Prosody: people who prove who they are, what they may enter, invite links, requests, the end of it.
import assert from "node:assert/strict"
import { after, before, describe, test } from "node:test"
import type { Element } from "@xmpp/xml"
import {
  type Bot,
  type Channel,
  type FakeDiscord,
  type Guild,
  type Interaction,
  type Person,
  startFakeDiscord,
} from "../fakes/discord/index.js"
import { codes, itemOf, JoinError, Seat } from "../support/seat.js"
import { secret } from "../support/secrets.js"
import { codeIn, WaysIn } from "../support/ways-in.js"

const domain = "dc.example.test"
const yes = "Yes, that is me"
const isForbidden = (error: unknown): boolean => error instanceof JoinError && error.condition === "forbidden"

describe("other ways in on Discord", () => {
  let fake: FakeDiscord
  let bot: Bot
  let verona: Guild
  let square: Channel
  let crypt: Channel
  /** Users of XMPP, as Discord knows them. */
  let romeoThere: Person
  let otherThere: Person
  let mercutioThere: Person
  /** Nobody of XMPP. */
  let juliet: Person
  let nurse: Person
  let stage: WaysIn
  let romeo: Seat
  /** Mercutio's, who sees what comes of it all. */
  let benvolio: Seat

  before(async () => {
    fake = await startFakeDiscord()
    const token = secret("MTE4.the-token.of-the-shared-bot-of-verona")
    bot = fake.addBot({ token, username: "ferry_bot" })
    const person = (username: string, name: string): Person => fake.person({ username, global_name: name })
    romeoThere = person("romeo", "Romeo M.")
    otherThere = person("pilgrim", "Pilgrim")
    mercutioThere = person("mercutio", "Mercutio M.")
    juliet = person("juliet", "Juliet")
    nurse = person("nurse", "Nurse")
    verona = fake.makeGuild({ name: "Verona", owner: person("escalus", "Escalus") })
    for (const one of [romeoThere, otherThere, mercutioThere, juliet, nurse]) verona.join(one)
    square = verona.makeChannel({ name: "square" })
    crypt = verona.makeChannel({ name: "crypt" })
    verona.addBot(bot)
    crypt.overwrite({ of: verona, deny: ["ViewChannel"] })
    crypt.overwrite({ of: bot, allow: ["ViewChannel"] })
    crypt.overwrite({ of: juliet, allow: ["ViewChannel"] })
    const users = ["romeo", "mercutio", "friar"]
    stage = await WaysIn.open({ network: "discord", domain, token, users, admin: "friar", options: { apiRoot: fake.url } })
    await listens()
    await fake.waitFor(() => bot.commands.length > 0, "the commands to be told", 30_000)
  })

  after(async () => {
    // If it never began, the fake is still there.
    await (stage as WaysIn | undefined)?.close()
    await fake.stop()
  })

  const listens = (): Promise<unknown> => fake.waitFor(() => fake.gateway.listening(bot) > 0, "the gateway to listen for the bot", 30_000)
  const jidOf = ({ id }: Person, tag = "main"): string => `${id}!${tag}@${domain}`
  const roomJid = ({ id }: Channel, tag = "main"): string => `#${id}!${tag}@${domain}`

  const answered = (interaction: Interaction, text: RegExp): Promise<unknown> =>
    fake
      .waitFor(() => text.test(interaction.text ?? ""), String(text), 15_000)
      .catch((error: Error) => assert.fail(`${error.message}; the answer is «${interaction.text}»`))
  /** An application command, in the chat with the bot if not elsewhere; resolves with the answer. */
  const commands = async (who: Person, name: string, argument: string, answer: RegExp, where?: Channel): Promise<Interaction> => {
    const key = { link: "code", write: "address", to: "address", block: "address", stop: "address" }[name]
    const interaction = fake.command(
      bot,
      who,
      where ?? dm(who),
      `xmpp ${name}`,
      key !== undefined && argument !== "" ? { [key]: argument } : {},
    )
    await answered(interaction, answer)
    return interaction
  }
  const presses = async (who: Person, on: Interaction, button: string, answer: RegExp): Promise<void> => {
    await answered(fake.press(bot, who, on, button), answer)
  }
  const dm = (who: Person): Channel => fake.dm(bot, who)
  /** What the bot says to this person alone next. */
  const hears = (who: Person, text: RegExp, from: number): Promise<Channel["messages"][number]> =>
    fake.waitFor(
      () =>
        dm(who)
          .messages.slice(from)
          .find(({ author, content }) => author.id === bot.id && text.test(content)),
      `${String(text)} to come to ${who.username}`,
      15_000,
    )
  const says = async (who: Person, text: string, answer: RegExp): Promise<Channel["messages"][number]> => {
    const from = dm(who).messages.length
    dm(who).say(who, text)
    return hears(who, answer, from)
  }

  test("by chat: refused codes, a code that is turned down, and the right one", async () => {
    await commands(romeoThere, "link", "abcdefghjkmn", /not valid/)
    await stage.chat("romeo", "register", /main[\s\S]*own/i)
    const first = codeIn(await stage.chat("romeo", "main", /xmpp link/))
    const unwanted = await commands(romeoThere, "link", first, /romeo@example\.test wants to be tied to your account/, square)
    assert.ok(unwanted.isPrivate, "nobody else sees it")
    await presses(romeoThere, unwanted, "No", /Nothing was changed/)
    await commands(romeoThere, "link", `${first} yes`, /not valid/)
    await stage.chat("romeo", "cancel", /Cancelled/)
    await stage.chat("romeo", "register", /main[\s\S]*own/i)
    const code = codeIn(await stage.chat("romeo", "main", /xmpp link/))
    const asked = await commands(romeoThere, "link", code, /romeo@example\.test wants/)
    assert.deepEqual(asked.buttons, [yes, "No"])
    await commands(juliet, "link", `${code} yes`, /not valid/)
    const since = stage.user("romeo").received.length
    await presses(romeoThere, asked, yes, /You are romeo@example\.test in XMPP now/)
    await stage.told("romeo", /You are Romeo M\. on Discord now/, since)
    await commands(romeoThere, "link", code, /not valid/)
  })

  test("by ad-hoc command and a typed word; a code outlives the gateway", async () => {
    const steps = await stage.begin("mercutio", "register")
    await steps.next({ account: "main" })
    const code = codeIn(steps.said)
    await stage.gateway.kill9()
    await stage.gateway.start()
    await stage.user("mercutio").reachable(domain)
    await listens()
    await says(mercutioThere, `!xmpp link ${code}`, /mercutio@example\.test wants/)
    const since = stage.user("mercutio").received.length
    await says(mercutioThere, `!xmpp link ${code} yes`, /You are mercutio@example\.test/)
    await stage.told("mercutio", /You are Mercutio M\. on Discord now/, since)
  })

  test("several people one user: each has rooms of its own", async () => {
    const steps = await stage.begin("romeo", "register")
    await steps.next({ account: "main" })
    const asked = await commands(otherThere, "link", codeIn(steps.said), /romeo@example\.test wants/)
    await presses(otherThere, asked, yes, /You are romeo@example\.test/)
    await steps.next()
    assert.match(steps.said, /knows you now/)
    const listed = await stage.run("romeo", "rooms")
    for (const tag of ["main", "main-2"]) assert.ok(listed.includes(roomJid(square, tag)), listed)
    assert.doesNotMatch(listed, /crypt/)
  })

  test("what that person may see is entered and talked in; who stands behind a name is told to those who ask", async () => {
    await assert.rejects(Seat.take(stage.user("romeo"), roomJid(crypt), "Romeo"), isForbidden)
    romeo = await Seat.take(stage.user("romeo"), roomJid(square), "Romeo")
    benvolio = await Seat.take(stage.user("mercutio"), roomJid(square), "Benvolio")
    square.say(juliet, "O Romeo")
    await romeo.hears("O Romeo")
    await romeo.say("Shall I hear more?")
    const post = await fake.waitFor(() => square.messages.find(({ content }) => content === "Shall I hear more?"), "it to come there")
    assert.deepEqual([post.author.username, post.webhook_id !== undefined], ["Romeo", true])
    await answered(fake.messageCommand(bot, juliet, post, "Who is this?"), /Romeo is a person of example\.test/)
    const steps = await stage.begin("romeo", "preferences")
    await steps.next({ language: "auto", whois: "yes", read: "yes", typing: "yes", invitations: "yes" })
    assert.ok(steps.over, steps.said)
    await answered(fake.messageCommand(bot, juliet, post, "Who is this?"), /Romeo is romeo@example\.test/)
  })

  test("rights change: the voice goes and comes back; who may not see the channel any more, is kicked or banned is out", async () => {
    const client = stage.user("romeo")
    const role = (is: string, since: number): Promise<Element> =>
      romeo.presence("Romeo", (el) => itemOf(el)?.attrs["role"] === is && codes(el).includes("110"), since)
    let since = romeo.now()
    verona.timeout(romeoThere, Date.now() + 3_600_000)
    await role("visitor", since)
    assert.match((await romeo.refused(await romeo.send("But soft!"))).toString(), /voice/)
    since = romeo.now()
    verona.timeout(romeoThere, 0)
    await role("participant", since)
    await romeo.say("But soft, what light!")
    since = romeo.now()
    square.overwrite({ of: romeoThere, deny: ["ViewChannel"] })
    const hidden = await romeo.out(since)
    assert.ok(codes(hidden).includes("322"), hidden.toString())
    await assert.rejects(Seat.take(client, roomJid(square), "Romeo"), isForbidden)
    square.overwrite({ of: romeoThere })
    await again()
    since = romeo.now()
    verona.kick(romeoThere)
    assert.ok(codes(await romeo.out(since)).includes("321"), "Discord does not tell whether somebody went or was put out")
    verona.join(romeoThere)
    await again()
    since = romeo.now()
    verona.ban(romeoThere)
    const out = await romeo.out(since)
    assert.ok(codes(out).includes("301"), out.toString())
    await assert.rejects(Seat.take(client, roomJid(square), "Romeo"), isForbidden)
    verona.unban(romeoThere)
    verona.join(romeoThere)
    await again()
  })

  /** In again, as soon as the gateway knows of the change. */
  const again = async (): Promise<void> => {
    const text = `Anon, anon! ${square.messages.length}`
    square.say(juliet, text)
    await benvolio.hears(text)
    romeo = await Seat.take(stage.user("romeo"), roomJid(square), "Romeo")
  }

  /** Somebody alone with the bot says something that is for a user. */
  const reaches = async (user: string, who: Person, text: string): Promise<void> => {
    const since = stage.user(user).received.length
    dm(who).say(who, text)
    await stage.hears(user, jidOf(who), text, since)
  }
  const reply = async (user: string, who: Person, text: string): Promise<void> => {
    const from = dm(who).messages.length
    await stage.user(user).say(jidOf(who), text)
    await hears(who, new RegExp(`${text}$`), from)
  }

  test("an invite link by chat makes whoever follows it a contact; nobody else", async () => {
    await stage.chat("romeo", "invite 1 7", /By which account/)
    const code = codeIn(await stage.chat("romeo", "1", /xmpp link/))
    const since = stage.user("romeo").received.length
    await commands(juliet, "link", code, /You write with romeo@example\.test now/)
    await stage.told("romeo", /Juliet has followed your invite link/, since)
    await commands(nurse, "link", code, /not valid/)
    await reaches("romeo", juliet, "Good even")
    await reply("romeo", juliet, "Ah, Juliet")
    assert.match(await stage.refused("romeo", jidOf(nurse), "Fain would I"), /have agreed/)
    await says(nurse, "Is he there?", /nobody there has agreed to write with you/)
    const second = codeIn(await stage.run("mercutio", "invite", { uses: "2", days: "1", label: "for the ball" }))
    assert.match(await stage.chat("mercutio", "invites", /for the ball/), /for the ball/)
    await stage.chat("mercutio", "1", /void now/)
    await commands(nurse, "link", second, /not valid/)
  })

  test("a foreign person asks two users, who agree each in their way; what they say waits until they have chosen", async () => {
    const contact = jidOf(nurse)
    const asks = async (user: string): Promise<void> => {
      const since = stage.user(user).received.length
      await commands(nurse, "write", `${user}@example.test`, /can be reached here/)
      const isIt = (el: Element): boolean => el.attrs["type"] === "subscribe" && el.attrs["from"] === contact
      await stage.user(user).waitFor(isIt, { since, timeout: 15_000, what: `${user} to be asked` })
    }
    await asks("romeo")
    let from = dm(nurse).messages.length
    assert.match(await stage.runAt("romeo", contact, "accept"), /You write with Nurse now/)
    await hears(nurse, /romeo@example\.test has agreed/, from)
    await asks("mercutio")
    from = dm(nurse).messages.length
    await stage.chat("mercutio", `accept ${contact}`, /You write with Nurse now/)
    await hears(nurse, /mercutio@example\.test has agreed/, from)
    const question = await says(nurse, "Can any of you tell me?", /For whom is this\?/)
    const since = stage.user("romeo").received.length
    await answered(fake.press(bot, nurse, question, "romeo@example.test"), /goes to romeo@example\.test now/)
    await stage.hears("romeo", contact, "Can any of you tell me?", since)
    await reaches("romeo", nurse, "I desire some confidence")
    await commands(nurse, "to", "mercutio@example.test", /goes to mercutio@example\.test now/)
    await reaches("mercutio", nurse, "What saucy merchant was this?")
    await reply("mercutio", nurse, "An old hare hoar")
    assert.ok(!stage.user("romeo").received.some((el) => el.getChildText("body")?.includes("saucy merchant")))
  })

  test("either side ends it", async () => {
    const contact = jidOf(nurse)
    await commands(nurse, "block", "mercutio@example.test", /cannot reach you here any more/)
    assert.match(await stage.refused("mercutio", contact, "Farewell, ancient lady"), /have agreed/)
    const from = dm(nurse).messages.length
    await stage.user("romeo").send(`<presence type='unsubscribed' to='${contact}'/>`)
    await hears(nurse, /romeo@example\.test does not write with you here any more/, from)
    assert.match(await stage.refused("romeo", contact, "Commend me"), /have agreed/)
  })

  test("administrators shut people out and let them in again; nobody else does", async () => {
    const isAdmins = (node: string): boolean => node.startsWith("http://jabber.org/protocol/admin#")
    assert.ok((await stage.offered("friar")).some(isAdmins))
    assert.ok(!(await stage.offered("romeo")).some(isAdmins))
    await stage.chat("romeo", "shut-out mercutio@example.test", /Only administrators/)
    await stage.chat("friar", "shut-out mercutio@example.test a plague", /is blocked from now on/)
    assert.match(await stage.refused("mercutio", domain, "register"), /does not let mercutio@example\.test use it/)
    assert.match(await stage.run("friar", "forget-rule", { who: "mercutio@example.test" }), /on no list any more/)
  })

  test("in their own language; and the end of a tie is the end of all that came with it", async () => {
    const chinese = fake.command(bot, juliet, square, "xmpp help", {}, "zh-CN")
    await answered(chinese, /\p{Script=Han}/u)
    await stage.chat("mercutio", "help", /\p{Script=Han}/u, "zh")
    const since = romeo.now()
    await commands(romeoThere, "unlink", "", /not tied to romeo@example\.test any more/)
    await romeo.out(since)
    await assert.rejects(Seat.take(stage.user("romeo"), roomJid(square), "Romeo"), JoinError)
    // The other identity stays.
    romeo = await Seat.take(stage.user("romeo"), roomJid(square, "main-2"), "Romeo")
    await romeo.say("I'll be a candle-holder")
    await benvolio.hears("I'll be a candle-holder")
    await says(juliet, "Where is he?", /nobody there has agreed|does not write with you/)
  })

  test("nothing was asked of Discord that it would not take", () => {
    assert.deepEqual(fake.violations, [])
    stage.calm()
  })
})
