// What people do with what was said between Discord and XMPP, in a direct chat and a channel.
import assert from "node:assert/strict"
import type { Element } from "@xmpp/xml"
import { after, before, test } from "node:test"
import { cell, type Place } from "../support/cells.js"
import { correcting, reacting, reactionsIn, replying, retracting } from "../support/corner.js"
import { DiscordParlour } from "../support/discord-parlour.js"

const both = ["direct", "room"] as const
const nsRetract = "urn:xmpp:message-retract:1"
const nsReactions = "urn:xmpp:reactions:0"

let dc: DiscordParlour
before(async () => {
  dc = await DiscordParlour.open()
})
after(() => dc.close())

const replyIn = (el: Element): (string | undefined)[] => {
  const { id, to } = el.getChild("reply", "urn:xmpp:reply:0")?.attrs ?? {}
  return [id, to]
}
const replacedBy = (el: Element): string | undefined => el.getChild("replace", "urn:xmpp:message-correct:0")?.attrs["id"]
const retracted = (el: Element): string | undefined => el.getChild("retract", nsRetract)?.attrs["id"]
/** In a room old clients must see who is quoted. */
const quotedBy = (place: Place): string => (place === "room" ? "> Juliet:\n" : "")

cell("discord", "reply", "in", both, "native", async (place) => {
  const corner = dc.at(place)
  const first = dc.says(place, "What's in a name?")
  const told = await corner.text("What's in a name?")
  dc.says(place, { content: "Nothing", reply: first })
  const answer = await corner.text("Nothing")
  assert.deepEqual(replyIn(answer), [corner.idOf(told), told.attrs["from"]])
  // For clients that know no replies.
  assert.equal(answer.getChildText("body"), `${quotedBy(place)}> What's in a name?\nNothing`)
})

test("a reply to what was said from XMPP points to what the client knows", async () => {
  for (const place of both) {
    const corner = dc.at(place)
    const { post, gave: id } = await dc.gets(place, () => corner.say("By whose direction?"))
    const target = await corner.settled(id)
    dc.says(place, { content: "By love", reply: post })
    const [answered] = replyIn(await corner.text("By love"))
    assert.equal(answered, target)
  }
})

/** Answers Juliet, and gives what comes to Discord of it. */
async function replied(place: Place) {
  const corner = dc.at(place)
  const first = dc.says(place, "What's in a *name*?")
  const told = await corner.text("What's in a _name_?")
  const quotation = "> What's in a _name_?\n"
  const from = told.attrs["from"] ?? ""
  const { post } = await dc.gets(place, () => corner.say(`${quotation}A rose`, replying(corner.idOf(told), from, quotation)))
  return { first, post }
}

cell("discord", "reply", "out", ["direct"], "native", async (place) => {
  const { first, post } = await replied(place)
  assert.deepEqual([post.content, post.message_reference?.message_id], ["A rose", first.id])
})

// Webhooks cannot reply.
cell("discord", "reply", "out", ["room"], "fallback", async (place) => {
  const { first, post } = await replied(place)
  const link = `https://discord.com/channels/${dc.guild.id}/${dc.square.id}/${first.id}`
  assert.equal(post.content, `-# ↪ [Juliet](<${link}>): What's in a \\_name\\_?\nA rose`)
})

cell("discord", "edit", "in", both, "native", async (place) => {
  const corner = dc.at(place)
  const first = dc.says(place, "I will be heer")
  const told = await corner.text("I will be heer")
  dc.channel(place).edit(first, "I will be here")
  assert.equal(replacedBy(await corner.text("I will be here")), told.attrs["id"])
})

cell("discord", "edit", "out", both, "native", async (place) => {
  const corner = dc.at(place)
  const { post, gave: id } = await dc.gets(place, () => corner.say("I come anon"))
  const since = dc.fake.requests.length
  await corner.say("I come *soon*", correcting(id))
  await dc.sees("the edit", () => post.content === "I come **soon**")
  assert.notEqual(post.edited_timestamp, null)
  const route = place === "room" ? "PATCH /webhooks/…/…/messages/…" : "PATCH /channels/…/messages/…"
  assert.ok(dc.asked(since).includes(route), dc.asked(since).join("\n"))
})

cell("discord", "retract", "in", both, "native", async (place) => {
  const corner = dc.at(place)
  const said = dc.says(place, "Forget this")
  const told = await corner.text("Forget this")
  dc.channel(place).delete(said)
  const el = await corner.with("retract", nsRetract)
  assert.equal(retracted(el), corner.idOf(told))
})

