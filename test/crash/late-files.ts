// For child.ts: files of the network's that are late, whenever the process dies. A lane waits for them no longer than it takes to get going.
import { EventEmitter } from "node:events"
import Database from "better-sqlite3"
import type { Clock } from "#src/core/clock.js"
import type { Attached } from "#src/core/content.js"
import type { Sharing } from "#src/core/files/media.js"
import type { Store } from "#src/core/store.js"
import { FakeMedia } from "../support/fake-media.js"
import { quickClock } from "../support/quick-clock.js"

export const hastyClock: Clock = {
  ...quickClock,
  set: (run, ms) => quickClock.set(run, Math.min(ms, 50)),
  now: () => Date.now() * 600,
}

/** A file called «late…» is there when its lane has gone on without it, in this process or in one before it. */
export class LateFiles extends FakeMedia {
  readonly #news = new EventEmitter()

  /** `path`: of the store. */
  constructor(private readonly path: string) {
    super()
  }

  override async share(file: Attached, how: Sharing): Promise<Attached> {
    if (file.name.startsWith("late") && !this.#isLate()) await new Promise((resolve) => this.#news.once("late", resolve))
    const there = await super.share(file, how)
    return { ...there, url: `https://files.example.test/${encodeURIComponent(file.name)}` }
  }

  /** The store as the gateway gets it: we hear of what is late. */
  watching(store: Store): Store {
    const postponeFile: Store["postponeFile"] = (what) => store.postponeFile(what).finally(() => this.#news.emit("late"))
    return new Proxy(store, {
      get: (object, name) => (name === "postponeFile" ? postponeFile : (Reflect.get(object, name, object) as unknown)),
    })
  }

  #isLate(): boolean {
    const db = new Database(this.path, { readonly: true })
    try {
      return db.prepare("SELECT 1 FROM outbox WHERE lane LIKE 'late:%'").get() !== undefined
    } finally {
      db.close()
    }
  }
}
