// Crashes around reactions and choices, both ways: what was thought before the gateway died is thought after it, by everybody's last word.
import assert from "node:assert/strict"
import { randomUUID } from "node:crypto"
import { after, before, describe, test } from "node:test"
import { roomJid } from "#src/core/address.js"
import type { Element } from "@xmpp/xml"
import { DeadlineError, within } from "../support/deadline.js"
import { hasStatus, stanzaId } from "../support/muc-dialogue.js"
import { board } from "./crossing.js"
import { account, domain, romeo, Ship } from "./ship.js"

const ns = "urn:xmpp:reactions:0"
const juliet = `juliet@${domain}`
const room = roomJid(domain, "verona", "") ?? ""
const patienceMs = 30_000
const ports = ["store.acceptReactions", "store.acceptAction", "store.completeSend", "session.react", "session.interact", "stream.write", "rooms.write", "network.ack"] // prettier-ignore
const extras = [{ type: "choice" as const, as: "buttons" as const, options: [{ id: "go", text: "Go" }, { id: "no", text: "No" }] }] // prettier-ignore

const emojiOf = (el: Element): string[] =>
  el
    .getChild("reactions", ns)
    ?.getChildren("reaction")
    .map((one) => one.getText()) ?? []

interface Asked {
  id: string
  to: string
  target: string
  emoji: string[]
}

/** A crossing: she thinks something of a message in two steps, he of hers in two; the same in a room; and he presses a button. */
class Crossing {
  readonly #start: number
  readonly #tag = randomUUID().slice(0, 8)
  readonly #asked: Asked[] = []
  #hers = { direct: "", room: "" }
  #stanza = { direct: "", room: "" }
  died = false
  #next: Promise<unknown> | undefined

  constructor(
    private readonly ship: Ship,
    private readonly mine: number,
  ) {
    this.#start = ship.server.received.length
  }

  get #since(): Element[] {
    return this.ship.server.received.slice(this.#start)
  }

