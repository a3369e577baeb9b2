// What files of 19 MB cost in memory, each way, alone and 50 at once. Run by hand: node test/dist/measure/files.js
// The web server that gives and takes them is in the same process: what is told is more than a gateway needs.
import { randomBytes } from "node:crypto"
import { request } from "node:http"
import { attached, mediaStage, sharing } from "../support/media-kit.js"
import { startWeb } from "../support/web.js"

const size = 19_000_000
const chunk = randomBytes(65_536)

const web = await startWeb((asked, response) => {
  if (asked.method === "PUT") return void asked.resume().on("end", () => response.writeHead(201).end())
  response.setHeader("Content-Length", size)
  let left = size
  const more = (): void => {
    while (left > 0) {
      const part = chunk.subarray(0, Math.min(left, chunk.length))
      left -= part.length
      if (!response.write(part)) return void response.once("drain", more)
    }
    response.end()
  }
  more()
})
const stage = await mediaStage({ allowPrivate: ["127.0.0.1"] }, false)
const media = stage.media.of("sms")
const url = `http://127.0.0.1:${web.port}/file.bin`
const signal = new AbortController().signal

function generated(): ReadableStream<Uint8Array> {
  let left = size
  return new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        if (left === 0) return controller.close()
        const part = new Uint8Array(chunk.subarray(0, Math.min(left, chunk.length)))
        left -= part.length
        controller.enqueue(part)
      },
    },
    { highWaterMark: 0 },
  )
}

async function inward(): Promise<void> {
  const slot = () => Promise.resolve({ put: url, get: url, headers: {} })
  const { failed } = await media.share(
    attached(),
    sharing(stage, Buffer.alloc(0), { download: () => Promise.resolve({ stream: generated() }), slot }),
  )
  if (failed !== undefined) throw new Error(failed)
}

/** To a network that takes it as a stream. */
async function outward(): Promise<void> {
  const taken = await media.take({ url }, { maxBytes: size, signal })
  const sending = request(url, { method: "PUT", agent: false, headers: { "Content-Length": size } })
  const answered = new Promise((resolve, reject) =>
    sending.on("response", (answer) => answer.resume().on("end", resolve)).on("error", reject),
  )
  for await (const part of await taken.upload.open(signal))
    if (!sending.write(part)) await new Promise((resolve) => sending.once("drain", resolve))
  sending.end()
  await answered
  taken.release()
}

async function measured(what: string, work: () => Promise<unknown>): Promise<void> {
  const before = process.memoryUsage.rss()
  let most = before
  const watch = setInterval(() => (most = Math.max(most, process.memoryUsage.rss())), 10)
  const began = performance.now()
  await work()
  clearInterval(watch)
  console.log(`${what}: ${((most - before) / 1e6).toFixed(1)} MB more at most, ${Math.round(performance.now() - began)} ms`)
}

// Code and pools that the first transfer needs.
await Promise.all([inward(), outward()])
await measured("one in", inward)
await measured("one out", outward)
await measured("50 in at once", () => Promise.all(Array.from({ length: 50 }, inward)))
await measured("50 out at once", () => Promise.all(Array.from({ length: 50 }, outward)))
await measured("50 each way at once", () => Promise.all(Array.from({ length: 50 }, () => Promise.all([inward(), outward()]))))
await stage.close()
await web.close()
