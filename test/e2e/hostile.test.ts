// What must not disturb anybody else: odd characters, names, sizes and payloads, from both sides. After each the other user's talk goes on.
import assert from "node:assert/strict"
import { after, afterEach, before, describe, test } from "node:test"
import type { Message } from "node-telegram-bot-api"
import { Pair } from "../support/bystander.js"
import { TestClient } from "../support/client.js"
import { jidOf, passwordOf, startWorld, type World } from "../support/world.js"

let world: World
/** To whom it is done, and who must not notice. */
let alice: Pair
let bob: Pair

before(async () => {
  world = await startWorld({ users: ["alice", "bob"] })
  alice = await Pair.meet(world, "alice", { id: 1001, first_name: "Ann" })
  bob = await Pair.meet(world, "bob", { id: 2001, first_name: "Ben" })
})
after(() => world.close())
afterEach(async () => {
  await alice.talk()
  await bob.unharmed()
})

describe("from Telegram", () => {
  let ids = 3000
  /** A new person writes to alice; what she reads, long texts joined. */
  async function hears(what: string | Record<string, unknown>, fields: { first_name?: string; last_name?: string } = {}): Promise<string> {
    const person = world.api.person({ id: ++ids, ...fields })
    world.api.say(world.bot("alice"), person, what)
    return read(person.id)
  }
  async function read(id: number): Promise<string> {
    world.api.say(world.bot("alice"), world.api.person({ id }), "that was it")
    await alice.client.waitForMessage(jidOf({ id }), "that was it", { since: 0 })
    const bodies = alice.client.messages(jidOf({ id })).map((el) => el.getChildText("body") ?? "")
    return bodies.slice(0, -1).join("")
  }

  test("control characters, lone surrogates, and what is no character", async () => {
    assert.equal(await hears("a\0b\u0001c\bd\u000be\u001ff"), "a\ufffdb\ufffdc\ufffdd\ufffde\ufffdf")
    assert.equal(await hears("\ud800 and \udc00, \udc00\ud800, \ud83d"), "\ufffd and \ufffd, \ufffd\ufffd, \ufffd")
    assert.equal(await hears("x\ufffey\uffffz"), "x\ufffdy\ufffdz")
    const legal = "tab\tline\ndel\u007f c1\u0085\u009f \u2028 \u202e \ufeff \ufdd0 \u{1fffe} ]]> <&>\"' 👨‍👩‍👧‍👦 e\u0301"
    assert.equal(await hears(legal), legal)
  })

  test("100 kB of text, and 300 kB", async () => {
    const long = "All work and no play makes Jack a dull boy.\n".repeat(2300)
    assert.equal(await hears(long), long)
    const longer = "漢".repeat(100_000)
    assert.equal(await hears(longer), longer)
    const escaped = "&".repeat(60_000) // five bytes each on the stream
    assert.equal(await hears(escaped), escaped)
  })

  test("names of emoji, right to left, 500 characters, control characters alone, and none", async () => {
    const names = new Map([
      ["🦄💥👨‍👩‍👧‍👦", "🦄💥👨‍👩‍👧‍👦"],
      // What turns the direction of the text behind it has no place in a name: names stand in sentences.
      ["\u202eשלום\0", "שלום"],
      ["n".repeat(500), "n".repeat(500)],
      ["\0\u0001\u001f", ""],
      ["]]><presence/>", "]]><presence/>"],
      ["", ""],
      [" ", ""],
    ])
    for (const [first_name, shown] of names) {
      assert.equal(await hears("hello", { first_name }), "hello")
      const jid = jidOf({ id: ids })
      await alice.client.waitForPresence(jid, "available", { since: 0 })
      const item = (await alice.client.roster()).find((one) => one.jid === jid)
      assert.ok(item, `${JSON.stringify(first_name)} is no contact`)
      assert.equal(item.name, shown)
      const vcard = await alice.client.iq("get", jid, "<vCard xmlns='vcard-temp'/>")
      assert.equal(vcard.attrs["type"], "result")
    }
  })

  test("an empty message, and one of a deleted account", async () => {
    assert.match(await hears(""), /\w/)
    assert.match(await hears(" \n "), /\w/)
    const gone = world.api.person({ id: ++ids, first_name: "Gone" })
    world.api.say(world.bot("alice"), gone, "first")
    world.api.deleteAccount(gone)
    world.api.say(world.bot("alice"), gone, " and last")
    assert.equal(await read(gone.id), "first and last")
    // Whoever was deleted before the gateway ever saw them.
    const ghost = world.api.person({ id: ++ids, first_name: "Ghost" })
    world.api.deleteAccount(ghost)
    world.api.say(world.bot("alice"), ghost, "boo")
    assert.equal(await read(ghost.id), "boo")
    const id = await alice.client.say(jidOf(ghost), "who?")
    assert.deepEqual(await alice.refusal(id), {
      type: "cancel",
      condition: "item-not-found",
      text: "This person's Telegram account has been deleted.",
    })
  })

  test("fields and kinds that nobody knows yet, and types that cannot be", async () => {
    const bot = world.bot("alice")
    const person = world.api.person({ id: ++ids })
    const like = world.api.say(bot, person, "1 ")
    const wild = (change: Record<string, unknown>): void => {
      world.api.wild(bot, { message: { ...like, message_id: bot.newMessageId(), ...change } })
    }
    wild({ text: "2 ", aura: { colour: ["blue", { deep: null }] }, from: { ...like.from, karma: -1 }, chat: { ...like.chat, mood: "?" } })
    wild({ text: undefined, hologram: { file_id: "x" } })
    for (const nonsense of [null, 7, "text", [], {}, true]) {
      world.api.wild(bot, { message: nonsense })
      world.api.wild(bot, { edited_message: nonsense })
      world.api.wild(bot, { my_chat_member: nonsense })
      world.api.wild(bot, { quantum_update: nonsense })
      for (const field of ["text", "entities", "from", "chat", "date", "message_id", "reply_to_message", "photo", "forward_origin", "poll"])
        wild({ text: "", [field]: nonsense })
    }
    world.api.wild(bot, {})
    world.api.say(bot, person, " 3")
    const all = await read(person.id)
    assert.match(all, /^1 2 \[A kind of message that can only be seen in Telegram\]/)
    assert.match(all, / 3$/)
  })

  test("entities by the thousand, nested, negative, and far beyond the text", async () => {
    const text = "link ".repeat(4000)
    const entities = Array.from({ length: 4000 }, (_, i) => ({
      type: "text_link",
      offset: i * 5,
      length: 4,
      url: `https://example.org/${i}`,
    }))
    assert.match(await hears({ text, entities: [...entities, ...entities] }), /^link \(https:\/\/example\.org\/0\)/)
    const bot = world.bot("alice")
    const person = world.api.person({ id: ++ids })
    const like: Message = world.api.say(bot, person, "before ")
    const odd = [-5, 0, 3, 1e9, 2 ** 53, 1.5].flatMap((offset) =>
      [-1, 0, 5, 2 ** 40, 0.5].map((length) => ({ type: "text_link", offset, length, url: "https://example.org/" })),
    )
    world.api.wild(bot, { message: { ...like, message_id: bot.newMessageId(), text: "short", entities: odd } })
    assert.match(await read(person.id), /^before .*short/)
  })
})

