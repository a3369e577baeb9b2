// What was missed of a conversation while its account was away: fetched before anything is told of it that is said now.
import type { ChatRef, MessageEvent, NetworkEvent } from "../adapter/contract.js"
import type { AnySession } from "../adapter/define.js"
import { AdapterError } from "../adapter/errors.js"
import type { Accounts } from "./accounts.js"
import { backoffMs } from "./errors.js"
import type { Log } from "./log.js"
import type { Known } from "./store.js"

export interface Live {
  session: AnySession
  signal: AbortSignal
}

/** `cursor`: the network's id of the last message before the gap, if there is any. */
export interface Chat {
  readonly id: number
  readonly accountId: number
  readonly cursor: string | null
}

type Told = MessageEvent | Extract<NetworkEvent, { type: "edit" | "retract" }>

/** How one kind of conversation is read and stored. */
export interface Source<C extends Chat> {
  /** So many of the last messages are looked at again: they may have been taken back or changed. */
  readonly lookBack: number
  /** Messages that one page can have, as the network says. */
  readonly maxPage: number | undefined
  ref(chat: C): ChatRef
  /** What the network has of it as far as we know, oldest first. */
  known(chat: C, limit: number): Promise<Known[]>
  /** Whether an own message is to be stored: not if it is the echo of a call. */
  isForeign(chat: C, item: MessageEvent): Promise<boolean>
  /** False: it was known. `cursor`: where the gap begins from now on; null: where it did. */
  take(chat: C, event: Told, cursor: string | null): Promise<boolean>
}

/** Messages that are asked for at once. */
const pageSize = 100
/** Pages fetched of one conversation; where more was missed, the rest comes with the next session. */
const mostPages = 100
/** Clocks differ: ours dates what we said, the network's what others said, in ms. */
export const skewMs = 2 * 60_000
/** What is told while an account connects waits so long for the connection, in ms: an adapter may wait for its events to be taken. */
const connectMs = 2000
/** A network that does not answer is asked so often before what is said now is let through, out of its order. */
const attempts = 5
/** What is said now waits meanwhile, so it is tried again sooner than a network may ask for. */
const mostPauseMs = 60_000

export async function page<C extends Chat>(
  source: Source<C>,
  chat: C,
  { session, signal }: Live,
  where: { after?: string; before?: string },
): Promise<{ items: MessageEvent[]; more: boolean }> {
  const limit = Math.min(pageSize, source.maxPage ?? pageSize)
  // Declared, hence there.
  return (await session.history?.({ chat: source.ref(chat), ...where, limit }, signal)) ?? { items: [], more: false }
}

/** All pages after what is stored, beginning a little before its end; what they lack was taken back. False: there is more. */
export async function fill<C extends Chat>(source: Source<C>, chat: C, live: Live): Promise<boolean> {
  // Before the first page is asked for: what is said from now on may not be in it.
  const known = await source.known(chat, source.lookBack)
  const old = new Set(known.map(({ legacyId }) => legacyId))
  // Where more was missed than was fetched, newer messages are known than the cursor's: the gap begins there.
  const isNear = old.has(chat.cursor ?? "")
  if (isNear && known.length < source.lookBack && (await whole(source, chat, live, known))) return !live.signal.aborted
  const start = isNear ? known.findIndex(({ ours, retracted }) => !ours && !retracted) : -1
  const anchor = known[start]
  const seen = new Set<string>()
  let since = anchor?.at ?? Number.POSITIVE_INFINITY
  let after = anchor?.legacyId ?? chat.cursor
  for (let pages = 0; pages < mostPages && after !== null && !live.signal.aborted; pages++) {
    const { items, more } = await page(source, chat, live, { after })
    for (const item of items) {
      since = Math.min(since, item.at.getTime())
      seen.add(item.id)
      await missed(source, chat, item, old.has(item.id) ? null : item.id)
    }
    const last = items.at(-1)?.id
    if (more && last !== undefined && last !== after) {
      after = last
      continue
    }
    // Ids do not tell what comes first. Times do, but what we said is dated by our own clock.
    const isLater = (at: number, place: number): boolean => at > since || (at === since && start !== -1 && place > start)
    await lost(source, chat, known.filter(({ legacyId, at, ours }, place) => (ours ? at > since + skewMs : isLater(at, place)) && !seen.has(legacyId))) // prettier-ignore
    // What has come since for the next session is not in it.
    return !live.signal.aborted
  }
  return false
}

/** Of a short conversation all that is known is looked at again, the first message as well. False: it takes more than one page. */
async function whole<C extends Chat>(source: Source<C>, chat: C, live: Live, known: readonly Known[]): Promise<boolean> {
  const { items, more } = await page(source, chat, live, {})
  const old = new Set(known.map(({ legacyId }) => legacyId))
  // Before what is known is what was said before it was listened to.
  const start = items.findIndex(({ id }) => old.has(id))
  if (more || start === -1) return false
  const seen = new Set(items.map(({ id }) => id))
  for (const item of items.slice(start)) await missed(source, chat, item, old.has(item.id) ? null : item.id)
  await lost(source, chat, known.filter(({ legacyId }) => !seen.has(legacyId))) // prettier-ignore
  return true
}

