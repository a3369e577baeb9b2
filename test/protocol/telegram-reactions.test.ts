// Reactions and faces between the real adapter and the fake Bot API.
import assert from "node:assert/strict"
import { afterEach, beforeEach, describe, it } from "node:test"
import type { Contact, NetworkEvent } from "xferry"
import type { TestHost } from "xferry/conformance"
import adapter from "xferry-adapter-telegram"
import { chat, Ground, juliet, type Session, signal } from "../fakes/telegram/ground.js"
import { adminRights, type Group } from "../fakes/telegram/index.js"
import { standardReactions } from "../fakes/telegram/schema.js"

type Reactions = Extract<NetworkEvent, { type: "reactions" }>
const romeo = { id: 5_200_000_002, is_bot: false, first_name: "Romeo" }
let ground: Ground
let session: Session
let host: TestHost

beforeEach(async () => {
  ground = new Ground()
  await ground.start()
  ;({ session, host } = await ground.connect())
})
afterEach(() => ground.stop())

const reacted = (holds: (event: Reactions) => boolean = () => true): Promise<Reactions> =>
  host.event("a reaction", (event) => event.type === "reactions" && holds(event)) as Promise<Reactions>
const administered = (fields: object = {}): Group => {
  const verona = ground.fake.makeGroup({ title: "Verona", owner: juliet, ...fields })
  verona.addBot(ground.bot, juliet, adminRights)
  return verona
}

describe("reactions from Telegram", () => {
  it("are the whole set of one person, in a chat with the bot", async () => {
    const { id } = await session.send({ chat: await met(), key: "k", body: { text: "But soft" } }, signal)
    ground.fake.react(ground.bot, juliet, Number(id), ["👍", "❤"])
    const { chat: where, id: of, change } = await reacted()
    assert.deepEqual([where, of], [chat, id])
    assert.ok("set" in change)
    assert.deepEqual([change.from.id, change.set], [chat.user, [{ text: "👍" }, { text: "❤" }]])
    ground.fake.react(ground.bot, juliet, Number(id), [])
    await reacted((event) => "set" in event.change && event.change.set.length === 0)
  })

  it("in groups, also in a group's name, and of custom emoji with what they look like", async () => {
    const sticker = { ...ground.fake.files.add({ size: 5, name: "a.webp" }), type: "custom_emoji", width: 100, height: 100 }
    ground.fake.files.customEmoji.set("5368", { ...sticker, is_animated: false, is_video: false, emoji: "🌹", custom_emoji_id: "5368" })
    await met()
    const verona = administered()
    const post = verona.say(romeo, "It is the east")
    verona.react(juliet, post, ["5368", "99", "⭐"])
    const { chat: where, change } = await reacted()
    assert.deepEqual(where, { room: String(verona.id) })
    assert.ok("set" in change)
    const [known, unknown, paid] = change.set
    assert.deepEqual([known?.text, known?.id, known?.file?.ref, known?.file?.kind], ["🌹", "5368", sticker.file_id, "sticker"])
    assert.deepEqual([unknown, paid], [{ text: "❓", id: "99" }, { text: "⭐" }])
    verona.react({ as: verona.chat }, post, ["🔥"])
    const { change: second } = await reacted(({ change: it }) => "set" in it && it.from.kind === "room")
    assert.deepEqual("set" in second && [second.from.id, second.from.name], [String(verona.id), "Verona"])
  })

  it("in a topic find the topic, also after a restart", async () => {
    const verona = administered({ forum: true })
    const thread = verona.makeTopic("Balcony")
    const post = verona.say(romeo, "What light", { thread })
    await ground.heard(host, "What light")
    const mine = await session.send({ chat: { room: `${verona.id}/${thread}` }, key: "k", body: { text: "Ay me" } }, signal)
    ground.say("an end")
    await ground.heard(host, "an end")
    host.close()
    ;({ host, session } = await ground.connect())
    for (const id of [String(post.id(ground.bot)), mine.id]) {
      verona.react(juliet, verona.posts.find(ground.bot, Number(id))!, ["👍"])
      assert.deepEqual((await reacted((event) => event.id === id)).chat, { room: `${verona.id}/${thread}` })
    }
    verona.react(juliet, verona.say(romeo, "in General"), ["👍"])
    await reacted((event) => "room" in event.chat && event.chat.room === String(verona.id))
  })

  it("in channels are counts", async () => {
    await met()
    const news = administered({ type: "channel" })
    const post = news.post("A scandal")
    news.countReactions(post, { "👍": 3, "🔥": 1 })
    assert.deepEqual((await reacted()).change, {
      counts: [
        { emoji: { text: "👍" }, count: 3 },
        { emoji: { text: "🔥" }, count: 1 },
      ],
    })
  })
})

