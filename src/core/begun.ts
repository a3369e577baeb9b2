// The call of a lane that has no outcome on disk yet, for who must wait for it.

export class Begun {
  #row: string | undefined
  /** Resolves when the outcome is on disk; rejects if the gateway stops first. Undefined: no call is under way. */
  over: Promise<void> | undefined
  #end = (): void => undefined
  #fail = (_: Error): void => undefined

  begin(row: string): void {
    if (this.#row === row) return
    this.end()
    this.#row = row
    this.over = new Promise<void>((resolve, reject) => ([this.#end, this.#fail] = [resolve, reject]))
    this.over.catch(() => undefined) // nobody may wait
  }

  end(): void {
    this.#end()
    this.#row = this.over = undefined
  }

  fail(error: Error): void {
    this.#fail(error)
  }
}
