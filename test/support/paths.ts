// Where things are: the repository, the logs of this test run, temporary folders.
import { mkdirSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"

/** The repository's root, seen from test/dist/support. */
export const root = fileURLToPath(new URL("../../..", import.meta.url))

/** Everything a test starts writes its log here; the runner searches it for secrets (support/secrets.ts). */
export function logDir(): string {
  const dir = process.env["XFERRY_TEST_LOGS"] ?? join(tmpdir(), `xferry-logs-${process.pid}`)
  mkdirSync(dir, { recursive: true })
  return dir
}

let serial = 0
/** A log file's path that no other test of this run has. */
export function logPath(name: string): string {
  return join(logDir(), `${name}-${process.pid}-${++serial}.log`)
}

const folders = new Set<string>()
process.on("exit", () => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

/** A new empty folder, removed at the latest when this process ends. */
export function tempDir(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), `xferry-${name}-`))
  folders.add(folder)
  return folder
}

export function removeDir(folder: string): void {
  rmSync(folder, { recursive: true, force: true, maxRetries: 3 })
  folders.delete(folder)
}
