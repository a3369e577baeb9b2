// Several rich things in one message between Telegram and XMPP, and what is at the edges of them.
import assert from "node:assert/strict"
import { after, before, test } from "node:test"
import { contentOf } from "../fakes/telegram/index.js"
import { replying, reacting, reactionsIn } from "../support/corner.js"
import { sample } from "../support/samples.js"
import { linked, shared } from "../support/shared-file.js"
import { TelegramParlour, domain, juliet } from "../support/telegram-parlour.js"
import { Corner } from "../support/corner.js"
import { Seat } from "../support/seat.js"

let tg: TelegramParlour
before(async () => {
  tg = await TelegramParlour.open()
})
after(() => tg.close())

for (const place of ["direct", "room"] as const) {
  test(`${place}: a picture answers, and is answered`, async () => {
    const corner = tg.at(place)
    const asked = tg.says(place, "How do you look?")
    const told = await corner.text("How do you look?")
    const bytes = sample.png()
    const url = await tg.parlour.upload("me.png", bytes, "image/png")
    const quotation = "> How do you look?\n"
    const { sent } = await tg.gets(place, () => corner.send(linked(url) + replying(corner.idOf(told), told.attrs["from"] ?? "")))
    assert.deepEqual([sent.replyTo, sent.text, Boolean(sent.content?.photo)], [asked.id, "", true])
    const mine = { id: sent.id, ...(place === "room" && { post: tg.group.posts.find(tg.bot, sent.id)! }) }
    tg.says(place, contentOf(tg.api.files, "photo", { bytes: sample.png() }, { caption: "And I?" }), mine)
    const file = await corner.file()
    const caption = await corner.text("And I?")
    console.log(quotation, file.stanza.toString(), caption.toString())
  })

  test(`${place}: another picture instead`, async () => {
    const corner = tg.at(place)
    const bytes = sample.png()
    const there = tg.shows(place, "photo", { bytes }, { caption: "The one" })
    const file = await corner.file()
    await corner.text("The one")
    const next = sample.png()
    if (there.message) tg.api.edit(tg.bot, there.message, { ...contentOf(tg.api.files, "photo", { bytes: next }), caption: "The other" })
    else return
    await corner.text("The other")
    console.log(file.stanza.attrs["id"], corner.client.received.slice(-4).map(String).join("\n"))
  })

  test(`${place}: a hidden picture`, async () => {
    const corner = tg.at(place)
    const bytes = sample.png()
    const url = await tg.parlour.upload("me.png", bytes, "image/png")
    const { sent } = await tg.gets(place, () => corner.send(`${linked(url)}<spoiler xmlns='urn:xmpp:spoiler:0'/>`))
    console.log(JSON.stringify(tg.message(place, sent.id)))
  })

  test(`${place}: a caption that is too long`, async () => {
    const corner = tg.at(place)
    const bytes = sample.png()
    const url = await tg.parlour.upload("me.png", bytes, "image/png")
    const from = tg.count(place)
    await corner.send(shared([{ url, mime: "image/png", bytes }], "word ".repeat(300).trim()))
    const sent = [await tg.sent(place, from), await tg.sent(place, from + 1)]
    console.log(sent.map(({ text, content }) => [text.length, Object.keys(content ?? {})]))
  })

  test(`${place}: an encrypted file is not carried, and that is said`, async () => {
    const corner = tg.at(place)
    const url = `aesgcm://upload.example.test/x/y.jpg#${"00".repeat(44)}`
    const id = await corner.send(`<body>${url}</body><x xmlns='jabber:x:oob'><url>${url}</url></x>`)
    const el = await corner.client.waitFor((one) => one.is("message") && /encrypted/i.test(one.toString()), {
      since: corner.client.received.length - 1,
      what: id,
    })
    console.log(el.toString(), tg.bot.sent.at(-1)?.text)
  })
}

test("in a topic", async () => {
  const { api, bot, parlour } = tg
  const forum = api.makeGroup({ title: "Mantua", owner: juliet, forum: true })
  forum.addBot(bot, api.person(juliet), ["can_manage_chat", "can_delete_messages"])
  const thread = forum.makeTopic("Poison")
  forum.say(api.person(juliet), "first", { thread })
  await tg.drained()
  const jid = `#${forum.id}/${thread}`
  const rooms = await parlour.client.iq("get", domain, "<query xmlns='http://jabber.org/protocol/disco#items'/>")
  console.log(jid, rooms.toString())
})

test("channel counts", async () => {
  const { api, bot, parlour } = tg
  const channel = api.makeGroup({ title: "Chorus", owner: juliet, type: "channel" })
  channel.addBot(bot, api.person(juliet), ["can_manage_chat", "can_delete_messages", "can_post_messages"])
  channel.post("Two households")
  await tg.drained()
  await Seat.take(parlour.client, `#${channel.id}@${domain}`, "Romeo")
  const corner = new Corner("room", parlour.client, `#${channel.id}@${domain}`, () => "Romeo")
  corner.mark()
  const post = channel.post("both alike in dignity")
  const told = await corner.text("both alike in dignity")
  channel.countReactions(post, { "👍": 3, "🔥": 1 })
  const one = await corner.text(/👍/)
  channel.countReactions(post, { "👍": 4 })
  const two = await corner.text(/👍/)
  console.log(one.toString(), two.toString())
  await corner.send(reacting(corner.idOf(told), "👍"))
  await api.waitFor(() => bot.reactions.at(-1)?.chat === channel.id, "it")
  console.log(reactionsIn)
})