/** Taken back while nobody told us. */
async function lost<C extends Chat>(source: Source<C>, chat: C, gone: readonly Known[]): Promise<void> {
  const ids = gone.filter(({ retracted }) => !retracted).map(({ legacyId }) => legacyId)
  if (ids.length > 0) await source.take(chat, { type: "retract", chat: source.ref(chat), ids }, null)
}

async function missed<C extends Chat>(source: Source<C>, chat: C, item: MessageEvent, cursor: string | null): Promise<void> {
  if (item.own === true && !(await source.isForeign(chat, item))) return
  const isNew = await source.take(chat, item, cursor)
  if (isNew || item.own === true || item.revision === undefined) return
  const { chat: ref, from, id, at, revision, body } = item
  await source.take(chat, { type: "edit", chat: ref, from, id, at, revision, body }, null)
}

interface Gate {
  account: number
  promise: Promise<void>
  open: () => void
}

/** Holds up what is said now in conversations until what was missed there is stored. */
export class Gates<C extends Chat> {
  readonly #gates = new Map<number, Gate>()
  /** Of each account, conversations still to be looked at, by id; whose events wait come first. */
  readonly #queues = new Map<number, Map<number, C>>()

  /** `what`: begins a sentence in the log when one of them cannot be caught up. */
  constructor(private readonly parts: { accounts: Pick<Accounts, "live">; log: Log; what: string }) {}

  shut({ id, accountId }: Chat): void {
    if (this.#gates.has(id)) return
    let open = (): void => undefined
    const promise = new Promise<void>((resolve) => (open = resolve))
    this.#gates.set(id, { account: accountId, promise, open })
  }

  /** Undefined: nothing of it is missing. */
  wait({ id, accountId }: Pick<Chat, "id" | "accountId">): Promise<void> | undefined {
    const gate = this.#gates.get(id)
    if (!gate) return undefined
    const queue = this.#queues.get(accountId)
    const chat = queue?.get(id)
    if (queue && chat) this.#queues.set(accountId, new Map([[id, chat], ...queue]))
    const { accounts } = this.parts
    if (accounts.live(accountId)) return gate.promise
    const timer = setTimeout(() => accounts.live(accountId) ?? this.#open(id), connectMs)
    return gate.promise.finally(() => clearTimeout(timer))
  }

  #open(id: number): void {
    this.#gates.get(id)?.open()
    this.#gates.delete(id)
  }

  /** The session ended: nothing waits for it any more. */
  release(account: number): void {
    this.#queues.delete(account)
    for (const [id, gate] of this.#gates) if (gate.account === account) this.#open(id)
  }

  /** Of these an account's gaps are to be filled next. */
  queue(account: number, chats: readonly C[]): void {
    this.#queues.set(account, new Map(chats.map((chat) => [chat.id, chat])))
  }

  /** False: nothing of the account is worked through now. */
  add(chat: C): boolean {
    return this.#queues.get(chat.accountId)?.set(chat.id, chat) !== undefined
  }

  /** Works through the account's queue, `parallel` side by side, and lets through what waited. Never rejects; what fails for good the next session tries again. */
  async drain(account: number, { signal }: Live, parallel: number, work: (chat: C) => Promise<void>): Promise<void> {
    // What a session that is over still had under way may end when the next one has its own queue and gates: they are not its.
    const next = (): C | undefined => {
      if (signal.aborted) return undefined
      const [chat] = this.#queues.get(account)?.values() ?? []
      if (chat) this.#queues.get(account)?.delete(chat.id)
      return chat
    }
    const worker = async (): Promise<void> => {
      for (let chat = next(); chat; chat = next()) {
        await this.#tried(signal, () => work(chat))
        if (!signal.aborted) this.#open(chat.id)
      }
    }
    await Promise.all(Array.from({ length: parallel }, worker))
    if (!signal.aborted && this.#queues.get(account)?.size === 0) this.#queues.delete(account)
  }

  async #tried(signal: AbortSignal, work: () => Promise<void>): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await work()
      } catch (error) {
        const known = error instanceof AdapterError && error.kind === "retry" ? error : undefined
        if (!known || attempt >= attempts || signal.aborted)
          return logFailure(this.parts.log, error, `${this.parts.what} could not be fetched; the next session tries again`)
        await pause(Math.min(known.retryAfterMs ?? backoffMs(attempt), mostPauseMs), signal)
      }
    }
  }
}

/** Over at once when the session is. */
async function pause(ms: number, signal: AbortSignal): Promise<void> {
  let stop = (): void => undefined
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, ms)
    stop = () => {
      clearTimeout(timer)
      resolve()
    }
    if (signal.aborted) stop()
    else signal.addEventListener("abort", stop, { once: true })
  })
  signal.removeEventListener("abort", stop)
}

export function logFailure(log: Log, error: unknown, text: string): void {
  if (error instanceof AdapterError) log.info({ reason: error.message }, text)
  else log.warn({ err: error }, text)
}
