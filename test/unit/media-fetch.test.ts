// What users show is fetched from the public net only: an attacker's list of addresses, at the first hop and at the last, and bounds on all else.
import assert from "node:assert/strict"
import { once } from "node:events"
import { createServer, type AddressInfo } from "node:net"
import { after, before, describe, test } from "node:test"
import { gzipSync } from "node:zlib"
import { AdapterError } from "#src/adapter/errors.js"
import { FileRefused } from "#src/core/files/media.js"
import { Allowed, isPublic, parseAllowed } from "#src/media/allowed.js"
import { safeFetch, type FetchOptions, type Resolve } from "#src/media/fetch.js"
import { paces } from "#src/media/pace.js"
import { TooLarge } from "#src/media/spool.js"
import { startWeb, type Answer, type Web } from "../support/web.js"

const privates = [
  "0.0.0.0",
  "0.1.2.3",
  "10.1.2.3",
  "100.64.0.1",
  "127.0.0.1",
  "127.8.9.10",
  "169.254.169.254",
  "172.16.0.1",
  "172.31.255.255",
  "192.0.0.1",
  "192.0.2.1",
  "192.168.1.1",
  "198.18.0.1",
  "198.51.100.7",
  "203.0.113.7",
  "224.0.0.1",
  "240.0.0.1",
  "255.255.255.255",
  "::",
  "::1",
  "::127.0.0.1",
  "::ffff:127.0.0.1",
  "::ffff:7f00:1",
  "::ffff:10.0.0.1",
  "::ffff:0:127.0.0.1",
  "64:ff9b::127.0.0.1",
  "64:ff9b::a9fe:a9fe",
  "64:ff9b:1::1",
  "100::1",
  "2001:0:53aa:64c:0:7fff:80ff:fffe",
  "2001:db8::1",
  "2002:7f00:1::1",
  "2002:a00:1::",
  "3fff::1",
  "5f00::1",
  "fc00::1",
  "fd12:3456::1",
  "fe80::1",
  "fe80::1%lo",
  "fec0::1",
  "ff02::1",
  "not an address",
  "",
]

/** As a header takes it. */
const ascii = (url: string): string => url.replace(/[^ -~]/gu, (one) => encodeURIComponent(one))

describe("addresses", () => {
  for (const address of privates) test(`«${address}» is not public`, () => assert.equal(isPublic(address), false))
  for (const address of [
    "1.1.1.1",
    "8.8.8.8",
    "172.32.0.1",
    "2606:4700::1111",
    "2a01:4f8::1",
    "::ffff:8.8.8.8",
    "64:ff9b::808:808",
    "2002:808:808::1",
  ])
    test(`«${address}» is public`, () => assert.equal(isPublic(address), true))

  test("what the admin names may be private", () => {
    const allowed = new Allowed(["10.0.0.0/8", "Upload.example.org", "127.0.0.1:5280", "fd00::/8", "[::1]:80"])
    assert.ok(allowed.permits("any.example", 443, "10.9.9.9"))
    assert.ok(allowed.permits("any.example", 443, "::ffff:10.9.9.9"))
    assert.ok(allowed.permits("upload.example.org.", 443, "192.168.0.9"))
    assert.ok(allowed.permits("127.0.0.1", 5280, "127.0.0.1"))
    assert.ok(allowed.permits("x.example", 443, "fd00::5"))
    assert.ok(allowed.permits("::1", 80, "::1"))
    assert.ok(!allowed.permits("127.0.0.1", 22, "127.0.0.1"))
    assert.ok(!allowed.permits("evil.example", 443, "192.168.0.9"))
    assert.ok(!allowed.permits("upload.example.org.evil.example", 443, "192.168.0.9"))
    for (const bad of ["", "http://x", "10.0.0.0/99", "host:99999", "a b", "host/path", "*"])
      assert.equal(parseAllowed(bad), undefined, bad)
  })
})

