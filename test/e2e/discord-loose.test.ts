// Through a real server to one that only resembles Discord, with every looseness at once: talk goes on, and nothing is lost.
import assert from "node:assert/strict"
import { after, before, describe, test } from "node:test"
import { LooseDiscord } from "../fakes/loose-discord.js"
import { together } from "../fakes/loose-discord-quirks.js"
import { TestClient } from "../support/client.js"
import { domain, registration, roomJid } from "../support/discord-world.js"
import { GatewayProcess } from "../support/gateway-process.js"
import { startProsody } from "../support/prosody.js"
import { JoinError, Seat } from "../support/seat.js"
import { secret } from "../support/secrets.js"
import type { XmppServer } from "../support/server.js"

const componentSecret = secret("component-secret-among-strangers")
const [shared, own] = [secret("MTE4.loose.token-of-the-bot-of-the-club"), secret("MTE4.loose.token-of-the-bot-of-romeo")]
const password = "password of romeo"

describe("A server that resembles Discord", () => {
  const strange = new LooseDiscord(shared, together)
  const { square, juliet } = strange
  const dm = strange.dmOf(strange.addBot(own, "romeos-bot"))
  const contact = `${juliet.id}@${domain}`
  let server: XmppServer
  let gateway: GatewayProcess
  let romeo: TestClient
  let seat: Seat

  before(async () => {
    await strange.start()
    server = await startProsody({ components: [{ domain, secret: componentSecret, privileged: true }], users: { romeo: password } })
    const accounts = { club: { login: { token: shared }, rooms: { "*": ["example.test"] } } }
    const discord = { domain, secret: componentSecret, options: { apiRoot: strange.root }, accounts }
    gateway = await GatewayProcess.start({ server, networks: { discord } })
    romeo = await TestClient.connect({ server, user: "romeo", password, acceptSubscriptions: true })
  })
  after(async () => {
    await romeo?.disconnect()
    await gateway?.remove()
    await server?.stop()
    await strange.stop()
  })

  const texts = (channel: typeof dm): string[] => channel.messages.map(({ content }) => content)
  const written = async (channel: typeof dm, text: string): Promise<void> =>
    strange.until(`«${text}» among ${texts(channel).join(" | ")}`, () => texts(channel).includes(text), 60_000)
  /** How often a text came to Romeo. */
  const times = (text: string): number => romeo.received.filter((el) => el.getChildText("body") === text).length

  test("registers, and talks both ways", async () => {
    await romeo.reachable(domain)
    const answer = await romeo.iq("set", domain, registration(own))
    assert.equal(answer.attrs["type"], "result", String(answer))
    await strange.until("both bots to listen", () => strange.gateway.connected === 2)
    const said = strange.say(dm, "Wherefor art thou?")
    await romeo.waitForMessage(contact, "Wherefor art thou?")
    strange.edit(dm, said, "Wherefore art thou?")
    await romeo.waitForMessage(contact, "Wherefore art thou?")
    await romeo.say(contact, "Call me but love")
    await written(dm, "Call me but love")
  })

  test("a channel is a room, in which the bot says who speaks", async () => {
    seat = await enterKnown(romeo, roomJid(square))
    strange.say(square, "Ay me!")
    const heard = await seat.hears("Ay me!")
    assert.match(String(heard.attrs["from"]), /\/Jul(e|iet)$/)
    await seat.say("She speaks")
    await written(square, "**Romeo**: She speaks")
    strange.say(square, "That you hear this shows that the echo was before it")
    await seat.hears("That you hear this shows that the echo was before it")
    assert.equal(times("She speaks"), 1)
    assert.equal(seat.lines().filter((line) => line.includes("She speaks")).length, 1)
  })

  test("corrections are made once", async () => {
    const wrong = await seat.say("O speak agian")
    await written(square, "**Romeo**: O speak agian")
    await seat.say("O speak again", `<replace xmlns='urn:xmpp:message-correct:0' id='${wrong.attrs["id"]}'/>`)
    await written(square, "**Romeo**: O speak again")
    strange.say(square, "After the correction")
    await seat.hears("After the correction")
    assert.equal(times("O speak again"), 1)
  })

  test("the server goes and comes back: what was said meanwhile comes to both sides, once", async () => {
    await strange.stop()
    await romeo.say(contact, "written to nobody")
    await seat.say("said to nobody")
    strange.say(dm, "written by nobody")
    strange.say(square, "said by nobody")
    await strange.start()
    await written(dm, "written to nobody")
    await written(square, "**Romeo**: said to nobody")
    await romeo.waitForMessage(contact, "written by nobody", { since: 0, timeout: 60_000 })
    await seat.hears("said by nobody", 60_000)
    // And on.
    strange.say(dm, "live again")
    await romeo.waitForMessage(contact, "live again", { since: 0 })
    strange.say(square, "heard again")
    await seat.hears("heard again")
    for (const text of ["written to nobody", "**Romeo**: said to nobody"])
      assert.equal([...texts(dm), ...texts(square)].filter((each) => each === text).length, 1, text)
    for (const text of ["said to nobody", "written by nobody", "said by nobody", "live again", "heard again"])
      assert.equal(times(text), 1, text)
  })

  test("nothing of it was worth more than a line of the log", () => {
    assert.deepEqual(
      gateway.log.filter(({ level }) => level === "error" || level === "fatal"),
      [],
    )
    const warnings = gateway.log.filter(({ level, msg }) => level === "warn" && /understood|be read/.test(msg))
    const kinds = new Map<string, number>()
    for (const { msg, kind } of warnings) kinds.set(`${msg} ${String(kind)}`, (kinds.get(`${msg} ${String(kind)}`) ?? 0) + 1)
    const most = strange.gateway.sessions
    for (const [kind, count] of kinds) assert.ok(count <= most, `${count} times in ${most} sessions: ${kind}`)
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
