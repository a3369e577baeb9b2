// Tells many calls under one signal of its abort with one listener: the core gives all calls of a session the same signal.
type Abandon = () => void

const watched = new WeakMap<AbortSignal, Set<Abandon>>()

/** Calls `abandon` when `signal` aborts, at once if it has. Returns how to take that back. */
export function whenAborted(signal: AbortSignal, abandon: Abandon): () => void {
  if (signal.aborted) {
    abandon()
    return () => undefined
  }
  let calls = watched.get(signal)
  if (calls === undefined) {
    const all = (calls = new Set<Abandon>())
    watched.set(signal, all)
    signal.addEventListener(
      "abort",
      () => {
        for (const call of all) call()
      },
      { once: true },
    )
  }
  calls.add(abandon)
  return () => void calls.delete(abandon)
}
