// Files on their way to Telegram: streamed from disk into the request, watched for progress, and clear about what has become of them.
import { Api, InputFile, TimeoutError } from "node-telegram-bot-api"
import { AdapterError, type Upload } from "xferry"
import type { Secret } from "./client.js"
import type { Options } from "./options.js"

/** When Telegram has all of a film it looks at it before it answers: that takes as many times longer than a text. */
const digests = 3

/** One request with files. `signal` also ends it when nothing moves for as long as any other request may take. */
export class Uploading {
  readonly signal: AbortSignal
  readonly #stop = new AbortController()
  #timer: NodeJS.Timeout | undefined
  #left = 0
  #broken: unknown
  #over = false
  readonly #reading = new Set<ReadableStreamDefaultReader<Uint8Array>>()

  constructor(
    private readonly patienceMs: number,
    signal: AbortSignal,
  ) {
    this.signal = AbortSignal.any([signal, this.#stop.signal])
  }

  /** Opened when its turn comes in the body of the request. */
  file(upload: Upload): InputFile {
    this.#left++
    return new InputFile(() => this.#opened(upload), { filename: plain(upload.name), contentType: upload.mime })
  }

  /** Throws what `call` throws, or an AdapterError where the cause lies on this side. */
  async run<T>(call: () => Promise<T>): Promise<T> {
    this.#moved()
    try {
      return await call()
    } catch (error) {
      if (this.#broken !== undefined) throw asRetry(this.#broken)
      if (!this.#stop.signal.aborted) throw this.#left > 0 ? unfinished(error) : error
      const late = new TimeoutError("Request timed out", { cause: error })
      throw this.#left > 0 ? unfinished(late) : late
    } finally {
      this.#over = true
      clearTimeout(this.#timer)
      for (const reader of this.#reading) reader.cancel().catch(() => undefined)
    }
  }

  async #opened(upload: Upload): Promise<ReadableStream<Uint8Array>> {
    try {
      const stream = await upload.open(this.signal)
      const reader = stream.getReader()
      if (this.#over) void reader.cancel().catch(() => undefined)
      this.#reading.add(reader)
      return new ReadableStream<Uint8Array>(
        {
          pull: async (controller) => {
            try {
              const { done, value } = await reader.read()
              // Of a request that was broken off `fetch` would read the body to its end, and drop it.
              if (this.#over) throw new TypeError("the request is over")
              if (done) this.#left--
              if (done) this.#reading.delete(reader)
              this.#moved()
              if (done) controller.close()
              else controller.enqueue(value)
            } catch (error) {
              if (!this.#over) this.#broken ??= error
              throw error
            }
          },
          cancel: (reason) => reader.cancel(reason),
        },
        { highWaterMark: 0 },
      )
    } catch (error) {
      this.#broken ??= error
      throw error
    }
  }

  #moved(): void {
    clearTimeout(this.#timer)
    const ms = this.#left > 0 ? this.patienceMs : this.patienceMs * digests
    this.#timer = setTimeout(() => this.#stop.abort(), ms)
  }
}

/** What was never sent whole, Telegram cannot have carried out; an answer of its own says more than that. */
class Unfinished extends AdapterError {}

function unfinished(error: unknown): unknown {
  if (error instanceof Error && error.name === "TelegramApiError") return error
  return new Unfinished("retry", "The connection to Telegram broke while a file was on its way.", { cause: plainCause(error) })
}

function asRetry(error: unknown): AdapterError {
  if (error instanceof AdapterError) return error
  return new AdapterError("retry", "A file could not be read while it was sent.", { cause: plainCause(error) })
}

/** Without the addresses in it: they hold the token. */
function plainCause(error: unknown): Error {
  return new Error(error instanceof Error ? error.name : "unknown")
}

/** The name of a file is part of a header, and shown to people: no paths, no control characters. */
function plain(name: string): string {
  const base = name.split(/[/\\]/).at(-1) ?? ""
  // eslint-disable-next-line no-control-regex
  return base.replaceAll(/[\u0000-\u001f\u007f]/g, "").slice(-200) || "file"
}

/** For requests with files: how long they take depends on the files, so `Uploading` watches them. */
export function uploadClient({ token }: Secret, { apiRoot }: Options): Api {
  return new Api(token, { apiRoot, timeoutMs: 0, maxRetries: 0 })
}
