// Runs the tests: `npm test [-- FILTER …]`. Each file in a process of its own; ends with the line «N passed, N failed».
import { spawn } from "node:child_process"
import { existsSync, mkdirSync, mkdtempSync, openSync, closeSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join, relative } from "node:path"
import { fileURLToPath } from "node:url"
import { count, type Counts, type Outcome } from "./support/events.js"
import { searchLeaks } from "./support/leaks.js"
import { root } from "./support/paths.js"

const here = fileURLToPath(new URL(".", import.meta.url))
// In this order, `minutes` for each file; `long` ones before their like, so that no long one is the last.
const layers: readonly { name: string; minutes: number; long?: readonly string[] }[] = [
  { name: "unit", minutes: 10, long: ["house"] },
  { name: "store", minutes: 3 },
  { name: "protocol", minutes: 3 },
  { name: "conformance", minutes: 3 },
  { name: "crash", minutes: 10, long: ["keyed", "keyless"] },
  { name: "e2e", minutes: 10, long: ["room-clients", "faults", "voyage", "discord-voyage"] },
]
/** Files at a time: more than processors, for most of them wait for others most of the time. */
const jobs = Number(process.env["XFERRY_TEST_JOBS"] ?? 3)

interface Run extends Counts {
  file: string
  seconds: number
  /** What is to be read when something is wrong. */
  output: string
}

// Servers, gateways and databases all live below this folder: what a killed test leaves goes with it.
const scratch = mkdtempSync(join(tmpdir(), "xferry-test-"))
const logs = process.env["XFERRY_TEST_LOGS"] ?? join(scratch, "logs")
const secrets = join(scratch, "secrets")
mkdirSync(logs, { recursive: true })
mkdirSync(join(scratch, "tmp"))
mkdirSync(join(scratch, "events"))
mkdirSync(join(scratch, "shared"))
const env = {
  ...process.env,
  TMPDIR: join(scratch, "tmp"),
  XFERRY_TEST_LOGS: logs,
  XFERRY_TEST_SECRETS: secrets,
  XFERRY_TEST_SHARED: join(scratch, "shared"),
  XFERRY_TEST_PATIENCE: process.env["XFERRY_TEST_PATIENCE"] ?? "3",
  NO_COLOR: "1",
  FORCE_COLOR: undefined,
}

const running = new Set<number>()
const killGroup = (pid: number) => {
  try {
    process.kill(-pid, "SIGKILL")
  } catch {
    // It has just ended.
  }
}
process.on("exit", () => {
  for (const pid of running) killGroup(pid)
  rmSync(scratch, { recursive: true, force: true, maxRetries: 3 })
})
for (const [signal, code] of [
  ["SIGINT", 130],
  ["SIGTERM", 143],
  ["SIGHUP", 129],
] as const)
  process.on(signal, () => process.exit(code))

function runFile(file: string, minutes: number): Promise<Run> {
  const name = relative(here, file)
  const flat = name.replaceAll(/[^\w.-]/g, "_")
  const events = join(scratch, "events", flat)
  const log = join(logs, `${flat}.out.log`)
  const reporters = [
    "--test-reporter=spec",
    "--test-reporter-destination=stdout",
    `--test-reporter=${join(here, "support", "events.js")}`,
    `--test-reporter-destination=${events}`,
  ]
  const out = openSync(log, "w")
  const started = process.hrtime.bigint()
  // A group of its own, so that nothing it started outlives it.
  const child = spawn(process.execPath, ["--enable-source-maps", ...reporters, file], {
    cwd: root,
    env,
    detached: true,
    stdio: ["ignore", out, out],
  })
  closeSync(out)
  const pid = child.pid ?? 0
  running.add(pid)
  let late = ""
  const timer = setTimeout(() => {
    late = `\nKilled: it was still running after ${minutes} minutes. A test that hangs, or a socket or timer left open.\n`
    killGroup(pid)
  }, minutes * 60_000)
  return new Promise((resolve) => {
    child.once("exit", (code, signal) => {
      clearTimeout(timer)
      killGroup(pid)
      running.delete(pid)
      const lines = existsSync(events)
        ? readFileSync(events, "utf8")
            .split("\n")
            .filter((line) => line !== "")
        : []
      const counts = count(lines.map((line) => JSON.parse(line) as Outcome))
      let output = readFileSync(log, "utf8") + late
      if (late === "" && code === 0 && counts.passed === 0 && counts.failed === 0) output += "\nNo test ran in this file.\n"
      if (late === "" && code !== 0 && counts.failed === 0) output += `\nThe process ended with ${signal ?? `exit code ${code}`}.\n`
      // An exit code without a failed test, a kill, or no test at all: the file itself has failed.
      if (counts.failed === 0 && (code !== 0 || counts.passed === 0)) counts.failed = 1
      const seconds = Number(process.hrtime.bigint() - started) / 1e9
      resolve({ ...counts, file: name, seconds, output })
    })
  })
}

