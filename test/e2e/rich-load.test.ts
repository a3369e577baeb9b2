// Files under load, through a real server with upload: what a large one costs in memory, and that fifty at once fail nothing and hold up no text.
import assert from "node:assert/strict"
import { createHash } from "node:crypto"
import { readFileSync, writeFileSync } from "node:fs"
import { after, before, beforeEach, test } from "node:test"
import type { Sent } from "../fakes/telegram/index.js"
import { isFrom } from "../support/client.js"
import { Corner } from "../support/corner.js"
import { within } from "../support/deadline.js"
import { linked } from "../support/shared-file.js"
import { domain, TelegramParlour } from "../support/telegram-parlour.js"
import { startWeb, type Web } from "../support/web.js"

const large = 19_000_000
const mostGrowth = 40_000_000
/** Each sends one file and gets one. */
const people = Array.from({ length: 25 }, (_, i) => ({ id: 5_300_000_001 + i, is_bot: false, first_name: `Guest ${i + 1}` }))

const block = Buffer.alloc(64 * 1024, "xferry ")

/** Somewhere in the web: «/<bytes>/<name>» is so many bytes, handed out when `open` resolves. Its files never are in memory whole. */
class Host {
  open: Promise<unknown> = Promise.resolve()
  asked = 0
  #web!: Web
  #look: () => void = () => undefined

  async start(): Promise<void> {
    this.#web = await startWeb((request, response) => {
      this.asked++
      this.#look()
      let left = Number(request.url?.split("/")[1])
      response.writeHead(200, { "content-type": "application/octet-stream", "content-length": left })
      const more = (): void => {
        while (left > 0) {
          const part = block.subarray(0, Math.min(left, block.length))
          left -= part.length
          if (!response.write(part)) return void response.once("drain", more)
        }
        response.end()
      }
      void this.open.then(more)
    })
  }

  address(bytes: number, name: string): string {
    return `http://127.0.0.1:${this.#web.port}/${bytes}/${name}`
  }

  async wasAsked(times: number): Promise<void> {
    const wasAsked = new Promise<void>((resolve) => {
      this.#look = () => this.asked >= times && resolve()
      this.#look()
    })
    await within(wasAsked, 20_000, `${times} files to be fetched`)
  }

  async stop(): Promise<void> {
    await this.#web.close()
  }
}

let tg: TelegramParlour
const host = new Host()
before(async () => {
  await host.start()
  tg = await TelegramParlour.open()
})
beforeEach(() => {
  host.asked = 0
  tg.api.files.asked = 0
})
after(async () => {
  await tg?.close()
  await host.stop()
})

const status = (field: string): number => {
  const found = new RegExp(`^${field}:\\s+(\\d+) kB$`, "m").exec(readFileSync(`/proc/${tg.parlour.gateway.pid}/status`, "utf8"))
  assert.ok(found, field)
  return Number(found[1]) * 1024
}

/** How much more memory the gateway had at its worst, while it worked, than before. */
async function growth(work: () => Promise<void>): Promise<number> {
  // The mark of the highest is set back to what is now (proc(5), clear_refs).
  writeFileSync(`/proc/${tg.parlour.gateway.pid}/clear_refs`, "5")
  const before = status("VmRSS")
  await work()
  return status("VmHWM") - before
}

async function inward(bytes: number, name: string): Promise<void> {
  const corner = tg.at("direct")
  tg.shows("direct", "document", { size: bytes, name })
  const file = await corner.next((el) => el.getChild("x", "jabber:x:oob") !== undefined, name, 60_000)
  const response = await fetch(file.getChild("x", "jabber:x:oob")?.getChildText("url") ?? "", { method: "HEAD" })
  assert.equal(Number(response.headers.get("content-length")), bytes)
}

