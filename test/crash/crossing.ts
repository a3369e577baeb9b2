// One crossing: messages, an edit, a retraction and receipts both ways, while the gateway dies once at a given effect; and what must be true after it.
import assert from "node:assert/strict"
import { randomUUID } from "node:crypto"
import type { Element } from "@xmpp/xml"
import { DeadlineError, within } from "../support/deadline.js"
import { account, domain, romeo, type Ship } from "./ship.js"

const person = "juliet"
const patienceMs = 30_000
const nsRetract = "urn:xmpp:message-retract:1"

interface Said {
  id: string
  text: string
  replaces?: string
}

function stanza({ id, text, replaces }: Said): string {
  const correction = replaces === undefined ? "" : `<replace id='${replaces}' xmlns='urn:xmpp:message-correct:0'/>`
  return `<message from='${romeo}' to='${person}@${domain}' type='chat' id='${id}'><body>${text}</body>${correction}<request xmlns='urn:xmpp:receipts'/></message>`
}

function retraction(id: string, target: string): string {
  return `<message from='${romeo}' to='${person}@${domain}' type='chat' id='${id}'><retract id='${target}' xmlns='${nsRetract}'/></message>`
}

/** Registers romeo with a gateway that lives. */
export async function board(ship: Ship): Promise<void> {
  await ship.driver.ask({ op: "person", id: person, name: "Juliet" })
  await ship.start()
  const form = await ship.server.ask(`<iq type='set' from='${romeo}' to='${domain}' id='reg'><query xmlns='jabber:iq:register'>
    <x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE'><value>jabber:iq:register</value></field>
    <field var='name'><value>${account}</value></field><field var='password'><value>balcony</value></field></x></query></iq>`)
  assert.equal(form.attrs["type"], "result", form.toString())
  await ship.stop()
}

/** Each answer of the gateway is a reason to look again. */
async function drained(ship: Ship): Promise<void> {
  const ping = `<iq type='get' from='sync@example.test/x' to='${domain}'><ping xmlns='urn:xmpp:ping'/></iq>`
  while (ship.waiting().length > 0) await ship.server.ask(ping)
}

