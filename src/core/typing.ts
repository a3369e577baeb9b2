// «Is typing» towards the network: told once where that lasts, and again and again where the network forgets it.

/** Nobody types for longer without a message: then the client forgot to say so. In ms. */
const mostMs = 60_000

export class Typing {
  readonly #running = new Map<string, NodeJS.Timeout>()
  readonly #everyMs: number | undefined

  /** `lastsSeconds`: how long the network shows it; undefined: until it is taken back. */
  constructor(lastsSeconds: number | undefined) {
    // Before it ends, or it would flicker.
    this.#everyMs = lastsSeconds === undefined ? undefined : lastsSeconds * 900
  }

  /** As a client says it. `tell` tells the network. */
  heard(key: string, active: boolean, tell: (active: boolean) => void): void {
    if (active) this.start(key, () => tell(true))
    else if (this.stop(key) || this.#everyMs === undefined) tell(false)
  }

  /** `tell` is called now, and as often as it is needed until `stop`. */
  start(key: string, tell: () => void): void {
    this.stop(key)
    tell()
    if (this.#everyMs === undefined) return
    let left = Math.floor(mostMs / this.#everyMs)
    const timer = setInterval(() => {
      if (--left < 0) this.stop(key)
      else tell()
    }, this.#everyMs)
    timer.unref()
    this.#running.set(key, timer)
  }

  /** True: it was being told. */
  stop(key: string): boolean {
    clearInterval(this.#running.get(key))
    return this.#running.delete(key)
  }

  stopAll(): void {
    for (const key of [...this.#running.keys()]) this.stop(key)
  }
}
