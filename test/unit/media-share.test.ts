// Files of a network on their way to clients: put at the server's upload service or on our own shelf, once, whole, and within bounds.
import assert from "node:assert/strict"
import { randomBytes } from "node:crypto"
import { mkdirSync, readdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { after, before, describe, test } from "node:test"
import { gzipSync } from "node:zlib"
import sharp from "sharp"
import { thumbHashToAverageRGBA } from "thumbhash"
import { AdapterError } from "#src/adapter/errors.js"
import { paces } from "#src/media/pace.js"
import { attached, emptied, mediaStage, sha256, sharing, streamOf, type MediaStage } from "../support/media-kit.js"

const lottie = {
  ...{ v: "5.5.7", fr: 60, ip: 0, op: 60, w: 512, h: 256, nm: "x", ddd: 0, assets: [] },
  layers: [
    {
      ...{ ddd: 0, ind: 1, ty: 4, nm: "s", sr: 1, ao: 0, ip: 0, op: 60, st: 0, bm: 0 },
      ks: {
        o: { a: 0, k: 100 },
        r: { a: 0, k: 0 },
        p: { a: 0, k: [256, 128, 0] },
        a: { a: 0, k: [0, 0, 0] },
        s: { a: 0, k: [100, 100, 100] },
      },
      shapes: [
        { ty: "rc", d: 1, s: { a: 0, k: [500, 250] }, p: { a: 0, k: [0, 0] }, r: { a: 0, k: 0 } },
        { ty: "fl", c: { a: 0, k: [1, 0, 0, 1] }, o: { a: 0, k: 100 }, r: 1 },
      ],
    },
  ],
}

describe("sharing a network's file", () => {
  let stage: MediaStage
  before(async () => {
    stage = await mediaStage()
  })
  after(() => stage.close())
  const left = (folder: string): string[] => readdirSync(join(stage.folder, folder))

  test("puts it at the upload service, byte by byte, and keeps nothing", async () => {
    const bytes = randomBytes(300_000)
    const shared = await stage.media.of("sms").share(attached({ name: "a b/ü.bin", alt: "an ü" }), sharing(stage, bytes))
    const path = new URL(shared.url ?? "").pathname
    assert.deepEqual(stage.uploads.taken.get(path), bytes)
    const { authorization, "content-length": length } = stage.uploads.headers
    assert.deepEqual([authorization, length], ["Bearer x", "300000"])
    assert.deepEqual([shared.name, shared.bytes, shared.sha256, shared.alt], ["ü.bin", 300_000, sha256(bytes), "an ü"])
    await emptied(stage)
  })

  test("tells type, size and a small picture of a photo by its content", async () => {
    const reddish = Uint8Array.from({ length: 600 * 300 * 3 }, (_, i) => (i % 3 === 0 ? 255 : (i * 7919) % 97))
    const raw = { width: 600, height: 300, channels: 3 as const }
    const jpeg = await sharp(reddish, { raw }).withMetadata({ orientation: 6 }).jpeg().toBuffer()
    const shared = await stage.media.of("sms").share(attached({ name: "photo", mime: "application/octet-stream" }), sharing(stage, jpeg))
    assert.deepEqual([shared.name, shared.mime, shared.kind, shared.width, shared.height], ["photo.jpg", "image/jpeg", "image", 300, 600])
    const { uri = "", width = 0, height = 0, mime } = shared.thumbnail ?? {}
    assert.ok(uri.startsWith("data:image/thumbhash;base64,") && uri.length < 100, uri)
    assert.deepEqual([width, height, mime], [50, 100, "image/thumbhash"])
    const average = thumbHashToAverageRGBA(Buffer.from(uri.split(",")[1] ?? "", "base64"))
    assert.ok(average.r > average.g && average.r > average.b, "it is a red picture")
    const hidden = await stage.media.of("sms").share(attached({ name: "photo", spoiler: true }), sharing(stage, jpeg))
    assert.equal(hidden.thumbnail, undefined)
  })

  for (const [name, bytes] of [
    ["packed", gzipSync(JSON.stringify(lottie))],
    ["plain", Buffer.from(JSON.stringify(lottie))],
  ] as const) {
    test(`a drawing (${name}) becomes a moving picture`, async () => {
      const mime = name === "packed" ? "application/x-tgsticker" : "application/json"
      const shared = await stage.media.of("sms").share(attached({ name: "s.tgs", mime, kind: "sticker" }), sharing(stage, bytes))
      assert.deepEqual([shared.name, shared.mime, shared.width, shared.height, shared.kind], ["s.webp", "image/webp", 256, 128, "sticker"])
      const picture = stage.uploads.taken.get(new URL(shared.url ?? "").pathname) ?? Buffer.alloc(0)
      assert.equal(shared.sha256, sha256(picture))
      const { pages, delay, hasAlpha } = await sharp(picture).metadata()
      assert.ok((pages ?? 0) >= 1 && hasAlpha)
      assert.ok((delay ?? [1000]).reduce((a, b) => a + b, 0) >= 900)
      const { data } = await sharp(picture, { page: 0 })
        .extract({ left: 128, top: 64, width: 1, height: 1 })
        .raw()
        .toBuffer({ resolveWithObject: true })
      assert.ok((data[0] ?? 0) > 230 && (data[1] ?? 255) < 25 && (data[2] ?? 255) < 25, `red, not ${[...data].join()}`)
    })
  }

  test("a drawing that cannot be drawn goes as it is", async () => {
    const shared = await stage.media
      .of("sms")
      .share(attached({ name: "s.tgs", mime: "application/x-tgsticker", kind: "sticker" }), sharing(stage, gzipSync("{}")))
    assert.equal(shared.name, "s.tgs")
    assert.ok(shared.url)
  })

  test("the same file is put there once, though many want it at the same time, and again when that was long ago", async () => {
    let downloads = 0
    const bytes = randomBytes(1000)
    const how = () => sharing(stage, bytes, { download: () => Promise.resolve({ stream: (downloads++, streamOf(bytes)) }) })
    const source = { ref: "r", stableId: "sticker-1" }
    const media = stage.media.of("sms")
    const all = await Promise.all(Array.from({ length: 20 }, (_, index) => media.share(attached({ source, alt: String(index) }), how())))
    assert.equal(downloads, 1)
    assert.equal(new Set(all.map(({ url }) => url)).size, 1)
    assert.deepEqual(
      all.map(({ alt }) => alt),
      Array.from({ length: 20 }, (_, index) => String(index)),
    )
    await stage.again()
    await stage.media.of("sms").share(attached({ source }), how())
    assert.equal(downloads, 1, "a restart forgets nothing")
    await stage.media.of("irc").share(attached({ source }), how())
    assert.equal(downloads, 2, "another network has other ids")
    await stage.store.pruneShared(Date.now() + 2 * 24 * 60 * 60_000, 100)
    await stage.media.of("sms").share(attached({ source }), how())
    assert.equal(downloads, 3)
  })

  test("who waits for another's download that fails tries by itself", async () => {
    const source = { ref: "r", stableId: "sticker-2" }
    const media = stage.media.of("sms")
    const failing = media.share(
      attached({ source }),
      sharing(stage, randomBytes(10), { download: () => Promise.reject(new AdapterError("retry", "no")) }),
    )
    const waiting = media.share(attached({ source }), sharing(stage, randomBytes(10)))
    await assert.rejects(failing, AdapterError)
    assert.ok((await waiting).url)
  })

  test("what is too large, empty or gone is told of, with its size and the limit", async () => {
    const media = stage.media.of("sms")
    const big = sharing(stage, randomBytes(2000), { maxBytes: 1500 })
    assert.equal((await media.share(attached({ bytes: 2000 }), big)).failed, "It has 2 kB; 1.5 kB is the most.")
    assert.match((await media.share(attached(), big)).failed ?? "", /2 kB; 1\.5 kB/)
    const unsaid = { ...big, download: () => Promise.resolve({ stream: streamOf(randomBytes(2000)) }) }
    assert.match((await media.share(attached(), unsaid)).failed ?? "", /1\.5 kB is the most/)
    assert.match((await media.share(attached(), sharing(stage, Buffer.alloc(0)))).failed ?? "", /empty/)
    const gone = { download: () => Promise.reject(new AdapterError("gone", "It was deleted.")) }
    assert.equal((await media.share(attached(), sharing(stage, Buffer.alloc(1), gone))).failed, "It was deleted.")
    await emptied(stage)
  })

  test("what may come back is tried again, by whoever asked", async () => {
    const media = stage.media.of("sms")
    const retry = (error: unknown) => error instanceof AdapterError && error.kind === "retry"
    for (const download of [
      () => Promise.reject(new AdapterError("logged-out", "no")),
      () => Promise.reject(new Error("a bug")),
      () => Promise.resolve({ stream: new ReadableStream<Uint8Array>({ pull: (controller) => controller.error(new Error("cut")) }) }),
    ])
      await assert.rejects(media.share(attached(), sharing(stage, Buffer.alloc(1), { download })), retry)
  })

  test("a network that begins and goes silent, or never begins, holds no place for ever", async () => {
    const limits = { ...paces, downloadMs: 100, idleMs: 100 }
    const slow = await mediaStage({ transfers: 1, paces: limits }, false)
    const aborted: unknown[] = []
    for (const download of [
      (_: unknown, signal: AbortSignal) => {
        signal.addEventListener("abort", () => aborted.push(signal.reason))
        return Promise.resolve({ stream: new ReadableStream<Uint8Array>({ start: (to) => to.enqueue(Buffer.from("some")) }) })
      },
      () => new Promise<never>(() => undefined),
    ])
      await assert.rejects(slow.media.of("sms").share(attached(), sharing(slow, Buffer.alloc(0), { download })), (error: unknown) => {
        return error instanceof AdapterError && error.kind === "retry"
      })
    assert.equal(aborted.length, 1, "the adapter is told to end it")
    assert.ok((await slow.media.of("sms").share(attached(), sharing(slow, Buffer.from("x")))).url)
    await emptied(slow)
    await slow.close()
  })

  test("where the upload service fails or is full our own server takes it, and serves it whole and in parts", async () => {
    const bytes = randomBytes(100_000)
    for (const slot of [
      () => Promise.resolve(undefined),
      () => Promise.reject(new AdapterError("retry", "quota")),
      () => Promise.reject(new AdapterError("rejected", "too large")),
      () => Promise.resolve({ put: "http://127.0.0.1:1/", get: "http://127.0.0.1:1/", headers: {} }),
    ]) {
      const { url = "", failed } = await stage.media
        .of("sms")
        .share(attached({ name: "ü (1).txt", mime: "text/plain" }), sharing(stage, bytes, { slot }))
      assert.equal(failed, undefined)
      const answer = await fetch(url)
      assert.deepEqual(Buffer.from(await answer.arrayBuffer()), bytes)
      assert.ok(url.endsWith("/%C3%BC%20%281%29.txt"), url)
      const part = await fetch(url, { headers: { Range: "bytes=50000-50099" } })
      assert.equal(part.status, 206)
      assert.equal(part.headers.get("content-range"), "bytes 50000-50099/100000")
      assert.deepEqual(Buffer.from(await part.arrayBuffer()), bytes.subarray(50_000, 50_100))
    }
    assert.equal(left("kept").length, 4)
    await emptied(stage)
  })

  test("without any place it is told of", async () => {
    const bare = await mediaStage({}, false)
    const shared = await bare.media.of("sms").share(attached(), sharing(bare, Buffer.from("x"), { slot: () => Promise.resolve(undefined) }))
    assert.match(shared.failed ?? "", /no place for files/)
    await bare.close()
  })

  test("no more than so many at once, and the memory they take does not grow with their size", async () => {
    const size = 4_000_000
    let handedOut = 0
    let most = 0
    let now = 0
    const few = await mediaStage({ transfers: 3 })
    const media = few.media.of("sms")
    const download = () => {
      most = Math.max(most, ++now)
      const stream = streamOf(new Uint8Array(size)).pipeThrough(
        new TransformStream<Uint8Array, Uint8Array>({
          transform(chunk, controller) {
            handedOut += chunk.length
            controller.enqueue(chunk)
          },
        }),
      )
      return Promise.resolve({ stream })
    }
    const slot = (): Promise<undefined> => {
      now--
      return Promise.resolve(undefined)
    }
    await Promise.all(Array.from({ length: 50 }, () => media.share(attached(), sharing(few, Buffer.alloc(0), { download, slot }))))
    assert.equal(handedOut, 50 * size)
    assert.equal(most, 3)
    await few.close()
  })

  test("stopping ends what is under way; what a kill left is removed at the next start", async () => {
    const media = stage.media.of("sms")
    const never = sharing(stage, Buffer.alloc(0), { download: () => Promise.resolve({ stream: new ReadableStream<Uint8Array>() }) })
    const sharingNow = media.share(attached(), never)
    const outcome = assert.rejects(sharingNow, (error: unknown) => error instanceof AdapterError && error.kind === "retry")
    await media.stop()
    await outcome
    await stage.again()
    const served = await stage.media
      .of("sms")
      .share(attached(), sharing(stage, Buffer.from("kept"), { slot: () => Promise.resolve(undefined) }))
    mkdirSync(join(stage.folder, "spool"), { recursive: true })
    writeFileSync(join(stage.folder, "spool", "half"), "half a file")
    writeFileSync(join(stage.folder, "kept", "f".repeat(32)), "nobody knows it")
    await stage.store.keepFile({ id: "e".repeat(32), name: "x", mime: "x/y", bytes: 5, expiresAt: Date.now() + 100_000 })
    await stage.again()
    assert.deepEqual(left("spool"), [])
    assert.ok(!left("kept").includes("f".repeat(32)))
    assert.equal(await stage.store.keptFile("e".repeat(32)), undefined)
    assert.equal(await (await fetch(served.url ?? "")).text(), "kept")
  })
})
