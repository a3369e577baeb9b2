// Messages of files and albums on Telegram are answered, corrected, taken back and thought of as others are, and all messages after the gateway was killed too.
import assert from "node:assert/strict"
import { after, before, describe, test } from "node:test"
import type { Sent } from "../fakes/telegram/index.js"
import type { Place } from "../support/cells.js"
import { type Corner, correcting, reacting, reactionsIn, replying, retracting } from "../support/corner.js"
import { sample } from "../support/samples.js"
import { shared } from "../support/shared-file.js"
import { TelegramParlour } from "../support/telegram-parlour.js"

let tg: TelegramParlour
before(async () => {
  tg = await TelegramParlour.open()
})
after(() => tg.close())

const places = ["direct", "room"] as const
const reactionsNs = "urn:xmpp:reactions:0"

/** What the bot thinks of a message, time after time. */
const thoughts = (place: Place, about: number): string[] =>
  tg.bot.reactions.filter(({ chat, id }) => chat === tg.chatOf(place) && id === about).map(({ emoji }) => emoji.join(" "))

/** Romeo shows several pictures in one message; gives the stanza's id too. */
async function album(place: Place, corner: Corner, caption: string): Promise<{ id: string; sent: Sent[] }> {
  const files = await Promise.all(
    [1, 2].map(async (i) => {
      const bytes = sample.png()
      return { url: await tg.parlour.upload(`${i}.png`, bytes, "image/png"), mime: "image/png", bytes }
    }),
  )
  const from = tg.count(place)
  const id = await corner.send(shared(files, caption))
  return { id, sent: [await tg.sent(place, from), await tg.sent(place, from + 1)] }
}

for (const place of places) {
  describe(place, () => {
    test("one picture of an album that came is reacted to and answered; the caption is corrected", async () => {
      const corner = tg.at(place)
      const group = { media_group_id: `again in ${place}` }
      const first = tg.shows(place, "photo", { bytes: sample.png() }, { ...group, caption: "Before" })
      const second = tg.shows(place, "photo", { bytes: sample.png() }, group)
      const one = await corner.file()
      const caption = await corner.text("Before")
      const two = await corner.file()

      await corner.send(reacting(corner.idOf(two.stanza), "🔥"))
      await tg.api.waitFor(() => thoughts(place, second.id).length === 1, "the reaction to the second")
      await corner.send(reacting(corner.idOf(one.stanza), "👍"))
      await tg.api.waitFor(() => thoughts(place, first.id).length === 1, "the reaction to the first")
      assert.deepEqual([thoughts(place, first.id), thoughts(place, second.id)], [["👍"], ["🔥"]])

      const to = two.stanza.attrs["from"] ?? ""
      const { sent } = await tg.gets(place, () => corner.say("This one", replying(corner.idOf(two.stanza), to)))
      assert.deepEqual([sent.text, sent.replyTo], ["This one", second.id])

      tg.says(place, "What of it?", second)
      const asked = await corner.text("What of it?")
      assert.equal(asked.getChild("reply", "urn:xmpp:reply:0")?.attrs["id"], corner.idOf(two.stanza))

      tg.edits(place, first, "After")
      const corrected = await corner.text("After")
      assert.equal(corrected.getChild("replace", "urn:xmpp:message-correct:0")?.attrs["id"], caption.attrs["id"])
    })

    test("an album that went is reacted to picture by picture, its caption corrected, and all of it taken back", async () => {
      const corner = tg.at(place)
      const { id, sent } = await album(place, corner, "Before")
      const target = await corner.settled(id)
      // Of what is one message here people see all that is thought of its pictures.
      for (const [i, emoji, all] of [
        [0, ["👍"], "👍"],
        [1, ["🔥"], "👍 🔥"],
        [0, [], "🔥"],
        [1, [], ""],
      ] as const) {
        tg.reacts(place, sent[i]?.id ?? 0, ...emoji)
        assert.equal(reactionsIn(await corner.with("reactions", reactionsNs)), `${target}: ${all}`.trim())
      }
      tg.says(place, "Lovely", tg.there(place, sent[1]?.id ?? 0))
      assert.equal((await corner.text("Lovely")).getChild("reply", "urn:xmpp:reply:0")?.attrs["id"], target)
      await corner.say("After", correcting(id))
      await tg.api.waitFor(() => sent[0]?.text === "After", "the correction")
      assert.equal(tg.message(place, sent[0]?.id ?? 0).caption, "After")
      await corner.send(retracting(target))
      await tg.api.waitFor(() => sent.every(({ deleted }) => deleted), "both pictures to be gone")
    })
  })
}

