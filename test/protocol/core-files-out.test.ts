// Files that users show, on their way to the network: native where it takes them, links where not, and never in the way of others.
import assert from "node:assert/strict"
import { createHash, randomUUID } from "node:crypto"
import { after, before, describe, test } from "node:test"
import { loopback, standard, textOnly, type SentRecord } from "xferry-adapter-loopback"
import type { AnyAdapter } from "#src/adapter/define.js"
import { AdapterError } from "#src/adapter/errors.js"
import { FileRefused } from "#src/core/files/media.js"
import { waitMs } from "#src/core/files/takings.js"
import { Play, domain, type PlayOptions } from "../support/core-kit.js"
import { within } from "../support/deadline.js"
import { FakeMedia } from "../support/fake-media.js"
import { ManualTimers } from "../support/manual-timers.js"
import { Tap } from "../fakes/tapped-adapter.js"

const romeo = "romeo@example.test/orchard"
const adapter = (send: object = {}): AnyAdapter => loopback({ ...standard, send: { ...standard.send, ...send } })
const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex")

const oob = (url: string): string => `<x xmlns='jabber:x:oob'><url>${url}</url></x>`
const sfs = (url: string, fields = ""): string =>
  `<file-sharing xmlns='urn:xmpp:sfs:0' disposition='inline'><file xmlns='urn:xmpp:file:metadata:0'>${fields}</file>` +
  `<sources><url-data xmlns='http://jabber.org/protocol/url-data' target='${url}'/></sources></file-sharing>`

class Stage {
  readonly media = new FakeMedia()
  play!: Play

  async open(options: PlayOptions = {}): Promise<this> {
    this.play = await Play.open({ adapter: adapter(), ...options, seams: { ...options.seams, media: () => this.media } })
    await this.play.register(romeo)
    return this
  }

  person(id = `p-${randomUUID().slice(0, 8)}`): string {
    this.play.network.person({ id })
    return id
  }

  /** With a receipt wanted. `more`: elements. */
  say(to: string, body: string, more = ""): string {
    const id = randomUUID()
    const text = body === "" ? "" : `<body>${body}</body>`
    this.play.server.send(
      `<message from='${romeo}' to='${to}@${domain}' type='chat' id='${id}'>${text}${more}<request xmlns='urn:xmpp:receipts'/></message>`,
    )
    return id
  }

  show(to: string, name: string, text: string, mime = "image/jpeg"): string {
    const url = this.media.put(name, text, mime)
    return this.say(to, url, oob(url))
  }

  sent(to: string, count: number): Promise<SentRecord[]> {
    return this.play.told("send", count, { to })
  }

  notice(about: RegExp): Promise<string> {
    return this.play.server.expect((el) => about.test(el.getChildText("body") ?? "")).then((el) => el.getChildText("body") ?? "")
  }
}

/** Opens when it is told to. */
function gate(): { closed: Promise<void>; open: () => void } {
  let open = (): void => undefined
  const closed = new Promise<void>((resolve) => (open = resolve))
  return { closed, open }
}

