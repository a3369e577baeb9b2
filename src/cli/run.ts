// `xferry run`: the gateway's life between its start and a signal.
import { ConfigError, loadConfig, type Config } from "../config/index.js"
import type { Process } from "../core/admin/ports.js"
import { Refusal } from "../core/ports.js"
import { words, type Said } from "../core/words/words.js"
import { startGateway, type Gateway } from "../gateway.js"
import type { Reloaded } from "../live.js"
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
  const control = new Control(config.file, log)
  watchHangup(control, log)

  const gateway = await startGateway(config, log, { control }).catch((err: unknown) => {
    // A sentence of theirs says it all; anything else is a fault of ours, with its stack.
    const told = err instanceof StoreError || err instanceof SealError || err instanceof HttpError || err instanceof FilesError
    log.fatal(told ? {} : { err }, `xferry cannot start${told ? `: ${err.message}` : ""}`)
    if (err instanceof SealError) return EXIT.config
    return told ? EXIT.unavailable : EXIT.software
  })
  if (typeof gateway === "number") return gateway
  control.gateway = gateway
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

/** The log level and what the gateway can take over. */
class Control implements Process {
  gateway: Pick<Gateway, "reload"> | undefined

  constructor(
    private readonly file: string,
    private readonly log: Logger,
  ) {}

  logLevel(level?: string): string {
    if (level !== undefined) this.log.level = level
    return this.log.level
  }

  async reload(): Promise<Said[]> {
    const { taken, restart, level } = await this.read().catch((err: unknown) => {
      if (!(err instanceof ConfigError)) throw err
      throw new Refusal("not-acceptable", words("The configuration is wrong, the old one goes on: {faults}", { faults: err.message }))
    })
    const lines: Said[] = []
    if (level) lines.push(words("The log level is {level}.", { level }))
    if (taken.length > 0) lines.push(words("In force now: {options}.", { options: taken.join(", ") }))
    if (restart.length > 0) lines.push(words("After a restart: {options}.", { options: restart.join(", ") }))
    return lines
  }

  /** Takes over what it can. Rejects with `ConfigError`. */
  async read(): Promise<Reloaded & { level?: string }> {
    const fresh = await loadConfig(this.file)
    const changed = this.log.level !== fresh.log.level
    this.log.level = fresh.log.level
    return { ...(this.gateway?.reload(fresh) ?? { taken: [], restart: [] }), ...(changed && { level: fresh.log.level }) }
  }
}

/** SIGHUP: what can be taken over is, the rest is told. */
function watchHangup(control: Control, log: Logger): void {
  process.on("SIGHUP", () => {
    control.read().then(
      ({ taken, restart }) => {
        const text = restart.length === 0 ? "config read again" : `config read again; for a change of ${restart.join(", ")} restart xferry`
        // Who asked wants the answer, whatever the level is now.
        log.child({}, { level: "info" }).info({ logLevel: log.level, ...(taken.length > 0 && { taken }) }, text)
      },
      (err: unknown) => {
        const text = "the config on disk is wrong; xferry goes on with the old one"
        if (err instanceof ConfigError) log.error({ faults: err.message.split("\n") }, text)
        else log.error({ err }, text)
      },
    )
  })
}
