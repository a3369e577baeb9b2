// The parts of carrying files on Discord: which addresses are trusted, what voice notes are, how files are named, when addresses expire.
import assert from "node:assert/strict"
import { createServer, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import { text } from "node:stream/consumers"
import { after, before, describe, it } from "node:test"
import type { AdapterError } from "xferry"
import { Addresses } from "#discord/files/addresses.js"
import { NotThere, open } from "#discord/files/fetch.js"
import { Form } from "#discord/files/form.js"
import { cdnOf, onCdn, trusted } from "#discord/files/hosts.js"
import { voiceOf } from "#discord/files/ogg.js"
import { isOnCdn, pointedBy } from "#discord/files/refs.js"
import { options } from "#discord/options.js"
import { upload } from "../support/discord-files.js"
import { oggOpus } from "../support/ogg.js"

const { signal } = new AbortController()

describe("where files may be fetched", () => {
  const official = options.parse({})
  const own = options.parse({ apiRoot: "https://chat.example/api" })
  const cdn = options.parse({ apiRoot: "https://chat.example/api", cdn: "https://files.example:8443/cdn/" })
  const local = options.parse({ apiRoot: "http://127.0.0.1:4000/api" })
  const rows: [string, typeof official, string, string | undefined][] = [
    [
      "Discord's CDN",
      official,
      "https://cdn.discordapp.com/attachments/1/2/a.png?ex=1",
      "https://cdn.discordapp.com/attachments/1/2/a.png?ex=1",
    ],
    [
      "its proxy for pictures",
      official,
      "https://images-ext-1.discordapp.net/external/a/https/x.example/a.png",
      "https://images-ext-1.discordapp.net/external/a/https/x.example/a.png",
    ],
    ["not in the clear", official, "http://media.discordapp.net/a.png", undefined],
    ["nobody else", official, "https://x.example/a.png", undefined],
    ["no twin", official, "https://evil-discordapp.com/a.png", undefined],
    ["nothing private", official, "http://127.0.0.1/a.png", undefined],
    ["no other scheme", official, "file:///etc/passwd", undefined],
    ["no credentials", official, "https://a:b@cdn.discordapp.com/a.png", undefined],
    ["a server of one's own", own, "https://chat.example/attachments/1/2/a.png", "https://chat.example/attachments/1/2/a.png"],
    ["its other ports", own, "http://chat.example:3003/a.png", "http://chat.example:3003/a.png"],
    ["not the machine itself", own, "http://localhost:22/", undefined],
    ["the CDN of the option", cdn, "https://files.example:8443/a.png", "https://files.example:8443/a.png"],
    ["what it stands in for", cdn, "https://cdn.discordapp.com/a/b.png?c", "https://files.example:8443/cdn/a/b.png?c"],
    ["a path", cdn, "/cdn/a.png", "https://files.example:8443/cdn/a.png"],
    ["a server on this machine, under any of its names", local, "http://localhost:4001/a.png", "http://localhost:4001/a.png"],
    ["not its neighbours", local, "http://192.168.1.1/a.png", undefined],
  ]
  for (const [what, roots, address, expected] of rows) it(what, () => assert.equal(trusted(address, roots)?.href, expected))

  it("faces and stickers", () => {
    assert.equal(cdnOf(local), "http://127.0.0.1:4000")
    assert.equal(onCdn("avatars/1/ab.png", official), "https://cdn.discordapp.com/avatars/1/ab.png?size=256")
    assert.equal(onCdn("stickers/1.gif", official), "https://media.discordapp.net/stickers/1.gif")
    assert.equal(onCdn("stickers/1.gif", cdn), "https://files.example:8443/cdn/stickers/1.gif")
    for (const path of ["avatars/../x.png", "avatars/1/a.php", "x/1/a.png", "avatars//a.png", "avatars/1/a.png?x"])
      assert.ok(!isOnCdn(path), path)
  })
})

describe("voice notes", () => {
  it("have a length and a loudness", async () => {
    const voice = await voiceOf(upload(oggOpus(Array.from({ length: 1500 }, (_, i) => (i < 750 ? 300 : 10)))), signal)
    assert.equal(voice?.seconds, 30)
    const points = [...Buffer.from(voice?.waveform ?? "", "base64")]
    assert.equal(points.length, 256)
    assert.deepEqual([points[0], points.at(-1)], [255, 0])
  })

  it("of one loudness have a line", async () => {
    const voice = await voiceOf(upload(oggOpus([40, 40, 40, 40, 40])), signal)
    assert.equal(voice?.seconds, 0.1)
    assert.deepEqual([...Buffer.from(voice?.waveform ?? "", "base64")], [96])
  })

  it("are nothing else, whatever is in them", async () => {
    const good = oggOpus(Array<number>(50).fill(60))
    const vorbis = Buffer.from(good)
    vorbis.write("\u0001vorbis", 28, "latin1")
    for (const bytes of [
      Buffer.alloc(0),
      Buffer.from("OggS"),
      Buffer.from("RIFF....WAVE"),
      vorbis,
      good.subarray(0, 80),
      Buffer.concat([good.subarray(0, 200), Buffer.from("garbage")]),
    ])
      assert.equal(await voiceOf(upload(bytes), signal), undefined)
    for (let cut = 0; cut < good.length; cut += 7) await voiceOf(upload(good.subarray(0, cut)), signal)
  })
})

describe("forms", () => {
  it("read a file only as fast as it goes out", async () => {
    const file = upload(500 * 1024 * 1024)
    const form = new Form({}, [{ upload: file, name: "film.mp4" }], signal, 30_000)
    const reader = (new Response(form).body as ReadableStream<Uint8Array>).getReader()
    for (let read = 0; read < 1024 * 1024;) {
      read += (await reader.read()).value?.length ?? Infinity
      assert.ok(file.read < read + 512 * 1024, `${file.read} bytes were read for ${read}`)
    }
    await reader.cancel()
  })
})

describe("addresses", () => {
  const message = (url: string): Record<string, unknown> => ({
    id: "1",
    channel_id: "2",
    attachments: [{ id: "3", filename: "a.png", url }],
  })
  const ref = "message/2/1/3/attachments/2/3/a.png"

  it("are kept until a minute before they expire", () => {
    let now = 1_700_000_000_000
    const addresses = new Addresses(() => now)
    const url = `https://cdn.discordapp.com/attachments/2/3/a.png?ex=${(now / 1000 + 3600).toString(16)}&is=1&hm=2&`
    assert.equal(addresses.learn(message(url)).get(ref), url)
    assert.equal(addresses.get(ref), url)
    now += 3600_000 - 60_000
    assert.equal(addresses.get(ref), undefined)
    assert.deepEqual(pointedBy(ref), { channel: "2", message: "1", stableId: "3", path: "attachments/2/3/a.png" })
  })

  it("that do not say when are kept for half a day", () => {
    let now = 0
    const addresses = new Addresses(() => now)
    addresses.learn(message("https://chat.example/files/a.png"))
    assert.ok(addresses.get("message/2/1/3"))
    now = 13 * 3_600_000
    assert.equal(addresses.get("message/2/1/3"), undefined)
  })
})

describe("fetching", () => {
  let server: Server
  let root: string
  const asked: string[] = []
  before(async () => {
    server = createServer((request, response) => {
      const { pathname } = new URL(request.url ?? "/", root)
      asked.push(pathname)
      if (pathname === "/here") response.end("rose")
      else if (pathname === "/hop") response.writeHead(302, { location: "/here" }).end()
      else if (pathname === "/round") response.writeHead(301, { location: "/round" }).end()
      else if (pathname === "/away") response.writeHead(302, { location: "/secret" }).end()
      else if (pathname === "/still") response.write("ro")
      else if (pathname === "/broken") response.writeHead(200, { "content-length": 100 }).write("ro", () => response.destroy())
      else response.writeHead(404).end()
    })
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
    root = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  })
  after(() => {
    server.closeAllConnections()
    server.close()
  })
  const get = (path: string, stillMs = 30_000): ReturnType<typeof open> =>
    open(new URL(path, root), (hop) => (hop.endsWith("/secret") ? undefined : new URL(hop)), stillMs, signal)
  const kind = (wanted: string) => (error: unknown) => (error as AdapterError).kind === wanted

  it("follows only where it may", async () => {
    assert.equal(await text((await get("/hop")).stream), "rose")
    await assert.rejects(get("/away"), kind("unsupported"))
    await assert.rejects(get("/round"), kind("unsupported"))
    assert.ok(!asked.includes("/secret"))
  })

  it("says what is not there, what stands still and what breaks", async () => {
    await assert.rejects(get("/nowhere"), NotThere)
    await assert.rejects(text((await get("/still", 50)).stream), kind("retry"))
    await assert.rejects(text((await get("/broken")).stream), kind("retry"))
  })
})
