// Messages of files on Discord are answered, corrected, taken back and thought of as others are, and all messages after the gateway was killed too.
import assert from "node:assert/strict"
import { after, before, test } from "node:test"
import type { Message } from "../fakes/discord/index.js"
import type { Place } from "../support/cells.js"
import { type Corner, correcting, reacting, reactionsIn, replying, retracting } from "../support/corner.js"
import { DiscordParlour } from "../support/discord-parlour.js"
import { sample } from "../support/samples.js"
import { shared } from "../support/shared-file.js"

let dc: DiscordParlour
before(async () => {
  dc = await DiscordParlour.open()
})
after(() => dc.close())

const places = ["direct", "room"] as const
const nsReactions = "urn:xmpp:reactions:0"
const nsRetract = "urn:xmpp:message-retract:1"

const pictures = (): { name: string; type: string; bytes: Buffer }[] =>
  [1, 2].map((i) => ({ name: `${i}.png`, type: "image/png", bytes: sample.png() }))

/** Romeo shows several pictures in one message; gives the stanza's id too. */
async function album(place: Place, corner: Corner, caption: string): Promise<{ id: string; post: Message }> {
  const files = await Promise.all(
    pictures().map(async ({ name, type, bytes }) => ({ url: await dc.parlour.upload(name, bytes, type), mime: type, bytes })),
  )
  const { post, gave: id } = await dc.gets(place, () => corner.send(shared(files, caption)))
  assert.equal(post.attachments.length, 2)
  return { id, post }
}

for (const place of places) {
  test(`${place}: any part of a message with files that came is reacted to and answered; its text is corrected, all of it is taken back`, async () => {
    const corner = dc.at(place)
    const said = dc.says(place, { content: "Before", files: pictures() })
    const [one, two] = [await corner.file(), await corner.file()]
    const caption = await corner.text("Before")
    const ids = [one.stanza, two.stanza, caption].map((el) => corner.idOf(el))

    await corner.send(reacting(ids[1] ?? "", "🔥"))
    await dc.sees("the reaction", () => dc.thoughts(said).join() === "🔥")
    const to = two.stanza.attrs["from"] ?? ""
    const { post } = await dc.gets(place, () => corner.say("This one", replying(ids[1] ?? "", to)))
    if (place === "direct") assert.deepEqual([post.content, post.message_reference?.message_id], ["This one", said.id])
    else assert.match(post.content, new RegExp(`^-# ↪ \\[Juliet\\]\\(<[^>]*/${said.id}>\\): .*\\nThis one$`))

    dc.channel(place).edit(said, "After")
    const corrected = await corner.text("After")
    assert.equal(corrected.getChild("replace", "urn:xmpp:message-correct:0")?.attrs["id"], caption.attrs["id"])
    dc.channel(place).delete(said)
    const gone: (string | undefined)[] = []
    for (const _ of ids) gone.push((await corner.with("retract", nsRetract)).getChild("retract", nsRetract)?.attrs["id"])
    assert.deepEqual(gone.toSorted(), ids.toSorted())
  })

  test(`${place}: a message with files that went is reacted to, its text corrected while its files stay, and taken back`, async () => {
    const corner = dc.at(place)
    const { id, post } = await album(place, corner, "Before")
    const target = await corner.settled(id)
    dc.reacts(place, post, "👍")
    assert.equal(reactionsIn(await corner.with("reactions", nsReactions)), `${target}: 👍`)
    await corner.say("After", correcting(id))
    await dc.sees("the correction", () => post.content === "After")
    assert.equal(post.attachments.length, 2)
    await corner.send(retracting(target))
    await dc.sees("it to be gone", () => !dc.isThere(place, post))
  })
}

test("after a kill what was said before is answered, corrected, taken back and reacted to, both ways", async () => {
  const before = new Map<Place, Awaited<ReturnType<typeof talk>>>()
  for (const place of places) before.set(place, await talk(place))
  await dc.crash()
  for (const place of places) await again(place, before.get(place)!)
})

/** What is said before the kill. */
async function talk(place: Place) {
  const corner = dc.at(place)
  const said = dc.says(place, { content: "before the kill", files: pictures().slice(0, 1) })
  const file = await corner.file()
  const text = await corner.text("before the kill")
  const { post: mine, gave: mineId } = await dc.gets(place, () => corner.say("mine before"))
  const shown = await album(place, corner, "shown before")
  dc.reacts(place, mine, "👍")
  await corner.with("reactions", nsReactions)
  return { said, file, text, mine, mineId, shown, known: { mine: await corner.settled(mineId), shown: await corner.settled(shown.id) } }
}

