// Events about what is just being said: they wait for the calls under way, which tell what the network calls it.

/** A call that hangs must not hold up a chat for ever, in ms. */
const mostMs = 30_000

/** Resolves when these calls have their outcome on disk, or after a while. Rejects if the gateway stops first. */
export async function settled(calls: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise((resolve) => (timer = setTimeout(resolve, mostMs)))
  await Promise.race([calls, late]).finally(() => clearTimeout(timer))
}

/**
 * Tells the store of something; once more after the calls under way, if it knows no such message yet. What `tell` was given by the store it
 * hands on itself: a lane takes rows in the order of their ids, and whoever waits for us instead comes after calls of the same commit.
 */
export async function told<T extends { known: boolean }>(tell: () => Promise<T>, calls: () => Promise<void>): Promise<T> {
  const first = await tell()
  if (first.known) return first
  await settled(calls())
  return tell()
}
