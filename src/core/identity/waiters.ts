// Users who wait for their code to be handed in, and foreign people who were asked whether that is them. Memory only.
import type { Link } from "../model.js"
import { Lru } from "../lru.js"
import { Refusal } from "../ports.js"
import { words } from "../words/words.js"

interface Waiter {
  resolve(link: Link): void
  reject(error: Error): void
  timer: NodeJS.Timeout
}

export class Waiters {
  /** By hash of the code. As many as there are dialogues. */
  readonly #waiting = new Map<string, Waiter>()
  /** Who was asked, by hash of the code. */
  readonly #asked = new Lru<string, string>(10_000)

  /** Rejects with `Refusal` when the code has expired. */
  wait(hash: string, ms: number): Promise<Link> {
    const done = new Promise<Link>((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(hash)
        reject(new Refusal("remote-server-timeout", words("The code was not handed in in time, and is void now."), "wait"))
      }, ms)
      timer.unref()
      this.#waiting.set(hash, { resolve, reject, timer })
    })
    done.catch(() => undefined) // whoever asks may have left
    return done
  }

  leave(hash: string): void {
    clearTimeout(this.#waiting.get(hash)?.timer)
    this.#waiting.delete(hash)
  }

  done(hash: string, link: Link): void {
    const waiter = this.#waiting.get(hash)
    this.leave(hash)
    this.#asked.delete(hash)
    waiter?.resolve(link)
  }

  asked(hash: string, person: string): void {
    if (this.#asked.get(hash) === undefined) this.#asked.set(hash, person)
  }

  /** Where several people see the question, only who was asked can answer. */
  mayConfirm(hash: string, person: string): boolean {
    return (this.#asked.get(hash) ?? person) === person
  }
}
