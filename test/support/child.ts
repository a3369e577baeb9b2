// A child process that logs to a file, is waited for, and never outlives us.
import { spawn, type ChildProcess } from "node:child_process"
import { appendFileSync, closeSync, existsSync, openSync, readFileSync } from "node:fs"
import { createInterface } from "node:readline"

// The kernel ends the child with us, even when we die by SIGKILL ourselves.
const setpriv = ["/usr/bin/setpriv", "/bin/setpriv"].find((path) => existsSync(path))
const alive = new Set<Child>()
// Before the temporary folders are removed (paths.ts).
process.prependListener("exit", () => {
  for (const child of alive) child.signal("SIGKILL")
})

export interface ChildOptions {
  /** Appended to: stdout and stderr. */
  logFile: string
  cwd?: string
  env?: Record<string, string | undefined>
  /** Gets every line of stdout as it comes, in the log file too. */
  line?: (line: string) => void
}

export class Child {
  readonly pid: number
  readonly logFile: string
  /** Resolves when the process has gone, with how it ended. */
  readonly exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>
  ended = false
  readonly #process: ChildProcess
  readonly #name: string

  private constructor(name: string, child: ChildProcess, logFile: string) {
    this.#name = name
    this.#process = child
    this.logFile = logFile
    this.pid = child.pid ?? -1
    alive.add(this)
    this.exited = new Promise((resolve) => {
      // Not `exit`: its last lines may still be on their way.
      child.once("close", (code, signal) => {
        this.ended = true
        alive.delete(this)
        resolve({ code, signal })
      })
    })
  }

  static async start(command: string, args: string[], options: ChildOptions): Promise<Child> {
    const log = openSync(options.logFile, "a")
    const [file, argv] = setpriv ? [setpriv, ["--pdeathsig", "KILL", command, ...args]] : [command, args]
    try {
      const child = spawn(file, argv, {
        // Ctrl-C in a terminal is for us, who then end it in order.
        detached: setpriv !== undefined,
        stdio: ["ignore", options.line ? "pipe" : log, log],
        ...(options.cwd && { cwd: options.cwd }),
        env: { ...process.env, ...options.env },
      })
      await new Promise<void>((resolve, reject) => {
        child.once("spawn", resolve)
        child.once("error", reject)
      })
      if (child.stdout) {
        createInterface({ input: child.stdout }).on("line", (line) => {
          appendFileSync(options.logFile, `${line}\n`)
          options.line?.(line)
        })
      }
      return new Child(command, child, options.logFile)
    } finally {
      closeSync(log)
    }
  }

  signal(name: NodeJS.Signals): void {
    if (!this.ended) this.#process.kill(name)
  }

  /** For the waits of others: throws when the process is gone. */
  check = (): void => {
    if (this.ended) throw new Error(`${this.#name} ended before it was ready:\n${this.tail()}`)
  }

  /** The log's last lines. */
  tail(lines = 30): string {
    return readFileSync(this.logFile, "utf8").trimEnd().split("\n").slice(-lines).join("\n")
  }

  /** SIGTERM, and SIGKILL for what does not heed it. Resolves when it is gone. */
  async stop(patienceMs = 15_000): Promise<void> {
    this.signal("SIGTERM")
    const timer = setTimeout(() => this.signal("SIGKILL"), patienceMs)
    await this.exited
    clearTimeout(timer)
  }

  async kill9(): Promise<void> {
    this.signal("SIGKILL")
    await this.exited
  }
}
