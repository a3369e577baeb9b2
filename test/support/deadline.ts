// Waiting for events with an end.

/** All deadlines are so many times longer: nothing waits for one but what has failed, and the machine may be slow or busy. */
export const patience = Number(process.env["XFERRY_TEST_PATIENCE"] ?? 1)

export class DeadlineError extends Error {}

/** What the promise gives, or an error that says what was waited for. */
export async function within<T>(promise: Promise<T>, deadlineMs: number, what: string | (() => string)): Promise<T> {
  const ms = deadlineMs * patience
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