describe("reactions to Telegram", () => {
  it("all that Telegram knows are declared, as Telegram writes them", () => {
    assert.deepEqual(adapter.capabilities.react, { as: "bot", max: 1, allowed: [...standardReactions] })
    assert.ok(standardReactions.length > 70)
  })

  it("one at a time, set, replaced, taken away; written as clients write them", async () => {
    const at = await met()
    const id = ground.say("react to this")
    const react = (...emoji: string[]) => session.react({ chat: at, message: { id }, emoji }, signal)
    await react("👍")
    await react("❤️", "👍")
    await react("👍🏽")
    await react()
    assert.deepEqual(
      ground.bot.reactions.map(({ emoji }) => emoji),
      [["👍"], ["❤"], ["👍"], []],
    )
    const unknown = await ground.failure(react("🧀"))
    assert.deepEqual([unknown.kind, unknown.message], ["rejected", "Telegram does not take this reaction here."])
    assert.equal((await ground.failure(session.react({ chat: at, message: { id: "999" }, emoji: ["👍"] }, signal))).kind, "gone")
  })

  it("what a chat allows is its limits", async () => {
    const verona = administered()
    assert.equal((await session.room!(String(verona.id), signal)).limits?.react, undefined)
    verona.reactions = ["👍", "🔥"]
    assert.deepEqual((await session.room!(String(verona.id), signal)).limits?.react, { allowed: ["👍", "🔥"] })
    verona.reactions = []
    assert.equal((await session.room!(String(verona.id), signal)).limits?.react, false)
  })
})

describe("faces", () => {
  const face = (holds: (contact: Contact) => boolean = () => true): Promise<Contact> =>
    host
      .event("a face", (event) => event.type === "contact" && holds(event.contact))
      .then((event) => (event as Extract<NetworkEvent, { type: "contact" }>).contact)
  const picture = Buffer.from("ffd8ffe000104a46494600", "hex")

  it("are asked for when somebody is met, once, and can be had", async () => {
    ground.fake.files.face(juliet, picture)
    await met()
    const { id, avatar } = await face()
    assert.equal(id, chat.user)
    assert.ok(avatar)
    const { stream } = await session.download(avatar, signal)
    assert.deepEqual(Buffer.from(await new Response(stream).arrayBuffer()), picture)
    const [smallest] = ground.fake.files.faces.get(juliet.id)!
    assert.deepEqual([avatar.ref, avatar.stableId], [smallest?.file_id, smallest?.file_unique_id])
    ground.say("again")
    await ground.heard(host, "again")
    const asked = ground.fake.requests.filter(({ method }) => method === "getUserProfilePhotos")
    assert.equal(asked.length, 1)
    assert.deepEqual((await session.contact!(chat.user, signal)).avatar, avatar)
  })

  it("of who has none that is known; of who speaks for a channel it is the channel's", async () => {
    await met()
    assert.equal((await face()).avatar, null)
    const news = administered({ type: "channel" })
    news.photo = picture
    news.post("A scandal", { signature: "Friar" })
    const friar = await face((contact) => contact.id.startsWith(`${news.id}.`))
    assert.ok(friar.avatar?.ref)
  })

  it("that cannot be asked for keep nothing from arriving", async () => {
    ground.fake.faults.next("getUserProfilePhotos", { kind: "error", code: 404, description: "Not Found: method not found" })
    await met()
    ground.say("and on")
    await ground.heard(host, "and on")
    assert.ok(!host.events.some(({ type }) => type === "contact"))
  })
})

/** Juliet has written: by then the bot has asked for all kinds of updates. */
async function met(): Promise<typeof chat> {
  ground.say("hello")
  await ground.heard(host, "hello")
  return chat
}