describe("files of users", () => {
  const stage = new Stage()
  before(() => stage.open())
  after(() => stage.play.close())

  test("arrive as what they are, with name, size and content, and are given back", async () => {
    const to = stage.person()
    const id = stage.show(to, "balcony.jpg", "a photo")
    const [sent] = await stage.sent(to, 1)
    const { ref: _, ...file } = sent?.files?.[0] ?? { ref: "" }
    assert.deepEqual(file, { name: "balcony.jpg", mime: "image/jpeg", kind: "image", bytes: 7, sha256: sha256("a photo") })
    assert.equal(sent?.text, "")
    await stage.play.receipt(id)
    assert.ok(stage.media.released.includes("https://upload.example.test/balcony.jpg"))
    await stage.play.empty("SELECT lane, op FROM outbox")
  })

  test("keep their caption, and come together where the network takes several", async () => {
    const to = stage.person()
    const urls = ["1.png", "2.png"].map((name) => stage.media.put(name, name, "image/png"))
    const id = stage.say(to, "both of them", urls.map((url) => sfs(url, "<desc>seen</desc>")).join(""))
    await stage.play.receipt(id)
    const [sent] = await stage.sent(to, 1)
    assert.equal(sent?.text, "both of them")
    assert.deepEqual(
      sent?.files?.map(({ name, alt }) => [name, alt]),
      [
        ["1.png", "seen"],
        ["2.png", "seen"],
      ],
    )
  })

  test("that are too large go as links, and their author reads limit and size", async () => {
    const to = stage.person()
    const url = stage.media.put("film.mp4", "x", "video/mp4")
    const id = stage.say(to, "the film", sfs(url, "<size>31000000</size>"))
    const [sent] = await stage.sent(to, 1)
    assert.deepEqual([sent?.text, sent?.files], [`the film\n${url}`, undefined])
    assert.match(await stage.notice(/film/), /«film\.mp4» was sent as a link: it has 31 MB, and Loopback takes 20 MB at most\./)
    await stage.play.receipt(id)
    assert.ok(!stage.media.asked.includes(url), "it was not even fetched")
  })

  test("that cannot be had go as links with the reason, beside those that can", async () => {
    const to = stage.person()
    const [good, bad] = [stage.media.put("good.txt", "good", "text/plain"), "https://upload.example.test/bad.txt"]
    stage.media.world.set(bad, new FileRefused("unsafe", "Its address is not a public one."))
    const id = stage.say(to, "two", sfs(good) + sfs(bad))
    const [sent] = await stage.sent(to, 1)
    assert.equal(sent?.text, `two\n${bad}`)
    assert.deepEqual(sent?.files?.map(({ name }) => name), ["good.txt"]) // prettier-ignore
    assert.match(await stage.notice(/bad\.txt/), /its address is not a public one/i)
    await stage.play.receipt(id)
  })

  test("that the network refuses go as links after all", async () => {
    const to = stage.person()
    stage.play.network.fault({ kind: "rejected", on: "send", text: "Image process failed." })
    const id = stage.show(to, "broken.jpg", "not a photo")
    const [sent] = await stage.sent(to, 1)
    assert.deepEqual([sent?.text, sent?.files], ["https://upload.example.test/broken.jpg", undefined])
    assert.match(await stage.notice(/broken/), /Image process failed/)
    await stage.play.receipt(id)
    assert.equal(stage.media.released.filter((url) => url.endsWith("broken.jpg")).length, 1)
  })

  test("are tried again while the network is not in the mood, fetched once", async () => {
    const to = stage.person()
    stage.play.network.fault({ kind: "retry", on: "send", retryAfterMs: 1, blocks: "chat", times: 2 })
    const id = stage.show(to, "again.jpg", "a photo")
    await stage.play.receipt(id)
    assert.equal((await stage.sent(to, 1))[0]?.files?.[0]?.sha256, sha256("a photo"))
    assert.equal(stage.media.asked.filter((url) => url.endsWith("again.jpg")).length, 1)
  })

  test("stay when their caption is corrected, before it was sent and after", async () => {
    const to = stage.person()
    const { closed, open } = gate()
    stage.media.beforeTake = () => closed
    const url = stage.media.put("c.jpg", "c", "image/jpeg")
    const first = stage.say(to, "captoin", sfs(url))
    const replace = (text: string): string => stage.say(to, text, `<replace id='${first}' xmlns='urn:xmpp:message-correct:0'/>`)
    const early = replace("caption")
    await stage.play.sync()
    open()
    await stage.play.receipt(first)
    await stage.play.receipt(early)
    const late = replace("legend")
    await stage.play.receipt(late)
    const records = stage.play.network.sent.list({ to }).map(({ kind, text, files }) => [kind, text, files?.length])
    assert.deepEqual(records, [
      ["send", "caption", 1],
      ["edit", "legend", undefined],
    ])
    stage.media.beforeTake = () => undefined
  })

  test("that are encrypted are refused where none may be decrypted, and nothing of the message is sent", async () => {
    const to = stage.person()
    const locked = `aesgcm://upload.example.test/secret.jpg#${"ab".repeat(44)}`
    const plain = stage.media.put("plain.jpg", "plain", "image/jpeg")
    const refused = async (id: string): Promise<void> => {
      const error = (await stage.play.server.expect(`<message type='error' id='${id}'/>`)).getChild("error")
      assert.ok(error?.getChild("not-acceptable"))
      assert.match(error?.getChildText("text") ?? "", /«secret\.jpg» is encrypted.*Nothing was sent/)
    }
    await refused(stage.say(to, locked))
    await refused(stage.say(to, "both", sfs(plain) + sfs(locked)))
    stage.media.decrypts = true
    stage.media.world.set(locked, { bytes: Buffer.from("clear"), mime: "image/jpeg" })
    await stage.play.receipt(stage.say(to, locked))
    const all = await stage.sent(to, 1)
    assert.deepEqual(all.map(({ text, files }) => [text, files?.[0]?.sha256]), [["", sha256("clear")]]) // prettier-ignore
    stage.media.decrypts = false
  })

  test("places are shown as places", async () => {
    const to = stage.person()
    const id = stage.say(
      to,
      "geo:45.44,10.99",
      `<geoloc xmlns='http://jabber.org/protocol/geoloc'><lat>45.44</lat><lon>10.99</lon></geoloc>`,
    )
    await stage.play.receipt(id)
    const [sent] = await stage.sent(to, 1)
    assert.deepEqual([sent?.text, sent?.extras], ["", [{ type: "location", lat: 45.44, lon: 10.99 }]])
  })
})

