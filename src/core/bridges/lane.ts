// What waits for one leg, told in order: read, planned and committed one by one. On disk it is until then; in memory is nothing.
import type { Log } from "../log.js"

/** How a copy fared. `wait`: in so many ms, or when the lane is poked. */
export type Step = "done" | "empty" | { wait: number }

/** A bug is tried so often before what causes it is passed over. */
const mostTries = 5
const againMs = 1000

export class CopyLane {
  #busy = false
  #again = false
  #stopped = false
  #tries = 0
  #timer: NodeJS.Timeout | undefined
  #idle: Promise<void> = Promise.resolve()

  /** `giveUp`: the first is to be passed over. */
  constructor(
    readonly leg: number,
    private readonly step: () => Promise<Step>,
    private readonly giveUp: () => Promise<void>,
    private readonly log: Log,
  ) {}

  poke(): void {
    if (this.#stopped) return
    this.#again = true
    if (!this.#busy) this.#idle = this.#run()
  }

  /** Resolves when nothing is under way. */
  async stop(): Promise<void> {
    this.#stopped = true
    clearTimeout(this.#timer)
    await this.#idle
  }

  async #run(): Promise<void> {
    this.#busy = true
    clearTimeout(this.#timer)
    while (this.#again && !this.#stopped) {
      this.#again = false
      for (;;) {
        const step = await this.#once()
        if (step === "done" && !this.#stopped) continue
        if (typeof step === "object") this.#wait(step.wait)
        break
      }
    }
    this.#busy = false
  }

  #wait(ms: number): void {
    clearTimeout(this.#timer)
    if (this.#stopped) return
    this.#timer = setTimeout(() => this.poke(), ms)
    this.#timer.unref()
  }

  async #once(): Promise<Step> {
    try {
      const step = await this.step()
      this.#tries = 0
      return step
    } catch (error) {
      this.#tries++
      this.log.error({ err: error, leg: this.leg, tries: this.#tries }, "something could not be copied to another leg of its bridge")
      if (this.#tries < mostTries) return { wait: againMs }
      this.#tries = 0
      return this.giveUp().then(
        () => "done" as const,
        () => ({ wait: againMs }),
      )
    }
  }
}
