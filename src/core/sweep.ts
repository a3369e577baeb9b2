// What was removed goes from the disk in the background, a little at a time: a room may have a million messages.
import type { Log } from "./log.js"
import type { Store } from "./store.js"

/** Rows in one transaction. */
const limit = 500

/** Not awaited. What is left when the gateway stops goes after the next start. */
export function sweep(store: Pick<Store, "sweep">, log: Log): void {
  const work = async (): Promise<void> => {
    while (await store.sweep(limit));
  }
  void work().catch((error: unknown) => log.info({ err: error }, "what was removed is not wiped yet; trying again within the hour"))
}