/** Effects of a crossing in which nothing dies: what `mine` may be. */
export async function cross(
  ship: Ship,
  mine: number,
  doublesAllowed: boolean,
): Promise<{ hits: string[]; doubles: number; died: boolean }> {
  const { server, driver } = ship
  const tag = randomUUID().slice(0, 8)
  const received = server.received.length
  await ship.start(mine)
  const hits = ship.hits

  const mineOnes: Said[] = [1, 2, 3].map((n) => ({ id: `${tag}-out-${n}-${randomUUID()}`, text: `${tag} 出 ${n} 🚢` }))
  const edit: Said = { id: `${tag}-edit-${randomUUID()}`, text: `${tag} 出 2 corrected`, replaces: mineOnes[1]?.id ?? "" }
  const all = [...mineOnes, edit]
  const hers = [1, 2, 3].map((n) => `${tag} 入 ${n} ⛴`)
  const regretted = mineOnes[2] as Said
  const retracting = `${tag}-retract-${randomUUID()}`

  const since = (): Element[] => server.received.slice(received).filter(({ name }) => name === "message")
  const receipts = (): Set<string> => new Set(since().flatMap((el) => el.getChild("received", "urn:xmpp:receipts")?.attrs["id"] ?? []))
  const bodies = (): string[] => since().flatMap((el) => el.getChildText("body") ?? [])
  const retracts = (): (string | undefined)[] => since().flatMap((el) => el.getChild("retract", nsRetract)?.attrs["id"] ?? [])
  const done = (): boolean =>
    retracted &&
    retracts().length > 0 &&
    all.every(({ id }) => receipts().has(id)) &&
    [...hers, `${tag} 入 2 corrected`].every((text) => bodies().includes(text))

  // Her side: the network keeps what was not acknowledged.
  const ids: string[] = []
  for (const text of hers) ids.push((await driver.ask<{ id: string }>({ op: "say", account, from: person, text })).id)
  await driver.ask({ op: "edit", account, from: person, id: ids[1] ?? "", text: `${tag} 入 2 corrected` })
  await driver.ask({ op: "retract", account, from: person, ids: [ids[2] ?? ""] })
  let retracted = false
  const after = (await ship.sent({ to: person })).at(-1)?.ordinal ?? 0
  const takenBack = driver.ask({ op: "wait", kind: "retract", to: person, after }).then(() => (retracted = true))
  // His side: a client that sends again, in order and with the same ids, what has no receipt when the gateway is back.
  const say = (): void => all.filter(({ id }) => !receipts().has(id)).forEach((said) => server.send(stanza(said)))
  // Nobody tells him that it was taken back: he says it again to each gateway.
  let asked = false
  const regret = (): void => {
    if (asked || ship.ended || !receipts().has(regretted.id)) return
    asked = true
    server.send(retraction(retracting, regretted.id))
  }
  if (!ship.ended) say()
  let died = false
  try {
    await within(
      (async () => {
        // One that is left waiting would take a stanza from the next.
        let next: Promise<unknown> | undefined
        while (!done()) {
          next ??= server.expect((el) => el.name === "message", 2 * patienceMs).then(() => (next = undefined))
          next.catch(() => undefined)
          regret()
          await Promise.race([next, ship.gone, ...(retracted ? [] : [takenBack])])
          if (!ship.ended) continue
          assert.ok(!died, "it died twice")
          died = true
          await ship.start()
          say()
          asked = false
        }
      })(),
      patienceMs,
      "everything to arrive",
    )
  } catch (error) {
    if (!(error instanceof DeadlineError)) throw error
    assert.fail(
      `mine ${mine} (${hits.at(-1)}): receipts for ${[...receipts()].length} of ${all.length}; bodies ${JSON.stringify(bodies())}`,
    )
  }
  // It may die when all has arrived, before it is written down, or while it stops: the next start must come to the same end.
  if (!ship.ended) await ship.stop()
  if (ship.killed) died = true
  // A second receipt, for what he said again, may have been committed in the last moment.
  if (ship.killed || ship.waiting().length > 0) {
    await ship.start()
    await within(drained(ship), patienceMs, "what waits to go")
    await ship.stop()
  }

  const context = `mine ${mine} (${hits.at(mine - 1) ?? "none"})`
  // Towards XMPP: by stanza id, as a client that honours ids sees it: each once, in order, the edit after its message.
  const seen = new Map<string, string>()
  for (const el of since()) {
    const body = el.getChildText("body")
    assert.notEqual(el.attrs["type"], "error", `${context}: ${el.toString()}`)
    if (body === null) continue
    const id = el.attrs["id"] ?? ""
    assert.ok(!seen.has(id) || seen.get(id) === body, `${context}: the id ${id} is used for two texts`)
    seen.set(id, body)
  }
  const last = [...seen.values()].pop() ?? ""
  assert.match(last, /retracted a previous message/, context)
  assert.deepEqual([...seen.values()], [...hers, `${tag} 入 2 corrected`, last], context)
  const third = [...seen].find(([, body]) => body === hers[2])?.[0]
  assert.deepEqual([...new Set(retracts())], [third], context)
  const target = [...seen].find(([, body]) => body === hers[1])?.[0]
  const correction = since().find((el) => el.getChildText("body") === `${tag} 入 2 corrected`)
  assert.equal(correction?.getChild("replace")?.attrs["id"], target, context)

  // Towards the network: in order, each once; the second reads as corrected in the end.
  const sent = (await ship.sent({ to: person })).filter(({ text }) => text?.startsWith(tag) ?? false)
  const sends = sent.filter(({ kind }) => kind === "send").map(({ text = "" }) => (text.endsWith("corrected") ? `${tag} 出 2 🚢` : text))
  const doubles = sends.length - new Set(sends).size
  if (!doublesAllowed) assert.equal(doubles, 0, `${context}: ${JSON.stringify(sends)}`)
  assert.ok(doubles <= 1, `${context}: one crash can double one call, not ${doubles}`)
  assert.deepEqual(
    [...new Set(sends)],
    mineOnes.map(({ text }) => text),
    context,
  )
  assert.equal(sent.filter(({ kind, text }) => (kind === "send" || kind === "edit") && text === edit.text).length >= 1, true, context)
  // The last copy, where the network took it twice.
  const copies = (await ship.sent({ to: person })).filter(({ text }) => text === regretted.text)
  const takenIds = (await ship.sent({ to: person }))
    .filter(({ kind, ordinal }) => kind === "retract" && ordinal > after)
    .map(({ id }) => id)
  assert.deepEqual(takenIds, [copies.at(-1)?.id], context)
  assert.deepEqual(ship.waiting(), [], `${context}: rows are left`)
  return { hits, doubles, died }
}
