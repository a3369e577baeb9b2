// Checks: what the network tells arrives whole, once, in order, and is acknowledged only when it is committed.
import assert from "node:assert/strict"
import type { NetworkEvent } from "../contract.js"
import type { Check, Open, Stage } from "./stage.js"

const samples = {
  plain: "Wherefore art thou Romeo?",
  Chinese: "羅密歐啊，為什麼你是羅密歐呢？",
  emoji: "👩‍❤️‍💋‍👨 🏴󠁧󠁢󠁳󠁣󠁴󠁿 🇮🇹",
  combining: "Z͑ͫ̓a̋l̀g̃ó e\u0301\u0323 각",
  "right to left": "רומיאו ו\u200fיוליה",
  markup: `<b>&amp; *_\`~|[x](y) "quoted" \\ </b>`,
  lines: "first\nsecond\n\nfourth",
  "4 kB": "Ο ρωμαίος 罗 ".repeat(180).trim(),
}

const isMessage = (text: string) => (event: NetworkEvent) => event.type === "message" && event.body.text === text
const count = ({ host }: Open, text: string): number => host.events.filter(isMessage(text)).length

export function receivingChecks(stage: () => Stage, check: Check): void {
  check("brings a person's messages, whole and once", async (t) => {
    const open = await stage().open()
    for (const [name, sample] of Object.entries(samples)) {
      await t.test(name, async () => {
        const begun = Date.now()
        const { id, at, from, chat, body, own } = await stage().hear(open, sample)
        assert.equal(body.text, sample)
        assert.ok(id !== "" && own !== true)
        // Networks count in seconds, some of them.
        assert.ok(Math.abs(at.getTime() - begun) < 120_000, `the message's time is wrong: ${at.toISOString()}`)
        assert.equal(from.id, stage().fake.person.id)
        assert.equal(from.name, stage().fake.person.name)
        const isDirect = "user" in chat && chat.user === from.id
        assert.ok(isDirect || stage().fake.roomsOnly, "a direct chat is named by the person")
        await stage().hear(open)
        assert.equal(count(open, sample), 1)
      })
    }
  })

  check("keeps the order of fifty messages", async () => {
    const open = await stage().open()
    const texts = Array.from({ length: 50 }, () => stage().text("in order"))
    for (const text of texts) await stage().fake.personSays(text, 0)
    await open.host.event("the last of fifty messages", isMessage(texts.at(-1)!))
    const arrived = open.host.events.flatMap((event) =>
      event.type === "message" && texts.includes(event.body.text) ? [event.body.text] : [],
    )
    assert.deepEqual(arrived, texts)
  })

  check("acknowledges nothing before emit resolved: what was not committed when the session ended comes again", async () => {
    const text = stage().text("not committed")
    let offered = 0
    const first = await stage().open(0, (host) => {
      // Never committed: pending as long as the session lasts, as when the gateway is stopped meanwhile.
      const never = new Promise<void>((_resolve, reject) =>
        host.signal.addEventListener("abort", () => reject(new Error("The gateway stops."))),
      )
      never.catch(() => undefined)
      host.commit = (event) => (isMessage(text)(event) && offered++ === 0 ? never : Promise.resolve())
    })
    await stage().fake.personSays(text, 0)
    await first.host.until("the event to be emitted", () => offered > 0)
    await first.close()
    const second = await stage().open()
    await second.host.event("the event to come again", isMessage(text))
  })

  check("brings again what the core could not commit", async () => {
    const text = stage().text("refused once")
    let offered = 0
    const first = await stage().open(0, (host) => {
      host.commit = (event) =>
        isMessage(text)(event) && offered++ === 0 ? Promise.reject(new Error("the disk is full")) : Promise.resolve()
    })
    await stage().fake.personSays(text, 0)
    const ended = first.session.ended.then(
      () => assert.fail("a session that ends by itself must reject"),
      () => "ended",
    )
    const again = first.host.event("the event to come again", isMessage(text)).then(() => "again")
    if ((await Promise.race([ended, again])) === "again") return
    again.catch(() => undefined)
    await first.close().catch(() => undefined)
    const second = await stage().open()
    await second.host.event("the event to come again", isMessage(text))
  })

  check("does not bring again what was committed", async () => {
    const text = stage().text("committed")
    const first = await stage().open()
    await stage().hear(first, text)
    // The acknowledgement may go out with the next request: a second event proves the first one's.
    await stage().hear(first)
    await first.close()
    const second = await stage().open()
    await stage().hear(second)
    assert.equal(count(second, text), 0)
  })

  check("tells edits and typing, if it says it does", async (t) => {
    const { fake, capabilities } = stage()
    const tells = capabilities.tells ?? []
    const open = await stage().open()
    if (tells.includes("edit")) {
      await t.test("edit", async () => {
        assert.ok(fake.personEdits, "the fake needs personEdits")
        const { id, chat } = await stage().hear(open)
        const text = stage().text("edited")
        await fake.personEdits(id, text, 0)
        const edit = await open.host.event("the edit", (event) => event.type === "edit" && event.id === id)
        assert.ok(edit.type === "edit" && edit.body.text === text && edit.revision !== "")
        assert.deepEqual(edit.chat, chat)
      })
    }
    if (tells.includes("typing")) {
      await t.test("typing", async () => {
        assert.ok(fake.personTypes, "the fake needs personTypes")
        await stage().hear(open)
        await fake.personTypes(0)
        await open.host.event("typing", (event) => event.type === "typing" && event.active && event.from.id === fake.person.id)
      })
    }
  })
}