test("one picture of an album that came is taken back by a moderator, and no other", async () => {
  const corner = tg.at("room")
  const posts = [1, 2].map(() => tg.shows("room", "photo", { bytes: sample.png() }, { media_group_id: "moderated" }).post)
  await corner.file()
  const second = corner.idOf((await corner.file()).stanza)
  const order = `<moderate id='${second}' xmlns='urn:xmpp:message-moderate:1'><retract xmlns='urn:xmpp:message-retract:1'/></moderate>`
  const answer = await corner.client.iq("set", corner.jid, order)
  assert.equal(answer.attrs["type"], "result", answer.toString())
  const retraction = await corner.with("retract", "urn:xmpp:message-retract:1")
  assert.equal(retraction.getChild("retract")?.attrs["id"], second)
  assert.deepEqual(
    posts.map((post) => post?.deleted),
    [false, true],
  )
})

test("after a kill what was said before is answered, corrected, taken back and reacted to, both ways", async () => {
  const before = new Map<Place, Awaited<ReturnType<typeof talk>>>()
  for (const place of places) before.set(place, await talk(place))
  await tg.crash()
  for (const place of places) await again(place, before.get(place)!)
})

/** What is said before the kill. */
async function talk(place: Place) {
  const corner = tg.at(place)
  const text = tg.says(place, "before the kill")
  const toldText = await corner.text("before the kill")
  const photo = tg.shows(place, "photo", { bytes: sample.png() }, { caption: "a caption before" })
  const file = await corner.file()
  const caption = await corner.text("a caption before")
  const { sent: mine, gave: mineId } = await tg.gets(place, () => corner.say("mine before"))
  const shown = await album(place, corner, "shown before")
  const known = { mine: await corner.settled(mineId), shown: await corner.settled(shown.id) }
  return { text, toldText, photo, file, caption, mine, mineId, shown, known }
}

async function again(place: Place, { text, toldText, photo, file, caption, mine, mineId, shown, known }: Awaited<ReturnType<typeof talk>>) {
  const corner = tg.at(place)
  // Out: answers, and reactions to a text and a file.
  const { sent: answer } = await tg.gets(place, () =>
    corner.say("an answer", replying(corner.idOf(toldText), toldText.attrs["from"] ?? "")),
  )
  assert.equal(answer.replyTo, text.id)
  await corner.send(reacting(corner.idOf(file.stanza), "🎉"))
  await tg.api.waitFor(() => thoughts(place, photo.id).length > 0, "the reaction to the photo")
  // In: a corrected text and caption, an answer to mine, reactions to mine and to a picture.
  tg.edits(place, text, "after the kill")
  const edited = await corner.text("after the kill")
  assert.equal(edited.getChild("replace", "urn:xmpp:message-correct:0")?.attrs["id"], toldText.attrs["id"])
  tg.edits(place, photo, "a caption after")
  const captioned = await corner.text("a caption after")
  assert.equal(captioned.getChild("replace", "urn:xmpp:message-correct:0")?.attrs["id"], caption.attrs["id"])
  tg.says(place, "to yours", tg.there(place, mine.id))
  const answered = await corner.text("to yours")
  assert.equal(answered.getChild("reply", "urn:xmpp:reply:0")?.attrs["id"], known.mine)
  tg.reacts(place, mine.id, "👏")
  assert.equal(reactionsIn(await corner.with("reactions", reactionsNs)), `${known.mine}: 👏`)
  tg.reacts(place, shown.sent[1]?.id ?? 0, "👏")
  assert.equal(reactionsIn(await corner.with("reactions", reactionsNs)), `${known.shown}: 👏`)
  // Out: corrections and retractions of one's own.
  await corner.say("mine after", correcting(mineId))
  await tg.api.waitFor(() => mine.text === "mine after", "the correction")
  await corner.send(retracting(known.mine))
  await corner.send(retracting(known.shown))
  await tg.api.waitFor(() => [mine, ...shown.sent].every(({ deleted }) => deleted), "all of it to be gone")
}

test("a file that was being fetched when the gateway was killed comes all the same, once, and before what was said after it", async () => {
  const corner = tg.at("direct")
  tg.api.faults.next("getFile", { kind: "hang" })
  const bytes = sample.png()
  const asked = tg.api.requests.length
  tg.shows("direct", "photo", { bytes }, { caption: "half there" })
  await tg.api.waitFor(() => tg.api.requests.slice(asked).some(({ method }) => method === "getFile"), "the gateway to fetch it")
  tg.says("direct", "said after it")
  await tg.crash()
  assert.deepEqual((await corner.file()).bytes, bytes)
  await corner.text("half there")
  await corner.text("said after it")
  tg.says("direct", "and no more")
  const last = await corner.next((el) => el.is("message") && el.getChild("body") !== undefined, "the next")
  assert.equal(last.getChildText("body"), "and no more")
})
