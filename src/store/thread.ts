// What the main thread and the store's two threads say to each other.
import type { Invocation, Outcome } from "./engine.js"
import type { StoreErrorKind } from "./errors.js"

export interface WorkerData {
  path: string
  shared: SharedArrayBuffer
}

/**
 * Slots of the shared Int32Array. `commits` grows with every batch that wrote. `stop`: 1, the checkpointer ends. `pause`: 1, the
 * worker begins no batch, for at most `longestPauseMs`.
 */
export const slot = { commits: 0, stop: 1, pause: 2 } as const
export const slots = 3
export const longestPauseMs = 1000

/** Towards the worker: the calls of one tick, or the end. */
export type ToWorker = Invocation[] | "close"

/** From the worker: ready or not, then the outcomes of a batch in the order of the calls. */
export type FromWorker = { ready: { path: string; applied: number[] } } | { failed: { kind: StoreErrorKind; text: string } } | Outcome[]

/** From the checkpointer. */
export interface FromCheckpointer {
  warn: string
}
