// The promise of the gateway: 2,000 numbered messages each way, while it is killed five times and its server restarted twice.
import assert from "node:assert/strict"
import { randomInt } from "node:crypto"
import { join } from "node:path"
import { test } from "node:test"
import Database from "better-sqlite3"
import type { Person } from "../fakes/telegram/index.js"
import { CarefulClient } from "../support/careful-client.js"
import { within } from "../support/deadline.js"
import { jidOf, passwordOf, register, startWorld, type World } from "../support/world.js"
import { babble, dice } from "../support/words.js"

const users = ["alice", "bob"] as const
const personsEach = 2
const each = 500
/** All messages of both directions. */
const total = users.length * personsEach * each * 2
const kills = 5
const restarts = 2
/** Messages of a conversation that are under way at a time, either direction. */
const window = 20
const deadlineMs = 240_000

/** One conversation: what either side wrote, and what the other has of it. */
interface Strand {
  user: (typeof users)[number]
  person: Person
  jid: string
  client: CarefulClient
  /** Texts by number, from 0. */
  toXmpp: string[]
  toTelegram: string[]
  /** Said by the person so far. */
  said: number
  /** Numbers in the order they were read. */
  read: number[]
  /** Numbers in the order they came, doubles included, each with the life of the gateway it came in. */
  came: { n: number; life: number }[]
  receipts: Set<number>
}

interface Fate {
  what: "kill" | "restart"
  /** After so many messages have arrived. */
  at: number
}

function fates(next: () => number): Fate[] {
  const what = [...Array<"kill">(kills).fill("kill"), ...Array<"restart">(restarts).fill("restart")]
  // Anywhere between 3 and 95 % of the way, in any order, however close to each other.
  return what.map((one) => ({ what: one, at: Math.floor(total * (0.03 + 0.92 * next())) })).sort((a, b) => a.at - b.at)
}

