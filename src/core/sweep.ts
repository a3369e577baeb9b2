// What was removed goes from the disk in the background, a little at a time: a room may have a million messages.
import type { Log } from "./log.js"
import type { Store } from "./store.js"

/** Rows in one transaction. */
const limit = 500
/** In ms. */
const patienceMs = 2000

/** What is left when the gateway stops goes after the next start. Resolves when all is gone, or it cannot be now. */
export async function sweep(store: Pick<Store, "sweep">, log: Log): Promise<void> {
  try {
    while (await store.sweep(limit));
  } catch (error) {
    log.info({ err: error }, "what was removed is not wiped yet; trying again within the hour")
  }
}

/** Waits for it a moment: nearly always all is gone by then, and who left may be told so. */
export async function swept(sweeping: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  await Promise.race([sweeping, new Promise<void>((resolve) => (timer = setTimeout(resolve, patienceMs)))])
  clearTimeout(timer)
}
