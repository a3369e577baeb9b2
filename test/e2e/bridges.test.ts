// A bridge of a Telegram group, a Discord channel and a room on a second XMPP domain, made by codes: after a day of all kinds of talk the three are equal.
import assert from "node:assert/strict"
import { after, before, describe, test } from "node:test"
import type { Message as TelegramMessage } from "node-telegram-bot-api"
import {
  type Bot as DiscordBot,
  type Channel,
  type FakeDiscord,
  type Message,
  type Person,
  startFakeDiscord,
} from "../fakes/discord/index.js"
import { type Bot, contentOf, type FakeBotApi, type Group, type Post, startFakeBotApi } from "../fakes/telegram/index.js"
import { TestClient } from "../support/client.js"
import { GatewayProcess } from "../support/gateway-process.js"
import { body, Guest, stanzaId } from "../support/muc-world.js"
import { png } from "../support/pictures.js"
import { startProsody } from "../support/prosody.js"
import { secret } from "../support/secrets.js"
import type { XmppServer } from "../support/server.js"
import { upload } from "../support/uploading.js"

const conference = "conference.elsewhere.test"
const garden = `garden@${conference}`
const domains = { telegram: "tg.example.test", discord: "dc.example.test", rooms: "bridge.example.test" }
const shown = "[file]"

/** One message as people see it: who, what, and what it answers. */
interface Line {
  who: string
  text: string
  answers?: string
}

/** One side of the bridge. `Ref`: a message there. */
interface Side<Ref> {
  /** What stands there, oldest first. */
  lines(): Line[]
  says(who: number, text: string, answering?: Ref): Promise<Ref>
  shows(who: number): Promise<Ref>
  edits(who: number, what: Ref, text: string): Promise<void>
  retracts?(who: number, what: Ref): Promise<void>
  reacts(who: number, what: Ref): Promise<void>
  /** The message there that says this. */
  find(text: string): Ref | undefined
  /** How many think something of it. */
  thoughts(text: string): number
}

/** «Juliet (Telegram)» is Juliet. */
const nameOf = (called: string): string => called.replace(/ \([^)]*\)$/, "")
const isTalk = ({ text }: Line): boolean => !text.startsWith("ℹ")

/** By the same seed the same day. */
function seeded(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648
    return Math.floor((state / 2_147_483_648) * below)
  }
}

