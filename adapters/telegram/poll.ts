// The long poll of one bot: commit, then acknowledge; patient with the network, plain about what needs a person.
import { setTimeout as sleep } from "node:timers/promises"
import { type Api, TelegramApiError, type Update } from "node-telegram-bot-api"
import type { Host, NetworkEvent } from "xferry"
import type { Calls } from "./calls.js"
import { CustomEmoji } from "./emoji.js"
import { explain } from "./errors.js"
import type { Faces } from "./faces.js"
import type { Memory } from "./memory.js"
import type { Options } from "./options.js"
import { Position } from "./position.js"
import { redact } from "./redact.js"
import type { Rooms } from "./rooms.js"
import { assertSound } from "./sound.js"
import { allowedUpdates, messageOf, orderKeys, translate, type Translated } from "./updates.js"

/** Waits after a fault: 0.25 s doubling, with jitter; after so many in a row (about 6 s) the core is told that the network is away. */
const firstWaitMs = 250
const patience = 5
/** An answer with nothing new that comes at once (a proxy, a confused server) must not become a busy loop. */
const floorMs = 1000
/** The position is written when nothing comes, and at the latest after so many updates: that is one commit in 100 more. */
const saveEvery = 100
/** A single conflict may be our own last request, still on its way when this session began; two within this time are somebody else. */
const rivalMs = 60_000
const afterConflictMs = 1000

/** What listening needs besides the network. */
export interface Parts {
  rooms: Rooms
  memory: Memory
  faces: Faces
}
interface Listener extends Parts {
  host: Host
  /** The bot's number. */
  self: number
  emoji: CustomEmoji
}

/**
 * Resolves when `host.signal` aborts; rejects with what the core should know.
 *
 * The library's own generator shows neither empty answers nor faults, and commits one update at a time; here the chats of
 * an answer are committed side by side, each in its order, and the next request, which confirms them, follows when all are.
 */
export async function poll(calls: Calls, parts: Parts, host: Host, options: Options): Promise<void> {
  const { api } = calls
  const { memory } = parts
  const listener = { ...parts, host, self: calls.me.id, emoji: new CustomEmoji(api) }
  const { log, signal } = host
  const position = await Position.load(host.state, options.apiRoot)
  let failures = 0
  let conflictAt = -Infinity
  let lastFirst: number | undefined
  try {
    while (!signal.aborted) {
      const asked = performance.now()
      let updates: Update[]
      try {
        updates = await ask(api, position.offset, options.pollSeconds, signal)
        failures = 0
      } catch (error) {
        if (signal.aborted) return
        if (isRival(error) && performance.now() - conflictAt > rivalMs) {
          conflictAt = performance.now()
          log.debug({}, "another request for updates took the place of ours")
          await pause(afterConflictMs, signal)
          continue
        }
        const problem = explain(error, { unsure: false })
        if (problem.retryAfterMs === undefined) failures++
        if (problem.kind !== "retry" || failures > patience) throw problem
        const waitMs = problem.retryAfterMs ?? firstWaitMs * 2 ** (failures - 1) * (0.5 + Math.random() / 2)
        log.debug({ reason: problem.message, failures, waitMs: Math.round(waitMs) }, "asking for updates failed, again soon")
        await pause(waitMs, signal)
        continue
      }
      const fresh = updates.filter((update) => position.isNew(update))
      const { done, once } = await commit(fresh, listener)
      if (!done) return
      position.pass(updates)
      if (fresh.length === 0 || once || position.unsaved >= saveEvery) await save(position, memory, host)
      const first = updates[0]?.update_id
      const nothingNew = fresh.length === 0 || first === lastFirst
      lastFirst = first
      if (nothingNew) await pause(floorMs - (performance.now() - asked), signal)
    }
  } finally {
    await save(position, memory, host)
  }
}

