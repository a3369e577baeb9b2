// The file endpoint: signed addresses that end, parts, what browsers may show, and no more on disk than there is room for.
import assert from "node:assert/strict"
import { randomBytes } from "node:crypto"
import { readdirSync } from "node:fs"
import { join } from "node:path"
import { after, before, describe, test } from "node:test"
import type { Store } from "#src/core/store.js"
import { Signer } from "#src/http/index.js"
import { attached, mediaStage, sharing, type MediaStage } from "../support/media-kit.js"

describe("addresses of files", () => {
  const key = randomBytes(32)
  const signer = new Signer([key])
  const named = { id: "0123456789abcdef0123456789abcdef", name: "a/ü'.jpg", expiresAt: 2_000_000_000_000 }
  const rest = signer.path(named).slice("/file/".length)

  test("lead to the file until their time", () => {
    assert.match(rest, /^[0-9a-f]{32}\/[0-9a-z]+-[\w-]{22}\/a%2F%C3%BC%27\.jpg$/)
    assert.equal(signer.idOf(rest, named.expiresAt - 1), named.id)
    assert.equal(signer.idOf(rest, named.expiresAt + 1), undefined)
  })

  test("cannot be made up or prolonged", () => {
    const [id = "", until = ""] = rest.split("/")
    const [at = "", signature = ""] = [until.slice(0, until.indexOf("-")), until.slice(until.indexOf("-") + 1)]
    const later = (parseInt(at, 36) + 1).toString(36)
    for (const bad of [
      `${id}/${later}-${signature}/x`,
      `${id.replace("0", "1")}/${until}/x`,
      `${id}/${at}-${signature.slice(1)}A/x`,
      `${id}/${at}-/x`,
      `${id}`,
      "",
      `../${rest}`,
    ])
      assert.equal(signer.idOf(bad, 0), undefined, bad)
    assert.equal(new Signer([randomBytes(32)]).idOf(rest, 0), undefined)
    assert.equal(new Signer([randomBytes(32), key]).idOf(rest, 0), named.id, "a changed key makes nothing unreachable")
  })
})

