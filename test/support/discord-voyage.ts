// Ten channels, a direct chat, and all that may go wrong on the way: who wrote what, what came of it, and what is played when.
import assert from "node:assert/strict"
import Database from "better-sqlite3"
import type { Channel, Message, Person } from "../fakes/discord/index.js"
import { CarefulClient } from "./careful-client.js"
import { CarefulRooms, type Line } from "./careful-rooms.js"
import { within } from "./deadline.js"
import { DoubleBook } from "./double-book.js"
import { type Fate, fates, trouble } from "./discord-fates.js"
import { numberOf, type Strand, tenOf, texts } from "./discord-strands.js"
import { club, type DiscordWorld, domain, jidOf, passwordOf, register, roomJid, startDiscordWorld } from "./discord-world.js"

/** Users without a bot, who speak by puppets; they take turns in who writes where, and read everywhere. */
const guests = ["romeo", "benvolio"] as const
/** A user with a bot of their own, for direct messages: those have a key. */
const owner = "mercutio"
const channels = 10
const each = 100
/** All messages of both directions, of the channels and of the direct chat. */
const total = (channels + 1) * each * 2
/** Messages of a conversation that are under way at a time, either direction. */
const window = 10
const deadlineMs = 200_000

interface Direct {
  channel: Channel
  person: Person
  toXmpp: string[]
  toDiscord: string[]
  said: number
  read: number
  came: number
  receipts: number
}

export class DiscordVoyage {
  readonly #strands: Strand[] = []
  readonly #clients: CarefulRooms[] = []
  readonly #faults: string[] = []
  readonly #played: string[] = []
  readonly #doubles: DoubleBook
  readonly #plan: Fate[]
  #direct!: Direct
  #mercutio!: CarefulClient
  #arrived = 0
  #wake = (): void => undefined

  private constructor(
    private readonly world: DiscordWorld,
    private readonly next: () => number,
  ) {
    this.#doubles = new DoubleBook(world.gateway)
    this.#plan = fates(next, total)
  }

  static async prepare(next: () => number): Promise<DiscordVoyage> {
    let places: { channel: Channel; person: Person }[] = []
    const world = await startDiscordWorld({
      users: [owner],
      guests,
      rooms: { "*": ["example.test"] },
      level: "info",
      prepare: (fake, bot) => {
        const people = ["juliet", "tybalt", "escalus"].map((username) => fake.person({ username, global_name: `${username} of Verona` }))
        const [juliet, , escalus] = people
        assert.ok(juliet && escalus)
        const verona = fake.makeGuild({ name: "Verona", owner: escalus })
        for (const person of people) if (person !== escalus) verona.join(person)
        verona.addBot(bot(club))
        places = tenOf(verona, juliet).map((channel, i) => ({ channel, person: people[i % people.length] ?? juliet }))
      },
    })
    const it = new DiscordVoyage(world, next)
    try {
      await it.#embark(places)
      return it
    } catch (error) {
      await world.close()
      throw error
    }
  }

  async close(): Promise<void> {
    await this.world.close()
  }

