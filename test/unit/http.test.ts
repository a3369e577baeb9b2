// The HTTP server: serves pictures at addresses that tell nothing, and nothing else.
import assert from "node:assert/strict"
import { request } from "node:http"
import { after, before, describe, test } from "node:test"
import { checkHttp } from "#src/check/http.js"
import type { Config } from "#src/config/index.js"
import { startHttp, type HttpServer } from "#src/http/server.js"
import { Shelf } from "#src/http/shelf.js"

const silent = { debug() {}, info() {}, warn() {}, error() {} }

const png = { mime: "image/png", bytes: Buffer.from("89504e470d0a1a0a00", "hex") } as const
const jpeg = { mime: "image/jpeg", bytes: Buffer.from("ffd8ffe000", "hex") } as const

describe("the shelf", () => {
  test("has one place for one picture, whoever puts it there", () => {
    const shelf = new Shelf()
    const path = shelf.put(png)
    assert.match(path, /^\/avatar\/[\w-]{43}\.png$/)
    assert.equal(shelf.put({ ...png, bytes: Buffer.from(png.bytes) }), path)
    assert.notEqual(shelf.put(jpeg), path)
    assert.equal(shelf.get(path.slice("/avatar/".length))?.bytes, png.bytes)
  })

  test("forgets what was asked for longest ago, and takes it again", () => {
    const shelf = new Shelf(2 * png.bytes.length)
    const other = { mime: "image/png", bytes: Buffer.from("89504e470d0a1a0a01", "hex") } as const
    const third = { mime: "image/png", bytes: Buffer.from("89504e470d0a1a0a02", "hex") } as const
    const [first, second] = [shelf.put(png), shelf.put(other)].map((path) => path.slice("/avatar/".length))
    assert.ok(shelf.get(first ?? ""))
    shelf.put(third)
    assert.ok(shelf.get(first ?? ""), "it was asked for lately")
    assert.equal(shelf.get(second ?? ""), undefined)
    assert.equal(shelf.put(other), `/avatar/${second}`)
    assert.ok(shelf.get(second ?? ""))
  })
})

describe("the HTTP server", () => {
  let server: HttpServer
  before(async () => {
    server = await startHttp({ host: "127.0.0.1", port: 0, log: silent })
  })
  after(() => server.stop())
  const at = (path: string): string => `http://127.0.0.1:${server.port}${path}`

  test("serves a picture, with or without the path of a proxy before it", async () => {
    const path = server.shelf.put(png)
    for (const before of ["", "/xferry"]) {
      const answer = await fetch(at(before + path))
      assert.equal(answer.status, 200)
      assert.equal(answer.headers.get("content-type"), "image/png")
      assert.equal(answer.headers.get("x-content-type-options"), "nosniff")
      assert.deepEqual(Buffer.from(await answer.arrayBuffer()), png.bytes)
    }
    const head = await fetch(at(path), { method: "HEAD" })
    assert.equal(head.headers.get("content-length"), String(png.bytes.length))
  })

  test("has nothing else", async () => {
    for (const path of [
      "/",
      "/avatar/",
      "/avatar/none.png",
      "/avatar/../server.js",
      "/%2e%2e/etc/passwd",
      "/avatar/__proto__",
      "/favicon.ico",
    ]) {
      const answer = await fetch(at(path))
      assert.equal(answer.status, 404, path)
      await answer.text()
    }
    const answer = await fetch(at("/avatar/none.png"), { method: "POST", body: "x" })
    assert.equal(answer.status, 405)
    assert.equal(answer.headers.get("allow"), "GET, HEAD")
    await answer.text()
  })

  test("survives what is not HTTP", async () => {
    const { port } = server
    await new Promise<void>((resolve) => {
      const bad = request({ host: "127.0.0.1", port, path: "/", headers: { "x-long": "x".repeat(20_000) } })
      bad.on("response", (response) => response.resume().on("end", resolve)).on("error", () => resolve())
      bad.end()
    })
    assert.equal((await fetch(at("/"))).status, 404)
  })

  test("says what is wrong with the address", async () => {
    await assert.rejects(
      startHttp({ host: "127.0.0.1", port: server.port, log: silent }),
      new RegExp(`^HttpError: http.listen 127.0.0.1:${server.port} cannot be used: another program listens there.`),
    )
  })
})

describe("the check", () => {
  let other: HttpServer
  before(async () => {
    other = await startHttp({ host: "127.0.0.1", port: 0, log: silent })
  })
  after(() => other.stop())
  const checked = async (port: number, publicUrl: string): Promise<[string, string][]> => {
    const found = await checkHttp({ http: { listen: { host: "127.0.0.1", port }, publicUrl } } as Config, 5000)
    return found.map(({ verdict, text }) => [verdict, text])
  }

  test("finds an address that is taken", async () => {
    const [[verdict, text] = []] = await checked(other.port, "https://pictures.example.test")
    assert.equal(verdict, "bad")
    assert.match(text ?? "", /another program listens there/)
  })

  test("finds whether the public address leads to it", async () => {
    const astray = await checked(0, `http://127.0.0.1:${other.port}`)
    assert.deepEqual(astray.map(([verdict]) => verdict), ["good", "note"]) // prettier-ignore
    assert.match(astray[1]?.[1] ?? "", /does not lead to it \(it answered 404\)/)
    const free = await startHttp({ host: "127.0.0.1", port: 0, log: silent })
    await free.stop()
    const right = await checked(free.port, `http://127.0.0.1:${free.port}/behind`)
    assert.deepEqual(right.map(([verdict]) => verdict), ["good", "good"]) // prettier-ignore
  })
})
