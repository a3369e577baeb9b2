// What an account missed in direct chats: fetched in order and with true times, what was taken back or changed meanwhile, nothing twice.
import assert from "node:assert/strict"
import { test } from "node:test"
import { loopback, standard } from "xferry-adapter-loopback"
import type { AnyAdapter } from "#src/adapter/define.js"
import { AdapterError } from "#src/adapter/errors.js"
import { Tap } from "../fakes/tapped-adapter.js"
import { Play, type PlayOptions } from "../support/core-kit.js"

const romeo = "romeo@example.test/orchard"
const hour = 3_600_000
const long = Date.now() - 10 * hour
const keeping = { ...standard, history: { maxPage: 100, older: true, direct: true } }

/** Notes of which chats history was asked, and after what; `fail` makes it. */
class Listener {
  readonly asked: string[] = []
  fail = false
  /** How often it does, then. */
  failures = Number.POSITIVE_INFINITY
  /** What is asked for waits for this. */
  until: Promise<void> | undefined
  readonly adapter: AnyAdapter

  constructor(capabilities: Parameters<typeof loopback>[0] = keeping) {
    this.adapter = new Tap(loopback(capabilities), (session) => ({
      history: async (query: { chat: object; after?: string; before?: string; limit: number }, signal: AbortSignal) => {
        this.asked.push(`${Object.values(query.chat).join()} after ${query.after ?? "-"}`)
        await this.until
        if (signal.aborted) throw new AdapterError("retry", "The session has ended.")
        if (this.fail && this.failures-- > 0) throw new AdapterError("retry", "Not now.", { retryAfterMs: 0 })
        return (await session.history?.(query as never, signal)) ?? { items: [], more: false }
      },
    })).adapter
  }
}

async function playing(options: PlayOptions, run: (play: Play) => Promise<void>): Promise<void> {
  const play = await Play.open(options)
  play.network.chats.kept = true
  try {
    await play.register(romeo)
    await run(play)
  } finally {
    await play.close()
  }
}

/** «text», «replaced: text», «(retracted) text of what»: what her messages tell a client that knows it all, in order, once for each id. */
function shown(play: Play): string[] {
  const lines = new Map<string, string>()
  const texts = new Map<string, string>()
  for (const el of play.server.received) {
    if (el.name !== "message" || !el.attrs.from?.startsWith("juliet@")) continue
    const { id = "" } = el.attrs
    const retracted = el.getChild("retract", "urn:xmpp:message-retract:1")?.attrs.id
    const replaced = el.getChild("replace")?.attrs.id
    const body = el.getChildText("body")
    if (body === null) continue
    if (retracted !== undefined) lines.set(id, `(retracted) ${texts.get(retracted) ?? "?"}`)
    else if (replaced !== undefined) lines.set(id, `${texts.get(replaced) ?? "?"} → ${body}`)
    else lines.set(id, body)
    texts.set(id, body)
  }
  return [...lines.values()]
}

async function shows(play: Play, expected: string[]): Promise<void> {
  const end = performance.now() + 5000
  while (shown(play).join() !== expected.join() && performance.now() < end) await play.sync()
  assert.deepEqual(shown(play), expected)
}

const say = (play: Play, text: string, more: object = {}): string => play.network.say({ account: "romeo", from: "juliet", text, ...more })

test("a gap is filled in order, with the times of the network, before anything that is said now", async () => {
  let open = (): void => undefined
  const listener = new Listener()
  await playing({ adapter: listener.adapter }, async (play) => {
    say(play, "before", { at: long })
    await play.drained()
    listener.until = new Promise((resolve) => (open = resolve))
    await play.away(() => {
      for (let i = 0; i < 250; i++) say(play, `missed ${i}`, { at: long + hour + i * 1000 })
    })
    say(play, "now")
    say(play, "and then")
    await play.sync()
    await shows(play, ["before"])
    open()
    await shows(play, ["before", ...Array.from({ length: 250 }, (_, i) => `missed ${i}`), "now", "and then"])
    await play.drained()
    const stamps = play.server.received.filter((el) => el.getChildText("body")?.startsWith("missed"))
    assert.equal(stamps[0]?.getChild("delay", "urn:xmpp:delay")?.attrs.stamp, new Date(long + hour).toISOString())
    assert.deepEqual([...new Set(listener.asked)].slice(0, 3), ["juliet after -", "juliet after 1", "juliet after 101"])
  })
})

test("what was taken back or changed meanwhile is so here too, once; our own is passed over", async () => {
  await playing({ adapter: new Listener().adapter }, async (play) => {
    const ids = ["one", "two", "three", "four"].map((text, i) => say(play, text, { at: long + i * 1000 }))
    await play.drained()
    await play.receipt(play.say(romeo, "juliet", "mine"))
    await play.away(() => {
      play.network.retract({ account: "romeo", from: "juliet", ids: [ids[1] ?? ""] })
      play.network.edit({ account: "romeo", from: "juliet", id: ids[2] ?? "", text: "three, changed" })
      say(play, "from my telephone", { own: true })
      say(play, "five")
    })
    const all = ["one", "two", "three", "four", "three → three, changed", "five", "(retracted) two"]
    await shows(play, all)
    await play.away(() => undefined)
    say(play, "six")
    await shows(play, [...all, "six"])
  })
})

