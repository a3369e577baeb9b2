// The conformance kit's foreign side on the fake Discord.
import assert from "node:assert/strict"
import { PermissionFlagsBits } from "discord-api-types/v10"
import type { Answers, Fake, FakeAsides, FakeFiles, FakeRooms, Which } from "xferry/conformance"
import { secret } from "../../support/secrets.js"
import type { Fault } from "./faults.js"
import { type Bot, type Channel, type FakeDiscord, type Guild, type Message, type Person, startFakeDiscord } from "./index.js"
import { clearReactions } from "./world/reactions.js"

const tokens = [secret("NDcxMQ.conformance.token-of-the-first-bot"), secret("NDcxMg.conformance.token-of-the-other-bot")] as const
const mayRead = PermissionFlagsBits.ViewChannel | PermissionFlagsBits.ReadMessageHistory
const everything = Object.values(PermissionFlagsBits).reduce((sum, bit) => sum | bit, 0n)
const send = "POST /channels/:id/messages"

export class DiscordFake implements Fake {
  readonly credentials: readonly [Answers, Answers] = [{ token: tokens[0] }, { token: tokens[1] }]
  readonly badCredentials = { token: secret("NDcxMw.conformance.token-of-nobody-at-all") }
  readonly person = { id: "520000000000000001", name: "Juliet 🌹", typed: "@juliet" }
  readonly nobody = "999000000000000999"
  readonly faults = {
    retry: () => this.#fault({ kind: "429", retryAfter: 1 }),
    rejected: () => this.#fault({ kind: "error", status: 400, code: 50035, message: "Invalid Form Body" }),
    // Twice: a direct channel that is gone is opened anew.
    gone: () => this.#fault({ kind: "error", status: 404, code: 10003, message: "Unknown Channel", times: 2 }),
    denied: () => this.#fault({ kind: "error", status: 403, code: 50007, message: "Cannot send messages to this user" }),
    "unknown-outcome": () => this.#fault({ kind: "reset-after" }),
    "logged-out": () => this.#fault({ kind: "error", status: 401, code: 0, message: "401: Unauthorized" }),
    hang: () => this.#fault({ kind: "hang" }),
  } as const
  readonly files: FakeFiles = {
    shows: (files, text, to) => {
      const shown = files.map(({ name, mime: type, content: bytes }) => ({ name, type, bytes }))
      return this.#dm(to).say(this.#juliet, { content: text, files: shown }).id
    },
    sent: (by, id) => {
      const { content, attachments } = messageOf(this.#dm(by), id)
      const files = attachments.map(({ url, filename, title, content_type: mime }) => ({
        content: this.#fake.world.files.get(new URL(url).pathname)?.bytes ?? new Uint8Array(),
        // As clients show it.
        name: title ? `${title}${/\.\w+$/.exec(filename)?.[0] ?? ""}` : filename,
        ...(mime !== undefined && { mime }),
      }))
      return { text: shown(content), files }
    },
  }
  readonly asides: FakeAsides = {
    reacts: (id, emoji, to) => {
      const dm = this.#dm(to)
      const message = messageOf(dm, id)
      for (const one of message.reactors.filter(({ users }) => users.includes(this.#juliet)).map((each) => each.emoji.name))
        if (!emoji.includes(one)) dm.unreact(message, this.#juliet, one)
      for (const one of emoji) dm.react(message, this.#juliet, one)
    },
    clears: (id, to) => clearReactions(messageOf(this.#dm(to), id)),
    reactions: (id, by) =>
      messageOf(this.#dm(by), id)
        .reactors.filter(({ users }) => users.includes(this.#bots[by].user))
        .map(({ emoji }) => emoji.name),
  }
  #fake!: FakeDiscord
  #bots!: [Bot, Bot]
  #juliet!: Person
  #guild!: Guild
  #square!: Channel
  #crypt!: Channel

  async start(): Promise<void> {
    const fake = (this.#fake = await startFakeDiscord())
    this.#bots = [fake.addBot({ token: tokens[0], username: "romeo" }), fake.addBot({ token: tokens[1], username: "tybalt" })]
    this.#juliet = fake.person({ id: this.person.id, username: "juliet", global_name: this.person.name })
    const escalus = fake.person({ username: "escalus", global_name: "Escalus" })
    const guild = (this.#guild = fake.makeGuild({ name: "Verona", owner: escalus }))
    guild.join(this.#juliet)
    for (const name of ["benvolio", "mercutio", "sampson"]) guild.join(fake.person({ username: name }))
    guild.addBot(this.#bots[0], { permissions: ["Administrator"] })
    this.#square = guild.makeChannel({ name: "square" })
    // Here it may read, and nothing else.
    const mantua = fake.makeGuild({ name: "Mantua", owner: escalus })
    mantua.join(this.#juliet)
    mantua.addBot(this.#bots[0], { permissions: 0n })
    this.#crypt = mantua.makeChannel({ name: "crypt", overwrites: [{ of: mantua, allow: mayRead, deny: everything & ~mayRead }] })
    const padua = fake.makeGuild({ name: "Padua", owner: escalus })
    padua.join(this.#juliet)
    padua.addBot(this.#bots[1])
  }

  get rooms(): FakeRooms {
    return {
      room: { id: this.#square.id, name: this.#square.name },
      readOnly: this.#crypt.id,
      nowhere: "999000000000000998",
      says: (text) => this.#square.say(this.#juliet, text).id,
      sent: () => this.#sentTo(0, this.#square),
      edits: (id, text) => this.#square.edit(messageOf(this.#square, id), text),
      deletes: (id) => this.#square.delete(messageOf(this.#square, id)),
      joins: () => {
        const somebody = this.#fake.person({ username: `somebody${this.#guild.members.size}` })
        this.#guild.join(somebody)
        return somebody.id
      },
      members: () => [...this.#guild.members.keys()],
    }
  }

  async stop(): Promise<void> {
    await this.#fake.stop()
    assert.deepEqual(this.#fake.violations, [])
  }

  options(): object {
    return { apiRoot: this.#fake.url }
  }

  personSays(text: string, to: Which): string {
    return this.#dm(to).say(this.#juliet, text).id
  }

  personEdits(id: string, text: string, to: Which): unknown {
    return this.#dm(to).edit(messageOf(this.#dm(to), id), text)
  }

  personTypes(to: Which): void {
    this.#dm(to).types(this.#juliet)
  }

  sent(by: Which): { id: string; text: string }[] {
    return this.#sentTo(by, this.#dm(by))
  }

  typed(by: Which): number {
    return this.#fake.requests.filter(({ method, path, bot }) => method === "POST" && path.endsWith("/typing") && bot === this.#bots[by])
      .length
  }

  cut(): void {
    this.#fake.cut()
  }

  #dm(which: Which): Channel {
    return this.#fake.dm(this.#bots[which], this.#juliet)
  }

  #sentTo(by: Which, channel: Channel): { id: string; text: string }[] {
    const { id } = this.#bots[by].user
    return channel.messages.filter(({ author }) => author.id === id).map(({ id, content }) => ({ id, text: shown(content) }))
  }

  #fault(fault: Fault): void {
    this.#fake.faults.next(send, fault)
  }
}

/** What people read: a backslash takes the meaning of what is neither letter, digit nor space, and is not shown. */
function shown(content: string): string {
  return content.replace(/\\([^0-9A-Za-z\s])/g, "$1")
}

function messageOf({ messages }: Channel, id: string): Message {
  const found = messages.find((message) => message.id === id)
  assert.ok(found)
  return found
}
