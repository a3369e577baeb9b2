// Secrets that tests use: registered here, so that the runner can prove that no log of the whole suite holds one.
import { appendFileSync } from "node:fs"

/** Set by the runner; outside the log folder, which is what gets searched. */
const register = process.env["XFERRY_TEST_SECRETS"]
const known = new Set<string>()

/** Registers a secret (token, password, key) and gives it back. Shorter than 8 characters: refused, it would be found by chance. */
export function secret(value: string): string {
  if (value.length < 8) throw new Error(`a secret of ${value.length} characters cannot be searched for`)
  if (register && !known.has(value)) appendFileSync(register, `${JSON.stringify(value)}\n`)
  known.add(value)
  return value
}