test("of a short chat also the first and the last thing said may be what was taken back", async () => {
  await playing({ adapter: new Listener().adapter }, async (play) => {
    play.network.chats.add("romeo", "juliet", { id: "old", from: "juliet", at: long - hour, text: "before we came" })
    const at = long
    const ids = ["one", "two", "three"].map((text) => say(play, text, { at }))
    await play.drained()
    play.network.retract({ account: "romeo", from: "juliet", ids: [ids[2] ?? ""] })
    await play.drained()
    await play.away(() => {
      play.network.edit({ account: "romeo", from: "juliet", id: ids[1] ?? "", text: "two, changed" })
      play.network.retract({ account: "romeo", from: "juliet", ids: [ids[0] ?? ""] })
    })
    await shows(play, ["one", "two", "three", "(retracted) three", "two → two, changed", "(retracted) one"])
  })
})

test("a network that fails for a moment is asked again before anything that is said now", async () => {
  const listener = new Listener()
  await playing({ adapter: listener.adapter }, async (play) => {
    say(play, "before")
    await play.drained()
    Object.assign(listener, { fail: true, failures: 3 })
    await play.away(() => void say(play, "missed"))
    say(play, "now")
    await shows(play, ["before", "missed", "now"])
  })
})

test("where the gap cannot be fetched, what is said now is told, and the next session fetches the rest", async () => {
  const listener = new Listener()
  await playing({ adapter: listener.adapter }, async (play) => {
    say(play, "before")
    await play.drained()
    listener.fail = true
    await play.away(() => void say(play, "missed"))
    // So many that the end of what is known lies wholly behind the gap.
    const now = Array.from({ length: 120 }, (_, i) => `now ${i}`)
    for (const text of now) say(play, text)
    await shows(play, ["before", ...now])
    await play.drained()
    listener.fail = false
    await play.away(() => undefined)
    await shows(play, ["before", ...now, "missed"])
  })
})

test("a session that ends while chats are being looked at lets through what waited", async () => {
  const listener = new Listener()
  await playing({ adapter: listener.adapter }, async (play) => {
    say(play, "before")
    await play.drained()
    listener.until = new Promise(() => undefined)
    await play.away(() => void say(play, "missed"))
    say(play, "now")
    await play.sync()
    await shows(play, ["before"])
    play.network.fault({ kind: "denied", account: "romeo", on: "connect", times: 1000 })
    play.network.account("romeo").cut()
    await shows(play, ["before", "now"])
  })
})

test("what the last session still waits for lets nothing through in the next", async () => {
  const listener = new Listener()
  const opens: (() => void)[] = []
  const until = (): void => void (listener.until = new Promise((resolve) => opens.push(resolve)))
  const asked = async (times: number, play: Play): Promise<void> => {
    while (listener.asked.length < times) await play.sync()
  }
  await playing({ adapter: listener.adapter }, async (play) => {
    say(play, "before")
    await play.drained()
    until()
    await play.away(() => void say(play, "missed"))
    await asked(1, play)
    until()
    play.network.account("romeo").cut()
    say(play, "missed too")
    await asked(2, play)
    opens[0]?.()
    await play.sync()
    say(play, "now")
    await play.sync()
    assert.deepEqual(shown(play), ["before"])
    opens[1]?.()
    await shows(play, ["before", "missed", "missed too", "now"])
  })
})

test("the answer to the very first message is not missed", async () => {
  await playing({ adapter: new Listener().adapter }, async (play) => {
    play.network.person({ id: "juliet", name: "Juliet" })
    await play.receipt(play.say(romeo, "juliet", "Art thou there?"))
    await play.receipt(play.say(romeo, "juliet", "Juliet?"))
    await play.away(() => void say(play, "Ay me!"))
    say(play, "now")
    await shows(play, ["Ay me!", "now"])
  })
})

test("chats are not asked for where the network keeps nothing", async () => {
  const other = new Listener(standard)
  await playing({ adapter: other.adapter }, async (play) => {
    play.network.chats.kept = false
    play.network.person({ id: "juliet", name: "Juliet" })
    await play.receipt(play.say(romeo, "juliet", "Art thou there?"))
    say(play, "Ay me!")
    await play.drained()
    await play.away(() => void say(play, "kept by the network itself"))
    await shows(play, ["Ay me!", "kept by the network itself"])
    assert.deepEqual(other.asked, [])
    assert.deepEqual(play.rows("SELECT cursor FROM conversation WHERE cursor IS NOT NULL"), [])
  })
})

test("an adapter that speaks before it is connected is not left waiting", async () => {
  let speak = false
  let taken: Promise<void> | undefined
  const plain = new Tap(loopback(keeping), undefined, (host) => {
    const said = { type: "message" as const, chat: { user: "juliet" }, from: { id: "juliet" }, id: "77", at: new Date() }
    if (speak) taken = host.emit({ ...said, body: { text: "early" } })
  })
  const adapter = { ...plain.adapter }
  const { connect } = adapter
  adapter.connect = async (secret, options, host) => {
    const session = await connect(secret, options, host)
    await taken
    return session
  }
  await playing({ adapter }, async (play) => {
    say(play, "before")
    await play.drained()
    speak = true
    await play.away(() => {
      say(play, "missed")
      play.network.chats.add("romeo", "juliet", { id: "77", from: "juliet", at: Date.now(), text: "early" })
    })
    await shows(play, ["before", "early", "missed"])
  })
})