test("a network without files gets links, and nobody is bothered about it", async () => {
  const stage = await new Stage().open({ adapter: loopback(textOnly) })
  try {
    const to = stage.person()
    const id = stage.show(to, "a.jpg", "a")
    await stage.play.receipt(id)
    assert.equal((await stage.sent(to, 1))[0]?.text, "https://upload.example.test/a.jpg")
    assert.ok(!stage.play.bodies().some((body) => body.includes("as a link")))
    assert.deepEqual(stage.media.asked, [])
  } finally {
    await stage.play.close()
  }
})

describe("files in rooms", () => {
  const stage = new Stage()
  const [phone, mercutio] = ["romeo@example.test/phone", "mercutio@example.test/street"]
  let own = ""
  let shared = ""
  before(async () => {
    await stage.open({ accounts: { main: { "*": ["*"] } } })
    own = await stage.play.room({ members: ["juliet"] })
    await stage.play.join(romeo, own, "Romeo")
    await stage.play.join(phone, own, "Romeo")
    shared = await stage.play.room({ room: "g2", account: "main", members: ["juliet"] }, "main")
    await stage.play.join(romeo, shared, "Romeo")
    await stage.play.join(mercutio, shared, "Mercutio")
  })
  after(() => stage.play.close())

  function show(room: string, body: string, more: string): string {
    const id = randomUUID()
    stage.play.server.send(`<message from='${romeo}' to='${room}' type='groupchat' id='${id}'><body>${body}</body>${more}</message>`)
    return id
  }

  test("arrive on the network, and everybody here sees them as files too", async () => {
    const url = stage.media.put("a.png", "a", "image/png")
    const id = show(own, url, oob(url))
    const seen = await stage.play.muc.answered(phone, own, id)
    assert.equal(seen.getChildText("body"), url)
    assert.equal(seen.getChild("x", "jabber:x:oob")?.getChildText("url"), url)
    const [sent] = await stage.play.told("send", 1, { room: "g1" })
    assert.equal(sent?.files?.[0]?.sha256, sha256("a"))
    const rows = stage.play.rows<{ file: string }>(
      "SELECT op ->> '$.rich.file.url' AS file FROM archive WHERE kind > 0 AND op ->> '$.rich' IS NOT NULL",
    )
    assert.deepEqual(rows, [{ file: url }])
  })

  test("say who shows them where one account speaks for several; of what goes as a link its author alone is told", async () => {
    const url = stage.media.put("b.png", "b", "image/png")
    const id = show(shared, "both", sfs(url) + sfs("https://upload.example.test/none.png"))
    const seen = await stage.play.muc.answered(mercutio, shared, id)
    assert.equal(seen.getChildText("body"), "both")
    const [sent] = await stage.play.told("send", 1, { room: "g2" })
    assert.deepEqual([sent?.text, sent?.files?.length], ["Romeo: both\nhttps://upload.example.test/none.png", 1])
    const told = await stage.play.server.expect((el) => /was sent as a link/.test(el.getChildText("body") ?? ""))
    assert.deepEqual([told.attrs["to"], told.attrs["from"], told.attrs["type"]], [romeo, shared, "groupchat"])
    await stage.play.empty("SELECT lane, op FROM outbox")
    const links = stage.play.server.received.filter((el) => /was sent as a link/.test(el.getChildText("body") ?? ""))
    assert.equal(links.length, 1)
    show(shared, url, oob(url))
    assert.equal((await stage.play.told("send", 2, { room: "g2" }))[1]?.text, "Romeo:")
  })
})

