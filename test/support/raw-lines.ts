// A socket that speaks JSON lines by hand, so that a test decides over every byte.
import { once } from "node:events"
import { connect, type Socket } from "node:net"
import { createInterface } from "node:readline"
import { within } from "./deadline.js"

export class RawLines {
  readonly #lines: AsyncIterator<string>

  private constructor(readonly socket: Socket) {
    this.#lines = createInterface(socket)[Symbol.asyncIterator]()
  }

  /** `address`: a port of 127.0.0.1 as `HOST:PORT`, or a path. */
  static async connect(address: string): Promise<RawLines> {
    const socket = address.includes("/") ? connect(address) : connect(Number(address.split(":").at(-1)), "127.0.0.1")
    socket.setNoDelay(true)
    await once(socket, "connect")
    return new RawLines(socket)
  }

  write(value: unknown): void {
    this.socket.write(typeof value === "string" ? value : JSON.stringify(value) + "\n")
  }

  /** The next line, parsed; undefined once the peer hung up. */
  async next(): Promise<unknown> {
    const line = await within(this.#lines.next(), 5000, "a line")
    return line.done === true ? undefined : JSON.parse(line.value)
  }

  close(): void {
    this.socket.destroy()
  }
}
