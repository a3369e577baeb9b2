// `xferry migrate` and `xferry rotate`: work on the database while no gateway runs.
import type { Config } from "../config/index.js"
import { openStore } from "../store/index.js"
import { migrate as applyMigrations } from "../store/migrate.js"
import { rotate as reseal, Sealer } from "../store/seal.js"
import { EXIT } from "./exit.js"
import { say } from "./print.js"

/** Throws StoreError: in use, made by a newer xferry, cannot be opened. */
export function migrate({ store }: Config): Promise<number> {
  const { from, to, applied } = applyMigrations(store)
  if (applied.length === 0) say(`${store} has schema version ${to}; there is nothing to do.`)
  else say(from === 0 ? `${store} was made, schema version ${to}.` : `${store} was brought from schema version ${from} to ${to}.`)
  return Promise.resolve(EXIT.ok)
}

/** Throws StoreError, and SealError for a value that no line of secretKey opens; nothing is changed then. */
export async function rotate({ store: path, secretKeys }: Config): Promise<number> {
  const store = await openStore({ path })
  try {
    const { total, resealed } = await reseal(store, new Sealer(secretKeys.map((key) => key.reveal())))
    say(`${resealed} of ${total} sealed values were sealed again with the first line of secretKey.`)
    if (secretKeys.length > 1) say("The other lines can be taken out of secretKey now. Old backups still need them.")
    return EXIT.ok
  } finally {
    await store.close()
  }
}
