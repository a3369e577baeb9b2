// A user's whole stay: registers, sends what is refused half-way, leaves; the gateway dies once at a given effect.
import assert from "node:assert/strict"
import { randomUUID } from "node:crypto"
import Database from "better-sqlite3"
import { join } from "node:path"
import type { Element } from "@xmpp/xml"
import { within } from "../support/deadline.js"
import { domain, type Ship } from "./ship.js"

const person = "nurse"
const patienceMs = 15_000

/** What the user does until it worked: a client whose gateway went away tries again when it is back. */
async function insist<T>(ship: Ship, attempt: () => Promise<T>): Promise<T> {
  for (;;) {
    const trial = Promise.resolve().then(attempt)
    trial.catch(() => undefined)
    const gone = ship.gone.then(() => undefined)
    const result = await Promise.race([trial.then((value) => ({ value })), gone]).catch((error: unknown) => {
      // The stream's end is noticed before the process's.
      if (!String(error).includes("no authenticated stream")) throw error
      return within(gone, patienceMs, "the process behind an ended stream to be gone")
    })
    if (result) return result.value
    await ship.start()
  }
}

/** Every effect of one stay; `mine` 0: nothing dies. */
export async function stay(ship: Ship, mine: number): Promise<{ hits: string[]; died: boolean }> {
  const { server, driver } = ship
  const tag = randomUUID().slice(0, 8)
  const user = `paris-${tag}@example.test`
  const full = `${user}/tomb`
  const account = `paris-${tag}`
  await driver.ask({ op: "person", id: person, name: "Nurse" })
  await ship.start(mine)
  const hits = ship.hits
  let died = false
  const tried = async <T>(attempt: () => Promise<T>): Promise<T> =>
    insist(ship, attempt).finally(() => {
      if (ship.hits !== hits) died = true
    })

  const registration = `<iq type='set' from='${full}' to='${domain}'><query xmlns='jabber:iq:register'><x xmlns='jabber:x:data' type='submit'>
    <field var='FORM_TYPE'><value>jabber:iq:register</value></field><field var='name'><value>${account}</value></field><field var='password'><value>p</value></field></x></query></iq>`
  const registered = await tried(() => server.ask(registration, patienceMs))
  assert.equal(registered.attrs["type"], "result", registered.toString())

  // Three parts; the network refuses the second, so that the third must never leave.
  await driver.ask({ op: "fault", kind: "rejected", account, on: "send", skip: 1, times: 1000, text: "no such words" })
  const id = `${tag}-${randomUUID()}`
  const text = ["a", "b", "c"].map((letter) => `${tag} ${letter.repeat(1500)}`).join("\n")
  // To a resource that is not there an error would be dropped: it comes as a message that quotes the text.
  const told = (el: Element): boolean =>
    el.attrs["type"] === "error" ? el.attrs["id"] === id : (el.getChildText("body") ?? "").includes(`${tag} `)
  const answer = server.expect((el) => el.name === "message" && told(el), patienceMs)
  const error = await tried(() => {
    server.send(`<presence from='${full}' to='${domain}'/>`)
    server.send(
      `<message from='${full}' to='${person}@${domain}' type='chat' id='${id}'><body>${text}</body><request xmlns='urn:xmpp:receipts'/></message>`,
    )
    return answer
  })
  const context = `mine ${mine} (${hits.at(mine - 1) ?? "none"})`
  assert.match(error.toString(), /no such words/, context)
  if (error.attrs["type"] === "error") assert.ok(error.getChild("error")?.getChild("not-acceptable"), `${context}: ${error.toString()}`)
  const parts = (await driver.ask<{ text?: string; kind: string }[]>({ op: "list", account, kind: "send" })).map((record) =>
    record.text?.at(-2),
  )
  // None, if the first was taken, not written down, and refused the second time.
  assert.match(parts.join(""), /^a?$/, context)
  assert.ok(
    !server.received.some((el: Element) => el.getChild("received")?.attrs["id"] === id),
    `${context}: a receipt for what was refused`,
  )

  const left = await tried(() =>
    server.ask(`<iq type='set' from='${full}' to='${domain}'><query xmlns='jabber:iq:register'><remove/></query></iq>`, patienceMs),
  )
  // «registration-required»: the first try had worked, only its answer was lost.
  assert.ok(left.attrs["type"] === "result" || died, `${context}: ${left.toString()}`)
  if (!ship.ended) await ship.stop()
  if (ship.killed) {
    died = true
    await ship.start()
    await ship.stop()
  }
  const db = new Database(join(ship.folder, "data", "gateway.db"), { readonly: true })
  try {
    for (const table of ["outbox", "message", "message_part", "conversation", "link", "account", "gateway_user", "roster", "adapter_state"])
      assert.equal((db.prepare(`SELECT count(*) AS n FROM ${table}`).get() as { n: number }).n, 0, `${context}: ${table} is not wiped`)
  } finally {
    db.close()
  }
  return { hits, died }
}
