// What a person sees and does in Converse.js, in a real browser: pictures, replies, corrections, retractions and reactions of both networks.
import assert from "node:assert/strict"
import { after, before, test } from "node:test"
import type { Message } from "../fakes/discord/index.js"
import { BothNetworks, password, type Voice } from "../support/both-networks.js"
import type { NetworkId, Place } from "../support/cells.js"
import { Converse } from "../support/converse.js"
import { ConverseWindow } from "../support/converse-window.js"
import { png } from "../support/pictures.js"

const side = 240

let both: BothNetworks
let converse: Converse
before(async () => {
  both = await BothNetworks.open()
  converse = await Converse.start(both.server, "romeo", password)
  await converse.page.setViewportSize({ width: 1280, height: 1400 })
})
after(async () => {
  await converse?.stop()
  await both?.close()
})

function voiceOf(network: NetworkId, place: Place): Voice {
  const found = both.voices.find((one) => one.network === network && one.place === place)
  assert.ok(found)
  return found
}

let shade = 0
const photo = (): Buffer => png([40 + ((shade += 60) % 200), 120, 160], side)

for (const network of ["telegram", "discord"] as const)
  for (const place of ["direct", "room"] as const)
    test(`${network}, ${place}`, async (t) => {
      const voice = voiceOf(network, place)
      const window = await ConverseWindow.open(converse, place, voice.jid)

      await t.test("what comes looks as it should", async () => {
        const asked = voice.says("What's in a name?")
        await window.message("What's in a name?")
        voice.shows(photo(), "The orchard at night")
        const { width } = await window.picture(1)
        assert.equal(width, side)
        await window.message("The orchard at night")

        voice.says("That which we call a rose", asked)
        const answer = await window.message("That which we call a rose")
        assert.equal(await window.quoted(answer), "What's in a name?")

        const wrong = voice.says("I will be heer")
        await window.message("I will be heer")
        voice.edits(wrong, "I will be here")
        await window.edited("I will be here")
        await window.gone("I will be heer")

        if (voice.retracts) {
          const rash = voice.says("A plague on it")
          await window.message("A plague on it")
          voice.retracts(rash)
          await window.gone("A plague on it")
        }
      })

      await t.test("what is done in it comes over", async () => {
        const count = await window.pictures()
        const mine = photo()
        await window.upload("balcony.png", "image/png", mine)
        const shown = await voice.until(() => voice.heard().find(({ bytes }) => bytes?.equals(mine)), "the photo")
        assert.equal(shown.text, "")
        assert.equal((await window.picture(count + 1)).width, side)

        await window.say("It is the east")
        const said = await voice.until(() => voice.heard().find(({ text }) => text === "It is the east"), "the text")
        voice.reacts(said.it, "👍")
        await window.reaction(await window.message("It is the east"), "👍")

        const question = voice.says("Art thou not Romeo?")
        await window.answer(await window.message("Art thou not Romeo?"), "Neither, fair saint")
        const answer = await voice.until(() => voice.heard().find(({ text }) => text.endsWith("Neither, fair saint")), "the reply")
        // Webhooks cannot reply: there it is quoted.
        if (network === "discord" && place === "room") assert.match(answer.text, /^.*Art thou not Romeo\?.*\nNeither, fair saint$/)
        else assert.deepEqual([answer.answers, answer.text], ["Art thou not Romeo?", "Neither, fair saint"])
        await window.react(await window.message("Art thou not Romeo?"), "👍")
        await voice.until(() => voice.thought(question).includes("👍"), "the reaction")

        await window.say("I come anon")
        await voice.until(() => voice.heard().some(({ text }) => text === "I come anon"), "what is corrected then")
        await window.correct("I come anon", "I come soon")
        await voice.until(() => voice.heard().some(({ text }) => text === "I come soon"), "the correction")
        await window.edited("I come soon")

        await window.say("Forget this")
        await voice.until(() => voice.heard().some(({ text }) => text === "Forget this"), "what is retracted then")
        await window.retract(await window.message("Forget this"))
        await voice.until(() => !voice.heard().some(({ text }) => text === "Forget this"), "the retraction")
        await window.gone("Forget this")
      })

      await window.photograph(`${network}-${place}`)
      // Nothing is shown but what was said: no addresses, quotations for old clients, or news that are none.
      assert.deepEqual(
        (await window.lines()).filter((line) => /https?:|>|This person|reacted/.test(line)),
        [],
      )
      // What every room with an archive has (status 170) is shown for a while.
      assert.deepEqual(
        (await window.news()).filter((line) => line !== "Groupchat logging is now enabled"),
        [],
      )
      assert.deepEqual(await converse.problems(), [])
    })

for (const place of ["direct", "room"] as const)
  test(`a page that Discord looks at later stands beneath its link in a room, and nothing is called edited, ${place}`, async () => {
    const voice = voiceOf("discord", place)
    const window = await ConverseWindow.open(converse, place, voice.jid)
    const url = `https://news.example/${place}`
    const said = voice.says(`Look: ${url}`) as Message
    const shown = await window.message(`Look: ${url}`)
    said.in.unfurl(said, [{ type: "article", url, title: "Truce", description: "Both houses" }])
    if (place === "room") assert.equal(await window.page(shown), "Truce")
    voice.says("Now they know")
    await window.message("Now they know")
    assert.equal(await shown.locator(".chat-msg__edit-modal").count(), 0)
    assert.deepEqual(await converse.problems(), [])
  })