/** The spec reporter sums up failures at its end; a process that broke off has only said why in its last lines. */
function essence(output: string): string {
  const summary = output.lastIndexOf("✖ failing tests:")
  const text = summary >= 0 ? output.slice(summary) : output.trimEnd().split("\n").slice(-100).join("\n")
  return text.trimEnd().replaceAll(/^(?=.)/gm, "     ")
}

function report(run: Run): void {
  const failed = run.failed > 0 ? `, ${run.failed} failed` : ""
  const skipped = run.skipped > 0 ? `, ${run.skipped} skipped` : ""
  const seconds = `(${run.seconds.toFixed(1)} s)`
  console.log(`${failed ? "FAIL" : "ok  "} ${run.file.padEnd(44)} ${run.passed} passed${failed}${skipped} ${seconds}`)
  if (failed) console.log(essence(run.output))
}

function findTests({ name: layer, long = [] }: (typeof layers)[number], filters: string[]): string[] {
  const folder = join(here, layer)
  if (!existsSync(folder)) return []
  const rank = (name: string): number => (long.some((one) => name === join(layer, `${one}.test.js`)) ? 0 : 1)
  return (
    readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter((name) => name.endsWith(".test.js"))
      .map((name) => join(layer, name))
      // A compiled file whose source is gone proves nothing.
      .filter((name) => existsSync(join(root, "test", name.replace(/\.js$/, ".ts"))))
      .filter((name) => filters.length === 0 || filters.some((filter) => name.includes(filter)))
      .sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1))
      .map((name) => join(here, name))
  )
}

async function runAll(filters: string[]): Promise<Run[]> {
  const queue = layers.flatMap((layer) => findTests(layer, filters).map((file) => ({ file, minutes: layer.minutes })))
  const runs: Run[] = []
  const worker = async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      const run = await runFile(next.file, next.minutes)
      report(run)
      runs.push(run)
    }
  }
  await Promise.all(Array.from({ length: jobs }, worker))
  return runs
}

/** The promise «never a token in the logs», kept over everything that any test logged. */
function leakTest(): Run {
  const known = existsSync(secrets)
    ? readFileSync(secrets, "utf8")
        .split("\n")
        .filter((line) => line !== "")
        .map((line) => JSON.parse(line) as string)
    : []
  const search = searchLeaks(logs, known)
  const failed = search.leaks.length > 0 ? 1 : 0
  const output = search.leaks.map((leak) => `${leak.file}:${leak.line}: ${leak.secret}`).join("\n")
  console.log(`     ${search.files} log files, ${search.bytes} bytes, searched for ${new Set(known).size} secrets`)
  return { file: "no secret in any log", passed: 1 - failed, failed, skipped: 0, seconds: 0, output }
}

const filters = process.argv.slice(2).map((filter) => filter.replace(/^test\//, "").replace(/\.ts$/, ""))
const runs = await runAll(filters)
if (runs.length > 0) {
  const leaks = leakTest()
  report(leaks)
  runs.push(leaks)
}
const sum = (what: "passed" | "failed" | "skipped") => runs.reduce((total, run) => total + run[what], 0)
if (runs.length === 0) console.log(`No test file matches ${filters.join(" ")}.`)
if (sum("skipped") > 0) console.log(`${sum("skipped")} skipped`)
console.log(`${sum("passed")} passed, ${sum("failed")} failed`)
process.exitCode = runs.length === 0 || sum("failed") > 0 ? 1 : 0
