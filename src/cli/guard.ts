// Says in a sentence what else would end in a stack trace or a crash: a Node too old, a native module that does not fit.
import { openFile } from "../store/driver.js"

/** The oldest Node xferry runs on (package.json «engines»). */
const OLDEST = [20, 19] as const

/** Undefined: this Node will do. */
export function nodeFault(version: string): string | undefined {
  const [major = 0, minor = 0] = version.split(".").map(Number)
  if (major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1])) return undefined
  return `xferry needs Node ${OLDEST.join(".")} or newer; this is ${version}. Install a newer one, from https://nodejs.org or your distribution.`
}

/** The newest Node that the whole test suite was seen to pass on. */
const NEWEST = 22

/** Undefined: nothing to say against this Node. */
export function nodeAdvice(version: string): string | undefined {
  if (Number(version.split(".")[0]) <= NEWEST) return undefined
  return `xferry is tested on Node ${OLDEST[0]} to ${NEWEST}. Under Node 24 its SQLite driver was seen to end a process; nothing is lost by that, but prefer Node ${NEWEST}.`
}

/** Loads the SQLite module. Throws StoreError, which says what to type. */
export function tryDriver(): void {
  openFile(":memory:").close()
}
