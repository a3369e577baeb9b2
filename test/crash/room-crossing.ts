// One crossing in a room: two clients and the network talk, while the gateway dies once at a given effect; and what must be true after it.
import assert from "node:assert/strict"
import { randomUUID } from "node:crypto"
import { join } from "node:path"
import Database from "better-sqlite3"
import type { Element } from "@xmpp/xml"
import { roomJid } from "#src/core/address.js"
import { DeadlineError, within } from "../support/deadline.js"
import { hasStatus, stanzaId } from "../support/muc-dialogue.js"
import { account, domain, romeo, type Ship } from "./ship.js"

export const phone = "romeo@example.test/phone"
const clients = [romeo, phone] as const
const person = "juliet"
const patienceMs = 30_000
const muc = "http://jabber.org/protocol/muc"
const room = roomJid(domain, "verona", "") ?? ""

/**
 * What befalls the first word: the network answers at once; or so late that everybody sees it before; or so late, and then it refuses.
 */
export type Weather = "calm" | "slow" | "refusing"

interface Said {
  id: string
  text: string
  replaces?: string
}

export interface End {
  hits: string[]
  doubles: number
  died: boolean
  /** Something was refused, after everybody had seen it. */
  refused: boolean
  early: boolean
}

/** Registers romeo with a gateway that lives, and puts him into a room. */
export async function settle(ship: Ship): Promise<void> {
  await ship.driver.ask({ op: "person", id: person, name: "Juliet" })
  await ship.start()
  const form = await ship.server.ask(`<iq type='set' from='${romeo}' to='${domain}' id='reg'><query xmlns='jabber:iq:register'>
    <x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE'><value>jabber:iq:register</value></field>
    <field var='name'><value>${account}</value></field><field var='password'><value>balcony</value></field></x></query></iq>`)
  assert.equal(form.attrs["type"], "result", form.toString())
  await ship.driver.ask({ op: "room", room: "verona", name: "Verona", accounts: [{ id: account, role: "member" }], members: [person] })
  await ship.driver.ask({ op: "wait", for: "drained", account })
  await ship.driver.ask({ op: "subscribe", room: "verona" })
  await ship.stop()
}

const inRoom = ({ attrs }: Element): boolean => (attrs["from"] ?? "").split("/")[0] === room

/** What happened to this crossing, read from the stream. */
class Log {
  readonly #start: number
  constructor(
    private readonly ship: Ship,
    private readonly tag: string,
  ) {
    this.#start = ship.server.received.length
  }

  /** Words to a client, by stanza id, in the order in which it saw them first. A retraction is «-» and the stanza id it is about. */
  seen(client: string): Map<string, { text: string; id: string }> {
    const seen = new Map<string, { text: string; id: string }>()
    for (const el of this.#to(client)) {
      if (el.attrs["type"] !== "groupchat") continue
      const target = el.getChild("retract", "urn:xmpp:message-retract:1")?.attrs["id"]
      const text = target === undefined ? el.getChildText("body") : `-${target}`
      if (text === null || (target === undefined && !text.startsWith(this.tag))) continue
      const before = seen.get(stanzaId(el))
      assert.ok(!before || before.text === text, `one stanza id for «${before?.text}» and «${text}»`)
      if (!before) seen.set(stanzaId(el), { text, id: el.attrs["id"] ?? "" })
    }
    return seen
  }

  has(client: string, id: string): boolean {
    return this.#to(client).some((el) => el.attrs["id"] === id)
  }

  errors(client: string): string[] {
    return this.#to(client).flatMap((el) => (el.attrs["type"] === "error" ? (el.attrs["id"] ?? "") : []))
  }

  #to(client: string): Element[] {
    return this.ship.server.received.slice(this.#start).filter((el) => el.name === "message" && el.attrs["to"] === client && inRoom(el))
  }
}

/** Runs `step` until it worked: a client whose gateway went away tries again when it is back. */
class Voyage {
  died = false
  /** Texts that the network took. */
  readonly taken = new Set<string>()
  #wake = (): void => undefined
  /** The only one: another that is left waiting would take a stanza from it. */
  #next: Promise<unknown> | undefined
  constructor(
    private readonly ship: Ship,
    /** What a client does when the gateway is back. */
    private readonly back: () => void,
  ) {
    ship.driver.onSent = ({ kind, text }) => {
      if (kind === "send" || kind === "repeat") this.taken.add(text ?? "")
      this.#wake()
    }
  }