async function again(place: Place, { said, file, text, mine, mineId, shown, known }: Awaited<ReturnType<typeof talk>>) {
  const corner = dc.at(place)
  // Out: an answer, and a reaction to a file.
  const { post: answer } = await dc.gets(place, () => corner.say("an answer", replying(corner.idOf(text), text.attrs["from"] ?? "")))
  assert.ok(place === "room" ? answer.content.includes(said.id) : answer.message_reference?.message_id === said.id)
  await corner.send(reacting(corner.idOf(file.stanza), "🎉"))
  await dc.sees("the reaction", () => dc.thoughts(said).join() === "🎉")
  // In: a corrected text, an answer to mine, reactions to mine and to pictures.
  dc.channel(place).edit(said, "after the kill")
  const edited = await corner.text("after the kill")
  assert.equal(edited.getChild("replace", "urn:xmpp:message-correct:0")?.attrs["id"], text.attrs["id"])
  dc.says(place, { content: "to yours", reply: mine })
  const answered = await corner.text("to yours")
  assert.equal(answered.getChild("reply", "urn:xmpp:reply:0")?.attrs["id"], known.mine)
  dc.reacts(place, mine, "👏")
  assert.equal(reactionsIn(await corner.with("reactions", nsReactions)), `${known.mine}: 👍 👏`)
  dc.reacts(place, shown.post, "👏")
  assert.equal(reactionsIn(await corner.with("reactions", nsReactions)), `${known.shown}: 👏`)
  // Out: corrections and retractions of one's own.
  await corner.say("mine after", correcting(mineId))
  await dc.sees("the correction", () => mine.content === "mine after")
  await corner.send(retracting(known.mine))
  await corner.send(retracting(known.shown))
  await dc.sees("all of it to be gone", () => !dc.isThere(place, mine) && !dc.isThere(place, shown.post))
}

for (const place of places)
  test(`pages that Discord looks at later are fastened to their message, once each, ${place}`, async () => {
    const corner = dc.at(place)
    const [url, other] = [`https://news.example/late-${place}`, `https://news.example/later-${place}`]
    const message = dc.says(place, `See ${url} and ${other}`)
    const el = await corner.text(`See ${url} and ${other}`)
    const article = (address: string) => ({ type: "article", url: address, title: "Truce", description: "Both <houses>" })
    const seen = new Set<string>()
    const fastened = async (): Promise<unknown[]> => {
      let late = await corner.with("apply-to", "urn:xmpp:fasten:0")
      // What was just written when the gateway was killed may be written again, as the same stanza.
      while (seen.has(late.attrs["id"] ?? "")) late = await corner.with("apply-to", "urn:xmpp:fasten:0")
      seen.add(late.attrs["id"] ?? "")
      const to = late.getChild("apply-to")
      // It is no message: nothing is shown, marked or rung for where a client does not know it.
      assert.deepEqual([late.getChildText("body"), late.getChild("replace")], [null, undefined], late.toString())
      assert.equal(late.attrs["from"], corner.jid)
      const page = late.getChildElements().find((child) => child.getName() === "Description")
      const about = Object.entries(page?.attrs ?? {}).find(([name]) => name.endsWith(":about"))?.[1]
      assert.equal(page?.getChildElements()[0]?.getText(), "Truce")
      return [to?.attrs["id"], about, ...(to?.getChildren("meta") ?? []).map(({ attrs }) => [attrs["property"], attrs["content"]])]
    }
    const told = (address: string) => [el.attrs["id"], address, ["og:title", "Truce"], ["og:description", "Both <houses>"]]
    assert.equal(el.getChild("origin-id", "urn:xmpp:sid:0")?.attrs["id"], el.attrs["id"])
    dc.channel(place).unfurl(message, [article(url)])
    assert.deepEqual(await fastened(), told(url))
    // Twice, and once more with another: that one alone is new. Also to a gateway that was killed meanwhile.
    dc.channel(place).unfurl(message, [article(url)])
    await dc.crash()
    dc.channel(place).unfurl(message, [article(url), article(other)])
    assert.deepEqual(await fastened(), told(other))
    // What a message had when it was said is not told again.
    const ready = dc.says(place, { content: `Look: ${url}`, embeds: [article(url)] })
    await corner.text(`Look: ${url}`)
    const from = corner.client.received.length
    dc.channel(place).unfurl(ready, [article(url)])
    dc.channel(place).edit(ready, `Look there: ${url}`)
    await corner.text(`Look there: ${url}`)
    dc.says(place, "That was all")
    await corner.text("That was all")
    const fasteningsSince = corner.client.received.slice(from).filter((one) => one.getChild("apply-to", "urn:xmpp:fasten:0") !== undefined)
    assert.deepEqual(fasteningsSince.map(String), [])
  })
