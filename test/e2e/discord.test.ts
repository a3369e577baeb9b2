// Discord through a real server: a user's own bot for direct messages, and a bot of the configuration whose channels are rooms for all.
import assert from "node:assert/strict"
import { after, before, describe, test } from "node:test"
import type { Channel, Guild, Person } from "../fakes/discord/index.js"
import type { TestClient } from "../support/client.js"
import { club, type DiscordWorld, hears, jidOf, join, register, startDiscordWorld } from "../support/discord-world.js"
import { type Seat, stanzaId } from "../support/seat.js"

const nsCorrect = "urn:xmpp:message-correct:0"

describe("Discord", () => {
  let world: DiscordWorld
  let romeo: TestClient
  let juliet: Person
  let verona: Guild
  let square: Channel
  let dm: Channel

  before(async () => {
    world = await startDiscordWorld({
      users: ["romeo", "benvolio"],
      rooms: { "*": ["example.test"] },
      prepare: (fake, bot) => {
        juliet = fake.person({ username: "juliet", global_name: "Juliet Capulet" })
        verona = fake.makeGuild({ name: "Verona", owner: fake.person({ username: "escalus", global_name: "Escalus" }) })
        verona.join(juliet, { nick: "Jule" })
        verona.addBot(bot(club))
        square = verona.makeChannel({ name: "square", topic: "Two households" })
      },
    })
    romeo = await world.login("romeo", { acceptSubscriptions: true })
    dm = world.fake.dm(world.bot("romeo"), juliet)
  })
  after(async () => {
    await world.close()
    assert.deepEqual(world.fake.violations, [])
  })

  const written = (channel: Channel): string[] => channel.messages.map(({ content }) => content)
  const writes = async (channel: Channel, text: string): Promise<unknown> =>
    world.fake.waitFor(() => written(channel).includes(text), `«${text}» on Discord`)

  test("registers a bot, and talks in a direct chat", async () => {
    await register(world, romeo, "romeo")
    const said = dm.say(juliet, "Wherefor art thou?")
    const heard = await hears(romeo, juliet, "Wherefor art thou?")
    dm.edit(said, "Wherefore art thou?")
    const corrected = await hears(romeo, juliet, "Wherefore art thou?")
    assert.equal(corrected.getChild("replace", nsCorrect)?.attrs["id"], heard.attrs["id"])
    const id = await romeo.say(jidOf(juliet), "I take thee at thy wrd")
    await writes(dm, "I take thee at thy wrd")
    await romeo.say(jidOf(juliet), "I take thee at thy word", { replace: id })
    await writes(dm, "I take thee at thy word")
    assert.deepEqual(written(dm), ["Wherefore art thou?", "I take thee at thy word"])
  })

  test("a channel is a room: what is said there, by whom, and its subject", async () => {
    const [seat, other] = await seats()
    assert.equal(seat.entry.subject.getChildText("subject"), "Two households")
    square.say(juliet, "Ay me! **sad** hours seem long")
    const heard = await seat.hears("Ay me! *sad* hours seem long")
    assert.equal(heard.attrs["from"], `${seat.room}/Jule`)
    await seat.say("Is the day so *young*?")
    await writes(square, "Is the day so **young**?")
    const post = square.messages.at(-1)
    assert.deepEqual([post?.author.username, post?.webhook_id !== undefined], ["Romeo", true])
    await other.hears("Is the day so *young*?")
    assert.equal(seat.lines().filter((line) => line.includes("young")).length, 1)
  })

  test("corrections and deletions, both ways", async () => {
    const [seat] = await seats()
    const said = square.say(juliet, "He jests at scras")
    const heard = await seat.hears("He jests at scras")
    square.edit(said, "He jests at scars")
    const corrected = await seat.hears("He jests at scars")
    assert.equal(corrected.getChild("replace", nsCorrect)?.attrs["id"], heard.attrs["id"])
    square.delete(said)
    await seat.client.waitFor((el) => el.getChild("retract", "urn:xmpp:message-retract:1")?.attrs["id"] === stanzaId(heard), { since: 0 })
    const own = await seat.say("But sfot!")
    await writes(square, "But sfot!")
    await seat.say("But soft!", `<replace xmlns='${nsCorrect}' id='${own.attrs["id"]}'/>`)
    await writes(square, "But soft!")
    await seat.send("/me took it back", `<retract xmlns='urn:xmpp:message-retract:1' id='${stanzaId(own)}'/>`)
    await world.fake.waitFor(() => !written(square).includes("But soft!"), "the deletion on Discord")
  })

  test("nothing is lost while the gateway is down", async () => {
    const [seat] = await seats()
    await world.gateway.kill9()
    square.say(juliet, "said meanwhile")
    dm.say(juliet, "written meanwhile")
    await world.gateway.start()
    await hears(romeo, juliet, "written meanwhile")
    // He is in the room as before, and need not do anything.
    await seat.hears("said meanwhile")
  })

  let places: [Seat, Seat] | undefined
  async function seats(): Promise<[Seat, Seat]> {
    if (places) return places
    const benvolio = await world.login("benvolio")
    await benvolio.reachable("dc.example.test")
    return (places = [await join(romeo, square, "Romeo"), await join(benvolio, square, "Benvolio")])
  }
})