  async until(done: () => boolean, what: string): Promise<void> {
    const { ship } = this
    const work = async (): Promise<void> => {
      while (!done()) {
        const next = (this.#next ??= ship.server.expect((el) => el.name !== "iq", 4 * patienceMs).finally(() => (this.#next = undefined)))
        next.catch(() => undefined)
        const taken = new Promise<void>((resolve) => (this.#wake = resolve))
        await Promise.race([next, ship.gone, taken])
        if (!ship.ended) continue
        assert.ok(!this.died, "it died twice")
        this.died = true
        await ship.start()
        this.back()
      }
    }
    await within(work(), patienceMs, what)
  }
}

export async function crossRoom(ship: Ship, mine: number, weather: Weather, doublesAllowed: boolean): Promise<End> {
  const { server, driver } = ship
  const tag = randomUUID().slice(0, 8)
  const log = new Log(ship, tag)
  if (weather === "slow") await driver.ask({ op: "fault", kind: "delay", account, on: "send", delayMs: 700 })
  if (weather === "refusing") await driver.ask({ op: "fault", kind: "retry", account, on: "send", retryAfterMs: 700 })
  const start = server.received.length
  await ship.start(mine)
  const { hits } = ship
  const context = (): string => `${weather}, mine ${mine} (${hits.at(mine - 1) ?? "none"})`

  // What is said to a gateway that is just dying is said again when it is back.
  const send = (xml: string): void => {
    try {
      server.send(xml)
    } catch (error) {
      if (!/no authenticated stream/.test(String(error))) throw error
    }
  }
  // A client that got its own presence is in, whatever becomes of the gateway; the others ask again.
  const joined = (client: string): boolean =>
    server.received
      .slice(start)
      .some((el) => el.attrs["to"] === client && inRoom(el) && hasStatus(el, "110") && el.attrs["type"] === undefined)
  const enter = (): void => {
    for (const client of clients.filter((one) => !joined(one)))
      send(`<presence from='${client}' to='${room}/Romeo'><x xmlns='${muc}'><history maxstanzas='0'/></x></presence>`)
  }

  const word = (n: number | string, more: Partial<Said> = {}): Said => ({
    id: `${tag}-${n}-${randomUUID()}`,
    text: `${tag} 出 ${n} 🚢`,
    ...more,
  })
  const [first, decoy, second, third] = [word(1), word("decoy"), word(2), word(3)]
  const edit = word("2 corrected", { replaces: second.id })
  const all = [first, ...(weather === "refusing" ? [decoy] : []), second, edit, third]
  const hers = [1, 2, 3].map((n) => `${tag} 入 ${n} ⛴`)
  const herEdit = `${tag} 入 2 corrected`

  let said: Said[] = []
  // In order and with the same ids, what he was not answered himself yet.
  const say = (): void => {
    for (const { id, text, replaces } of said) {
      if (log.has(romeo, id)) continue
      const correction = replaces === undefined ? "" : `<replace id='${replaces}' xmlns='urn:xmpp:message-correct:0'/>`
      send(`<message from='${romeo}' to='${room}' type='groupchat' id='${id}'><body>${text}</body>${correction}</message>`)
    }
  }
  const says = (more: Said[]): void => {
    said = [...said, ...more]
    if (!ship.ended) say()
  }
  const refused = ({ id }: Said): boolean => log.errors(romeo).includes(id)
  const voyage = new Voyage(ship, () => {
    enter()
    say()
  })
  const decided = (one: Said): Promise<void> =>
    voyage.until(() => refused(one) || voyage.taken.has(one.text), `«${one.text}» to be refused or taken`)
  const texts = (client: string): string[] => [...log.seen(client).values()].map(({ text }) => text)
  const arrived = (): boolean => {
    const wanted = [hers[0] ?? "", herEdit, hers[2] ?? "", ...all.filter((one) => !refused(one)).map(({ text }) => text)]
    return clients.every((client) => wanted.every((text) => texts(client).includes(text)))
  }
  try {
    if (!ship.ended) enter()
    await voyage.until(() => clients.every(joined), "both to be in")
    const ids: string[] = []
    for (const text of hers) ids.push((await driver.ask<{ id: string }>({ op: "say", room: "verona", from: person, text })).id)
    await driver.ask({ op: "edit", room: "verona", id: ids[1] ?? "", text: herEdit })
    if (weather === "refusing") {
      says([first])
      await voyage.until(() => log.has(phone, first.id) || voyage.taken.has(first.text), "the first word to be seen or taken")
      await driver.ask({ op: "fault", kind: "rejected", account, on: "send", text: "no such words" })
      await decided(first)
      // Where the first was faster, this one is refused.
      says([decoy])
      await decided(decoy)
      says([second, edit, third])
    } else says(all)
    await voyage.until(arrived, "everything to arrive")
  } catch (error) {
    if (!(error instanceof DeadlineError)) throw error
    assert.fail(`${context()}: ${error.message}; seen ${JSON.stringify(clients.map(texts))}, errors ${JSON.stringify(log.errors(romeo))}`)
  }
  let { died } = voyage
  await drained(ship)
  if (!ship.ended) await ship.stop()
  if (ship.killed) died = true
  if (ship.killed || ship.waiting().length > 0) {
    await ship.start()
    await drained(ship)
    await ship.stop()
  }

  // Everybody saw the same, in the same order, and so it is kept: by stanza id, each once.
  const entries = archiveOf(ship, tag)
  const isSeen = ({ id }: Said): boolean => entries.some(({ xmppId }) => xmppId === id)
  for (const client of clients) {
    const seen = [...log.seen(client)]
    const words = seen.filter(([, { text }]) => !text.startsWith("-"))
    assert.deepEqual(words.map(([id]) => id), entries.map(({ id }) => id), `${context()}: ${client} saw another room than the archive holds`) // prettier-ignore
    const heard = words.map(([, { text }]) => text)
    const his = all.filter((one) => !refused(one) || isSeen(one)).map(({ text }) => text)
    assert.deepEqual(heard.filter((text) => text.includes("出")), his, context()) // prettier-ignore
    // What was changed while the gateway was away is read as it is now.
    const theirs = heard.filter((text) => text.includes("入"))
    const [one = "", two = "", three = ""] = hers
    // The history, by which it is learned then, tells of a correction at the place of what it corrects.
    const fromHistory = died && theirs.indexOf(herEdit) < theirs.indexOf(three)
    const whole = fromHistory ? [one, two, herEdit, three] : [one, two, three, herEdit]
    assert.deepEqual(theirs, theirs.includes(two) ? whole : [one, herEdit, three], context())
    for (const [id, { text, id: xmppId }] of words) {
      const isBack = refused({ id: xmppId, text })
      assert.equal(seen.filter(([, other]) => other.text === `-${id}`).length, isBack ? 1 : 0, `${context()}: «${text}» taken back`)
      assert.equal(entries.find((entry) => entry.id === id)?.text, isBack ? "" : text, context())
    }
  }
  const errors = new Set(clients.flatMap((client) => log.errors(client)))
  assert.ok(errors.size <= (weather === "refusing" ? 1 : 0), `${context()}: ${JSON.stringify([...errors])}`)

  // Towards the network: in order, each once; what was refused never.
  const sent = (await ship.sent({ to: "verona" })).filter(({ text }) => text?.startsWith(tag) ?? false)
  const sends = sent.filter(({ kind }) => kind === "send").map(({ text = "" }) => (text === edit.text ? second.text : text))
  const doubles = sends.length - new Set(sends).size
  assert.ok(doubles <= (doublesAllowed ? 1 : 0), `${context()}: ${JSON.stringify(sends)}`)
  const expected = all.filter((one) => one !== edit && !refused(one)).map(({ text }) => text)
  assert.deepEqual([...new Set(sends)], expected, context())
  assert.ok(sent.some(({ text }) => text === edit.text), `${context()}: the correction is lost`) // prettier-ignore
  assert.deepEqual(ship.waiting(), [], `${context()}: rows are left`)
  return { hits, doubles, died, refused: all.some(refused), early: all.some((one) => refused(one) && isSeen(one)) }
}

/** All rows are gone, or the gateway. */
async function drained(ship: Ship): Promise<void> {
  const end = Date.now() + patienceMs
  while (!ship.ended && ship.waiting().length > 0 && Date.now() < end)
    await Promise.race([
      ship.server.ask(`<iq type='get' from='sync@example.test/x' to='${domain}'><ping xmlns='urn:xmpp:ping'/></iq>`),
      ship.gone,
    ]).catch(() => undefined)
}

interface Entry {
  id: string
  text: string | null
  xmppId: string | null
}

/** Words of this crossing. */
function archiveOf(ship: Ship, tag: string): Entry[] {
  const db = new Database(join(ship.folder, "data", "gateway.db"), { readonly: true })
  try {
    return db
      .prepare(
        `SELECT id, op ->> '$.text' AS text, op ->> '$.xmppId' AS "xmppId" FROM archive
         WHERE kind > 0 AND op ->> '$.k' = 'said' AND (op ->> '$.text' LIKE ? OR op ->> '$.xmppId' LIKE ?) ORDER BY pos`,
      )
      .all(`${tag}%`, `${tag}%`) as Entry[]
  } finally {
    db.close()
  }
}