  async #embark(places: { channel: Channel; person: Person }[]): Promise<void> {
    const { world } = this
    for (const [i, { channel, person }] of places.entries())
      this.#strands.push({
        channel,
        room: roomJid(channel),
        person,
        writer: i % guests.length,
        toXmpp: texts(this.next, each, "from afar"),
        toDiscord: texts(this.next, each, "from here"),
        said: [],
        read: guests.map(() => 0),
        reflected: guests.map(() => 0),
        came: [],
        changes: new Map(),
      })
    world.fake.world.onDispatch(({ t, d }) => {
      if (t === "MESSAGE_CREATE") this.#came(d as unknown as Message)
    })
    for (const [i, user] of guests.entries()) {
      const client = new CarefulRooms({
        server: world.server,
        user,
        password: passwordOf(user),
        nick: user,
        domain,
        window,
        read: (room, line) => this.#read(i, room, line),
        changed: () => this.#wake(),
      })
      this.#clients.push(client)
      world.closing(() => client.logout())
      await client.login()
      for (const { room } of this.#strands) await client.enter(room)
    }
    await this.#embarkDirect()
  }

  async #embarkDirect(): Promise<void> {
    const { world } = this
    const person = world.fake.person({ username: "laurence", global_name: "Friar Laurence" })
    const channel = world.fake.dm(world.bot(owner), person)
    const jid = jidOf(person)
    this.#direct = {
      channel,
      person,
      toXmpp: texts(this.next, each, "from afar"),
      toDiscord: texts(this.next, each, "from here"),
      said: 0,
      read: 0,
      came: 0,
      receipts: 0,
    }
    this.#mercutio = new CarefulClient({
      server: world.server,
      user: owner,
      password: passwordOf(owner),
      window,
      read: (from, body) => {
        if (from !== jid) return
        if (body !== this.#direct.toXmpp[this.#direct.read]) this.#faults.push(`«${body}» came to ${owner} as number ${this.#direct.read}`)
        this.#direct.read++
        this.#moved()
      },
      receipt: () => {
        this.#direct.receipts++
        this.#wake()
      },
    })
    world.closing(() => this.#mercutio.logout())
    const client = await this.#mercutio.login()
    await register(world, client, owner)
    // Known before there is trouble: to somebody who cannot be asked about just now nothing is taken, and the client would say it again later.
    await client.send(`<presence type='subscribe' to='${jid}'/>`)
    await client.waitFor(`<presence from='${jid}' type='subscribed'/>`, { since: 0, what: `${jid} as a contact` })
  }

  // ---- what comes

  /** By a guest, in a room: what a person or the writer said. */
  #read(guest: number, room: string, line: Line): void {
    const strand = this.#strands.find((one) => one.room === room)
    const n = numberOf(line.text)
    if (!strand || Number.isNaN(n)) return // a thread's first message and the like
    const isFromHere = line.nick === guests[strand.writer]
    const counts = isFromHere ? strand.reflected : strand.read
    const at = counts[guest] ?? 0
    const text = (isFromHere ? strand.toDiscord : strand.toXmpp)[n]
    // Of what was changed before it was read, the newest text is the first.
    if (n !== at || (line.text !== text && (isFromHere || line.text !== strand.changes.get(n))))
      this.#faults.push(`${guests[guest]} in ${strand.channel.name}: «${line.text}» by ${line.nick} came as number ${at}`)
    counts[guest] = at + 1
    this.#moved()
  }

  /** To Discord. */
  #came(message: Message): void {
    const { author, channel_id: id, content } = message
    const n = numberOf(content)
    if (id === this.#direct?.channel.id && author.id === this.world.bot(owner).id) {
      if (n !== this.#direct.came || content !== this.#direct.toDiscord[n])
        this.#faults.push(`directly: «${content}» came as number ${this.#direct.came}`)
      this.#direct.came++
      return this.#moved()
    }
    const strand = this.#strands.find(({ channel }) => channel.id === id)
    if (!strand || strand.person.id === author.id || Number.isNaN(n)) return
    const last = strand.came.at(-1) ?? -1
    const problem =
      message.webhook_id === undefined || author.username !== guests[strand.writer]
        ? `was said by ${author.username}`
        : content !== strand.toDiscord[n]
          ? "was written by nobody"
          : n !== last + 1 && n !== last
            ? `came after number ${last}`
            : undefined
    if (problem) this.#faults.push(`${strand.channel.name}: «${content}» ${problem}`)
    strand.came.push(n)
    if (n === last) this.#doubles.found(strand.channel, n)
    this.#moved()
  }

  #moved(): void {
    const sum = (counts: readonly number[]): number => Math.min(...counts)
    this.#arrived = this.#strands.reduce(
      (all, { read, came }) => all + sum(read) + (came.at(-1) ?? -1) + 1,
      this.#direct.read + this.#direct.came,
    )
    this.#wake()
  }

  #onward(): void {
    for (const strand of this.#strands) {
      const { channel, person, toXmpp, said, read } = strand
      while (said.length < each && said.length < Math.min(...read) + window) said.push(channel.say(person, toXmpp[said.length] ?? ""))
    }
    const { channel, person, toXmpp } = this.#direct
    for (; this.#direct.said < each && this.#direct.said < this.#direct.read + window; this.#direct.said++)
      channel.say(person, toXmpp[this.#direct.said] ?? "")
  }

  // ---- what happens

  /** People edit and delete what everybody has read, here and there. */
  #change(): void {
    for (let i = 0; i < 5; i++) {
      const strand = this.#strands[Math.floor(this.next() * channels)]
      if (!strand) continue
      const n = this.#recent(strand)
      const message = strand.said[n]
      if (!message || strand.changes.has(n)) continue
      const isEdit = i < 3
      strand.changes.set(n, isEdit ? `${strand.toXmpp[n]} (so much for that)` : null)
      if (isEdit) strand.channel.edit(message, strand.changes.get(n) ?? "")
      else strand.channel.delete(message)
    }
  }

  /** Number of something the person said lately, which everybody has read: what is older is not looked at again. */
  #recent({ room, read }: Strand): number {
    const lately = this.#clients[0]?.lines(room).slice(-50) ?? []
    const numbers = lately.flatMap(({ nick, text }) => (guests.some((guest) => guest === nick) ? [] : [numberOf(text)]))
    const known = numbers.filter((n) => n < Math.min(...read))
    return known[Math.floor(this.next() * known.length)] ?? -1
  }

  async #play({ what, run }: Fate): Promise<void> {
    this.#played.push(`${what} at ${this.#arrived}`)
    const { gateway, fake, bot } = this.world
    const listening = (): Promise<unknown> => fake.waitFor(() => fake.gateway.listening(bot(club)) > 0, "the bot to listen", 60_000)
    await run({
      fake,
      bot: bot(club),
      listening,
      change: () => this.#change(),
      kill: async () => {
        // The signal leaves at once, in the middle of whatever is going on.
        await gateway.kill9()
        this.#change()
        await gateway.start()
      },
      cutClient: async () => this.#clients[Math.floor(this.next() * guests.length)]?.cut(),
    })
  }

  async sail(): Promise<void> {
    let playing: Promise<void> | undefined
    const all = new Promise<void>((resolve, reject) => {
      const look = (): void => {
        const wrong = this.#wrong()
        if (wrong.length > 0) return reject(new Error(wrong.slice(0, 10).join("\n")))
        this.#onward()
        if (playing) return
        const fate = this.#plan[0]
        if (fate && this.#arrived >= fate.at) {
          this.#plan.shift()
          playing = this.#play(fate).then(() => {
            playing = undefined
            this.#wake()
          })
          playing.catch(reject)
        } else if (!fate && this.#isDone()) resolve()
      }
      // After what is under way: a fake that is told something must not be told something else meanwhile.
      let waiting = false
      this.#wake = () => {
        if (waiting) return
        waiting = true
        setImmediate(() => {
          waiting = false
          look()
        })
      }
    })
    const seed = Math.floor(this.next() * 2 ** 31)
    this.world.fake.faults.random({ seed, probability: 0.02, kinds: trouble })
    this.#wake()
    for (const { writer, room, toDiscord } of this.#strands) for (const text of toDiscord) this.#clients[writer]?.say(room, text)
    for (const text of this.#direct.toDiscord) this.#mercutio.say(jidOf(this.#direct.person), text)
    await within(all, deadlineMs, "all to arrive").catch(async (error: unknown) => {
      await playing?.catch(() => undefined) // or what it starts outlives the test
      throw new Error(`${String(error)}\n${this.#state()}`)
    })
  }

  #wrong(): string[] {
    return [...this.#faults, ...this.#clients.flatMap(({ faults }) => faults), ...this.#mercutio.faults]
  }

  #isDone(): boolean {
    const { read, came, receipts } = this.#direct
    if (Math.min(read, came, receipts) < each) return false
    // What the room saw need not have come to Discord yet: users read each other while it is slow.
    return this.#strands.every(
      (strand) =>
        Math.min(...strand.read, ...strand.reflected, (strand.came.at(-1) ?? -1) + 1) >= each && this.#unseen(strand).length === 0,
    )
  }

  /** Changes that somebody has not seen. */
  #unseen({ room, person, toXmpp, changes }: Strand): string[] {
    return this.#clients.flatMap((client, i) => {
      const lines = new Map(
        client.lines(room).flatMap((line) => (line.nick === guests[0] || line.nick === guests[1] ? [] : [[numberOf(line.text), line]])),
      )
      return [...changes].flatMap(([n, text]) => {
        const line = lines.get(n)
        const isSeen = text === null ? line?.retracted : line?.text === text
        return isSeen ? [] : `${guests[i]} has not seen that ${person.username} ${text === null ? "deleted" : "changed"} «${toXmpp[n]}»`
      })
    })
  }

  #state(): string {
    const { gateway } = this.world
    const { said, read, came, receipts } = this.#direct
    return [
      `${this.#arrived} of ${total} arrived; ${this.#played.join(", ")}`,
      ...this.#strands.map((strand) => {
        const left = this.#clients.map((client) => client.unreflected(strand.room))
        const counts = `${strand.said.length} said, ${strand.read.join("/")} read; ${strand.came.at(-1)} came, ${strand.reflected.join("/")} reflected, ${left.join("/")} not`
        return [`${strand.channel.name} (${strand.room}): ${counts}`, ...this.#unseen(strand)].join("\n  ")
      }),
      `directly: ${said} said, ${read} read; ${came} came, ${receipts} receipts; ${JSON.stringify(this.#mercutio.counts)}`,
      ...this.#clients.map(({ counts }) => JSON.stringify(counts)),
      ...gateway.log.slice(-40).map((entry) => JSON.stringify(entry)),
    ].join("\n")
  }

  // ---- at the end

  async arrive(): Promise<{ doubles: { found: number; announced: number }; fates: string; counts: string }> {
    const { fake, gateway } = this.world
    const starts = gateway.log.filter(({ msg }) => /\bready\b/.test(msg)).length
    assert.equal(starts, 1 + this.#played.filter((what) => what.startsWith("kill")).length)
    for (const { room, channel } of this.#strands) {
      const [first, second] = this.#clients.map((client) => client.lines(room).map(({ nick, text }) => `${nick}: ${text}`))
      assert.deepEqual(first, second, `${channel.name} is not the same for both`)
    }
    for (const client of [...this.#clients, this.#mercutio]) await client.logout()
    assert.equal(await gateway.stop(), 0)
    assert.deepEqual([...this.#wrong(), ...fake.violations], [])
    assert.deepEqual(
      this.#direct.channel.messages.filter(({ author }) => author.id === this.world.bot(owner).id).map(({ content }) => content),
      this.#direct.toDiscord,
    )
    const database = new Database(gateway.database, { readonly: true })
    try {
      assert.deepEqual(database.prepare("SELECT * FROM outbox").all(), [], "rows are left")
      const doubles = this.#doubles.explained(
        ({ id }) => (database.prepare("SELECT id FROM conversation WHERE legacy_id = ? AND link_id IS NULL").get(id) as { id: number }).id,
      )
      const faulty = [...fake.faults.played].map(([kind, count]) => `${count} ${kind}`)
      const { identified, resumed } = fake.gateway.counts
      const changes = this.#strands.reduce((sum, strand) => sum + strand.changes.size, 0)
      return {
        doubles,
        fates: `${this.#played.join(", ")} (of ${total}); REST: ${faulty.join(", ")}`,
        counts: `${changes} changes; ${identified} sessions, ${resumed} resumed; the clients: ${this.#clients.map(({ counts }) => JSON.stringify(counts)).join(" ")}`,
      }
    } finally {
      database.close()
    }
  }
}