describe("fetching", () => {
  let good: Web
  let secret: Web
  let answer: Answer
  const names: Record<string, string[]> = {}
  const resolve: Resolve = (host) => {
    const found = names[host]
    if (!found) return Promise.reject(Object.assign(new Error("no such host"), { code: "ENOTFOUND" }))
    return Promise.resolve(found.map((address) => ({ address, family: address.includes(":") ? 6 : 4 })))
  }
  const from = async (url: string, more: Partial<FetchOptions> = {}): Promise<Buffer> => {
    const allowed = new Allowed([`good.example:${good.port}`])
    const { body } = await safeFetch(url, { allowed, maxBytes: 100_000, signal: AbortSignal.timeout(60_000), resolve, ...more })
    const chunks: Uint8Array[] = []
    for await (const chunk of body) chunks.push(chunk)
    return Buffer.concat(chunks)
  }
  const at = (path = "/"): string => `http://good.example:${good.port}${path}`
  const refused = (why: string) => (error: unknown) => {
    assert.ok(error instanceof FileRefused, String(error))
    assert.equal(error.why, why)
    return true
  }
  const again = (error: unknown): boolean => {
    assert.ok(error instanceof AdapterError, String(error))
    assert.equal(error.kind, "retry")
    return true
  }
  before(async () => {
    good = await startWeb((request, response) => answer(request, response))
    secret = await startWeb((_, response) => response.end("the crown jewels"))
    names["good.example"] = ["127.0.0.1"]
    for (const [index, address] of privates.entries()) if (/^[\d.a-f:]+$/.test(address)) names[`p${index}.example`] = [address]
  })
  after(() => Promise.all([good.close(), secret.close()]))

  test("gets what is there, and tells nothing of us", async () => {
    answer = (_, response) => response.setHeader("Content-Type", "text/plain; charset=utf-8").end("hello")
    assert.equal(String(await from(at("/x"))), "hello")
    const { cookie, authorization, referer } = good.headers
    assert.deepEqual({ cookie, authorization, referer }, { cookie: undefined, authorization: undefined, referer: undefined })
  })

  const addresses = (): string[] => {
    const { port } = secret
    return [
      ...[
        "127.0.0.1",
        "127.1",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "127.0.0.1.",
        "0",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::ffff:7f00:1]",
      ],
      ...["[64:ff9b::127.0.0.1]", "[2002:7f00:1::]", "[::]", "１２７.0.0.1", "①②⑦.0.0.1"],
      ...Object.keys(names).filter((name) => name !== "good.example"),
    ].map((host) => `http://${host}:${port}/`)
  }

  test("no way of writing a private address leads there", async () => {
    for (const address of addresses()) await assert.rejects(from(address), refused("unsafe"), address)
    assert.equal(secret.connections, 0)
  })

  test("nor does a public server that sends us on, at any hop", async () => {
    for (const address of addresses()) {
      answer = (request, response) => {
        const hop = Number((request.url ?? "/").slice(1))
        response.writeHead([301, 302, 303, 307, 308][hop] ?? 302, { location: hop === 3 ? ascii(address) : `/${hop + 1}` }).end()
      }
      await assert.rejects(from(at("/0")), refused("unsafe"), address)
    }
    assert.equal(secret.connections, 0)
  })

  test("a name that is public when asked and private when used leads to what was asked", async () => {
    let asked = 0
    const turning: Resolve = () => Promise.resolve([{ address: asked++ === 0 ? "127.0.0.1" : "127.0.0.2", family: 4 }])
    answer = (_, response) => response.end("first")
    const allowed = new Allowed(["127.0.0.1"])
    assert.equal(String(await from(`http://turning.example:${good.port}/`, { resolve: turning, allowed })), "first")
    assert.equal(asked, 1)
    await assert.rejects(from(`http://turning.example:${good.port}/`, { resolve: turning, allowed }), refused("unsafe"))
  })

  test("of several addresses of a name only those that may be are used", async () => {
    names["mixed.example"] = ["127.0.0.2", "::1", "127.0.0.1"]
    answer = (_, response) => response.end("here")
    assert.equal(String(await from(`http://mixed.example:${good.port}/`, { allowed: new Allowed(["127.0.0.1"]) })), "here")
  })

  test("only http and https, at any hop, and no passwords", async () => {
    for (const bad of ["ftp://good.example/x", "file:///etc/passwd", "data:text/plain,x", "gopher://good.example/", "javascript:1"]) {
      await assert.rejects(from(bad), refused("unsafe"), bad)
      answer = (_, response) => response.writeHead(302, { location: bad }).end()
      await assert.rejects(from(at()), refused("unsafe"), bad)
    }
    await assert.rejects(from(`http://me:secret@good.example:${good.port}/`), refused("unsafe"))
    answer = (_, response) => response.writeHead(302, { location: `http://me@good.example:${good.port}/` }).end()
    await assert.rejects(from(at()), refused("unsafe"))
    await assert.rejects(from("http://"), refused("unavailable"))
  })

  test("follows five hops, and no more", async () => {
    answer = (request, response) => {
      const hop = Number((request.url ?? "/").slice(1))
      if (hop === 0) response.end("there")
      else response.writeHead(302, { location: `/${hop - 1}` }).end()
    }
    assert.equal(String(await from(at("/5"))), "there")
    await assert.rejects(from(at("/6")), refused("unavailable"))
  })

  test("is bounded in size, whether the server tells it or not, packed or not", async () => {
    const maxBytes = 1000
    answer = (_, response) => response.setHeader("Content-Length", 1001).end(Buffer.alloc(1001))
    await assert.rejects(from(at(), { maxBytes }), (error: unknown) => error instanceof TooLarge && error.bytes === 1001)
    answer = (_, response) => response.setHeader("Content-Encoding", "gzip").end(gzipSync("small"))
    assert.equal(String(await from(at(), { maxBytes })), "small")
    answer = (_, response) => response.setHeader("Content-Encoding", "unheard-of").end("x")
    await assert.rejects(from(at()), refused("unavailable"))
  })

  test("does not wait for ever: not for an answer, not for a byte, not for drops", async () => {
    const limits = { ...paces, headMs: 200, idleMs: 200, graceMs: 400 }
    answer = () => undefined
    await assert.rejects(from(at(), { paces: limits }), again)
    answer = (_, response) => void response.write("some")
    await assert.rejects(from(at(), { paces: limits }), again)
    const drips: NodeJS.Timeout[] = []
    answer = (_, response) => void drips.push(setInterval(() => response.write("."), 20))
    await assert
      .rejects(from(at(), { paces: { ...limits, idleMs: 60_000, graceMs: 300, totalMs: 60_000, leastRate: 1000 } }), again)
      .finally(() => drips.forEach(clearInterval))
    const name = () => new Promise<never>(() => undefined)
    await assert.rejects(from("http://silent.example/", { resolve: name, paces: limits }), again)
  })

  test("tells what is gone from what may come back", async () => {
    for (const [status, expected] of [
      [404, refused("unavailable")],
      [403, refused("unavailable")],
      [410, refused("unavailable")],
      [503, again],
      [429, again],
    ] as const) {
      answer = (_, response) => response.writeHead(status).end()
      await assert.rejects(from(at()), expected, String(status))
    }
    await assert.rejects(from("http://nobody.example/"), refused("unavailable"))
    answer = (_, response) => {
      response.setHeader("Content-Length", 100).write("half")
      response.destroy()
    }
    await assert.rejects(from(at()), again, "half of it is not all of it")
    const liar = createServer((socket) => socket.on("error", () => undefined).end("SSH-2.0-OpenSSH\r\n\r\n")).listen(0, "127.0.0.1")
    await once(liar, "listening")
    const { port } = liar.address() as AddressInfo
    await assert.rejects(from(`http://good.example:${port}/`, { allowed: new Allowed(["good.example"]) }), refused("unavailable"))
    liar.close()
  })

  test("a signal ends it with its reason", async () => {
    const end = new AbortController()
    const reason = new Error("enough")
    answer = (_, response) => {
      response.write("some")
      end.abort(reason)
    }
    await assert.rejects(from(at(), { signal: end.signal }), (error) => error === reason)
  })
})