describe("from XMPP", () => {
  const raw = async (id: string, inner: string, attrs = ""): Promise<void> => {
    const stanza = `<message to='${alice.jid}' type='chat' id='${id}'${attrs}>${inner}<request xmlns='urn:xmpp:receipts'/></message>`
    // An expat of 2024 or later defers a tag that takes several reads until the buffer has doubled (CVE-2023-52425), and Prosody's
    // does so for clients: white space brings it on, which other clients' next words would do.
    await alice.client.send(stanza + (stanza.length > 4000 ? " ".repeat(stanza.length) : ""))
  }
  const arrives = async (inner: string, attrs = ""): Promise<string> => {
    const id = alice.client.id()
    await raw(id, inner, attrs)
    await alice.receipt(id)
    return alice.texts.at(-1) ?? ""
  }
  const isRefused = async (inner: string): Promise<{ type: string; condition: string; text: string }> => {
    const id = alice.client.id()
    const before = alice.texts.length
    await raw(id, inner)
    const refusal = await alice.refusal(id)
    assert.equal(alice.texts.length, before)
    return refusal
  }

  test("100 kB are split, and stay one message that is corrected as one", async () => {
    const bare = (text: string): string => text.replaceAll(/\s+/g, "")
    const before = alice.texts.length
    const parts = (): string[] => alice.texts.slice(before)
    const line = (i: number): string => `${i}: What's in a name? 👩‍👩‍👧 That which we call a rose 🌹\n`
    const long = Array.from({ length: 1600 }, (_, i) => line(i)).join("")
    assert.ok(Buffer.byteLength(long) > 100_000)
    const id = await alice.says(long)
    const whole = parts()
    assert.equal(bare(whole.join("")), bare(long))
    assert.ok(whole.every((part) => part.length <= 4096) && whole.length < 30)

    const corrected = long.replaceAll("rose", "lily")
    await alice.says(corrected, { replace: id })
    assert.equal(bare(parts().join("")), bare(corrected))
    assert.equal(parts().length, whole.length)
    await alice.says(`${corrected}And more.`, { replace: id })
    assert.equal(bare(parts().join("")), bare(`${corrected}And more.`))
    await alice.says("Never mind.", { replace: id })
    assert.deepEqual(parts(), ["Never mind."])
  })

  test("payloads that nobody knows, nested or huge", async () => {
    const nested = (depth: number): string => "<a xmlns='urn:x'>".repeat(depth) + "</a>".repeat(depth)
    assert.equal(await arrives(`<body>60 deep</body>${nested(60)}`), "60 deep")
    assert.equal(await arrives(`<body>unknown</body><x xmlns='urn:unknown:0'><y z='1'/></x><x:y xmlns:x='urn:xml' x:a='1'/>`), "unknown")
    assert.equal(await arrives(`<body>attribute</body><x xmlns='urn:unknown:0' y='${"z".repeat(200_000)}'/>`), "attribute")
    assert.equal(await arrives(`<body>many</body>${"<x xmlns='u'/>".repeat(10_000)}`), "many")
    assert.equal(await arrives(`<body>in <b xmlns='urn:x'>body</b></body>`, " xml:lang='de'"), "in")
    assert.equal(await arrives(`<body xml:lang='de'>deutsch</body><body>neutral</body>`), "neutral")
    assert.equal(await arrives(`<subject>S</subject><body>B</body>`), "S\n\nB")
    // Prosody's archive cannot keep what is so deep.
    const { condition, text } = await isRefused(`<body>deep</body><no-store xmlns='urn:xmpp:hints'/>${nested(150)}`)
    assert.deepEqual([condition, text], ["policy-violation", "The stanza has elements more than 100 deep."])
    const many = Array.from({ length: 300 }, (_, i) => ` a${i}='1'`).join("")
    assert.equal((await isRefused(`<body>b</body><x xmlns='u'${many}/>`)).condition, "policy-violation")
  })

  test("odd ids, and a device with an odd name", async () => {
    // The first cannot be said back; what would say it back must not hold up the stream for everybody else.
    const ids = ["i".repeat(20_000), "&lt;&amp;&apos;&quot;", "👨‍👩‍👧‍👦", " ", "../../etc", "'; DROP TABLE message; --".replace("'", "&apos;")]
    for (const [i, id] of ids.entries()) {
      await raw(id, `<body>id ${i}</body>`)
      await world.api.waitFor(() => alice.texts.at(-1) === `id ${i}`, `message ${i}`)
    }
    const device = await world.login("alice", { resource: "📱 <&'\"> \u00e9\u0301" })
    const id = await device.say(alice.jid, "from the device", { receipt: true })
    await device.waitFor((el) => el.getChild("received")?.attrs["id"] === id, { since: 0 })
    await device.disconnect()
  })

  test("characters that Prosody lets through arrive; what XML forbids ends only the sender's own stream", async () => {
    const legal = "\u007f\u0080\u0085\u009f \u2028\u2029 \u202e \ufeff\u200b \ufdd0 \u{1fffe}\u{10ffff} \ufffd ]]&gt; &lt;&amp;"
    assert.equal(await arrives(`<body>x${legal}x</body>`), `x${legal.replace("&gt;", ">").replace("&lt;&amp;", "<&")}x`)
    for (const illegal of ["&#1;", "\u0001", "&#xD800;", "&#xFFFE;", "&undefined;", "<unclosed>"]) {
      const client = await TestClient.connect({ server: world.server, user: "alice", password: passwordOf("alice"), resource: "odd" })
      await client.send(`<message to='${alice.jid}' type='chat'><body>${illegal}</body></message>`)
      await client.until(() => (client.online ? undefined : true), { timeout: 10_000, what: `the end of the stream after ${illegal}` })
      await client.disconnect()
    }
  })

  test("what is encrypted is refused with an explanation, its fallback text not sent", async () => {
    const omemo = (ns: string): string =>
      `<encrypted xmlns='${ns}'><header sid='1'><key rid='2'>AA==</key><iv>AA==</iv></header><payload>AAAA</payload></encrypted>`
    const eme = "<encryption xmlns='urn:xmpp:eme:0' namespace='eu.siacs.conversations.axolotl' name='OMEMO'/>"
    const fallback = "<body>I sent you an OMEMO encrypted message but your client doesn’t seem to support that.</body>"
    for (const inner of [
      fallback + omemo("eu.siacs.conversations.axolotl") + eme,
      omemo("eu.siacs.conversations.axolotl"),
      omemo("urn:xmpp:omemo:2"),
      fallback + eme,
    ]) {
      const { type, condition, text } = await isRefused(inner)
      assert.deepEqual([type, condition], ["modify", "not-acceptable"])
      assert.match(text, /encrypted with OMEMO.*nobody on Telegram could read it.*Turn encryption off/)
    }
  })

  test("nothing at all, and what is no message", async () => {
    const before = alice.texts.length
    assert.equal((await isRefused("<body> \n </body>")).condition, "bad-request")
    await raw("empty", "<body/>")
    await raw("nothing", "")
    await alice.client.send(`<message to='${alice.jid}' type='headline'><body>news</body></message>`)
    await alice.client.send(`<message to='${alice.jid}' type='error' id='e'><body>no</body><error type='cancel'><gone/></error></message>`)
    const id = alice.client.id()
    await alice.client.send(`<message to='${alice.jid}' type='groupchat' id='${id}'><body>all</body></message>`)
    assert.equal((await alice.refusal(id)).condition, "service-unavailable")
    await alice.talk()
    assert.equal(alice.texts.length, before + 1)
  })
})