describe("a bridge of three", () => {
  const ends: (() => Promise<unknown>)[] = []
  let api: FakeBotApi
  let fake: FakeDiscord
  let server: XmppServer
  let gateway: GatewayProcess
  let boss: TestClient
  let bot: Bot
  let group: Group
  let ferry: DiscordBot
  let square: Channel
  const juliet = { id: 5_200_000_001, is_bot: false, first_name: "Juliet" }
  const nurse = { id: 5_200_000_002, is_bot: false, first_name: "Nurse" }
  let discordPeople: Person[]
  let guests: Guest[]
  const sides: Side<unknown>[] = []

  before(async () => {
    api = await startFakeBotApi()
    ends.push(() => api.stop())
    fake = await startFakeDiscord()
    ends.push(() => fake.stop())
    const tokens = { telegram: secret("4711009:AAF-the-token-of-the-bot-of-the-bridge"), discord: secret("MTE5.bridge.token-of-the-bot") }
    bot = api.addBot({ token: tokens.telegram, username: "ferry_bot" })
    group = api.makeGroup({ title: "Verona", owner: api.person(juliet) })
    group.join(api.person(nurse))
    ferry = fake.addBot({ token: tokens.discord, username: "ferry" })
    discordPeople = [
      fake.person({ username: "benvolio", global_name: "Benvolio" }),
      fake.person({ username: "paris", global_name: "Paris" }),
    ]
    const guild = fake.makeGuild({ name: "Verona", owner: discordPeople[0]! })
    guild.join(discordPeople[1]!)
    guild.addBot(ferry)
    square = guild.makeChannel({ name: "square" })
    const names = ["telegram", "discord", "rooms"] as const
    const secrets = Object.fromEntries(names.map((name) => [name, secret(`component-secret-of-${name}-of-the-bridge`)])) as Record<
      (typeof names)[number],
      string
    >
    const users = ["boss", "romeo", "tybalt"]
    server = await startProsody({
      components: names.map((name) => ({ domain: domains[name], secret: secrets[name], privileged: name !== "rooms" })),
      users: Object.fromEntries(users.map((user) => [user, "p"])),
      upload: true,
      extra: { host: `Component "${conference}" "muc"\n  modules_enabled = { "muc_mam" }\n  muc_log_by_default = true\n` },
    })
    ends.push(() => server.stop())
    const club = (token: string): object => ({ club: { login: { token } } })
    const admins = [`boss@${server.domain}`]
    gateway = await GatewayProcess.start({
      server,
      networks: {
        telegram: {
          domain: domains.telegram,
          secret: secrets.telegram,
          options: { apiRoot: api.url, pollSeconds: 5 },
          admins,
          accounts: club(tokens.telegram) as never,
        },
        discord: {
          domain: domains.discord,
          secret: secrets.discord,
          options: { apiRoot: fake.url },
          admins,
          accounts: club(tokens.discord) as never,
        },
        rooms: { domain: domains.rooms, secret: secrets.rooms, adapter: "xmpp" },
      },
      files: { allowPrivate: ["127.0.0.1"] },
    })
    ends.push(() => gateway.remove())
    const clients = await Promise.all(users.map((user) => TestClient.connect({ server, user, password: "p" })))
    for (const client of clients) ends.push(() => client.disconnect())
    boss = clients[0]!
    guests = [new Guest(clients[1]!, "Romeo"), new Guest(clients[2]!, "Tybalt")]
    await guests[0]!.join(garden, { "muc#roomconfig_whois": "anyone" })
    await guests[1]!.join(garden)
    for (const domain of Object.values(domains)) await boss.reachable(domain)
    await api.waitFor(() => bot.polling, "the gateway to listen for the Telegram bot", 30_000)
    group.addBot(bot, api.person(juliet), ["can_manage_chat", "can_delete_messages"])
    await fake.waitFor(() => ferry.commands.length > 0, "the commands to be told to Discord", 30_000)
    sides.push(telegramSide(), discordSide(), mucSide())
  })

  after(async () => {
    for (const end of ends.splice(0).reverse()) await end()
    assert.deepEqual([...api.violations, ...fake.violations], [])
  })

  // ---- how each side is used

  function telegramSide(): Side<Post> {
    const people = [api.person(juliet), api.person(nurse)]
    const posts = (): Post[] =>
      Array.from({ length: group.posts.next - 1 }, (_, i) => group.posts.find(bot, i + 1)).flatMap((post) => post ?? [])
    const lineOf = (message: Partial<TelegramMessage>): Line | undefined => {
      const text = message.text ?? message.caption ?? ""
      const file = message.photo ?? message.document
      if (text === "" && !file) return undefined
      if (!message.from?.is_bot) return { who: message.from?.first_name ?? "", text: file ? shown : text }
      const [, who = "", rest = text] = /^(\S+ \([^)]*\)):\s*(.*)$/s.exec(text) ?? []
      return { who: nameOf(who), text: file ? shown : rest }
    }
    const find = (text: string): Post | undefined => posts().find((post) => lineOf(post.message)?.text === text)
    return {
      find,
      lines: () =>
        posts().flatMap((post) => {
          const line = lineOf(post.message)
          const answered = post.replyTo && lineOf(post.replyTo.message)
          return line ? [{ ...line, ...(answered && { answers: answered.text }) }] : []
        }),
      says: (who, text, answering) => Promise.resolve(group.say(people[who]!, text, answering ? { replyTo: answering } : {})),
      shows: (who) =>
        Promise.resolve(group.say(people[who]!, contentOf(api.files, "photo", { bytes: png([who, 1, 2], 16), width: 16, height: 16 }, {}))),
      edits: (_, what, text) => Promise.resolve(group.edit(what, text)),
      reacts: (who, what) => Promise.resolve(group.react(people[who]!, what, ["👍"])),
      thoughts: (text) => {
        const post = find(text)
        const own = bot.reactions.findLast(({ chat, id }) => chat === group.id && id === post?.id(bot))?.emoji.length ?? 0
        return (post?.reactions.size ?? 0) + own
      },
    }
  }

  function discordSide(): Side<Message> {
    // A webhook cannot answer: it says above what it does (the link is the message's).
    const quoted = /^-# ↪ (?:.*\/(\d+)>?\))?.*\n/
    const textOf = ({ content, attachments }: Message): string => (attachments.length > 0 ? shown : content.replace(quoted, ""))
    const find = (text: string): Message | undefined => square.messages.find((one) => textOf(one) === text)
    return {
      find,
      lines: () =>
        square.messages.map((one) => {
          const [, id] = quoted.exec(one.content) ?? []
          const answered = square.referenced(one) ?? square.messages.find((other) => other.id === id)
          return {
            who: nameOf(one.author.global_name ?? one.author.username),
            text: textOf(one),
            ...(answered && { answers: textOf(answered) }),
          }
        }),
      says: (who, text, answering) =>
        Promise.resolve(square.say(discordPeople[who]!, { content: text, ...(answering && { reply: answering }) })),
      shows: (who) =>
        Promise.resolve(
          square.say(discordPeople[who]!, {
            content: "",
            files: [{ name: "a.png", bytes: png([who, 9, 9], 16), type: "image/png", width: 16, height: 16 }],
          }),
        ),
      edits: (_, what, text) => Promise.resolve(void square.edit(what, text)),
      retracts: (_, what) => Promise.resolve(square.delete(what)),
      reacts: (who, what) => Promise.resolve(square.react(what, discordPeople[who]!, "👍")),
      thoughts: (text) => find(text)?.reactors.length ?? 0,
    }
  }

  function mucSide(): Side<string> {
    const { client } = guests[0]!
    interface Heard extends Line {
      id: string
      origin: string
    }
    const heard = (): { lines: Heard[]; thoughts: Map<string, number> } => {
      let lines: Heard[] = []
      const thoughts = new Map<string, number>()
      for (const el of client.received.filter(
        (one) => one.is("message") && one.attrs["type"] === "groupchat" && one.attrs["from"]?.startsWith(`${garden}/`),
      )) {
        const who = nameOf(el.attrs["from"]!.slice(garden.length + 1))
        const taken = el.getChild("retract", "urn:xmpp:message-retract:1")?.attrs["id"]
        const thought = el.getChild("reactions")
        const corrected = el.getChild("replace")?.attrs["id"]
        const text = el.getChild("x", "jabber:x:oob") ? shown : withoutQuote(el.getChildText("body") ?? "")
        if (taken !== undefined) lines = lines.filter(({ id }) => id !== taken)
        else if (thought)
          thoughts.set(thought.attrs["id"]!, (thoughts.get(thought.attrs["id"]!) ?? 0) + thought.getChildren("reaction").length)
        else if (corrected !== undefined) for (const line of lines) line.text = line.origin === corrected ? text : line.text
        else if (text !== "") {
          const reply = lines.find(({ id }) => id === el.getChild("reply")?.attrs["id"])
          lines.push({ who, text, id: stanzaId(el), origin: el.attrs["id"] ?? "", ...(reply && { answers: reply.text }) })
        }
      }
      return { lines, thoughts }
    }
    const find = (text: string): string | undefined => heard().lines.find((line) => line.text === text)?.id
    const tells = async (who: number, inner: string): Promise<string> => {
      const said = await guests[who]!.say(garden, inner)
      // The other one hears it too, before anything else is done.
      await client.waitFor((el) => el.is("message") && stanzaId(el) === stanzaId(said), { since: 0 })
      return stanzaId(said)
    }
    return {
      find,
      lines: () => heard().lines.map(({ id: _, origin: __, ...line }) => line),
      says: (who, text, answering) =>
        tells(who, body(text) + (answering === undefined ? "" : `<reply xmlns='urn:xmpp:reply:0' id='${answering}' to='${garden}/x'/>`)),
      shows: async (who) => {
        const url = await upload(guests[who]!.client, `upload.${server.domain}`, "a.png", png([who, 5, 5], 16), "image/png")
        return tells(who, `${body(url)}<x xmlns='jabber:x:oob'><url>${url}</url></x>`)
      },
      edits: async (who, what, text) => {
        const origin = heard().lines.find(({ id }) => id === what)?.origin
        await tells(who, `${body(text)}<replace xmlns='urn:xmpp:message-correct:0' id='${origin}'/>`)
      },
      retracts: async (who, what) => void (await tells(who, `<retract xmlns='urn:xmpp:message-retract:1' id='${what}'/>`)),
      reacts: async (who, what) =>
        void (await tells(
          who,
          `<reactions xmlns='urn:xmpp:reactions:0' id='${what}'><reaction>👍</reaction></reactions><store xmlns='urn:xmpp:hints'/>`,
        )),
      thoughts: (text) => heard().thoughts.get(find(text) ?? "") ?? 0,
    }
  }

  /** Resolves when it is so; looked at whenever the server answers. */
  async function until(holds: () => boolean, what: () => string): Promise<void> {
    const end = performance.now() + 30_000
    while (!holds()) {
      if (performance.now() > end) throw new Error(`in vain: ${what()}`)
      await boss.fence()
    }
  }

  const talk = (side: Side<unknown>): Line[] => side.lines().filter(isTalk)
  /** A line to a network's gateway; its answer. */
  async function asks(client: TestClient, domain: string, line: string): Promise<string> {
    const since = client.received.length
    await client.send(`<message to='${domain}' type='chat' id='${client.id()}'>${body(line)}</message>`)
    const answer = await client.waitFor((el) => el.is("message") && el.attrs["from"] === domain && el.getChildText("body") !== null, {
      since,
      timeout: 15_000,
    })
    return answer.getChildText("body") ?? ""
  }

  async function code(): Promise<string> {
    await asks(boss, domains.telegram, `bridge ${group.id}`)
    const said = await asks(boss, domains.telegram, "-")
    const [, found = ""] = /minutes: ([a-z2-7]{12})/.exec(said) ?? []
    assert.notEqual(found, "", said)
    return found
  }

  test("is made by codes: said in the channel by its owner, and in a room of another service by its owner", async () => {
    await api.waitFor(() => bot.pending.length === 0, "the gateway to know the group", 30_000)
    const first = await code()
    const stranger = fake.command(ferry, discordPeople[1]!, square, "xmpp bridge", { code: "abcdefghjkmn" })
    await fake.waitFor(() => /not valid/.test(stranger.text ?? ""), "the guess to be refused", 15_000)
    const said = fake.command(ferry, discordPeople[0]!, square, "xmpp bridge", { code: first })
    await fake.waitFor(() => /^Done/.test(said.text ?? ""), `the code to be taken: «${said.text}»`, 15_000)
    const second = await code()
    // The gateway comes into the room because somebody wants it bridged; that it is theirs they show in the room.
    const romeo = guests[0]!.client
    assert.match(await asks(romeo, domains.rooms, `bridge ${garden} ${second}`), /^You do not run Garden|^You do not run garden/i)
    await guests[0]!.say(garden, body(`!bridge ${second}`))
    await guests[0]!.heard(garden, (el) => /^Done/.test(el.getChildText("body") ?? ""))
    await guests[0]!.heard(garden, (el) => /^ℹ This room is bridged with/.test(el.getChildText("body") ?? ""))
  })

  test("all three sides are equal after a day of talk", async () => {
    const random = seeded(1597)
    await asks(boss, domains.telegram, `bridge-options ${group.id}`)
    let answer = ""
    for (const choice of ["-", "-", "-", "-", "yes", "-", "-", "-", "-", "-"]) answer = await asks(boss, domains.telegram, choice)
    assert.match(answer, /are changed/)
    const skip = sides.map((side) => talk(side).length)
    const day = (side: Side<unknown>): Line[] => talk(side).slice(skip[sides.indexOf(side)])
    const same = (): boolean => new Set(sides.map((side) => JSON.stringify(day(side)))).size === 1
    const seen = (): string => JSON.stringify(sides.map(day), null, 1)
    let said = 0
    for (let round = 0; round < 18; round++) {
      if (round === 9) {
        group.join(api.person({ id: 5_200_000_003, is_bot: false, first_name: "Peter" }))
        const told = ({ text }: Line): boolean => text === "ℹ Peter joined Verona (Telegram)."
        await until(
          () => sides.slice(1).every((one) => one.lines().some(told)),
          () => "that Peter came",
        )
      }
      const side = sides[round % 3]!
      const who = random(2)
      const mine: [string, unknown][] = []
      for (let i = 0; i <= random(3); i++) {
        const text = `Word ${said++} of the day`
        const past = day(side).filter(({ text: one }) => one.startsWith("Word"))
        const answered = random(3) === 0 && past.length > 0 ? side.find(past[random(past.length)]!.text) : undefined
        mine.push([text, await side.says(who, text, answered)])
      }
      if (random(3) === 0) await side.shows(who)
      await until(same, seen)
      const [text, what] = mine[random(mine.length)]!
      const deed = random(3)
      if (deed === 0) {
        await side.edits(who, what, `${text}, mended`)
        await until(() => sides.every((one) => one.find(`${text}, mended`) !== undefined), seen)
      } else if (deed === 1 && side.retracts) {
        await side.retracts(who, what)
        await until(() => sides.every((one) => one.find(text) === undefined), seen)
      } else {
        await side.reacts(1 - who, what)
        await until(
          () => sides.every((one) => one.thoughts(text) > 0),
          () => `👍 of ${text}: ${sides.map((one) => one.thoughts(text)).join(" ")}`,
        )
      }
    }
    await until(same, seen)
    assert.ok(day(sides[0]!).length > 20)
    for (const name of ["Juliet", "Nurse", "Benvolio", "Paris", "Romeo", "Tybalt", shown]) assert.ok(seen().includes(name), name)
    const errors = gateway.log.filter(({ level }) => level === "error" || level === "fatal")
    assert.deepEqual(errors, [])
  })
})

/** Of a reply, for clients that know none. */
function withoutQuote(text: string): string {
  return text.replace(/^(> .*\n)+/, "")
}
