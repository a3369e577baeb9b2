// The long poll of one bot: commit, then acknowledge; patient with the network, plain about what needs a person.
import { setTimeout as sleep } from "node:timers/promises"
import { type Api, TelegramApiError, type Update, type UpdateType } from "node-telegram-bot-api"
import type { Host } from "xferry"
import type { Calls } from "./calls.js"
import { CustomEmoji } from "./emoji.js"
import { explain } from "./errors.js"
import type { Memory } from "./memory.js"
import type { Options } from "./options.js"
import { Position } from "./position.js"
import { redact } from "./redact.js"
import { type Listener, type Parts, stepOf } from "./steps.js"
import { allowedUpdates, orderKeys } from "./updates.js"

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

/**
 * Resolves when `host.signal` aborts; rejects with what the core should know.
 *
 * The library's own generator shows neither empty answers nor faults, and commits one update at a time; here the chats of
 * an answer are committed side by side, each in its order, and the next request, which confirms them, follows when all are.
 */
export async function poll(calls: Calls, parts: Parts, host: Host, options: Options): Promise<void> {
  const { api } = calls
  const { memory } = parts
  const listener = { ...parts, host, self: calls.me.id, username: calls.me.username, emoji: new CustomEmoji(api) }
  const { log, signal } = host
  const position = await Position.load(host.state, options.apiRoot)
  let failures = 0
  let conflictAt = -Infinity
  let lastFirst: number | undefined
  // The first update of a batch may come from one of them already.
  await parts.logins.refresh()
  const kinds = allowedUpdates(host.commands.length > 0)
  try {
    while (!signal.aborted) {
      const asked = performance.now()
      let updates: Update[]
      try {
        updates = await ask(api, kinds, position.offset, options.pollSeconds, signal)
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

async function ask(
  api: Api,
  allowed_updates: UpdateType[],
  offset: number | undefined,
  timeout: number,
  signal: AbortSignal,
): Promise<Update[]> {
  const updates: unknown = await api.getUpdates({ timeout, allowed_updates, ...(offset !== undefined && { offset }) }, signal)
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
  // A business connection concerns many chats: it waits for all that came before it, and all that comes after waits for it.
  let since = Promise.resolve()
  let once = false
  for (const update of updates) {
    const step = stepOf(update, listener)
    if ("skip" in step) {
      host.log.debug({ update: update.update_id, why: step.skip }, "update left out")
      continue
    }
    once ||= step.once === true
    const chat = orderKey(update)
    if ("business_connection" in update) {
      since = Promise.all([since, ...chats.values()]).then(step.run)
      chats.clear()
    } else chats.set(chat, (chats.get(chat) ?? since).then(step.run))
  }
  const results = await stoppable(Promise.allSettled([since, ...chats.values()]), host.signal)
  if (!results || host.signal.aborted) return { done: false, once }
  const failed = results.find((result) => result.status === "rejected")
  if (failed) throw failed.reason as Error
  return { done: true, once }
}

/** What the promise gives, or undefined as soon as the signal aborts: the end of a session waits for nobody's commit. */
async function stoppable<T>(promise: Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  if (signal.aborted) return undefined
  let stop!: () => void
  const stopped = new Promise<undefined>((resolve) => signal.addEventListener("abort", (stop = () => resolve(undefined)), { once: true }))
  return Promise.race([promise, stopped]).finally(() => signal.removeEventListener("abort", stop))
}

async function save(position: Position, memory: Memory, { log }: Host): Promise<void> {
  await Promise.all([position.save(), memory.save()]).catch((error: unknown) =>
    log.debug({ reason: redact(String(error)) }, "the position was not saved"),
  )
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  if (ms > 0) await sleep(ms, undefined, { signal }).catch(() => undefined)
}
