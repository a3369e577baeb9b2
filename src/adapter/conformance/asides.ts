// Checks: reactions, what was read, and what is chosen cross as they are declared.
import assert from "node:assert/strict"
import type { ChatRef, LegacyMessageId, NetworkEvent, ReactionChange } from "../contract.js"
import type { FakeAsides } from "./fake-asides.js"
import { hearInRoom, roomsOf } from "./rooms.js"
import type { Check, Open, Stage } from "./stage.js"

type Heard = NetworkEvent & { type: "message" }

async function hear(stage: Stage, { inRoom }: FakeAsides, open: Open): Promise<Heard> {
  const rooms = inRoom === true ? roomsOf(stage) : undefined
  return rooms ? hearInRoom(stage, rooms, open) : stage.hear(open)
}

/** What this change leaves of somebody's reactions. */
function after(before: readonly string[], change: ReactionChange): string[] {
  if ("counts" in change) return change.counts.filter(({ count }) => count > 0).map(({ emoji }) => emoji.text)
  if ("cleared" in change) return change.emoji ? before.filter((one) => one !== change.emoji?.text) : []
  if ("set" in change) return change.set.map(({ text }) => text)
  const kept = before.filter((one) => one !== change.remove?.text && one !== change.add?.text)
  return change.add ? [...kept, change.add.text] : kept
}

export function asideChecks(stage: () => Stage, check: Check): void {
  const asides = (): FakeAsides => stage().fake.asides ?? {}

  check("tells what people think of a message, if it says it does", async (t) => {
    const { reacts } = asides()
    const { tells = [], react } = stage().capabilities
    if (!tells.includes("reactions")) return
    if (!reacts) return t.skip("the fake plays no reactions")
    const open = await stage().open()
    const { chat } = await hear(stage(), asides(), open)
    const { id } = await stage().send(open, chat, stage().text("thought of"))
    const [one, two] = [react?.allowed?.[0] ?? "👍", react?.allowed?.[1] ?? "❤"]
    let seen: string[] = []
    let looked = 0
    const until = (emoji: string): Promise<void> =>
      open.host.until(`the reaction «${emoji}»`, () => {
        for (const event of open.host.events.slice(looked)) {
          looked++
          if (event.type !== "reactions" || event.id !== id) continue
          assert.deepEqual(event.chat, chat, "a reaction names the chat of its message")
          if ("from" in event.change) assert.equal(event.change.from.id, stage().fake.person.id)
          seen = after(seen, event.change)
        }
        return seen.join() === emoji
      })
    await reacts.call(asides(), id, [one], 0)
    await until(one)
    await reacts.call(asides(), id, [two], 0)
    await until(two)
    await reacts.call(asides(), id, [], 0)
    await until("")
    const { clears } = asides()
    if (!clears) return
    await reacts.call(asides(), id, [one], 0)
    await until(one)
    await clears.call(asides(), id, 0)
    await until("")
  })

  check("shows what the account thinks of a message, if it says it does", async (t) => {
    const { reactions } = asides()
    const { react } = stage().capabilities
    if (!react) return
    if (!reactions) return t.skip("the fake shows no reactions")
    const open = await stage().open()
    const message = await hear(stage(), asides(), open)
    const { chat, id } = message
    const { max = 2, allowed = ["👍", "❤️"] } = react
    const wanted = allowed.slice(0, Math.min(max, 2))
    const bare = (all: readonly string[]): string[] => all.map((one) => one.replaceAll("\ufe0f", "")).sort()
    for (const emoji of [wanted, wanted, wanted.slice(0, 1), []]) {
      await open.session.react!({ chat, message, emoji }, stage().signal())
      assert.deepEqual(bare(await reactions.call(asides(), id, 0)), bare(emoji), "all that is thought of it now, and nothing else")
    }
    await refused(stage(), "a reaction to what nobody said", () =>
      open.session.react!({ chat, message: { id: nothingLike(id) }, emoji: wanted }, stage().signal()),
    )
  })

  check("tells what people have read and got, and takes what the account has read, if it says it does", async (t) => {
    const fake = asides()
    const { tells = [], read } = stage().capabilities
    const open = await stage().open()
    const told = async (what: "read" | "delivered", play: FakeAsides["reads"]): Promise<void> => {
      if (!tells.includes(what)) return
      await t.test(what, async (t) => {
        if (!play) return t.skip("the fake does not play it")
        const { chat } = await hear(stage(), fake, open)
        const { id } = await stage().send(open, chat, stage().text(what))
        await play.call(fake, id, 0)
        const event = await open.host.event(`that it was ${what}`, (one) => one.type === what && one.upTo === id)
        assert.ok(event.type === what && event.from.id === stage().fake.person.id)
        assert.deepEqual(event.chat, chat)
      })
    }
    await told("read", fake.reads)
    await told("delivered", fake.gets)
    // Only what a carried login has read is nobody's to tell here.
    if (!read || read.logins === true) return
    await t.test("the account", async (t) => {
      if (!fake.lastRead) return t.skip("the fake does not show it")
      const upTo = await hear(stage(), fake, open)
      await open.session.read!({ chat: upTo.chat, upTo }, stage().signal())
      assert.equal(await fake.lastRead(0), upTo.id)
    })
  })

  check("brings what can be chosen and chooses of it, if it says it does", async (t) => {
    const fake = asides()
    if (!stage().capabilities.interact) return
    if (!fake.offers || !fake.chosen) return t.skip("the fake offers nothing")
    const open = await stage().open()
    const id = await fake.offers(stage().text("which"), 0)
    const message = await open.host.event("what is offered", (event) => event.type === "message" && event.id === id)
    assert.ok(message.type === "message")
    const choice = message.body.extras?.find((extra) => extra.type === "choice")
    assert.ok(choice && choice.options.length >= 2, "what can be chosen is an extra of type «choice»")
    const option = choice.options.find(({ url }) => url === undefined)
    assert.ok(option, "an option that is no link")
    const answer = await open.session.interact!({ chat: message.chat, message, choose: [option.id] }, stage().signal())
    assert.ok(answer === undefined || answer.trim() !== "", "an answer has words")
    assert.deepEqual(await fake.chosen(id, 0), [option.id])
    const chat: ChatRef = message.chat
    await refused(stage(), "a choice that is not offered", () =>
      open.session.interact!({ chat, message, choose: ["none such"] }, stage().signal()),
    )
  })
}

/** Of the same shape, but nobody's. */
function nothingLike(id: LegacyMessageId): LegacyMessageId {
  return id.replace(/\d(?=\D*$)/, "").replace(/\d/, "9") + "7"
}

async function refused(stage: Stage, what: string, call: () => Promise<unknown>): Promise<void> {
  const { kind } = await stage.failure(what, call)
  assert.ok(["denied", "unsupported", "rejected", "gone"].includes(kind), `${what}: «${kind}» would have the core try for ever`)
}
