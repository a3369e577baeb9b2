// A store function is a generator that yields statements; the engine that runs it owns the transaction (docs/adr/0003).

export type Value = string | number | bigint | Uint8Array | null

export interface Statement {
  sql: string
  params: readonly Value[]
  /** `get`: first row or undefined. `all`: rows. `run`: number of changed rows. */
  mode: "get" | "all" | "run"
}

/** One transaction that results in `T`. */
export type Call<T> = Generator<Statement, T, unknown>

/**
 * The first row, if there is one.
 *
 * @example
 * const row = yield* get<{ name: string }>("SELECT name FROM contact WHERE id = ?", 7)
 */
export function* get<R>(sql: string, ...params: Value[]): Call<R | undefined> {
  return (yield { sql, params, mode: "get" }) as R | undefined
}

/** All rows. */
export function* all<R>(sql: string, ...params: Value[]): Call<R[]> {
  return (yield { sql, params, mode: "all" }) as R[]
}

/** How many rows were changed. */
export function* run(sql: string, ...params: Value[]): Call<number> {
  return (yield { sql, params, mode: "run" }) as number
}