describe("the file endpoint", () => {
  let stage: MediaStage
  before(async () => {
    stage = await mediaStage({ prefer: "http" })
  })
  after(() => stage.close())
  const put = async (bytes: Uint8Array, name: string, mime: string): Promise<string> => {
    const { url } = await stage.media.of("sms").share(attached({ name, mime }), sharing(stage, bytes))
    assert.ok(url)
    return url
  }

  test("shows pictures, sound and words in place, and lets browsers save all else", async () => {
    for (const [name, mime, disposition] of [
      ["a.ogg", "audio/ogg", "inline"],
      ["a.txt", "text/plain", "inline"],
      ["a.html", "text/html", "attachment"],
      ["a.svg", "image/svg+xml", "attachment"],
      ["a.pdf", "application/pdf", "attachment"],
    ] as const) {
      const answer = await fetch(await put(Buffer.from("words"), name, mime))
      assert.ok(answer.headers.get("content-type")?.startsWith(mime))
      assert.equal(answer.headers.get("content-disposition"), `${disposition}; filename*=UTF-8''${name}`)
      assert.equal(answer.headers.get("x-content-type-options"), "nosniff")
      assert.match(answer.headers.get("content-security-policy") ?? "", /sandbox/)
      assert.equal(answer.headers.get("access-control-allow-origin"), "*")
      await answer.arrayBuffer()
    }
  })

  test("answers for parts, for nothing new, and for what is beyond the end", async () => {
    const bytes = randomBytes(1000)
    const url = await put(bytes, "a.bin", "application/octet-stream")
    const get = async (headers: Record<string, string>, method = "GET") => {
      const answer = await fetch(url, { headers, method })
      return { answer, body: Buffer.from(await answer.arrayBuffer()) }
    }
    const tail = await get({ Range: "bytes=-10" })
    assert.deepEqual([tail.answer.status, tail.body], [206, bytes.subarray(990)])
    const beyond = await get({ Range: "bytes=1000-" })
    assert.deepEqual([beyond.answer.status, beyond.answer.headers.get("content-range")], [416, "bytes */1000"])
    const head = await get({}, "HEAD")
    assert.deepEqual([head.answer.headers.get("content-length"), head.body.length], ["1000", 0])
    const etag = head.answer.headers.get("etag") ?? ""
    assert.equal((await get({ "If-None-Match": etag, "Cache-Control": "max-age=0" })).answer.status, 304)
    assert.equal((await get({ Range: "bytes=0-9", "If-Range": etag })).answer.status, 206)
    assert.equal((await get({ Range: "bytes=0-9", "If-Range": `"other"` })).answer.status, 200)
    const through = await fetch(url.replace("/file/", "/behind/a/proxy/file/"))
    assert.deepEqual(Buffer.from(await through.arrayBuffer()), bytes)
    const noName = await fetch(url.slice(0, url.lastIndexOf("/") + 1))
    assert.equal(noName.status, 200)
    await noName.arrayBuffer()
  })

  test("has nothing at other addresses", async () => {
    const url = await put(Buffer.from("x"), "a.bin", "application/octet-stream")
    const [id] = readdirSync(join(stage.folder, "kept"))
    const base = `http://127.0.0.1:${stage.http.port}`
    for (const path of [
      "/file/",
      `/file/${id}`,
      `/file/${id}/0-x/a`,
      `/file/../${id}`,
      "/file/%2e%2e/gateway.db",
      "/kept/",
      url.slice(base.length).replace("/file/", "/avatar/"),
    ])
      assert.equal((await fetch(base + path)).status, 404, path)
    assert.equal((await fetch(url, { method: "PUT", body: "y" })).status, 405)
  })

  test("what the database does not take leaves nothing on disk", async () => {
    const before = readdirSync(join(stage.folder, "kept")).length
    const keepFile = (): Promise<never> => Promise.reject(new Error("the disk is full"))
    await stage.again({ store: Object.assign(Object.create(stage.store) as Store, { keepFile }) })
    const share = stage.media.of("sms").share(attached(), sharing(stage, randomBytes(1000)))
    await assert.rejects(share, { kind: "retry" })
    assert.equal(readdirSync(join(stage.folder, "kept")).length, before)
    await stage.again()
  })

  test("the oldest go when there is no room, and all when their time is over", async () => {
    await stage.again({ quotaBytes: 2500 })
    const source = (stableId: string) => ({ ref: "r", stableId })
    const urls: string[] = []
    for (const id of ["one", "two", "three"]) {
      const shared = await stage.media.of("sms").share(attached({ source: source(id) }), sharing(stage, randomBytes(1000)))
      urls.push(shared.url ?? "")
      // The order of times has to be sure.
      const from = Date.now()
      while (Date.now() === from) await new Promise(setImmediate)
    }
    const statuses = () => Promise.all(urls.map(async (url) => (await fetch(url, { method: "HEAD" })).status))
    assert.deepEqual(await statuses(), [404, 200, 200])
    assert.equal(await stage.store.sharedFile("sms", "one", Date.now()), undefined, "nobody is sent to what is gone")
    assert.ok(await stage.store.sharedFile("sms", "two", Date.now()))
    const { failed } = await stage.media
      .of("sms")
      .share(attached(), sharing(stage, randomBytes(3000), { slot: () => Promise.resolve(undefined) }))
    assert.match(failed ?? "", /no place/)
    assert.deepEqual(await statuses(), [404, 200, 200])
    assert.deepEqual(await stage.store.dropKept(Date.now() + 31 * 24 * 60 * 60_000, 1e9, 1), [urls[1]?.split("/").at(-3)])
    await stage.again({ keepMs: 0 })
    assert.equal(readdirSync(join(stage.folder, "kept")).length, 1)
  })
})
