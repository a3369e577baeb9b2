// Makes pictures of pictures, in a process of its own: what strangers draw can neither stall nor end the gateway, nor stay in its memory.
import { fork, type ChildProcess } from "node:child_process"
import type { Log } from "../core/log.js"

export interface Thumbnail {
  uri: string
  mime: string
  width: number
  height: number
}

export type Job = { do: "thumbnail" | "hash"; from: string } | { do: "sticker"; from: string; to: string }
export type Made = Thumbnail | { mime: string; bytes: number; width: number; height: number; sha256: string }

const jobMs = 30_000
/** Loaded libraries are kept so long for what comes next. */
const idleMs = 30_000
const mostWaiting = 100

interface Waiting {
  job: Job
  resolve(made: Made | undefined): void
}

export class Converter {
  #child: ChildProcess | undefined
  #now: Waiting | undefined
  readonly #queue: Waiting[] = []
  #timer: NodeJS.Timeout | undefined
  /** What needs a library that is not there. */
  readonly #missing = new Set<Job["do"]>()
  #stopped = false

  constructor(private readonly log: Log) {}

  /** Undefined: it cannot be made, or too much waits already. Never rejects. */
  thumbnail(from: string): Promise<Thumbnail | undefined> {
    return this.#ask({ do: "thumbnail", from }) as Promise<Thumbnail | undefined>
  }

  /** As a ThumbHash, some 30 bytes: what stands in a stanza must be short. */
  hash(from: string): Promise<Thumbnail | undefined> {
    return this.#ask({ do: "hash", from }) as Promise<Thumbnail | undefined>
  }

  /** An animated drawing (Lottie, packed or not) as animated WebP at `to`. */
  sticker(from: string, to: string): Promise<Extract<Made, { bytes: number }> | undefined> {
    return this.#ask({ do: "sticker", from, to }) as Promise<Extract<Made, { bytes: number }> | undefined>
  }

  stop(): void {
    this.#stopped = true
    for (const { resolve } of this.#queue.splice(0)) resolve(undefined)
    this.#end()
  }

  #ask(job: Job): Promise<Made | undefined> {
    if (this.#stopped || this.#missing.has(job.do) || this.#queue.length >= mostWaiting) return Promise.resolve(undefined)
    return new Promise((resolve) => {
      this.#queue.push({ job, resolve })
      this.#next()
    })
  }

  #next(): void {
    if (this.#now) return
    clearTimeout(this.#timer)
    this.#now = this.#queue.shift()
    if (!this.#now) {
      this.#timer = setTimeout(() => this.#end(), idleMs)
      this.#timer.unref()
      return
    }
    this.#child ??= this.#start()
    this.#child.send(this.#now.job, (error) => error && this.#end())
    this.#timer = setTimeout(() => {
      this.log.warn({ job: this.#now?.job.do }, "a picture could not be made in time")
      this.#end()
    }, jobMs)
    this.#timer.unref()
  }

  #start(): ChildProcess {
    const child = fork(new URL("./paint.js", import.meta.url), {
      // Nothing of ours is of use to it, secrets least of all. Fewer arenas: it gives back what it freed.
      env: { MALLOC_ARENA_MAX: "2" },
      execArgv: ["--max-old-space-size=256"],
      stdio: ["ignore", "ignore", "ignore", "ipc"],
      serialization: "advanced",
    })
    child.on("message", (answer: { made?: Made; error?: string; missing?: boolean }) => {
      if (child !== this.#child) return
      if (answer.missing && this.#now) {
        this.#missing.add(this.#now.job.do)
        const what = this.#now.job.do === "sticker" ? "Animated stickers are not converted" : "Files have no previews"
        this.log.warn({ reason: answer.error }, `${what}: a library for it is not installed here. Type: npm install --include=optional`)
      } else if (answer.error !== undefined) this.log.debug({ reason: answer.error }, "a picture could not be made")
      this.#settle(answer.made)
    })
    child.on("error", () => this.#gone(child))
    child.on("exit", () => this.#gone(child))
    child.unref()
    child.channel?.unref()
    return child
  }

  #gone(child: ChildProcess): void {
    if (child === this.#child) this.#end()
  }

  #settle(made: Made | undefined): void {
    const now = this.#now
    this.#now = undefined
    now?.resolve(made)
    if (!this.#stopped) this.#next()
  }

  /** Ends the process; what it was at is not made, what waits gets a new one. */
  #end(): void {
    clearTimeout(this.#timer)
    const child = this.#child
    this.#child = undefined
    child?.kill("SIGKILL")
    if (this.#now) this.#settle(undefined)
  }
}
