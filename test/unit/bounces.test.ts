// Which row a stanza that comes back belongs to, and what follows from it.
import assert from "node:assert/strict"
import { test } from "node:test"
import type { BareJid, FullJid, DirectOp } from "#src/core/model.js"
import type { Outgoing } from "#src/core/ports.js"
import { bounceOf, Bounces } from "#src/xmpp/features/bounces.js"
import { bareOf } from "#src/xmpp/jid.js"
import type { Incoming } from "#src/xmpp/types.js"
import { parseXml } from "../support/xml-match.js"

const user = "romeo@example.test"
const contact = "5@sms.example"
const outgoing = (rowId: string, op: DirectOp): Outgoing => ({ rowId, op, to: user as BareJid, legacyId: "5", tag: "" })
const text = (id: string): Outgoing => outgoing(`row-${id}`, { k: "message", id, text: "x", at: 0 })

function back(
  id: string,
  from = user,
  to = contact,
  error = "<error type='cancel'><service-unavailable xmlns='urn:ietf:params:xml:ns:xmpp-stanzas'/></error>",
): Incoming {
  const el = parseXml(`<message type='error' id='${id}' from='${from}' to='${to}'>${error}</message>`)
  return {
    el,
    id,
    type: "error",
    from: from as FullJid,
    fromBare: bareOf(from),
    to,
    target: { kind: "contact", legacyId: "5", tag: "", resource: "" },
    lang: "en",
  }
}

test("by id, from and to, once", () => {
  const bounces = new Bounces()
  bounces.written(text("1"), contact)
  assert.equal(bounces.match(back("2")), undefined)
  assert.equal(bounces.match(back("1", "mallory@example.test")), undefined)
  assert.equal(bounces.match(back("1", user, "6@sms.example")), undefined)
  assert.equal(bounces.match(back("1", `${user}/phone`)), undefined, "one client's word is not the server's")
  assert.deepEqual(bounces.match(back("1")), { outgoing: text("1"), bounce: "when-present" })
  assert.equal(bounces.match(back("1")), undefined)
})

test("a later stanza of a long text is the same row", () => {
  const bounces = new Bounces()
  bounces.written(text("1"), contact)
  assert.equal(bounces.match(back("1.3"))?.outgoing.rowId, "row-1")
})

test("a receipt comes back from the resource it went to", () => {
  const bounces = new Bounces()
  bounces.written(outgoing("r", { k: "receipt", id: "7", of: "a", to: `${user}/phone` as FullJid }), contact)
  assert.equal(bounces.match(back("7", `${user}/phone`))?.outgoing.rowId, "r")
})

test("what was fenced is still known, ten thousand of it", () => {
  const bounces = new Bounces()
  for (let i = 0; i <= 10_000; i++) {
    bounces.written(text(`x${i}`), contact)
    bounces.fenced([`row-x${i}`])
  }
  assert.equal(bounces.match(back("x0")), undefined)
  assert.equal(bounces.match(back("x1"))?.outgoing.rowId, "row-x1")
})

test("a stream that ended takes with it what was not fenced", () => {
  const bounces = new Bounces()
  bounces.written(text("1"), contact)
  bounces.written(text("2"), contact)
  bounces.fenced(["row-2"])
  bounces.reset()
  assert.equal(bounces.match(back("1")), undefined)
  assert.notEqual(bounces.match(back("2")), undefined)
})

for (const [type, condition, bounce] of [
  ["wait", "recipient-unavailable", "later"],
  ["cancel", "remote-server-timeout", "later"],
  ["cancel", "resource-constraint", "later"],
  ["cancel", "service-unavailable", "when-present"],
  ["cancel", "recipient-unavailable", "when-present"],
  ["cancel", "item-not-found", "unreachable"],
  ["cancel", "gone", "unreachable"],
  ["cancel", "remote-server-not-found", "unreachable"],
  ["modify", "not-acceptable", "drop"],
] as const) {
  test(`${type}/${condition}: ${bounce}`, () => assert.equal(bounceOf({ type, condition }), bounce))
}
