// Files on their way to the network: fetched before their call, beside the lanes, each until its call has its outcome on disk.
import type { Capabilities, Upload } from "../../adapter/contract.js"
import { AdapterError } from "../../adapter/errors.js"
import type { Clock } from "../clock.js"
import type { Linked, Marked } from "../content.js"
import type { Log } from "../log.js"
import { FileRefused, type Media, type Taken } from "./media.js"
import type { Conversation, OutboxRow, OutOp } from "../model.js"
import { Refusal } from "../ports.js"
import { filesOf, isEncrypted, kindOf, nameOf, tooLarge, withoutFiles } from "./showing.js"
import { words } from "../words/words.js"

/** A conversation waits so long for the files of one operation, from the moment they begin to be fetched; ms. */
export const waitMs = 30_000
/** Operations of one account whose files are fetched at once. */
const parallel = 4
/** What is not to be had just now is asked for again after so long, ms. */
const againMs = 2000

/** What the network takes in this conversation; null: no files (any more). */
export type Takes = { maxBytes: number; kinds?: NonNullable<Upload["kind"]>[] } | null

export interface Refused {
  file: Linked
  /** A sentence for who showed it. */
  why: string
}

/** Files of one operation, in order; those that cannot be had go as links. */
export interface Gathered {
  uploads: Upload[]
  refused: Refused[]
}

export interface TakingsParts {
  media?: Media | undefined
  clock: Clock
  log: Log
  /** Name of the network, for sentences. */
  network: string
  takes(conversation: Conversation): Takes
  /** More files are there already than can be sent just now: none is fetched until some are gone. */
  isCrowded(account: number): boolean
}

interface Taking {
  account: number
  conversation: Conversation
  row: string
  files: readonly Linked[]
  taken: Taken[]
  gathered: Gathered | undefined
  abort: AbortController
  wake: () => void
}

export class Takings {
  readonly #all = new Map<string, Taking>()
  readonly #waiting = new Map<number, Taking[]>()
  readonly #running = new Map<number, number>()
  #stopped = false

  constructor(private readonly parts: TakingsParts) {}

  /** What can be planned with: without `media` no files. */
  usable(capabilities: Capabilities): Capabilities {
    return this.parts.media ? capabilities : withoutFiles(capabilities)
  }

  /** Throws `Refusal` for an encrypted file, where none may be decrypted: as a link it would take its key to the network. */
  admit({ files = [] }: Marked = {}): void {
    const file = files.find(isEncrypted)
    if (!file || this.parts.media?.decrypts === true) return
    throw new Refusal(
      "not-acceptable",
      words("«{file}» is encrypted, and this gateway does not decrypt files. Nothing was sent. Send it without encryption.", {
        file: nameOf(file),
      }),
      "modify",
    )
  }

