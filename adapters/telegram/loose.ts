// Reading what may have another shape than today's: a field that is not what it should be counts as absent.

/** A number of bytes, seconds or pixels. */
export function count(value: unknown): number | undefined {
  return typeof value === "number" && Number.isFinite(value) && value >= 0 ? value : undefined
}

export function word(value: unknown): string | undefined {
  return typeof value === "string" && value !== "" ? value : undefined
}

export function list<T>(value: readonly T[] | undefined): readonly T[] {
  return Array.isArray(value) ? (value as readonly T[]) : []
}

/** Without the fields that are not known. */
export function known<T extends object>(fields: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>
  }
}

/** What `make` gives, or `otherwise` where the data has another shape: a message is told of even if it cannot be understood in full. */
export function trying<T>(make: () => T, otherwise: T): T {
  try {
    return make()
  } catch {
    return otherwise
  }
}
