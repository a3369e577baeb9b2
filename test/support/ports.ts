// Free loopback ports for servers that must be told theirs, and waiting until one answers.
import { randomInt } from "node:crypto"
import { connect, createServer } from "node:net"

// Below the kernel's ephemeral range: a port from inside it could be taken by any outgoing connection while its server is
// restarted, and a client that retries such a port can even connect to itself (TCP simultaneous open).
const first = 16_000
const beyond = 32_000

export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const probe = createServer()
    probe.once("error", () => resolve(false))
    probe.listen(port, "127.0.0.1", () => probe.close(() => resolve(true)))
  })
}

/** Ports on 127.0.0.1 that nothing listened to just now. */
export async function freePorts<const N extends string>(...names: N[]): Promise<Record<N, number>> {
  const found: Partial<Record<N, number>> = {}
  const taken = new Set<number>()
  for (const name of names) {
    let port = randomInt(first, beyond)
    while (taken.has(port) || !(await isFree(port))) port = randomInt(first, beyond)
    taken.add(port)
    found[name] = port
  }
  return found as Record<N, number>
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1")
    socket.once("connect", () => {
      socket.destroy()
      resolve(true)
    })
    socket.once("error", () => resolve(false))
  })
}

/** Resolves when something accepts on the port; `check` throws to end the wait early. */
export async function portOpen(port: number, check: () => void, timeoutMs = 20_000): Promise<void> {
  const deadline = Date.now() + timeoutMs
  while (!(await accepts(port))) {
    check()
    if (Date.now() > deadline) throw new Error(`nothing listens on 127.0.0.1:${port} after ${timeoutMs} ms`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}
