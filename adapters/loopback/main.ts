#!/usr/bin/env node
// xferry-loopback: the network as a process of its own, which outlives the gateways attached to it.
import { parseArgs } from "node:util"
import { freshFirstId } from "./access.js"
import { Network } from "./network.js"
import { listen } from "./server.js"

const usage = `usage: xferry-loopback --listen HOST:PORT|PORT|PATH [--keep N]

  --listen  where gateways and drivers attach: a loopback address (port 0: the kernel chooses) or the path of a Unix socket
  --keep    how many records of what gateways sent are kept (100000)
`

function complain(sentence: string): never {
  process.stderr.write(`xferry-loopback: ${sentence}\n${usage}`)
  process.exit(64)
}

function readArguments(): { where: string; keep: number } {
  try {
    const { values } = parseArgs({
      options: { listen: { type: "string" }, keep: { type: "string", default: "100000" }, help: { type: "boolean" } },
    })
    if (values.help) {
      process.stdout.write(usage)
      process.exit(0)
    }
    const keep = Number(values.keep)
    if (!Number.isSafeInteger(keep) || keep < 1) complain("--keep takes a whole number.")
    return { where: values.listen ?? complain("--listen is missing."), keep }
  } catch (error) {
    return complain((error as Error).message)
  }
}

const { where, keep } = readArguments()
try {
  const { address, close } = await listen(new Network({ keep, firstId: freshFirstId() }), where)
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => void close().then(() => process.exit(0)))
  // For whoever started us: the line tells that we are ready, and where.
  process.stdout.write(`${JSON.stringify({ listening: address })}\n`)
} catch (error) {
  process.stderr.write(`xferry-loopback: ${(error as Error).message}\n`)
  process.exit(1)
}
