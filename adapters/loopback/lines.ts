// JSON values over a socket, one a line: safe at any split, written once a tick.
import type { Socket } from "node:net"
import { StringDecoder } from "node:string_decoder"

/** One line at most, in UTF-16 units; and what a peer that does not read may owe us, in bytes. */
const maxLine = 16 * 1024 * 1024
const maxBehind = 256 * 1024 * 1024

export interface LineHandlers {
  /** May throw: the sentence goes to `bad`. */
  line(value: unknown): void
  /** A line that was no JSON, or was refused by `line`. */
  bad(error: unknown): void
  /** Once. */
  closed(): void
}

export class Lines {
  readonly #decoder = new StringDecoder("utf8")
  #rest = ""
  #out = ""
  #scheduled = false

  constructor(
    private readonly socket: Socket,
    private readonly handlers: LineHandlers,
  ) {
    socket.setNoDelay(true)
    socket.on("data", (chunk) => this.#read(this.#decoder.write(chunk)))
    socket.on("error", () => socket.destroy())
    socket.once("close", () => handlers.closed())
  }

  /** What is written within one tick goes out together: a call to the kernel costs more than a message. */
  write(value: object): void {
    this.#out += JSON.stringify(value) + "\n"
    if (this.#scheduled) return
    this.#scheduled = true
    process.nextTick(() => this.#flush())
  }

  /** Writes what is due and hangs up. */
  end(): void {
    this.#flush()
    this.socket.end()
  }

  destroy(): void {
    this.socket.destroy()
  }

  #flush(): void {
    this.#scheduled = false
    const text = this.#out
    this.#out = ""
    if (text === "" || this.socket.destroyed || this.socket.writableEnded) return
    this.socket.write(text)
    if (this.socket.writableLength > maxBehind) this.socket.destroy()
  }

  #read(text: string): void {
    const lines = text.split("\n")
    const last = lines.pop()!
    if (lines.length > 0) {
      lines[0] = this.#rest + lines[0]!
      this.#rest = last
      for (const line of lines) this.#take(line)
    } else {
      this.#rest += last
    }
    if (this.#rest.length > maxLine) this.socket.destroy()
  }

  #take(line: string): void {
    if (line.trim() === "") return
    try {
      this.handlers.line(JSON.parse(line))
    } catch (error) {
      this.handlers.bad(error)
    }
  }
}
