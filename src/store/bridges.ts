// Bridges and their legs, as they were agreed upon.
import type { Bridge, Leg, LegOptions } from "../core/bridges/model.js"
import type { NewLeg } from "../core/bridges/store.js"
import type { Store } from "../core/store.js"
import { all, get, run, type Call } from "./call.js"

type Told<K extends "makeBridge" | "addLeg"> = Awaited<ReturnType<Store[K]>>

interface Row {
  id: number
  name: string
  options: string
  origin: string
  createdAt: number
}

const columns = `id, name, options, origin, created_at AS "createdAt"`

export function* loadBridges(): Call<Bridge[]> {
  const rows = yield* all<Row>(`SELECT ${columns} FROM bridge ORDER BY id`)
  const bridges: Bridge[] = []
  for (const row of rows) bridges.push(yield* whole(row))
  return bridges
}

function* whole(row: Row): Call<Bridge> {
  const legs = yield* all<Omit<Leg, "options"> & { options: string }>(
    `SELECT conversation_id AS conversation, options, consent_by AS "consentBy", consent_at AS "consentAt" FROM bridge_leg
     WHERE bridge_id = ? ORDER BY conversation_id`,
    row.id,
  )
  return { ...row, ...optionsOf(row), legs: legs.map((leg) => ({ ...leg, ...optionsOf(leg) })) }
}

function optionsOf<O>({ options }: { options: string }): { options: O } {
  return { options: JSON.parse(options) as O }
}

function* bridgeOf(id: number): Call<Bridge | undefined> {
  const row = yield* get<Row>(`SELECT ${columns} FROM bridge WHERE id = ?`, id)
  return row && (yield* whole(row))
}

export function* makeBridge({ name, options = {}, origin, now, legs }: Parameters<Store["makeBridge"]>[0]): Call<Told<"makeBridge">> {
  for (const { conversation } of legs) if (yield* isLeg(conversation)) return "taken"
  const made = yield* get<{ id: number }>(
    "INSERT INTO bridge (name, options, origin, created_at) VALUES (?, ?, ?, ?) RETURNING id",
    name,
    JSON.stringify(options),
    origin,
    now,
  )
  const id = made?.id ?? 0
  for (const leg of legs) if (!(yield* putLeg(id, leg))) throw new Error(`There is no room ${leg.conversation}.`)
  const bridge = yield* bridgeOf(id)
  if (!bridge) throw new Error("The bridge was not made.")
  return bridge
}

function* isLeg(conversation: number): Call<boolean> {
  return (yield* get("SELECT 1 FROM bridge_leg WHERE conversation_id = ?", conversation)) !== undefined
}

/** False: there is no such room. */
function* putLeg(bridge: number, { conversation, options = {}, consentBy, now }: NewLeg): Call<boolean> {
  const added = yield* run(
    `INSERT INTO bridge_leg (conversation_id, bridge_id, options, consent_by, consent_at)
     SELECT id, ?, ?, ?, ? FROM conversation WHERE id = ? AND link_id IS NULL`,
    bridge,
    JSON.stringify(options),
    consentBy,
    now,
    conversation,
  )
  return added === 1
}

export function* addLeg(bridge: number, leg: NewLeg): Call<Told<"addLeg">> {
  if (!(yield* get("SELECT 1 FROM bridge WHERE id = ?", bridge))) return undefined
  if (yield* isLeg(leg.conversation)) return "taken"
  return (yield* putLeg(bridge, leg)) ? yield* bridgeOf(bridge) : undefined
}

export function* removeLeg(conversation: number): Call<Bridge | undefined> {
  const leg = yield* get<{ bridge: number }>("DELETE FROM bridge_leg WHERE conversation_id = ? RETURNING bridge_id AS bridge", conversation)
  if (!leg) return undefined
  yield* run("DELETE FROM outbox WHERE lane = ?", `copy:${conversation}`)
  return yield* bridgeOf(leg.bridge)
}

export function* removeBridge(bridge: number): Call<void> {
  yield* run("DELETE FROM outbox WHERE lane IN (SELECT 'copy:' || conversation_id FROM bridge_leg WHERE bridge_id = ?)", bridge)
  yield* run("DELETE FROM bridge_leg WHERE bridge_id = ?", bridge)
  yield* run("DELETE FROM bridge WHERE id = ?", bridge)
}

export function* changeBridge(id: number, { name, options }: Parameters<Store["changeBridge"]>[1]): Call<Bridge | undefined> {
  if (name !== undefined) yield* run("UPDATE bridge SET name = ? WHERE id = ?", name, id)
  if (options) yield* run("UPDATE bridge SET options = ? WHERE id = ?", JSON.stringify(options), id)
  return yield* bridgeOf(id)
}

export function* changeLeg(conversation: number, options: LegOptions): Call<Bridge | undefined> {
  const leg = yield* get<{ bridge: number }>(
    "UPDATE bridge_leg SET options = ? WHERE conversation_id = ? RETURNING bridge_id AS bridge",
    JSON.stringify(options),
    conversation,
  )
  return leg && (yield* bridgeOf(leg.bridge))
}