  /** Undefined: they are on their way, and `wake` is called when they are there, or will not be. At once for what has no files. */
  of({ id, op }: OutboxRow<OutOp>, conversation: Conversation, wake: () => void): Gathered | undefined {
    const files = filesOf(op)
    if (files.length === 0) return { uploads: [], refused: [] }
    const known = this.#all.get(id)
    if (known) {
      known.wake = wake
      return known.gathered
    }
    if (this.#stopped) return undefined
    const account = conversation.accountId
    const taking: Taking = {
      ...{ account, conversation, row: id, files, taken: [], gathered: undefined, abort: new AbortController(), wake },
    }
    this.#all.set(id, taking)
    this.#waiting.set(account, [...(this.#waiting.get(account) ?? []), taking])
    this.#next(account)
    return undefined
  }

  /** The network does not take them as files. */
  asLinks(row: string, why: string): void {
    const taking = this.#all.get(row)
    if (!taking) return
    this.#giveBack(taking)
    taking.gathered = { uploads: [], refused: taking.files.map((file) => ({ file, why })) }
  }

  /** The row is done, or is not to be sent any more. */
  release(row: string): void {
    const taking = this.#all.get(row)
    if (!taking) return
    this.#all.delete(row)
    const waiting = this.#waiting.get(taking.account)?.filter((other) => other !== taking) ?? []
    if (waiting.length > 0) this.#waiting.set(taking.account, waiting)
    else this.#waiting.delete(taking.account)
    taking.wake = () => undefined
    taking.abort.abort(new AdapterError("retry", "It is not to be sent any more."))
    this.#giveBack(taking)
    this.#next(taking.account)
  }

  /** A call is over. */
  more(account: number): void {
    this.#next(account)
  }

  releaseAll(conversation: number): void {
    for (const taking of this.#all.values()) if (taking.conversation.id === conversation) this.release(taking.row)
  }

  stop(): void {
    this.#stopped = true
    for (const row of this.#all.keys()) this.release(row)
  }

  #giveBack(taking: Taking): void {
    for (const { release } of taking.taken.splice(0)) release()
  }

  #next(account: number): void {
    const waiting = this.#waiting.get(account)
    if (!waiting || this.#stopped) return
    while (waiting.length > 0 && (this.#running.get(account) ?? 0) < parallel && !this.parts.isCrowded(account)) {
      const taking = waiting.shift()
      if (!taking) break
      this.#running.set(account, (this.#running.get(account) ?? 0) + 1)
      void this.#gather(taking).finally(() => {
        const left = (this.#running.get(account) ?? 1) - 1
        if (left > 0) this.#running.set(account, left)
        else this.#running.delete(account)
        this.#next(account)
      })
    }
    if (waiting.length === 0) this.#waiting.delete(account)
  }

  async #gather(taking: Taking): Promise<void> {
    const { clock, log } = this.parts
    const { signal } = taking.abort
    const late = new AdapterError("retry", `It could not be fetched within ${waitMs / 1000} seconds.`)
    const timer = clock.set(() => taking.abort.abort(late), waitMs)
    const takes = this.parts.takes(taking.conversation)
    const ends = await Promise.all(taking.files.map((file) => this.#take(file, takes, taking)))
    clock.clear(timer)
    if (this.#all.get(taking.row) !== taking) return this.#giveBack(taking) // released meanwhile
    const refused = ends.flatMap((end) => ("why" in end ? [end] : []))
    if (refused.length > 0) log.info({ row: taking.row, reasons: refused.map(({ why }) => why), late: signal.aborted }, "files go as links")
    taking.gathered = { uploads: ends.flatMap((end) => ("why" in end ? [] : [end])), refused }
    taking.wake()
  }

  async #take(file: Linked, takes: Takes, taking: Taking): Promise<Upload | Refused> {
    const { media, network, log } = this.parts
    if (!media || !takes || takes.maxBytes === 0) return { file, why: `${network} takes no files here.` }
    const tooMuch = tooLarge(file, takes.maxBytes, network)
    if (tooMuch !== undefined) return { file, why: tooMuch }
    const { signal } = taking.abort
    for (;;) {
      try {
        const taken = await raced(media.take(file, { maxBytes: takes.maxBytes, signal }), signal)
        taking.taken.push(taken)
        return shownAs(taken.upload, file.kind, takes)
      } catch (error) {
        if (signal.aborted) return { file, why: sentenceOf(signal.reason) }
        if (!(error instanceof AdapterError) || error.kind !== "retry") {
          if (!(error instanceof FileRefused)) log.error({ err: error, row: taking.row }, "a file could not be taken")
          return { file, why: sentenceOf(error) }
        }
        await this.#pause(error.retryAfterMs ?? againMs, signal)
        if (signal.aborted) return { file, why: sentenceOf(error) }
      }
    }
  }

  async #pause(ms: number, signal: AbortSignal): Promise<void> {
    const { clock } = this.parts
    await new Promise<void>((resolve) => {
      const timer = clock.set(resolve, ms)
      signal.addEventListener("abort", () => (clock.clear(timer), resolve()), { once: true })
    })
  }
}

/** Whoever does not heed the signal is not waited for; what they take after all is given back. */
async function raced(taking: Promise<Taken>, signal: AbortSignal): Promise<Taken> {
  let abandoned = false
  const over = new Promise<never>((_, reject) => {
    const give = (): void => {
      abandoned = true
      reject(signal.reason as Error)
    }
    if (signal.aborted) give()
    else signal.addEventListener("abort", give, { once: true })
  })
  taking.then(
    ({ release }) => abandoned && release(),
    () => undefined,
  )
  return Promise.race([taking, over])
}

/** `told`: by its author; what its type alone says of it is less than what its name does. */
function shownAs({ kind: found, ...upload }: Upload, told: Linked["kind"], { kinds, maxBytes }: NonNullable<Takes>): Upload {
  const kind = kindOf({ ...upload, ...(told !== undefined && told === found && { kind: told }) }, { maxBytes, ...(kinds && { kinds }) })
  return { ...upload, ...(kind && { kind }) }
}

function sentenceOf(error: unknown): string {
  if (error instanceof FileRefused || error instanceof AdapterError) return error.message
  return "It could not be fetched."
}