async function ask(api: Api, offset: number | undefined, timeout: number, signal: AbortSignal): Promise<Update[]> {
  const updates: unknown = await api.getUpdates(
    { timeout, allowed_updates: allowedUpdates, ...(offset !== undefined && { offset }) },
    signal,
  )
  if (!Array.isArray(updates)) throw new TypeError("getUpdates gave no array")
  return updates as Update[]
}

function isRival(error: unknown): boolean {
  return error instanceof TelegramApiError && error.errorCode === 409 && !/webhook/i.test(error.description)
}

/** `done: false`: stopped midway; nothing is acknowledged, and what was committed will be recognised. */
async function commit(updates: readonly Update[], listener: Listener): Promise<{ done: boolean; once: boolean }> {
  const { host, memory } = listener
  const chats = new Map<number, Promise<void>>()
  const orderKey = orderKeys(updates, (update) => memory.chatOf(update))
  let once = false
  for (const update of updates) {
    const result = translated(update, listener)
    if ("skip" in result) {
      host.log.debug({ update: update.update_id, why: result.skip }, "update left out")
      continue
    }
    once ||= result.once === true
    const chat = orderKey(update)
    const before = chats.get(chat) ?? Promise.resolve()
    chats.set(
      chat,
      before.then(() => told(update, result.events, listener)),
    )
  }
  const results = await stoppable(Promise.allSettled(chats.values()), host.signal)
  if (!results || host.signal.aborted) return { done: false, once }
  const failed = results.find((result) => result.status === "rejected")
  if (failed) throw failed.reason as Error
  return { done: true, once }
}

/** Of rooms more must be told than one update holds; what cannot be found out holds up nothing. */
async function told(update: Update, events: NetworkEvent[], { rooms, host, emoji, faces }: Listener): Promise<void> {
  if (host.signal.aborted) return
  for (const event of events) if (event.type === "reactions") await pictured(event, emoji, host.signal)
  let all = events
  try {
    const complete = await rooms.complete(update, events)
    complete.forEach(assertSound)
    all = complete
  } catch (error) {
    host.log.warn({ update: update.update_id, fault: redact(String(error)) }, "a room could not be introduced")
  }
  for (const event of all) if (!host.signal.aborted) await host.emit(event)
  faces.met(all)
}

/** Custom emoji with what they look like. */
async function pictured({ change }: Extract<NetworkEvent, { type: "reactions" }>, emoji: CustomEmoji, signal: AbortSignal): Promise<void> {
  if ("set" in change) change.set = await emoji.filled(change.set, signal)
  if (!("counts" in change)) return
  const filled = await emoji.filled(
    change.counts.map((one) => one.emoji),
    signal,
  )
  change.counts = change.counts.map((one, i) => ({ ...one, emoji: filled[i] ?? one.emoji }))
}

/** What the promise gives, or undefined as soon as the signal aborts: the end of a session waits for nobody's commit. */
async function stoppable<T>(promise: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  if (signal.aborted) return undefined
  let stop!: () => void
  const stopped = new Promise<undefined>((resolve) => signal.addEventListener("abort", (stop = () => resolve(undefined)), { once: true }))
  return Promise.race([promise, stopped]).finally(() => signal.removeEventListener("abort", stop))
}

/** An update that breaks the translation must not stop those behind it for ever. */
function translated(update: Update, { self, host, memory }: Listener): Translated {
  try {
    const message = messageOf(update)
    if (message) memory.heard(message)
    const result = translate(update, self, memory)
    if ("skip" in result) return result
    result.events.forEach(assertSound)
    return result
  } catch (error) {
    host.log.warn({ update: update.update_id, fault: redact(String(error)) }, "an update could not be understood")
    return { skip: "not understood" }
  }
}

async function save(position: Position, memory: Memory, { log }: Host): Promise<void> {
  await Promise.all([position.save(), memory.save()]).catch((error: unknown) =>
    log.debug({ reason: redact(String(error)) }, "the position was not saved"),
  )
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (ms > 0) await sleep(ms, undefined, { signal }).catch(() => undefined)
}
