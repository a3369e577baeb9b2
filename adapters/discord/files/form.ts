// Messages with files, as the form that Discord takes: each file is read when its turn comes, and never held in memory.
import { File } from "node:buffer"
import type { Upload } from "xferry"

/** The file could not be read: nothing that Discord could show has reached it. */
export class Unread extends Error {
  override readonly name = "Unread"
}

/** A part of the form. It says its size where that is known; else the request goes in chunks. */
class Part extends File {
  constructor(
    private readonly upload: Upload,
    name: string,
    private readonly signal: AbortSignal,
    private readonly moved: () => void,
  ) {
    super([], name, { type: upload.mime })
    // Undefined is taken for «unknown».
    Object.defineProperty(this, "size", { value: upload.bytes })
  }

  override stream(): ReadableStream<Uint8Array> {
    const { upload, signal, moved } = this
    let reader: ReadableStreamDefaultReader<Uint8Array> | undefined
    let left = upload.bytes
    return new ReadableStream<Uint8Array>(
      {
        async pull(controller) {
          try {
            reader ??= (await upload.open(signal)).getReader()
            const { done, value } = await reader.read()
            moved()
            if (done) {
              if (left !== undefined && left !== 0) throw new Error("the file is not as long as it was said to be")
              return controller.close()
            }
            if (left !== undefined && (left -= value.length) < 0) throw new Error("the file is longer than it was said to be")
            controller.enqueue(value)
          } catch (cause) {
            controller.error(new Unread("a file could not be read", { cause }))
          }
        },
        async cancel(reason) {
          await reader?.cancel(reason)
        },
      },
      { highWaterMark: 0 },
    )
  }
}

/** Reference, Uploading Files. The library's own way needs the whole files in memory. */
export class Form extends FormData {
  #moved: () => void = () => undefined

  /** `signal`: of the call. The library's own ends after a fixed time, however long a file is. */
  constructor(
    payload: object,
    files: readonly { upload: Upload; name: string }[],
    readonly signal: AbortSignal,
    /** Milliseconds without any progress after which it is given up. */
    readonly stillMs: number,
  ) {
    super()
    this.append("payload_json", JSON.stringify(payload))
    for (const [index, { upload, name }] of files.entries())
      this.append(`files[${index}]`, new Part(upload, name, signal, () => this.#moved()))
  }

  /** Runs `send` with a signal that aborts as soon as nothing moves any more. */
  async watched<T>(send: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const still = new AbortController()
    const timer = setTimeout(() => still.abort(new DOMException("no progress", "AbortError")), this.stillMs)
    this.#moved = () => void timer.refresh()
    try {
      return await send(AbortSignal.any([this.signal, still.signal]))
    } finally {
      clearTimeout(timer)
    }
  }
}
