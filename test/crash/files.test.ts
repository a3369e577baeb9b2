// kill -9 before and after every effect while files are fetched that were committed before: nothing lost, nothing reordered, what is late included.
import assert from "node:assert/strict"
import { randomUUID } from "node:crypto"
import { after, before, describe, test } from "node:test"
import type { Element } from "@xmpp/xml"
import { within } from "../support/deadline.js"
import { board } from "./crossing.js"
import { account, domain, Ship } from "./ship.js"

const person = "juliet"
const ports = [
  "media.share",
  "store.acceptEvent",
  "store.settleFile",
  "store.postponeFile",
  "store.showLate",
  "store.delivered",
  "stream.write",
]

/** What of a crossing arrived, by stanza id: each once, in the order in which it first came. */
function seen(stanzas: readonly Element[], context: string): Map<string, string> {
  const all = new Map<string, string>()
  for (const el of stanzas) {
    const [id, body] = [el.attrs["id"] ?? "", el.getChildText("body")]
    assert.notEqual(el.attrs["type"], "error", `${context}: ${el.toString()}`)
    if (body === null) continue
    assert.ok(!all.has(id) || all.get(id) === body, `${context}: the id ${id} is used for two bodies`)
    all.set(id, body)
  }
  return all
}

async function cross(ship: Ship, mine: number): Promise<{ hits: string[]; died: boolean }> {
  const { server, driver } = ship
  const received = server.received.length
  const tag = randomUUID().slice(0, 8)
  const since = (): Element[] =>
    server.received.slice(received).filter(({ name, attrs }) => name === "message" && attrs["from"] === `${person}@${domain}`)
  const url = (name: string): string => `https://files.example.test/${name}`
  const [photo, late] = [`photo-${tag}.jpg`, `late-${tag}.jpg`]
  const wanted = [`${tag} one`, url(photo), `${tag} caption`, url(late), `${tag} four`]
  const has = (): boolean => wanted.every((body) => since().some((el) => el.getChildText("body") === body))

  await ship.start(mine)
  const hits = ship.hits
  const file = (name: string) => [{ name, mime: "image/jpeg", kind: "image" as const }]
  const say = (text: string, files?: ReturnType<typeof file>): Promise<unknown> =>
    driver.ask({ op: "say", account, from: person, text, ...(files && { files }) })
  await say(`${tag} one`)
  await say(`${tag} caption`, file(photo))
  await say("", file(late))
  await say(`${tag} four`)
  let died = false
  let next: Promise<unknown> | undefined
  await within(
    (async () => {
      while (!has()) {
        next ??= server.expect((el) => el.name === "message", 60_000).then(() => (next = undefined))
        next.catch(() => undefined)
        await Promise.race([next, ship.gone])
        if (!ship.ended) continue
        assert.ok(!died, "it died twice")
        died = true
        await ship.start()
      }
    })(),
    30_000,
    "everything to arrive",
  ).catch((error: unknown) => {
    const bodies = since().map((el) => el.getChildText("body"))
    throw new Error(`mine ${mine} (${hits.at(-1)}): ${JSON.stringify(bodies)}`, { cause: error })
  })
  if (!ship.ended) await ship.stop()
  if (ship.killed) died = true
  // It may have died when all had arrived, before that was written down.
  if (ship.waiting().length > 0) {
    await ship.start()
    await within(drained(ship), 30_000, "what waits to go")
    await ship.stop()
  }
  const context = `mine ${mine} (${hits.at(mine - 1) ?? "none"})`
  const bodies = [...seen(since(), context).values()]
  const announced = (name: string): string => `[image: ${name}, 1 kB] is on its way.`
  // On a slow machine the photo is late as well: then it is announced where it belongs, and follows.
  const isLate = (name: string): boolean => name === late || bodies.includes(announced(name))
  const first = (name: string): string => (isLate(name) ? announced(name) : url(name))
  const rest = bodies.filter((body) => ![photo, late].some((name) => isLate(name) && body === url(name)))
  assert.deepEqual(rest, [wanted[0], first(photo), wanted[2], first(late), wanted[4]], context)
  for (const name of [photo, late]) {
    assert.equal(bodies.filter((body) => body === url(name)).length, 1, context)
    if (isLate(name)) assert.ok(bodies.indexOf(url(name)) > bodies.indexOf(announced(name)), context)
  }
  return { hits, died }
}

async function drained(ship: Ship): Promise<void> {
  const ping = `<iq type='get' from='sync@example.test/x' to='${domain}'><ping xmlns='urn:xmpp:ping'/></iq>`
  while (ship.waiting().length > 0) await ship.server.ask(ping)
}

describe("files that were committed and are not there yet", () => {
  let ship: Ship
  before(async () => {
    ship = await Ship.build("loopback", { XFERRY_CRASH_LATE: "1" })
    await board(ship)
  })
  after(() => ship.sink())

  test("a crash at any effect loses nothing and reorders nothing", async (t) => {
    const { hits } = await cross(ship, 0)
    const effects = [...hits]
    for (const port of ports)
      assert.ok(
        effects.some((hit) => hit.includes(port)),
        `${port} is mined: ${effects.join(", ")}`,
      )
    let deaths = 0
    for (let mine = 1; mine <= effects.length + 3; mine++) if ((await cross(ship, mine)).died) deaths++
    assert.ok(deaths >= effects.length * 0.8, `it died ${deaths} times for ${effects.length} effects`)
    t.diagnostic(`${effects.length} effects, ${deaths} deaths`)
  })
})
