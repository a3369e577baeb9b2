// Files of users on their way to a network: fetched, decrypted where that is allowed, told by their content, and gone when they are done with.
import assert from "node:assert/strict"
import { createCipheriv, randomBytes } from "node:crypto"
import { readdirSync } from "node:fs"
import type { IncomingMessage, ServerResponse } from "node:http"
import { join } from "node:path"
import { after, before, describe, test } from "node:test"
import sharp from "sharp"
import { AdapterError } from "#src/adapter/errors.js"
import type { Linked } from "#src/core/content.js"
import type { Taken } from "#src/core/files/media.js"
import { parseLink } from "#src/media/aesgcm.js"
import { cleanName, nameInDisposition } from "#src/media/name.js"
import { emptied, mediaStage, read, refused, sha256, type MediaStage } from "../support/media-kit.js"
import { startWeb, type Web } from "../support/web.js"

describe("taking a user's file", () => {
  let stage: MediaStage
  let web: Web
  let answer: (request: IncomingMessage, response: ServerResponse) => void
  const files = { allowPrivate: ["127.0.0.1"], aesgcm: true, maxBytes: 1_000_000 }
  before(async () => {
    web = await startWeb((request, response) => answer(request, response))
    stage = await mediaStage(files)
  })
  after(async () => {
    await stage.close()
    await web.close()
  })
  const signal = new AbortController().signal
  const serve = (bytes: Uint8Array, headers: Record<string, string> = {}): void => {
    answer = (_, response) => response.writeHead(200, { "Content-Length": bytes.length, ...headers }).end(bytes)
  }
  const take = (more: Partial<Linked> = {}, maxBytes = 100_000_000): Promise<Taken> =>
    stage.media.of("sms").take({ url: `http://127.0.0.1:${web.port}/up/a%20b.bin`, ...more }, { maxBytes, signal })
  test("it can be read as often as wanted, until it is released", async () => {
    const bytes = randomBytes(300_000)
    serve(bytes)
    const taken = await take({ alt: "words", seconds: 3, spoiler: true })
    assert.deepEqual(await read(await taken.upload.open(signal)), bytes)
    const half = await taken.upload.open(signal)
    await half.cancel()
    assert.deepEqual(await read(await taken.upload.open(signal)), bytes)
    const { open: _, ...info } = taken.upload
    const told = { name: "a b.bin", mime: "application/octet-stream", bytes: 300_000, alt: "words", seconds: 3, spoiler: true }
    assert.deepEqual(info, { ...told, url: `http://127.0.0.1:${web.port}/up/a%20b.bin` })
    taken.release()
    taken.release()
    await emptied(stage)
    await assert.rejects(taken.upload.open(signal))
  })

  test("a reader is handed little at a time, and only what it asks for", async () => {
    serve(randomBytes(900_000))
    const taken = await take()
    const reader = (await taken.upload.open(signal)).getReader()
    const { value } = await reader.read()
    assert.ok(value && value.length <= 65_536)
    await reader.cancel()
    const end = new AbortController()
    const cut = (await taken.upload.open(end.signal)).getReader()
    await cut.read()
    end.abort(new Error("enough"))
    await assert.rejects(async () => {
      while (!(await cut.read()).done);
    }, /enough/)
    taken.release()
  })

  test("what it is its content tells; its name comes from whoever knows it", async () => {
    const png = await sharp({ create: { width: 30, height: 20, channels: 3, background: "blue" } })
      .png()
      .toBuffer()
    serve(png, { "Content-Type": "text/html", "Content-Disposition": `attachment; filename="x.png"; filename*=UTF-8''%C3%BC.png` })
    const taken = await take({ mime: "application/pdf", hashes: { "sha-256": sha256(png) } })
    const { name, mime, kind, width, height } = taken.upload
    assert.deepEqual([name, mime, kind, width, height], ["ü.png", "image/png", "image", 30, 20])
    taken.release()
    const named = await take({ name: "../../etc/pass\u202ewd", mime: "image/png" })
    assert.equal(named.upload.name, "passwd.png")
    named.release()
    serve(Buffer.from("just words"), { "Content-Type": "text/plain; charset=utf-8" })
    const words = await take()
    assert.deepEqual([words.upload.mime, words.upload.kind], ["text/plain", undefined])
    words.release()
    // ftyp M4A: sound in the container of films.
    serve(Buffer.concat([Buffer.from("0000001c6674797069736f6d0000020069736f6d69736f32", "hex"), Buffer.alloc(64)]))
    const voice = await take({ mime: "audio/mp4", kind: "voice" })
    assert.deepEqual([voice.upload.mime, voice.upload.kind], ["audio/mp4", "voice"])
    voice.release()
  })

  test("what is too large is refused with its size and the limit, whether or not it was told before", async () => {
    serve(Buffer.alloc(5000))
    await assert.rejects(take({}, 4000), (error: Error) => refused("too-large")(error) && /5 kB; 4 kB is the most/.test(error.message))
    answer = (_, response) => {
      // Without a length.
      response.write(Buffer.alloc(3000))
      response.end(Buffer.alloc(3000))
    }
    await assert.rejects(take({}, 4000), refused("too-large"))
    const before = web.asked.length
    await assert.rejects(take({ bytes: 30_000_000 }), refused("too-large"))
    assert.equal(web.asked.length, before, "what is told to be too large is not asked for")
    await emptied(stage)
  })

  test("what is not what was announced, empty, gone or private is refused", async () => {
    serve(Buffer.from("other"))
    await assert.rejects(take({ hashes: { "sha-256": sha256(Buffer.from("this")) } }), refused("unavailable"))
    serve(Buffer.alloc(0))
    await assert.rejects(take(), refused("unavailable"))
    answer = (_, response) => response.writeHead(404).end()
    await assert.rejects(take(), refused("unavailable"))
    await assert.rejects(take({ url: "http://10.0.0.1/x" }), refused("unsafe"))
    await emptied(stage)
  })

  describe("encrypted", () => {
    // §3 of XEP-0454 has https; the test's server speaks http, which is what is tried here below the link.
    const key = randomBytes(32)
    const lock = (plain: Uint8Array, iv: Buffer): Buffer => {
      const cipher = createCipheriv("aes-256-gcm", key, iv)
      return Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()])
    }

    test("a link is read with both lengths of IV, and as https", () => {
      for (const bytes of [12, 16]) {
        const iv = randomBytes(bytes)
        const locked = parseLink(`aesgcm://x.example:8443/a/b.jpg#${iv.toString("hex")}${key.toString("hex").toUpperCase()}`)
        assert.deepEqual(locked, { url: "https://x.example:8443/a/b.jpg", iv, key })
      }
      for (const bad of ["aesgcm://x.example/a", "aesgcm://x.example/a#00", `aesgcm://x.example/a#${"g".repeat(88)}`])
        assert.throws(() => parseLink(bad), refused("encrypted"))
    })

    test("nothing is handed on before the tag was right", async () => {
      const { decrypt } = await import("#src/media/aesgcm.js")
      const { Spool } = await import("#src/media/spool.js")
      const folder = join(stage.folder, "other-spool")
      const box = Spool.open(folder, 10_000_000)
      const write = (bytes: Uint8Array) =>
        box.write(
          (async function* () {
            await Promise.resolve()
            for (let at = 0; at < bytes.length; at += 10_000) yield bytes.subarray(at, at + 10_000)
          })(),
          1_000_000,
        )
      for (const size of [0, 1, 65_536, 200_000])
        for (const ivBytes of [12, 16]) {
          const plain = randomBytes(size)
          const iv = randomBytes(ivBytes)
          const locked = await write(lock(plain, iv))
          const open = await decrypt(locked, { url: "", iv, key }, box)
          assert.deepEqual([open.bytes, open.sha256], [size, sha256(plain)])
          open.release()
          locked.release()
        }
      const iv = randomBytes(12)
      const changed = lock(randomBytes(100_000), iv)
      changed[50] = (changed[50] ?? 0) ^ 1
      for (const bad of [changed, Buffer.alloc(15), lock(randomBytes(1000), iv).subarray(0, 900)]) {
        const locked = await write(bad)
        await assert.rejects(decrypt(locked, { url: "", iv, key }, box), refused("encrypted"))
        locked.release()
      }
      await box.idle()
      assert.deepEqual(readdirSync(folder), [])
      assert.equal(box.used, 0)
    })

    test("is refused with an explanation unless the admin allows it", async () => {
      await stage.again({ aesgcm: false })
      const before = web.connections
      await assert.rejects(take({ url: `aesgcm://127.0.0.1:${web.port}/x#${"0".repeat(88)}` }), (error: Error) => {
        assert.match(error.message, /does not decrypt/)
        return refused("encrypted")(error)
      })
      assert.equal(web.connections, before)
      await stage.again()
    })
  })

  test("when there is no room for more it is tried again later", async () => {
    await stage.again({ spoolBytes: 500_000 })
    serve(Buffer.alloc(300_000))
    const first = await take()
    await assert.rejects(take(), (error: unknown) => error instanceof AdapterError && error.kind === "retry")
    first.release()
    ;(await take()).release()
    await stage.again()
  })

  test("fifty at once go through, a few at a time", async () => {
    await stage.again({ transfers: 4 })
    let asked = 0
    let done = 0
    let most = 0
    answer = (_, response) => {
      most = Math.max(most, ++asked - done)
      response.end(Buffer.alloc(10_000))
    }
    const one = async (): Promise<Taken> => {
      const taken = await take()
      done++
      return taken
    }
    const all = await Promise.all(Array.from({ length: 50 }, one))
    assert.ok(most <= 4, String(most))
    for (const one of all) one.release()
    await emptied(stage)
  })
})

test("names are made fit to be shown and sent", () => {
  assert.equal(cleanName("a/b\\c\u0000.txt", "file"), "c.txt")
  assert.equal(cleanName("..", "file"), "file")
  assert.equal(cleanName(".bashrc", "file"), "bashrc")
  assert.equal(cleanName(undefined, "file"), "file")
  assert.equal(cleanName("x\ud800.png", "file"), "x.png")
  const long = cleanName(`${"ü".repeat(500)}.jpeg`, "file")
  assert.ok(long.length <= 120 && long.endsWith(".jpeg"))
  assert.equal(nameInDisposition(`attachment; filename="a \\"b\\".txt"`), `a "b".txt`)
  assert.equal(nameInDisposition(`attachment; filename=plain.txt`), "plain.txt")
  assert.equal(nameInDisposition(`attachment; filename*=UTF-8''%E0%A4%A; filename=x`), "x")
})