async function outward(bytes: number, name: string): Promise<void> {
  const from = tg.count("direct")
  await tg.at("direct").send(linked(host.address(bytes, name)))
  const sent = await tg.api.waitFor(() => tg.bot.sent.filter(({ chat }) => chat === tg.chatOf("direct"))[from], `${name} to come`, 60_000)
  assert.equal(sent.content?.document?.file_size, bytes)
}

test("a large file is never in memory whole, whichever way it goes", async (t) => {
  // What the first of its kind needs for ever: code, pools, connections.
  for (const name of ["first.bin", "second.bin"]) {
    await inward(1_000_000, name)
    await outward(1_000_000, name)
  }
  const grown = { in: await growth(() => inward(large, "opera.bin")), out: await growth(() => outward(large, "opera.bin")) }
  t.diagnostic(`grown by ${(grown.in / 1e6).toFixed(1)} MB for one in, ${(grown.out / 1e6).toFixed(1)} MB for one out`)
  assert.ok(grown.in < mostGrowth, `${grown.in}`)
  assert.ok(grown.out < mostGrowth, `${grown.out}`)
})

test("fifty at once, which hang: texts of others come and go, and then all files", async (t) => {
  const { api, bot, parlour } = tg
  const corners = new Map(people.map((person) => [person, new Corner("direct", parlour.client, `${person.id}@${domain}`)]))
  for (const [person, corner] of corners) {
    api.say(bot, person, "Good evening")
    await corner.text("Good evening")
  }
  let open = (): void => undefined
  api.files.open = host.open = new Promise<void>((resolve) => (open = resolve))
  const bytesOf = (number: number): Buffer => Buffer.alloc(100_000, `of guest ${number} `)
  const began = parlour.client.received.length
  const grown = await growth(async () => {
    for (const [i, [person, corner]] of [...corners].entries()) {
      api.show(bot, person, "document", { bytes: bytesOf(i), name: `in-${i}.bin` })
      await corner.send(linked(host.address(100_000 + i, `out-${i}.bin`)))
    }
    // As many as one account has under way at a time; a host that stays silent for long would lose its place to the next.
    await host.wasAsked(4)
    await api.waitFor(() => api.files.asked >= 8, "files to be fetched", 20_000)

    const room = tg.at("room")
    for (let i = 0; i < 10; i++) {
      tg.says("room", `said meanwhile ${i}`)
      await room.text(`said meanwhile ${i}`)
      await room.say(`answered meanwhile ${i}`)
      await api.waitFor(() => api.textsTo(bot, tg.group).includes(`answered meanwhile ${i}`), "the answer", 20_000)
    }
    assert.deepEqual([files(began).length, filesOut().length], [0, 0], "none was let go yet")
    open()

    await api.waitFor(() => filesOut().length === people.length, "all files to come to Telegram", 60_000)
    await parlour.client.waitFor(() => files(began).length === people.length, { since: 0, timeout: 60_000, what: "all files" })
  })
  t.diagnostic(`grown by ${(grown / 1e6).toFixed(1)} MB`)
  for (const [i, [person]] of [...corners].entries()) {
    const came = files(began).filter((el) => isFrom(el, `${person.id}@${domain}`))
    assert.equal(came.length, 1)
    const response = await fetch(came[0]?.getChildText("body") ?? "")
    assert.equal(sha(Buffer.from(await response.arrayBuffer())), sha(bytesOf(i)))
    const sent = filesOut().filter(({ chat }) => chat === person.id)
    assert.deepEqual(
      sent.map(({ content }) => [content?.document?.file_name, content?.document?.file_size]),
      [[`out-${i}.bin`, 100_000 + i]],
    )
  }

  function filesOut(): Sent[] {
    return bot.sent.filter(({ chat, content }) => people.some(({ id }) => id === chat) && content?.document)
  }
})

const files = (since: number) => tg.parlour.client.received.slice(since).filter((el) => el.getChild("x", "jabber:x:oob"))
const sha = (bytes: Buffer): string => createHash("sha256").update(bytes).digest("hex")
