// One after the other for each user, and only so many: who asks faster than they are answered is told to wait.
import { Refusal } from "../../core/ports.js"
import { words } from "../../core/words/words.js"

export class Turns {
  readonly #queues = new Map<string, { waiting: number; tail: Promise<unknown> }>()

  constructor(private readonly most: number) {}

  /** Throws `resource-constraint`: too many of the same `key` wait already. */
  async take<T>(key: string, work: () => Promise<T>): Promise<T> {
    const queue = this.#queues.get(key) ?? { waiting: 0, tail: Promise.resolve() }
    if (queue.waiting >= this.most) throw new Refusal("resource-constraint", words("You have asked too much at a time."), "wait")
    this.#queues.set(key, queue)
    queue.waiting += 1
    const mine = queue.tail.then(work)
    queue.tail = mine.catch(() => undefined)
    try {
      return await mine
    } finally {
      queue.waiting -= 1
      if (queue.waiting === 0) this.#queues.delete(key)
    }
  }
}
