#!/usr/bin/env node
// The command `xferry`: run, check, migrate, rotate, help, version.
import { parseCommandLine, UsageError, type Arguments } from "./cli/args.js"
import { EXIT } from "./cli/exit.js"
import { nodeFault, tryDriver } from "./cli/guard.js"
import { help } from "./cli/help.js"
import { complain, say } from "./cli/print.js"
import { version } from "./cli/version.js"
import { StoreError } from "./store/errors.js"
import { SealError } from "./store/seal.js"

// Nothing is left to wait for when a command has ended: log and output are written synchronously.
process.exit(await main(process.argv.slice(2)))

async function main(args: readonly string[]): Promise<number> {
  try {
    const parsed = parseCommandLine(args, process.env)
    if (parsed.command === "help") return done(help())
    if (parsed.command === "version") return done(version())
    const fault = nodeFault(process.versions.node)
    if (fault !== undefined) return failed(fault, EXIT.unavailable)
    tryDriver()
    return await carryOut(parsed)
  } catch (error) {
    if (error instanceof UsageError) return failed(`${error.message} Type: xferry help`, EXIT.usage)
    if (error instanceof StoreError) return failed(error.message, EXIT.unavailable)
    if (error instanceof SealError) return failed(error.message, EXIT.config)
    return failed(error instanceof Error ? (error.stack ?? error.message) : String(error), EXIT.software)
  }
}

/** Loaded only now: none of these may stand in the way of `help` or of the guards. */
async function carryOut({ command, config: file, accounts }: Arguments): Promise<number> {
  const { ConfigError, loadConfig } = await import("./config/index.js")
  const config = await loadConfig(file).catch((error: unknown) => {
    if (!(error instanceof ConfigError)) throw error
    complain(error.message)
    return undefined
  })
  if (config === undefined) return EXIT.config
  if (command === "run") return (await import("./cli/run.js")).run(config)
  if (command === "check") return (await import("./check/index.js")).check(config, { accounts, print: say })
  return (await import("./cli/upkeep.js"))[command === "rotate" ? "rotate" : "migrate"](config)
}

function done(text: string): number {
  say(text.trimEnd())
  return EXIT.ok
}

function failed(text: string, code: number): number {
  complain(text)
  return code
}
