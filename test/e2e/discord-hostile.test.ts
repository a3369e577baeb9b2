// What malicious people on Discord send, through the gateway and a real server: XMPP users come to no harm, and everything goes on.
import assert from "node:assert/strict"
import { after, before, describe, test } from "node:test"
import { LooseDiscord, now } from "../fakes/loose-discord.js"
import type { Json } from "../fakes/loose-discord-quirks.js"
import { TestClient } from "../support/client.js"
import { domain, registration, roomJid } from "../support/discord-world.js"
import { GatewayProcess } from "../support/gateway-process.js"
import { startProsody } from "../support/prosody.js"
import { JoinError, nickOf, occupantIdOf, Seat } from "../support/seat.js"
import { secret } from "../support/secrets.js"
import type { XmppServer } from "../support/server.js"

const componentSecret = secret("component-secret-under-attack")
const [shared, own] = [secret("MTE5.hostile.token-of-the-bot-of-the-club"), secret("MTE5.hostile.token-of-the-bot-of-romeo")]
const password = "password of romeo"

describe("Malice on Discord", () => {
  const discord = new LooseDiscord(shared)
  const { square, juliet, guild } = discord
  const dm = discord.dmOf(discord.addBot(own, "romeos-bot"))
  const contact = `${juliet.id}@${domain}`
  let server: XmppServer
  let gateway: GatewayProcess
  let romeo: TestClient
  let seat: Seat

  before(async () => {
    await discord.start()
    server = await startProsody({ components: [{ domain, secret: componentSecret, privileged: true }], users: { romeo: password } })
    const accounts = { club: { login: { token: shared }, rooms: { "*": ["example.test"] } } }
    const options = { apiRoot: discord.root }
    gateway = await GatewayProcess.start({ server, networks: { discord: { domain, secret: componentSecret, options, accounts } } })
    romeo = await TestClient.connect({ server, user: "romeo", password, acceptSubscriptions: true })
    await romeo.reachable(domain)
    await romeo.iq("set", domain, registration(own))
    await discord.until("both bots to listen", () => discord.gateway.connected === 2)
    seat = await enterKnown(romeo, roomJid(square))
  })
  after(async () => {
    await romeo?.disconnect()
    await gateway?.remove()
    await server?.stop()
    await discord.stop()
  })

  /** Said in the channel by whoever this is. */
  function says(author: Json, content: string, more: Json = {}): string {
    const id = discord.id()
    discord.tell("MESSAGE_CREATE", { id, channel_id: square.id, guild_id: guild, author, content, timestamp: now(), type: 0, ...more })
    return id
  }

  /** The streams, the session and the room are as they were. */
  async function lives(): Promise<void> {
    const mark = `alive ${discord.id()}`
    discord.say(square, mark)
    discord.say(dm, mark)
    await seat.hears(mark)
    await romeo.waitForMessage(contact, mark, { since: 0 })
    assert.ok(romeo.online)
    assert.ok(!gateway.log.some(({ level }) => level === "error" || level === "fatal"))
  }

  test("names and texts of any characters and any length", async () => {
    const names = [
      "\u0000\u0001\u001b[31mred",
      "\u202eoemoR\u202c \u2066x",
      "a\nb\tc\r\u2028d",
      "\ud800 half \udfff",
      "]]><body>&lt;!--",
      "\ufffe\uffff\ufdd0",
      "\u00ad\u200b\u2060",
      "  ",
      "Zalgo" + "\u0301".repeat(5000),
      "n".repeat(32_768),
      "👩‍👩‍👧‍👦".repeat(2000),
    ]
    for (const [index, name] of names.entries()) {
      const person = discord.person(`u${index}`, { global_name: name })
      says(person, `said by ${index}`, { member: { nick: name, roles: [], user: person } })
      const heard = await seat.hears(`said by ${index}`)
      const nick = nickOf(heard)
      assert.ok(
        Buffer.byteLength(nick) <= 1023 && nick.trim() !== "",
        `${JSON.stringify(name.slice(0, 20))} became ${JSON.stringify(nick)}`,
      )
      assert.doesNotMatch(nick, /[\p{Cc}\p{Cs}\u2028\u202e\u2066]/u)
    }
    says(juliet, names.join("\n"))
    discord.say(dm, names.join("\n"))
    await lives()
  })

  test("texts that no stanza can hold", async () => {
    for (const text of [
      "x".repeat(1_000_000),
      `${"> ".repeat(3000)}deep`,
      Array.from({ length: 20_000 }, (_, i) => `<@${i + 1}>`).join(" "),
    ]) {
      says(juliet, text)
      discord.say(dm, text)
      await lives()
    }
  })

  test("a webhook named like one of us is shown as somebody else", async () => {
    const hook = { id: "99", username: "Romeo", discriminator: "0000", bot: true, avatar: null }
    says(hook, "It is I, Romeo", { webhook_id: "99", application_id: discord.self.id.replace(/.$/, "9") })
    const heard = await seat.hears("It is I, Romeo")
    assert.notEqual(nickOf(heard), "Romeo")
    const mine = await seat.say("No, it is I")
    assert.equal(nickOf(mine), "Romeo")
    assert.notEqual(occupantIdOf(heard), occupantIdOf(mine))
    // And like somebody of theirs.
    says({ ...hook, username: "Jule" }, "It is I, Jule", { webhook_id: "99" })
    const false_ = await seat.hears("It is I, Jule")
    discord.say(square, "That is not me")
    const true_ = await seat.hears("That is not me")
    assert.notEqual(nickOf(false_), nickOf(true_))
  })

  test("an id of another chat's message reaches nothing there", async () => {
    const since = romeo.received.length
    const said = discord.say(dm, "mine to keep")
    const heard = await romeo.waitForMessage(contact, "mine to keep")
    const forged = { ...said, channel_id: square.id, guild_id: guild }
    discord.tell("MESSAGE_CREATE", { ...forged, content: "the same id" })
    await seat.hears("the same id")
    discord.tell("MESSAGE_UPDATE", { ...forged, content: "yours to change", edited_timestamp: now() })
    await seat.hears("yours to change")
    discord.tell("MESSAGE_DELETE", { id: said.id, channel_id: square.id, guild_id: guild })
    await lives()
    const touched = romeo.received
      .slice(since)
      .filter((el) => el !== heard && String(el.attrs["from"]).startsWith(contact) && (el.getChild("replace") ?? el.getChild("retract")))
    assert.deepEqual(touched.map(String), [])
  })

  test("rooms of any name, come and gone", async () => {
    const names = ["a\nb", "romeo@example.test/phone", "<x xmlns='y'/>", "\u0000\u202e", "n".repeat(10_000), "#square", ""]
    const made = names.map((name) => discord.channel({ type: 0, name, topic: `${name}\n`.repeat(3), guild }))
    for (const { data } of made) discord.tell("CHANNEL_CREATE", data)
    await lives()
    const items = await romeo.iq("get", domain, "<query xmlns='http://jabber.org/protocol/disco#items'/>")
    assert.equal(items.attrs["type"], "result")
    for (const channel of made) {
      const info = await romeo.iq("get", roomJid(channel), "<query xmlns='http://jabber.org/protocol/disco#info'/>")
      assert.ok(["result", "error"].includes(String(info.attrs["type"])))
      const there = await enterKnown(romeo, roomJid(channel))
      await there.leave()
    }
    for (const { data, id } of made) {
      discord.channels.delete(id)
      discord.tell("CHANNEL_DELETE", data)
    }
    await lives()
  })

  test("floods of webhooks' names, people, presence and typing", async () => {
    for (let i = 0; i < 300; i++) {
      const user = discord.person(`flood${i}`)
      discord.tell("GUILD_MEMBER_ADD", { guild_id: guild, user, roles: [], nick: null, joined_at: now() })
      discord.tell("PRESENCE_UPDATE", { guild_id: guild, user, status: i % 2 ? "online" : "dnd", activities: [] })
      discord.tell("TYPING_START", { guild_id: guild, channel_id: square.id, user_id: user.id, member: { user, roles: [] } })
      says({ id: "98", username: `name ${i}`, bot: true }, `spam ${i}`, { webhook_id: "98" })
      discord.tell("GUILD_MEMBER_REMOVE", { guild_id: guild, user })
    }
    await seat.hears("spam 299", 60_000)
    await lives()
  })
})

/** The gateway learns of rooms a while after its bot is there. */
async function enterKnown(client: TestClient, room: string): Promise<Seat> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await Seat.take(client, room, "Romeo")
    } catch (error) {
      if (!(error instanceof JoinError) || error.condition !== "item-not-found" || attempt === 200) throw error
    }
  }
}
