// What people do with what was said between Telegram and XMPP, in a direct chat and a group.
import assert from "node:assert/strict"
import type { Element } from "@xmpp/xml"
import { after, before } from "node:test"
import { cell, type Place } from "../support/cells.js"
import { correcting, reacting, reactionsIn, replying, retracting } from "../support/corner.js"
import { TelegramParlour } from "../support/telegram-parlour.js"

const both = ["direct", "room"] as const

let tg: TelegramParlour
before(async () => {
  tg = await TelegramParlour.open()
})
after(() => tg.close())

const replyIn = (el: Element): (string | undefined)[] => {
  const { id, to } = el.getChild("reply", "urn:xmpp:reply:0")?.attrs ?? {}
  return [id, to]
}
const replacedBy = (el: Element): string | undefined => el.getChild("replace", "urn:xmpp:message-correct:0")?.attrs["id"]
/** In a room old clients must see who is quoted. */
const quotedBy = (place: Place): string => (place === "room" ? "> Juliet:\n" : "")

cell("telegram", "reply", "in", both, "native", async (place) => {
  const corner = tg.at(place)
  const first = tg.says(place, "What's in a name?")
  const told = await corner.text("What's in a name?")
  tg.says(place, "Nothing", first)
  const answer = await corner.text("Nothing")
  assert.deepEqual(replyIn(answer), [corner.idOf(told), told.attrs["from"]])
  // For clients that know no replies.
  assert.equal(answer.getChildText("body"), `${quotedBy(place)}> What's in a name?\nNothing`)
})

cell("telegram", "reply", "out", both, "native", async (place) => {
  const corner = tg.at(place)
  const first = tg.says(place, "What's in a name?")
  const told = await corner.text("What's in a name?")
  const quotation = "> What's in a name?\n"
  const from = told.attrs["from"] ?? ""
  const { sent } = await tg.gets(place, () => corner.say(`${quotation}A rose`, replying(corner.idOf(told), from, quotation)))
  assert.deepEqual([sent.text, sent.replyTo], ["A rose", first.id])
})

cell("telegram", "quote", "in", both, "native", async (place) => {
  const corner = tg.at(place)
  const first = tg.says(place, "O Romeo, Romeo, wherefore art thou Romeo?")
  const told = await corner.text(/wherefore/)
  tg.says(place, { text: "Because", quote: { text: "wherefore", position: 16 } }, first)
  const answer = await corner.text("Because")
  assert.deepEqual(replyIn(answer), [corner.idOf(told), told.attrs["from"]])
  assert.equal(answer.getChildText("body"), `${quotedBy(place)}> wherefore\nBecause`)
})

cell("telegram", "edit", "in", both, "native", async (place) => {
  const corner = tg.at(place)
  const first = tg.says(place, "I will be heer")
  const told = await corner.text("I will be heer")
  tg.edits(place, first, "I will be here")
  assert.equal(replacedBy(await corner.text("I will be here")), told.attrs["id"])
})

cell("telegram", "edit", "out", both, "native", async (place) => {
  const corner = tg.at(place)
  const { sent, gave: id } = await tg.gets(place, () => corner.say("I come anon"))
  await corner.say("I come *soon*", correcting(id))
  await tg.api.waitFor(() => sent.edits > 0, "the edit")
  assert.equal(sent.text, "I come soon")
})

cell("telegram", "retract", "out", both, "native", async (place) => {
  const corner = tg.at(place)
  const { sent, gave: id } = await tg.gets(place, () => corner.say("Forget this"))
  await corner.send(retracting(await corner.settled(id)))
  await tg.api.waitFor(() => sent.deleted, "the deletion")
})

cell("telegram", "moderate", "out", ["room"], "native", async (place) => {
  const corner = tg.at(place)
  const said = tg.says(place, "A plague")
  const told = await corner.text("A plague")
  const moderate = `<moderate id='${corner.idOf(told)}' xmlns='urn:xmpp:message-moderate:1'><retract xmlns='urn:xmpp:message-retract:1'/><reason>rude</reason></moderate>`
  const answer = await corner.client.iq("set", corner.jid, moderate)
  assert.equal(answer.attrs["type"], "result", answer.toString())
  await tg.api.waitFor(() => said.post?.deleted, "it to be gone")
  const el = await corner.next((one) => one.getChild("retract", "urn:xmpp:message-retract:1") !== undefined, "the retraction")
  const retract = el.getChild("retract", "urn:xmpp:message-retract:1")
  assert.deepEqual([retract?.attrs["id"], retract?.getChildText("reason")], [corner.idOf(told), "rude"])
})

cell("telegram", "react", "in", both, "native", async (place) => {
  const corner = tg.at(place)
  const { sent, gave: id } = await tg.gets(place, () => corner.say("It is the east"))
  const target = await corner.settled(id)
  tg.reacts(place, sent.id, "👍", "🔥")
  assert.equal(reactionsIn(await corner.with("reactions", "urn:xmpp:reactions:0")), `${target}: 👍 🔥`)
  tg.reacts(place, sent.id, "❤")
  assert.equal(reactionsIn(await corner.with("reactions", "urn:xmpp:reactions:0")), `${target}: ❤`)
  tg.reacts(place, sent.id)
  assert.equal(reactionsIn(await corner.with("reactions", "urn:xmpp:reactions:0")), `${target}:`)
})

cell("telegram", "react", "out", both, "native", async (place) => {
  const corner = tg.at(place)
  const said = tg.says(place, "Good night")
  const told = corner.idOf(await corner.text("Good night"))
  const set = (): string[][] =>
    tg.bot.reactions.filter(({ chat, id }) => chat === tg.chatOf(place) && id === said.id).map(({ emoji }) => emoji)
  await corner.send(reacting(told, "❤️"))
  await tg.api.waitFor(() => set().length === 1, "the reaction")
  await corner.send(reacting(told))
  await tg.api.waitFor(() => set().length === 2, "it to be taken back")
  assert.deepEqual(set(), [["❤"], []])
  const refused = await corner.refused(await corner.send(reacting(told, "🥷")))
  assert.match(refused.getChild("error")?.getChildText("text") ?? "", /👍.*one at a time/)
})

cell("telegram", "custom-react", "in", both, "fallback", async (place) => {
  const corner = tg.at(place)
  const { sent, gave: id } = await tg.gets(place, () => corner.say("Arise, fair sun"))
  const target = await corner.settled(id)
  const number = "5368324170671202286"
  tg.api.files.customEmoji.set(number, {
    ...tg.api.files.add({ name: "sun.webp", bytes: Buffer.from("RIFF") }),
    ...{ type: "custom_emoji", width: 100, height: 100, is_animated: false, is_video: false, emoji: "🌞", custom_emoji_id: number },
  })
  tg.reacts(place, sent.id, number)
  assert.equal(reactionsIn(await corner.with("reactions", "urn:xmpp:reactions:0")), `${target}: 🌞`)
})
