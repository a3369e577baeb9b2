// The log: pino, readable in a terminal, JSON elsewhere, and never with a registered secret in it.
import { writeSync } from "node:fs"
import { isatty } from "node:tty"
import { pino, type Logger } from "pino"
import { prettyFactory } from "pino-pretty"
import { redactor, type Redactor } from "./redact.js"

export { redactor } from "./redact.js"
export type { Logger }
export type LogLevel = "fatal" | "error" | "warn" | "info" | "debug" | "trace" | "silent"
/** `auto`: pretty in a terminal, JSON elsewhere. */
export type LogFormat = "auto" | "json" | "pretty"

export interface LogOptions {
  level: LogLevel
  format: LogFormat
  /** File descriptor; standard output if not given. */
  fd?: number
  /** Instead of `fd`: takes each finished line, with its line break. */
  write?: (line: string) => void
  redactor?: Redactor
}

/**
 * A pino logger. Lines are written synchronously: what was logged is out, however the process ends,
 * and the gateway logs nothing per message above debug.
 *
 * @example
 * const log = createLog({ level: "info", format: "auto" })
 * log.info({ network: "sms" }, "connected")
 */
export function createLog({ level, format, fd = 1, write, redactor: clean = redactor }: LogOptions): Logger {
  const terminal = write === undefined && isatty(fd)
  const pretty =
    format === "pretty" || (format === "auto" && terminal)
      ? prettyFactory({
          colorize: terminal && process.env["NO_COLOR"] === undefined,
          ignore: "pid,hostname",
          translateTime: "SYS:yyyy-mm-dd HH:MM:ss.l",
        })
      : undefined
  const out = write ?? ((line: string) => writeAll(fd, line))
  return pino(
    { level, base: null, timestamp: pino.stdTimeFunctions.isoTime, formatters: { level: (label) => ({ level: label }) } },
    // As one line of JSON, after pino has rendered it: nothing that is logged passes by any other way.
    { write: (line: string) => out(pretty === undefined ? clean.clean(line) : String(pretty(clean.clean(line)))) },
  )
}

const nothing = new Int32Array(new SharedArrayBuffer(4))

/** Writes the whole line. A pipe that is full for now is waited for; one that nobody reads any more is not our concern. */
function writeAll(fd: number, line: string): void {
  const bytes = Buffer.from(line)
  for (let done = 0; done < bytes.length;) {
    try {
      done += writeSync(fd, bytes, done)
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code
      if (code === "EPIPE") return
      if (code !== "EAGAIN") throw error
      Atomics.wait(nothing, 0, 0, 2)
    }
  }
}