  #send(xml: string): void {
    try {
      this.ship.server.send(xml)
    } catch (error) {
      if (!/no authenticated stream/.test(String(error))) throw error
    }
  }

  /** Who got his own presence is in, whatever becomes of the gateway. */
  get #isIn(): boolean {
    return this.#since.some(
      (el) => el.attrs["to"] === romeo && el.attrs["from"] === `${room}/Romeo` && el.attrs["type"] === undefined && hasStatus(el, "110"),
    )
  }

  #enter(): void {
    if (this.#isIn) return
    this.#send(
      `<presence from='${romeo}' to='${room}/Romeo'><x xmlns='http://jabber.org/protocol/muc'><history maxstanzas='0'/></x></presence>`,
    )
  }

  /** What his clients ask again, with the same ids, when the gateway is back. */
  #ask(): void {
    for (const { id, to, target, emoji } of this.#asked)
      this.#send(
        `<message from='${romeo}' to='${to}' type='${to === room ? "groupchat" : "chat"}' id='${id}'><reactions xmlns='${ns}' id='${target}'>${emoji.map((one) => `<reaction>${one}</reaction>`).join("")}</reactions></message>`,
      )
    if (this.#stanza.direct !== "" && this.#asked.length > 0)
      this.#send(
        `<message from='${romeo}' to='${juliet}' type='chat' id='${this.#tag}-button'><body>1</body><reply xmlns='urn:xmpp:reply:0' id='${this.#stanza.direct}'/></message>`,
      )
  }

  async #taken(): Promise<void> {
    for (let count = 2; ; count++) {
      const order = { op: "wait", to: "juliet", kind: "react", id: this.#hers.direct, count } as const
      const sets = await this.ship.driver.ask<{ emoji?: string[] }[]>(order)
      if (sets.at(-1)?.emoji?.length === 2) return
    }
  }

  async #until(done: () => boolean, what: string, also?: Promise<unknown>): Promise<void> {
    const { ship } = this
    const work = async (): Promise<void> => {
      while (!done()) {
        const next = (this.#next ??= ship.server.expect((el) => el.name !== "iq", 4 * patienceMs).finally(() => (this.#next = undefined)))
        next.catch(() => undefined)
        const pending = also
        await Promise.race([next, ship.gone, ...(pending ? [pending.then(() => (also = undefined))] : [])])
        if (!ship.ended) continue
        assert.ok(!this.died, "it died twice")
        this.died = true
        await ship.start()
        this.#enter()
        this.#ask()
      }
    }
    await within(work(), patienceMs, what).catch((error: unknown) => {
      if (!(error instanceof DeadlineError)) throw error
      assert.fail(`mine ${this.mine} (${this.ship.hits.at(this.mine - 1) ?? "none"}): ${error.message}; ${this.#told("direct").join(" | ")}; ${this.#told("room").join(" | ")}`) // prettier-ignore
    })
  }

  /** What he was told of reactions, each stanza once, as «who: emoji». */
  #told(where: "direct" | "room"): string[] {
    const seen = new Map<string, string>()
    for (const el of this.#since) {
      if (el.name !== "message" || el.attrs["type"] === "error" || el.getChild("reactions", ns)?.attrs["id"] !== this.#stanza[where])
        continue
      const id = where === "room" ? stanzaId(el) : (el.attrs["id"] ?? "")
      const text = `${(el.attrs["from"] ?? "").split("/")[1] ?? "Juliet"}: ${emojiOf(el).join(" ")}`
      assert.ok(!seen.has(id) || seen.get(id) === text, `one id for «${seen.get(id)}» and «${text}»`)
      seen.set(id, text)
    }
    return [...seen.values()]
  }

  async run(): Promise<string[]> {
    const { ship } = this
    const { driver } = ship
    const text = `${this.#tag} 🌹`
    await ship.start(this.mine)
    const { hits } = ship
    if (!ship.ended) this.#enter()
    // The network keeps what was not acknowledged.
    this.#hers.direct = (await driver.ask<{ id: string }>({ op: "say", account, from: "juliet", text, extras })).id
    this.#hers.room = (await driver.ask<{ id: string }>({ op: "say", room: "verona", from: "juliet", text })).id
    for (const order of [
      { op: "react", account, from: "juliet", id: this.#hers.direct },
      { op: "react", room: "verona", from: "juliet", id: this.#hers.room },
    ] as const) {
      await driver.ask({ ...order, add: "🌹" })
      await driver.ask({ ...order, set: ["🗡️"] })
    }
    const find = (where: "direct" | "room"): boolean => {
      const el = this.#since.find((one) => one.getChildText("body")?.startsWith(text) === true && one.attrs["from"] === (where === "direct" ? juliet : `${room}/Juliet`)) // prettier-ignore
      if (el) this.#stanza[where] = where === "direct" ? (el.attrs["id"] ?? "") : stanzaId(el)
      return el !== undefined
    }
    const archived = (): boolean => {
      // Said while he was out of the room: he finds it in the archive.
      if (find("room")) return true
      const row = ship.entries(text)[0]
      if (row !== undefined) this.#stanza.room = row
      return row !== undefined
    }
    await this.#until(() => this.#isIn && find("direct") && archived(), "her words")
    for (const [to, target] of [
      [juliet, this.#stanza.direct],
      [room, this.#stanza.room],
    ] as const)
      for (const emoji of [["👍"], ["👍", "❤️"]]) this.#asked.push({ id: `${this.#tag}-${randomUUID()}`, to, target, emoji })
    if (!ship.ended) this.#ask()
    const his = `Romeo: 👍 ❤️`
    const answered = (): boolean => this.#since.some((el) => el.getChildText("body") === "ℹ You chose Go." && el.attrs["from"] === juliet)
    // Nothing comes back of what he thinks in a direct chat: the network knows when it is there.
    let taken = false
    const taking = this.#taken().then(() => (taken = true))
    const told = (): boolean => this.#told("direct").includes("Juliet: 🗡️") && this.#told("room").includes(his)
    await this.#until(() => told() && answered() && taken, "all that was thought", taking)
    await this.#settled()
    this.#check(his, await ship.sent({ to: "juliet" }), await ship.sent({ to: "verona" }))
    return hits
  }

  async #settled(): Promise<void> {
    const { ship } = this
    const drained = async (): Promise<void> => {
      const ping = `<iq type='get' from='sync@example.test/x' to='${domain}'><ping xmlns='urn:xmpp:ping'/></iq>`
      while (!ship.ended && ship.waiting().length > 0) await Promise.race([ship.server.ask(ping), ship.gone]).catch(() => undefined)
    }
    await within(drained(), patienceMs, "what waits to go")
    if (!ship.ended) await ship.stop()
    if (ship.killed) this.died = true
    if (!ship.killed && ship.waiting().length === 0) return
    await ship.start()
    await within(drained(), patienceMs, "what waits to go")
    await ship.stop()
  }

  #check(his: string, direct: Awaited<ReturnType<Ship["sent"]>>, verona: Awaited<ReturnType<Ship["sent"]>>): void {
    const context = `mine ${this.mine} (${this.ship.hits.at(this.mine - 1) ?? "none"})`
    // What was not acknowledged is told once more, on top of what came of it, and all that followed it as well: the last word counts.
    for (const hers of [this.#told("direct"), this.ship.reactions(this.#stanza.room).filter((one) => one.startsWith("Juliet"))]) {
      assert.equal(hers.at(-1), "Juliet: 🗡️", `${context}: ${hers.join(" | ")}`)
      if (!this.died) assert.deepEqual(hers, ["Juliet: 🌹", "Juliet: 🗡️"], context)
    }
    assert.deepEqual(
      this.ship.reactions(this.#stanza.room).filter((one) => one.startsWith("Romeo")),
      ["Romeo: 👍", his],
      context,
    )
    for (const [records, id] of [
      [direct, this.#hers.direct],
      [verona, this.#hers.room],
    ] as const) {
      const sets = records.flatMap((one) => (one.kind === "react" && one.id === id ? [one.emoji?.join(" ") ?? ""] : []))
      // A call that nobody knows the end of is made again: the same set twice is the same set.
      assert.deepEqual(sets.filter((one, i) => one !== sets[i - 1]), ["👍", "👍 ❤️"], `${context}: ${JSON.stringify(sets)}`) // prettier-ignore
    }
    const pressed = direct.filter((one) => one.kind === "interact" && one.id === this.#hers.direct)
    assert.ok(pressed.length === 1 || (pressed.length === 2 && this.died), `${context}: pressed ${pressed.length} times`)
    assert.ok(!this.#since.some((el) => el.attrs["type"] === "error"), context)
    assert.deepEqual(this.ship.waiting(), [], `${context}: rows are left`)
  }
}

describe("reactions and choices", () => {
  let ship: Ship
  before(async () => {
    ship = await Ship.build("loopback")
    await board(ship)
    await ship.driver.ask({ op: "room", room: "verona", name: "Verona", accounts: [{ id: account, role: "member" }], members: ["juliet"] })
    await ship.start()
    await ship.driver.ask({ op: "wait", for: "drained", account })
    await ship.stop()
  })
  after(() => ship.sink())

  test("a crash at any effect loses nothing and reorders nothing", async (t) => {
    const effects = [...(await new Crossing(ship, 0).run())]
    for (const port of ports) assert.ok(effects.some((hit) => hit.includes(port)), `${port} is mined: ${effects.join(", ")}`) // prettier-ignore
    let deaths = 0
    // What talk has in common with this is mined elsewhere: here what only this has, with what comes before and after.
    const own = (i: number): boolean => /acceptReactions|acceptAction|completeSend|session\.(react|interact)/.test(effects[i] ?? "")
    const mines = effects.flatMap((_, i) => (own(i - 1) || own(i) || own(i + 1) ? [i + 1] : []))
    for (const mine of mines) {
      const crossing = new Crossing(ship, mine)
      await crossing.run()
      if (crossing.died) deaths++
    }
    assert.ok(deaths >= mines.length * 0.8, `it died ${deaths} times for ${mines.length} mines`)
    t.diagnostic(`${effects.length} effects, ${mines.length} mines, ${deaths} deaths`)
  })
})
