// A loopback network in a process of its own, as `xferry-loopback` starts it.
import { spawn, type ChildProcess } from "node:child_process"
import { createInterface } from "node:readline"
import { fileURLToPath } from "node:url"

const main = fileURLToPath(new URL("main.js", import.meta.resolve("xferry-adapter-loopback")))

export interface LoopbackProcess {
  readonly address: string
  readonly child: ChildProcess
  stop(signal?: NodeJS.Signals): Promise<void>
}

/** Resolves once it listens; rejects with what it wrote if it ends before. */
export async function startLoopback(listen = "127.0.0.1:0", more: string[] = []): Promise<LoopbackProcess> {
  const child = spawn(process.execPath, [main, "--listen", listen, ...more], { stdio: ["ignore", "pipe", "pipe"] })
  let complaint = ""
  child.stderr.setEncoding("utf8").on("data", (text: string) => (complaint += text))
  const exited = new Promise<void>((resolve) => child.once("close", () => resolve()))
  const address = await new Promise<string>((resolve, reject) => {
    createInterface(child.stdout).once("line", (line) => resolve((JSON.parse(line) as { listening: string }).listening))
    void exited.then(() => reject(new Error(complaint)))
  })
  return {
    address,
    child,
    async stop(signal = "SIGTERM") {
      child.kill(signal)
      await exited
    },
  }
}
