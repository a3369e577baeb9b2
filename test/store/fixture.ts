// A store on a real file, with one user linked to one account and one conversation.
import { join } from "node:path"
import { after } from "node:test"
import Database from "better-sqlite3"
import { IdMint } from "#src/core/ids.js"
import type { BareJid, FullJid, InOp, Origin, OutOp } from "#src/core/model.js"
import { openStore } from "#src/store/index.js"
import type { NewAction, NewContact, NewEvent, Store } from "#src/core/store.js"
import { tempDir } from "../support/paths.js"

export const romeo = "romeo@montague.example" as BareJid
export const balcony = "romeo@montague.example/balcony" as FullJid
export const mint = new IdMint()
export const sealed = new Uint8Array([1, 2, 3])
export const now = 1_700_000_000_000

/** A path in a folder of its own. */
export function newPath(): string {
  return join(tempDir("store"), "data", "gateway.db")
}

/** Opens a store and closes it at the end of the file's tests. */
export async function open(path = newPath()): Promise<Store> {
  const store = await openStore({ path })
  after(() => store.close())
  return store
}

export interface World {
  path: string
  store: Store
  account: number
  link: number
  conversation: number
}

export async function world(): Promise<World> {
  const path = newPath()
  const store = await open(path)
  const made = await store.register({ network: "sms", jid: romeo, legacyId: "bot", sealed, now })
  if (made.outcome === "taken") throw new Error("an empty store has no accounts")
  const { id } = await store.openDirect(made.account.id, made.link.id, "juliet")
  return { path, store, account: made.account.id, link: made.link.id, conversation: id }
}

export function origin(action: string, of = "stanza-1"): Origin {
  return { action, of, to: balcony, last: true, receipt: true }
}

/** An utterance of one part, with its row; `over` changes anything. */
export function action(
  conversation: number,
  over: Partial<NewAction> = {},
): NewAction & { rows: [{ id: string; op: OutOp }, ...{ id: string; op: OutOp }[]] } {
  const messageId = over.messageId ?? mint.next()
  const rows = over.rows ?? [
    { id: mint.next(), op: { k: "send", message: messageId, ordinal: 0, text: "hello", origin: origin(messageId) } },
  ]
  return {
    conversation,
    xmppId: mint.next(),
    sender: balcony,
    digest: "d1",
    now,
    resendSince: now - 600_000,
    sameResource: false,
    target: null,
    parts: 1,
    startHead: false,
    receipt: null,
    amend: [],
    drop: [],
    ...over,
    messageId,
    rows: rows as [{ id: string; op: OutOp }],
  }
}

export function receiptRow(of = "stanza-1"): { id: string; op: InOp } {
  const id = mint.next()
  return { id, op: { k: "receipt", id, of, to: balcony } }
}

export function errorRow(): { id: string; op: InOp } {
  const id = mint.next()
  return {
    id,
    op: {
      k: "error",
      id,
      of: "stanza-1",
      to: balcony,
      error: { type: "cancel", condition: "item-not-found", text: "gone" },
      excerpt: "hello",
    },
  }
}

export function contact(over: Partial<NewContact> = {}): NewContact {
  return { network: "sms", legacyId: "juliet", name: "Juliet", username: "juliet_c", kind: "person", profile: {}, ...over }
}

export function event(world: Pick<World, "account" | "link">, over: Partial<NewEvent> = {}): NewEvent {
  const messageId = over.messageId ?? mint.next()
  return {
    account: world.account,
    link: world.link,
    conversation: null,
    legacyUser: "juliet",
    contact: null,
    roster: true,
    now,
    kind: "message",
    legacyId: "100",
    revision: null,
    handle: null,
    sender: "juliet",
    at: now,
    row: { id: mint.next(), op: { k: "message", id: messageId, text: "hi", at: now } },
    state: null,
    cursor: null,
    ...over,
    messageId,
  }
}

export function edit(world: Pick<World, "account" | "link">, revision: string | null, over: Partial<NewEvent> = {}): NewEvent {
  const id = mint.next()
  return event(world, {
    kind: "edit",
    revision,
    messageId: id,
    row: { id: mint.next(), op: { k: "edit", id, target: "", text: `at ${revision}`, at: now } },
    ...over,
  })
}

/** Accepts an utterance of one part and reports it as sent under this id of the network. */
export async function sent(world: Pick<World, "store" | "conversation">, legacyId: string, over: Partial<NewAction> = {}): Promise<string> {
  const { store, conversation } = world
  const accepted = action(conversation, over)
  await store.acceptAction(accepted)
  for (const [i, { id, op }] of accepted.rows.entries())
    await store.completeSend({
      row: id,
      conversation,
      message: op.message,
      ordinal: op.ordinal,
      sent: { legacyId: i === 0 ? legacyId : `${legacyId}.${i}`, handle: null },
      consequence: null,
      next: null,
      now,
    })
  return accepted.messageId
}

/** Looks into the file beside the running store. */
export function rows<R>(path: string, sql: string, ...params: unknown[]): R[] {
  const db = new Database(path)
  try {
    const statement = db.prepare(sql)
    return statement.reader ? (statement.all(...params) as R[]) : (statement.run(...params), [])
  } finally {
    db.close()
  }
}

export function count(path: string, table: string): number {
  return rows<{ n: number }>(path, `SELECT count(*) AS n FROM ${table}`)[0]?.n ?? -1
}

/** Until all is gone that was removed. */
export async function swept(store: Pick<Store, "sweep">): Promise<void> {
  while (await store.sweep(100));
}
