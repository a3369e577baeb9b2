// Several rich things in one message between Telegram and XMPP, what is at the edges of them, and the places beside direct chats and groups.
import assert from "node:assert/strict"
import { after, before, describe, test } from "node:test"
import { contentOf } from "../fakes/telegram/index.js"
import { Corner, reacting, reactionsIn, replying } from "../support/corner.js"
import { sample } from "../support/samples.js"
import { Seat } from "../support/seat.js"
import { linked, shared } from "../support/shared-file.js"
import { TelegramParlour, domain, juliet } from "../support/telegram-parlour.js"

let tg: TelegramParlour
before(async () => {
  tg = await TelegramParlour.open()
})
after(() => tg.close())

const reactionsNs = "urn:xmpp:reactions:0"
const rights = ["can_manage_chat", "can_delete_messages", "can_post_messages"] as const

async function picture(): Promise<{ url: string; mime: string; bytes: Buffer }> {
  const bytes = sample.png()
  return { url: await tg.parlour.upload("me.png", bytes, "image/png"), mime: "image/png", bytes }
}

for (const place of ["direct", "room"] as const) {
  describe(place, () => {
    test("a picture answers, and is answered by one", async () => {
      const corner = tg.at(place)
      const asked = tg.says(place, "How do you look?")
      const told = await corner.text("How do you look?")
      const { url } = await picture()
      const answering = replying(corner.idOf(told), told.attrs["from"] ?? "")
      const { sent, gave: id } = await tg.gets(place, () => corner.send(linked(url) + answering))
      assert.deepEqual([sent.replyTo, sent.text, "photo" in (sent.content ?? {})], [asked.id, "", true])
      tg.says(place, contentOf(tg.api.files, "photo", { bytes: sample.png() }, { caption: "And I?" }), tg.there(place, sent.id))
      await corner.file()
      const caption = await corner.text("And I?")
      assert.equal(caption.getChild("reply", "urn:xmpp:reply:0")?.attrs["id"], await corner.settled(id))
    })

    test("a picture is hidden until it is wanted", async () => {
      const corner = tg.at(place)
      const { url } = await picture()
      const { sent } = await tg.gets(place, () => corner.send(`${linked(url)}<spoiler xmlns='urn:xmpp:spoiler:0'/>`))
      assert.equal(tg.message(place, sent.id).has_media_spoiler, true)
    })

    test("words that are too long for a caption go below", async () => {
      const corner = tg.at(place)
      const words = "word ".repeat(300).trim()
      const from = tg.count(place)
      const file = await picture()
      await corner.send(shared([file], words))
      const [first, second] = [await tg.sent(place, from), await tg.sent(place, from + 1)]
      assert.deepEqual(tg.bytesOf(first), file.bytes)
      assert.deepEqual([first.text, second.text], ["", words])
    })

    test("the key of an encrypted file never leaves, nothing is sent, and its author gets an error", async () => {
      const corner = tg.at(place)
      const key = "00".repeat(44)
      const from = tg.count(place)
      const id = await corner.say(`aesgcm://upload.example.test/x/y.jpg#${key}`)
      assert.match((await corner.refused(id)).getChild("error")?.getChildText("text") ?? "", /«y\.jpg» is encrypted.*Nothing was sent/)
      assert.equal(tg.count(place), from)
      assert.ok(!JSON.stringify(tg.api.requests).includes(key))
    })
  })
}

test("another picture instead: it comes, the old one is taken back, the caption corrected", async () => {
  const corner = tg.at("direct")
  const { message } = tg.shows("direct", "photo", { bytes: sample.png() }, { caption: "The one" })
  const old = await corner.file()
  const caption = await corner.text("The one")
  const bytes = sample.png()
  assert.ok(message)
  tg.api.edit(tg.bot, message, contentOf(tg.api.files, "photo", { bytes }, { caption: "The other" }))
  assert.deepEqual((await corner.file()).bytes, bytes)
  const corrected = await corner.text("The other")
  assert.equal(corrected.getChild("replace", "urn:xmpp:message-correct:0")?.attrs["id"], caption.attrs["id"])
  const gone = await corner.with("retract", "urn:xmpp:message-retract:1")
  assert.equal(gone.getChild("retract")?.attrs["id"], old.stanza.attrs["id"])
})

test("in a topic of a forum files, answers and reactions find their place", async () => {
  const { api, bot, parlour } = tg
  const forum = api.makeGroup({ title: "Mantua", owner: juliet, forum: true })
  forum.addBot(bot, api.person(juliet), rights)
  const thread = forum.makeTopic("Poison")
  forum.say(api.person(juliet), "first", { thread })
  await tg.drained()
  const corner = await enter(`#${forum.id}\\2f${thread}@${domain}`)
  const asked = forum.say(api.person(juliet), contentOf(api.files, "photo", { bytes: sample.png() }), { thread })
  const file = await corner.file()
  await corner.send(reacting(corner.idOf(file.stanza), "🔥"))
  await api.waitFor(() => bot.reactions.find(({ chat, id }) => chat === forum.id && id === asked.id(bot)), "the reaction")
  const id = await corner.send(linked((await picture()).url) + replying(corner.idOf(file.stanza), file.stanza.attrs["from"] ?? ""))
  const sent = await api.waitFor(() => bot.sent.find(({ chat }) => chat === forum.id), "the picture")
  assert.deepEqual([sent.thread, sent.replyTo, "photo" in (sent.content ?? {})], [thread, asked.id(bot), true])
  const post = forum.posts.find(bot, sent.id)
  assert.ok(post)
  // Telegram tells the group, and not the topic.
  forum.react(juliet, post, ["👍"])
  assert.equal(reactionsIn(await corner.with("reactions", reactionsNs)), `${await corner.settled(id)}: 👍`)
  await parlour.client.fence()
})

test("of a channel it is told how many think what, in one line that changes", async () => {
  const { api, bot } = tg
  const channel = api.makeGroup({ title: "Chorus", owner: juliet, type: "channel" })
  channel.addBot(bot, api.person(juliet), rights)
  channel.post("Two households")
  await tg.drained()
  const corner = await enter(`#${channel.id}@${domain}`)
  const post = channel.post("both alike in dignity")
  const told = await corner.text("both alike in dignity")
  channel.countReactions(post, { "👍": 3, "🔥": 1 })
  const first = await corner.text(/^👍 3 +🔥 1$/)
  assert.equal(first.getChild("reply", "urn:xmpp:reply:0")?.attrs["id"], corner.idOf(told))
  channel.countReactions(post, { "👍": 4 })
  const next = await corner.text("👍 4")
  assert.equal(next.getChild("replace", "urn:xmpp:message-correct:0")?.attrs["id"], first.attrs["id"])
})

async function enter(jid: string): Promise<Corner> {
  const seat = await Seat.take(tg.parlour.client, jid, "Romeo")
  const corner = new Corner("room", tg.parlour.client, jid, () => seat.nick)
  corner.mark()
  return corner
}
