// Crashes around the line that sums up reactions: one a message, and in the end it says what is thought.
import assert from "node:assert/strict"
import { after, before, describe, test } from "node:test"
import { roomJid } from "#src/core/address.js"
import { DeadlineError, within } from "../support/deadline.js"
import { hasStatus } from "../support/muc-dialogue.js"
import { board } from "./crossing.js"
import { account, domain, romeo, Ship } from "./ship.js"

const ns = "urn:xmpp:reactions:0"
const room = roomJid(domain, "verona", "") ?? ""
const patienceMs = 40_000

/** Two things are thought of a new message, one after the other. The effects; `died`: it did. */
async function cross(ship: Ship, mine: number): Promise<{ hits: string[]; died: boolean }> {
  const text = `crossing ${mine}`
  const { id: hers } = await ship.driver.ask<{ id: string }>({ op: "say", room: "verona", from: "juliet", text })
  const start = ship.server.received.length
  let died = false
  let asked: string[] = []
  await ship.start(mine)
  const { hits } = ship
  const send = (xml: string): void => {
    try {
      ship.server.send(xml)
    } catch (error) {
      if (!/no authenticated stream/.test(String(error))) throw error
    }
  }
  const enter = (): void =>
    send(`<presence from='${romeo}' to='${room}/Romeo'><x xmlns='http://jabber.org/protocol/muc'><history maxstanzas='0'/></x></presence>`)
  const until = async (done: () => boolean | Promise<boolean>, what: string): Promise<void> => {
    const work = async (): Promise<void> => {
      while (!(await done())) {
        if (ship.ended) {
          assert.ok(!died, "it died twice")
          died = true
          await ship.start()
          enter()
          // What his client asks again, with the same ids.
          for (const xml of asked) send(xml)
        }
        const ping = `<iq type='get' from='sync@example.test/x' to='${domain}'><ping xmlns='urn:xmpp:ping'/></iq>`
        await Promise.race([ship.server.ask(ping), ship.gone]).catch(() => undefined)
      }
    }
    await within(work(), patienceMs, what).catch((error: unknown) => {
      if (error instanceof DeadlineError) assert.fail(`mine ${mine} (${hits.at(mine - 1) ?? "none"}): ${error.message}`)
      throw error
    })
  }
  if (!ship.ended) enter()
  const since = (): typeof ship.server.received => ship.server.received.slice(start)
  await until(() => since().some((el) => el.attrs["to"] === romeo && hasStatus(el, "110")) && ship.entries(text).length > 0, "her words")
  const [stanza = ""] = ship.entries(text)
  const react = (emoji: string): void => {
    const xml = `<message from='${romeo}' to='${room}' type='groupchat' id='${mine}-${emoji}'><reactions xmlns='${ns}' id='${stanza}'><reaction>${emoji}</reaction></reactions></message>`
    asked = [xml]
    send(xml)
  }
  const told = async (): Promise<{ kind: string; id?: string; text?: string }[]> => {
    const all = await ship.sent({ to: "verona" })
    const lines = all.filter(({ kind, reply }) => (kind === "send" || kind === "repeat") && reply === hers)
    return all.filter(({ id }) => lines.some((line) => line.id === id))
  }
  react("🦄")
  await until(async () => (await told()).some((one) => one.text === "🦄 Romeo") && ship.waiting().length === 0, "the line")
  react("🎭")
  await until(async () => (await told()).some((one) => one.text === "🎭 Romeo") && ship.waiting().length === 0, "the line as it is now")
  if (!ship.ended) await ship.stop()
  died ||= ship.killed
  const context = `mine ${mine} (${hits.at(mine - 1) ?? "none"})`
  assert.equal(new Set((await told()).map(({ id }) => id)).size, 1, `${context}: one line`)
  assert.equal((await told()).at(-1)?.text, "🎭 Romeo", context)
  assert.deepEqual(ship.entries("🦄 Romeo"), [], `${context}: no echo`)
  assert.deepEqual(ship.waiting(), [], context)
  return { hits, died }
}

describe("the line that sums up reactions", () => {
  let ship: Ship
  before(async () => {
    ship = await Ship.build("loopback", { XFERRY_CRASH_BOT: "1" }, { reactions: "summary" })
    await board(ship)
    await ship.driver.ask({ op: "mode", echo: true })
    await ship.driver.ask({ op: "room", room: "verona", name: "Verona", accounts: [{ id: account, role: "member" }], members: ["juliet"] })
    await ship.start()
    await ship.driver.ask({ op: "wait", for: "drained", account })
    await ship.stop()
  })
  after(() => ship.sink())

  test("a crash at any effect leaves one, which says what is thought", async (t) => {
    const { hits } = await cross(ship, 0)
    for (const effect of ["store.refreshLine", "session.send", "session.edit"]) assert.ok(hits.some((hit) => hit.includes(effect)), `${effect} is mined: ${hits.join(", ")}`) // prettier-ignore
    const own = (i: number): boolean => /refreshLine|session\.(send|edit)/.test(hits[i] ?? "")
    const mines = hits.flatMap((_, i) => (own(i - 1) || own(i) || own(i + 1) ? [i + 1] : []))
    let deaths = 0
    for (const mine of mines) if ((await cross(ship, mine)).died) deaths++
    assert.ok(deaths >= mines.length * 0.8, `it died ${deaths} times for ${mines.length} mines`)
    t.diagnostic(`${hits.length} effects, ${mines.length} mines, ${deaths} deaths`)
  })
})
