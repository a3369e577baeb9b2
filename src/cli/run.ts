// `xferry run`: the gateway's life between its start and a signal.
import { ConfigError, loadConfig, type Config } from "../config/index.js"
import { startGateway } from "../gateway.js"
import { HttpError } from "../http/index.js"
import { createLog, type Logger } from "../log.js"
import { FilesError } from "../media/index.js"
import { SealError, StoreError } from "../store/index.js"
import { EXIT } from "./exit.js"
import { nodeAdvice } from "./guard.js"
import { version } from "./version.js"

type Exit = (code: number) => void

/** Resolves with the exit code once the gateway has ended in order. Faults and second signals exit at once. */
export async function run(config: Config): Promise<number> {
  const log = createLog(config.log)
  const exit: Exit = (code) => process.exit(code)
  watchFaults(log, exit)
  const advice = nodeAdvice(process.versions.node)
  for (const warning of [...config.warnings, ...(advice === undefined ? [] : [advice])]) log.warn({}, warning)
  log.info({ version: version(), node: process.versions.node, config: config.file }, "xferry starts")
  const stopping = watchSignals(log, exit)
  watchHangup(config, log)

  const gateway = await startGateway(config, log).catch((err: unknown) => {
    // A sentence of theirs says it all; anything else is a fault of ours, with its stack.
    const told = err instanceof StoreError || err instanceof SealError || err instanceof HttpError || err instanceof FilesError
    log.fatal(told ? {} : { err }, `xferry cannot start${told ? `: ${err.message}` : ""}`)
    if (err instanceof SealError) return EXIT.config
    return told ? EXIT.unavailable : EXIT.software
  })
  if (typeof gateway === "number") return gateway
  log.info({ networks: config.networks.map(({ id }) => id) }, "xferry is ready")

  // A gateway that ends by itself has a reason; waiting for the signal only would hide it.
  const ended = gateway.ended.then(
    () => EXIT.ok,
    (err: unknown) => {
      log.fatal({ err }, "xferry has ended by a fault")
      return EXIT.software
    },
  )
  const code = await Promise.race([ended, stopping.then(() => gateway.stop()).then(() => EXIT.ok)])
  log.info({}, "xferry has stopped")
  return code
}

/** Crash-safe by design: what is not understood ends the process, and its next start goes on from the disk. */
function watchFaults(log: Logger, exit: Exit): void {
  process.on("uncaughtException", (err, origin) => {
    log.fatal({ err, origin }, "a fault of xferry's own; it ends and can be started again")
    exit(EXIT.software)
  })
}

/** Resolves at the first SIGTERM or SIGINT; the second ends the process. */
function watchSignals(log: Logger, exit: Exit): Promise<void> {
  return new Promise((resolve) => {
    let asked = false
    for (const [signal, number] of [
      ["SIGTERM", 15],
      ["SIGINT", 2],
    ] as const) {
      process.on(signal, () => {
        if (asked) {
          log.warn({ signal }, "asked again: xferry ends at once")
          exit(128 + number)
          return
        }
        asked = true
        log.info({ signal }, "xferry stops; a second signal ends it at once")
        resolve()
      })
    }
  })
}

/** SIGHUP: the log level is taken over, the rest is told. */
function watchHangup(running: Config, log: Logger): void {
  process.on("SIGHUP", () => {
    loadConfig(running.file).then(
      (fresh) => {
        log.level = fresh.log.level
        const waiting = changed(running, fresh)
        const text = waiting.length === 0 ? "config read again" : `config read again; for a change of ${waiting.join(", ")} restart xferry`
        // Who asked wants the answer, whatever the level is now.
        log.child({}, { level: "info" }).info({ logLevel: log.level }, text)
      },
      (err: unknown) => {
        const text = "the config on disk is wrong; xferry goes on with the old one"
        if (err instanceof ConfigError) log.error({ faults: err.message.split("\n") }, text)
        else log.error({ err }, text)
      },
    )
  })
}

/** Names of what differs and needs a restart. */
function changed(running: Config, fresh: Config): string[] {
  const parts = (config: Config): [string, unknown][] => [
    ["store", config.store],
    ["secretKey", config.secretKeys.map((key) => key.reveal().toString("base64"))],
    ["log.format", config.log.format],
    ["retention", config.retention],
    ["http", config.http],
    ["networks", config.networks.map(({ adapter: _, secret, ...network }) => ({ ...network, secret: secret.reveal() }))],
  ]
  const now = new Map(parts(fresh))
  return parts(running)
    .filter(([name, value]) => JSON.stringify(value) !== JSON.stringify(now.get(name)))
    .map(([name]) => name)
}
