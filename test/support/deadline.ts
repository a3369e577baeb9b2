// Waiting for events with an end.

export class DeadlineError extends Error {}

/** What the promise gives, or an error that says what was waited for. */
export async function within<T>(promise: Promise<T>, ms: number, what: string | (() => string)): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new DeadlineError(`waited ${ms} ms for ${typeof what === "string" ? what : what()}`)), ms)
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}
