// Runs a bundle (bundle.ts) with what V8 compiled of it for processes before: `node starter.js BUNDLE ARGUMENT…`.
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs"
import { createRequire } from "node:module"
import { fileURLToPath } from "node:url"
import { Script } from "node:vm"

const [file = ""] = process.argv.splice(2, 1)
const cache = `${file}.cache`
// ASCII by esbuild's default; so V8 keeps one byte for each character.
const source = `(function (require) {${readFileSync(file, "latin1")}\n})`
const script = new Script(source, { filename: file, ...(existsSync(cache) && { cachedData: readFileSync(cache) }) })
// Functions are compiled when they are first called: it is worth keeping what a whole life has called.
if (process.env["XFERRY_CRASH_LEARN"] !== undefined)
  process.once("exit", () => {
    writeFileSync(`${cache}.${process.pid}`, script.createCachedData())
    renameSync(`${cache}.${process.pid}`, cache)
  })
const run = script.runInThisContext() as (require: (id: string) => unknown) => void
const require = createRequire(import.meta.url)
run((id) => require(id.startsWith("file:") ? fileURLToPath(id) : id) as unknown)