cell("discord", "retract", "out", both, "native", async (place) => {
  const corner = dc.at(place)
  const { post, gave: id } = await dc.gets(place, () => corner.say("Forget this"))
  await corner.send(retracting(await corner.settled(id)))
  await dc.sees("the deletion", () => !dc.isThere(place, post))
})

cell("discord", "moderate", "in", ["room"], "native", async (place) => {
  const corner = dc.at(place)
  const { post, gave: id } = await dc.gets(place, () => corner.say("A plague o' both your houses"))
  const target = await corner.settled(id)
  dc.channel(place).delete(post)
  const el = await corner.with("retract", nsRetract)
  assert.equal(retracted(el), target)
  // Of whom it was Discord does not tell: the room says it.
  assert.ok(el.getChild("retract", nsRetract)?.getChild("moderated", "urn:xmpp:message-moderate:1"), el.toString())
  assert.equal(el.attrs["from"], corner.jid)
})

cell("discord", "moderate", "out", ["room"], "native", async (place) => {
  const corner = dc.at(place)
  const said = dc.says(place, "A plague")
  const told = await corner.text("A plague")
  const moderate = `<moderate id='${corner.idOf(told)}' xmlns='urn:xmpp:message-moderate:1'><retract xmlns='${nsRetract}'/><reason>rude</reason></moderate>`
  const answer = await corner.client.iq("set", corner.jid, moderate)
  assert.equal(answer.attrs["type"], "result", answer.toString())
  await dc.sees("it to be gone", () => !dc.isThere(place, said))
  const request = dc.fake.requests.findLast(({ method, path }) => method === "DELETE" && path.endsWith(`/messages/${said.id}`))
  assert.equal(request?.headers["x-audit-log-reason"], "rude")
  const el = await corner.next((one) => one.getChild("retract", nsRetract) !== undefined, "the retraction")
  assert.deepEqual([retracted(el), el.getChild("retract", nsRetract)?.getChildText("reason")], [corner.idOf(told), "rude"])
})

cell("discord", "react", "in", both, "native", async (place) => {
  const corner = dc.at(place)
  const { post, gave: id } = await dc.gets(place, () => corner.say("It is the east"))
  const target = await corner.settled(id)
  const next = async (): Promise<string> => reactionsIn(await corner.with("reactions", nsReactions))
  dc.reacts(place, post, "👍")
  assert.equal(await next(), `${target}: 👍`)
  dc.reacts(place, post, "🔥")
  assert.equal(await next(), `${target}: 👍 🔥`)
  dc.reacts(place, post, "👍", false)
  assert.equal(await next(), `${target}: 🔥`)
  dc.reacts(place, post, "🔥", false)
  assert.equal(await next(), `${target}:`)
})

cell("discord", "react", "out", both, "native", async (place) => {
  const corner = dc.at(place)
  const said = dc.says(place, "Good night")
  const told = corner.idOf(await corner.text("Good night"))
  const stands = (...emoji: string[]): boolean => dc.thoughts(said).join() === emoji.join()
  await corner.send(reacting(told, "❤️", "🔥"))
  await dc.sees("the reactions", () => stands("❤️", "🔥"))
  await corner.send(reacting(told, "🔥"))
  await dc.sees("one to be taken back", () => stands("🔥"))
  await corner.send(reacting(told))
  await dc.sees("all to be taken back", () => stands())
  const many = [..."🍇🍈🍉🍊🍋🍌🍍🍎🍏🍐🍑🍒🍓🍔🍕🍖🍗🍘🍙🍚🍛"]
  const refused = await corner.refused(await corner.send(reacting(told, ...many)))
  assert.match(refused.getChild("error")?.getChildText("text") ?? "", /too many reactions.*20/)
})

cell("discord", "custom-react", "in", both, "fallback", async (place) => {
  const corner = dc.at(place)
  const { post, gave: id } = await dc.gets(place, () => corner.say("Arise, fair sun"))
  const target = await corner.settled(id)
  dc.reacts(place, post, dc.guild.makeEmoji(`sun_in_${place}`))
  assert.equal(reactionsIn(await corner.with("reactions", nsReactions)), `${target}: :sun_in_${place}:`)
})

cell("discord", "custom-react", "out", both, "native", async (place) => {
  const corner = dc.at(place)
  const sun = dc.guild.makeEmoji(`sun_out_${place}`)
  const said = dc.says(place, "Kill the envious moon")
  const told = corner.idOf(await corner.text("Kill the envious moon"))
  await corner.send(reacting(told, `:${sun.name}:`))
  await dc.sees("the reaction", () => dc.thoughts(said).length > 0)
  assert.deepEqual(
    said.reactors.map(({ emoji }) => emoji.id),
    [sun.id],
  )
})