const numberOf = (body: string): number => Number(/^#(\d+) /.exec(body)?.[1])

test("2,000 messages each way through five kills and two restarts", { timeout: deadlineMs + 60_000 }, async (t) => {
  const seed = Number(process.env["XFERRY_SEED"] ?? randomInt(2 ** 31))
  t.diagnostic(`seed ${seed} (XFERRY_SEED repeats it)`)
  const next = dice(seed)
  const world = await startWorld({
    users,
    level: "info",
    // On disk, so that what the server took is not gone with it.
    server: { archive: "disk" },
  })
  try {
    await voyage(world, next, (line) => t.diagnostic(line))
  } finally {
    await world.close()
  }
})

async function voyage(world: World, next: () => number, say: (line: string) => void): Promise<void> {
  const { api, gateway, server } = world
  /** Where the log of each life of the gateway begins. */
  const lives = [0]
  const strands: Strand[] = []
  const faults: string[] = []
  let arrived = 0
  let wake = (): void => undefined

  const onward = (strand: Strand): void => {
    for (; strand.said < each && strand.said < strand.read.length + window; strand.said++)
      api.say(world.bot(strand.user), strand.person, strand.toXmpp[strand.said] ?? "")
  }
  const clients = users.map((user) => {
    const of = (jid: string) => strands.find((strand) => strand.user === user && strand.jid === jid)
    return new CarefulClient({
      server,
      user,
      password: passwordOf(user),
      window,
      read(from, body) {
        const strand = of(from)
        if (!strand) return // the gateway's own words
        const n = numberOf(body)
        if (n !== strand.read.length || body !== strand.toXmpp[n])
          faults.push(`${from} to ${user}: «${body}» came as number ${strand.read.length}`)
        strand.read.push(n)
        arrived++
        onward(strand)
        wake()
      },
      receipt(to, body) {
        const strand = of(to)
        const n = numberOf(body)
        if (!strand?.came.some((one) => one.n === n)) faults.push(`${user} has the receipt of «${body}», which never came to ${to}`)
        strand?.receipts.add(n)
        wake()
      },
    })
  })

  for (const [i, user] of users.entries()) {
    const client = clients[i]
    assert.ok(client)
    world.closing(() => client.logout())
    await register(world, await client.login(), user)
    for (let k = 1; k <= personsEach; k++) {
      const person = api.person({ id: 1000 * (i + 1) + k, first_name: `Person ${k} of ${user}` })
      const texts = (who: string): string[] => Array.from({ length: each }, (_, n) => `#${n} ${who} ${babble(next)}`)
      strands.push({
        user,
        person,
        jid: jidOf(person),
        client,
        toXmpp: texts("from afar"),
        toTelegram: texts("from here"),
        said: 0,
        read: [],
        came: [],
        receipts: new Set(),
      })
    }
  }
  api.onSend((bot, message, what) => {
    const strand = strands.find((one) => one.person.id === message.chat && world.bot(one.user) === bot)
    const n = numberOf(message.text)
    if (!strand || what !== "sent" || message.text !== strand.toTelegram[n]) {
      faults.push(`nobody wrote «${message.text}», which was ${what} to ${message.chat}`)
      return
    }
    const last = strand.came.at(-1)?.n ?? -1
    if (n !== last + 1 && n !== last) faults.push(`${strand.user} to ${strand.jid}: number ${n} came after number ${last}`)
    strand.came.push({ n, life: lives.length - 1 })
    if (n !== last) arrived++
    wake()
  })

  const plan = fates(next)
  const played: string[] = []
  const play = async ({ what }: Fate): Promise<void> => {
    played.push(`${what} at ${arrived}`)
    if (what === "kill") {
      // The signal leaves at once, in the middle of whatever is going on.
      await gateway.kill9()
      lives.push(gateway.log.length)
      await gateway.start()
    } else {
      await server.restart()
      await Promise.all(clients.map((client) => client.login()))
    }
  }
  const state = (): string =>
    [
      `${arrived} of ${total} arrived; ${played.join(", ")}`,
      ...strands.map(
        ({ user, jid, said, read, came, receipts, client }) =>
          `${user} ↔ ${jid}: ${said} said, ${read.length} read; ${came.length} came, ${receipts.size} receipts; ${JSON.stringify(client.counts)}`,
      ),
      ...gateway.log.slice(-20).map((entry) => JSON.stringify(entry)),
    ].join("\n")

  let playing: Promise<void> | undefined
  const all = new Promise<void>((resolve, reject) => {
    wake = () => {
      const wrong = [...faults, ...clients.flatMap((client) => client.faults)]
      if (wrong.length > 0) return reject(new Error(wrong.slice(0, 10).join("\n")))
      if (playing) return
      const fate = plan[0]
      if (fate && arrived >= fate.at) {
        plan.shift()
        playing = play(fate).then(() => {
          playing = undefined
          wake()
        })
        playing.catch(reject)
      } else if (!fate && strands.every(({ read, receipts }) => read.length >= each && receipts.size >= each)) resolve()
    }
  })
  for (const strand of strands) {
    onward(strand)
    for (const text of strand.toTelegram) strand.client.say(strand.jid, text)
  }
  await within(all, deadlineMs, "all to arrive").catch(async (error: unknown) => {
    await playing?.catch(() => undefined) // or what it starts outlives the test
    throw new Error(`${String(error)}\n${state()}`)
  })

  assert.deepEqual([played.length, gateway.log.filter(({ msg }) => /\bready\b/.test(msg)).length], [kills + restarts, kills + 1])
  for (const client of clients) await client.logout()
  assert.equal(await gateway.stop(), 0)
  assert.deepEqual([...faults, ...clients.flatMap((client) => client.faults), ...api.violations], [])
  const database = new Database(join(gateway.folder, "data", "gateway.db"), { readonly: true })
  try {
    assert.deepEqual(database.prepare("SELECT * FROM outbox").all(), [], "rows are left")
    const doubles = explained(strands, gateway.log, lives, (legacyId) => {
      return (database.prepare("SELECT id FROM conversation WHERE legacy_id = ?").get(legacyId) as { id: number }).id
    })
    say(`${doubles.found} messages came twice to Telegram, each announced in the log (${doubles.announced} times the outcome was unknown)`)
  } finally {
    database.close()
  }
  const counts = clients.map(({ counts }) => JSON.stringify(counts))
  say(`${played.join(", ")} (of ${total}); the clients: ${counts.join(" ")}`)
}

/** Every double towards Telegram must have been announced by that life of the gateway, for that very lane; an announcement explains one. */
function explained(strands: Strand[], log: World["gateway"]["log"], lives: number[], conversation: (legacyId: string) => number) {
  const unknown = log.flatMap(({ msg, lane }, at) =>
    msg.startsWith("it is not known whether this was sent") ? [{ lane, life: lives.findLastIndex((start) => start <= at) }] : [],
  )
  const announced = unknown.length
  let found = 0
  for (const { came, person, jid } of strands) {
    for (const [i, { n, life }] of came.entries()) {
      if (i === 0 || came[i - 1]?.n !== n) continue
      found++
      const at = unknown.findIndex((one) => one.life === life && one.lane === `out:${conversation(String(person.id))}`)
      assert.notEqual(at, -1, `number ${n} came to ${jid} twice, and nothing in the log says why`)
      unknown.splice(at, 1)
    }
  }
  return { found, announced }
}