describe("a file that takes its time", () => {
  const clock = new ManualTimers()
  const stage = new Stage()
  before(() => stage.open({ seams: { clock } }))
  after(() => stage.play.close())

  test("is waited for half a minute: what is said after it stays behind it, then its address goes", async () => {
    const to = stage.person()
    const never = gate()
    stage.media.beforeTake = () => never.closed
    const slow = stage.show(to, "slow.jpg", "slow")
    const text = stage.say(to, "and this")
    while (!stage.media.asked.some((url) => url.endsWith("slow.jpg"))) await stage.play.sync()
    clock.advance(waitMs - 1)
    await stage.play.sync()
    assert.deepEqual(stage.play.network.sent.list({ to }), [])
    clock.advance(1)
    await stage.play.receipt(slow)
    await stage.play.receipt(text)
    const texts = (await stage.sent(to, 2)).map((record) => record.text)
    assert.deepEqual(texts, ["https://upload.example.test/slow.jpg", "and this"])
    assert.match(await stage.notice(/slow\.jpg/), /within 30 seconds/)
    never.open()
    stage.media.beforeTake = () => undefined
  })

  test("is asked for again where that may help", async () => {
    const to = stage.person()
    let tries = 0
    stage.media.beforeTake = () => {
      if (++tries < 3) throw new AdapterError("retry", "The server is busy.", { retryAfterMs: 5000 })
    }
    const id = stage.show(to, "busy.jpg", "busy")
    for (let asked = 1; asked < 3; asked++) {
      while (stage.media.asked.filter((url) => url.endsWith("busy.jpg")).length < asked) await stage.play.sync()
      await stage.play.sync()
      clock.advance(5000)
    }
    await stage.play.receipt(id)
    assert.equal((await stage.sent(to, 1))[0]?.files?.length, 1)
    stage.media.beforeTake = () => undefined
  })
})

describe("fifty files at once", () => {
  test("being fetched, let texts of other conversations by, and arrive in the end, each once", async () => {
    const stage = await new Stage().open()
    try {
      const { closed, open } = gate()
      stage.media.beforeTake = () => closed
      const people = Array.from({ length: 10 }, () => stage.person())
      for (let i = 0; i < 50; i++) stage.show(people[i % 10] ?? "", `${i}.jpg`, `photo ${i}`)
      const other = stage.person()
      for (let i = 0; i < 20; i++) stage.say(other, `text ${i}`)
      assert.equal((await stage.sent(other, 20)).length, 20)
      assert.equal(stage.play.network.sent.list({ kind: "send" }).length, 20)
      open()
      await stage.play.told("send", 70)
      for (const [n, to] of people.entries()) {
        const names = (await stage.sent(to, 5)).map(({ files }) => files?.[0]?.name)
        assert.deepEqual(names, [0, 1, 2, 3, 4].map((i) => `${n + i * 10}.jpg`)) // prettier-ignore
      }
      await stage.play.empty("SELECT lane, op FROM outbox")
      assert.equal(stage.media.released.length, 50)
    } finally {
      await stage.play.close()
    }
  })

  test("being sent, let texts of other conversations by", async () => {
    const { closed, open } = gate()
    let begun = 0
    let reached = (): void => undefined
    const three = new Promise<void>((resolve) => (reached = resolve))
    const tap = new Tap(adapter(), (session) => ({
      send: async (op: Parameters<typeof session.send>[0], signal: AbortSignal) => {
        if (op.body.files) {
          if (++begun === 3) reached()
          await closed
        }
        return session.send(op, signal)
      },
    }))
    const stage = await new Stage().open({ adapter: tap.adapter })
    try {
      for (let i = 0; i < 50; i++) stage.show(stage.person(), `${i}.jpg`, `photo ${i}`)
      await within(three, 10_000, "three files to be on their way to the network")
      const others = Array.from({ length: 20 }, () => stage.person())
      for (const [i, to] of others.entries()) stage.say(to, `text ${i}`)
      for (const to of others) await stage.sent(to, 1)
      assert.equal(begun, 3)
      assert.ok(stage.media.asked.length <= 12, `${stage.media.asked.length} were fetched though none could be sent`)
      open()
      await stage.play.told("send", 70)
    } finally {
      await stage.play.close()
    }
  })
})
