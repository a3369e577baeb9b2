// Calls to the network, as they are made: what is put before a text at the last moment has to fit as well.
import assert from "node:assert/strict"
import { test } from "node:test"
import type { Send, Upload } from "#src/adapter/contract.js"
import { carryOut } from "#src/core/calls.js"
import type { Conversation, FullJid, OutboxRow, OutOp } from "#src/core/model.js"
import { mostOf } from "#src/core/files/showing.js"

const send = { maxChars: 100, maxCaption: 20 }
const conversation: Conversation = { id: 1, accountId: 1, linkId: null, legacyId: "g1", kind: "group" }
const origin = { action: "m2", of: "", to: "romeo@example.test/x" as FullJid, last: true, receipt: false }

/** What the network is told of an answer to «a quotation» that it does not have. */
async function answered(uploads: Upload[]): Promise<Send["body"]> {
  const told: Send[] = []
  const store = {
    findPart: () => Promise.resolve(undefined),
    roomMessage: () => Promise.resolve({ text: "a quotation", retracted: false }),
  }
  const session = { send: (op: Send) => (told.push(op), Promise.resolve({ id: "7" })) }
  const op: OutOp = { k: "send", message: "m2", ordinal: 0, text: "an answer", reply: "m1", origin }
  const parts = {
    ...{ store, registry: { byId: () => undefined }, formatting: [] },
    fits: (body: { text: string; files?: unknown[] }) => body.text.length <= mostOf(send, body),
  }
  const live = { session, signal: new AbortController().signal }
  await carryOut(parts as never, conversation, live as never, { id: "r", op } as OutboxRow<OutOp>, { uploads, refused: [] })
  return told[0]?.body ?? { text: "" }
}

test("a quotation stands before a text, and under a file only where there is room for it", async () => {
  const file: Upload = { name: "a.jpg", mime: "image/jpeg", open: () => Promise.reject(new Error("not here")) }
  assert.equal((await answered([])).text, "> a quotation\nan answer")
  assert.equal((await answered([file])).text, "an answer")
})
