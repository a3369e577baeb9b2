// kill -9 before and after every effect of files on their way to the network: none is lost, none doubled, none out of its order.
import assert from "node:assert/strict"
import { createHash, randomUUID } from "node:crypto"
import { after, before, describe, test } from "node:test"
import { within } from "../support/deadline.js"
import { board } from "./crossing.js"
import { domain, romeo, Ship } from "./ship.js"

const person = "juliet"
const patienceMs = 30_000
const ports = ["store.acceptAction", "store.startSend", "store.completeSend", "media.take", "session.send", "stream.write"]

interface Shown {
  id: string
  text: string
  urls: string[]
}

function stanza({ id, text, urls }: Shown): string {
  const files = urls.map(
    (url) =>
      `<file-sharing xmlns='urn:xmpp:sfs:0'><sources><url-data xmlns='http://jabber.org/protocol/url-data' target='${url}'/></sources></file-sharing>`,
  )
  const body = text === "" ? "" : `<body>${text}</body>`
  return `<message from='${romeo}' to='${person}@${domain}' type='chat' id='${id}'>${body}${files.join("")}<request xmlns='urn:xmpp:receipts'/></message>`
}

const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex")

async function cross(ship: Ship, mine: number): Promise<{ hits: string[]; died: boolean }> {
  const { server } = ship
  const tag = randomUUID().slice(0, 8)
  const url = (name: string): string => `https://upload.example.test/${tag}/${name}`
  const words = (text: string, ...names: string[]): Shown => ({ id: `${tag}-${randomUUID()}`, text, urls: names.map(url) })
  // One alone, a text, five with a caption (two operations), a text.
  const all = [
    words("", "1.png"),
    words(`${tag} 2`),
    words(`${tag} 3`, "3a.png", "3b.png", "3c.png", "3d.png", "3e.png"),
    words(`${tag} 4`),
  ]
  const start = server.received.length
  const after = (await ship.sent({ to: person })).at(-1)?.ordinal ?? 0
  const done = (id: string): boolean =>
    server.received.slice(start).some((el) => el.getChild("received", "urn:xmpp:receipts")?.attrs["id"] === id)
  await ship.start(mine)
  const { hits } = ship
  const context = (): string => `mine ${mine} (${hits.at(mine - 1) ?? "none"})`
  // What is said to a gateway that is just dying is said again when it is back.
  const say = (): void => {
    for (const shown of all.filter(({ id }) => !done(id))) {
      try {
        server.send(stanza(shown))
      } catch (error) {
        if (!/no authenticated stream/.test(String(error))) throw error
      }
    }
  }
  let died = false
  const arrive = async (): Promise<void> => {
    let next: Promise<unknown> | undefined
    if (!ship.ended) say()
    while (!all.every(({ id }) => done(id))) {
      next ??= server.expect((el) => el.name === "message", 2 * patienceMs).then(() => (next = undefined))
      next.catch(() => undefined)
      await Promise.race([next, ship.gone])
      if (!ship.ended) continue
      assert.ok(!died, "it died twice")
      died = true
      await ship.start()
      say()
    }
  }
  await within(arrive(), patienceMs, `everything to arrive: ${context()}`)
  if (!ship.ended) await ship.stop()
  if (ship.killed) died = true
  if (ship.killed || ship.waiting().length > 0) {
    await ship.start()
    const ping = `<iq type='get' from='sync@example.test/x' to='${domain}'><ping xmlns='urn:xmpp:ping'/></iq>`
    const drained = async (): Promise<void> => {
      while (ship.waiting().length > 0) await server.ask(ping)
    }
    await within(drained(), patienceMs, `what waits to go: ${context()}`)
    await ship.stop()
  }
  const seen = (await ship.sent({ to: person }))
    .filter(({ kind, ordinal }) => kind === "send" && ordinal > after)
    .map(({ text, files }) => ({ text, files: files?.map(({ name, sha256: hash }) => [name, hash]) }))
  const file = (name: string): [string, string] => [name, sha256(url(name))]
  assert.deepEqual(
    seen,
    [
      { text: "", files: [file("1.png")] },
      { text: `${tag} 2`, files: undefined },
      { text: "", files: ["3a.png", "3b.png", "3c.png", "3d.png"].map(file) },
      { text: `${tag} 3`, files: [file("3e.png")] },
      { text: `${tag} 4`, files: undefined },
    ],
    context(),
  )
  return { hits, died }
}

describe("files on their way to a network with keys", () => {
  let ship: Ship
  before(async () => {
    ship = await Ship.build()
    await board(ship)
  })
  after(() => ship.sink())

  test("a crash at any effect neither loses nor doubles one", async (t) => {
    const { hits } = await cross(ship, 0)
    const effects = [...hits]
    for (const port of ports) assert.ok(effects.some((hit) => hit.includes(port)), `${port} is mined: ${effects.join(", ")}`) // prettier-ignore
    let deaths = 0
    for (let mine = 1; mine <= effects.length; mine++) if ((await cross(ship, mine)).died) deaths++
    assert.ok(deaths >= effects.length * 0.8, `it died ${deaths} times for ${effects.length} effects`)
    t.diagnostic(`${effects.length} effects, ${deaths} deaths`)
  })
})
