// The conformance kit's foreign side on a loopback network, played by a driver.
import { Driver, type SentRecord } from "xferry-adapter-loopback"
import type { Answers, Fake, FakeAsides, FakeFiles, FakeRooms, Which } from "xferry/conformance"
import { secret } from "../support/secrets.js"

export interface Ground {
  /** Where drivers attach. */
  address: string
  options: object
  stop(): Promise<void>
}

const options = [
  { id: "m", text: "Montague" },
  { id: "c", text: "Capulet" },
]
const crowd = ["m0", "m1", "m2", "m3"]
const accounts = ["romeo", "mercutio"] as const

export class LoopbackFake implements Fake {
  readonly credentials: readonly [Answers, Answers] = [
    { name: accounts[0], password: secret("moonshine-0") },
    { name: accounts[1], password: secret("moonshine-1") },
  ]
  readonly badCredentials = { name: "tybalt", password: "wrong" }
  readonly person = { id: "juliet", name: "Juliet 🌹", typed: "@capulet" }
  readonly nobody = "rosaline"
  readonly faults = {
    retry: () => this.#fault({ kind: "retry", retryAfterMs: 5, blocks: "account" }),
    rejected: () => this.#fault({ kind: "rejected" }),
    gone: () => this.#fault({ kind: "gone" }),
    denied: () => this.#fault({ kind: "denied" }),
    unsupported: () => this.#fault({ kind: "unsupported" }),
    "unknown-outcome": () => this.#fault({ kind: "unknown-outcome", processed: true }),
    "logged-out": () => this.#fault({ kind: "logged-out" }),
    hang: () => this.#fault({ kind: "hang" }),
  } as const
  readonly files: FakeFiles = {
    shows: (files, text, to) => {
      const shown = files.map(({ content, bytes: _, ...file }) => ({ ...file, base64: Buffer.from(content).toString("base64") }))
      return this.#id({ op: "say", account: accounts[to], from: this.person.id, text, files: shown })
    },
    sent: async (by, id) => {
      const all = await this.#driver.ask<SentRecord[]>({ op: "list", account: accounts[by], kind: "send", to: this.person.id })
      const sent = all.find((one) => one.id === id)
      const rest = all.filter(({ key }) => sent?.key !== undefined && key?.startsWith(`${sent.key}.`))
      const files = [sent, ...rest]
        .flatMap((one) => one?.files ?? [])
        .map(async ({ ref, name, mime }) => {
          const { base64 } = await this.#driver.ask<{ base64: string }>({ op: "content", ref })
          return { name, mime, content: Buffer.from(base64, "base64") }
        })
      return { text: sent?.text ?? "", files: await Promise.all(files) }
    },
  }
  readonly rooms: FakeRooms = {
    room: { id: "verona", name: "Streets of Verona" },
    readOnly: "edicts",
    nowhere: "utopia",
    says: async (text) => this.#id({ op: "say", room: "verona", from: this.person.id, text }),
    edits: (id, text) => this.#driver.ask({ op: "edit", room: "verona", id, text }),
    deletes: (id) => this.#driver.ask({ op: "retract", room: "verona", ids: [id], by: this.person.id }),
    joins: async () => {
      const user = `citizen-${++this.#citizens}`
      await this.#driver.ask({ op: "member", room: "verona", user, change: "joined" })
      return user
    },
    members: () => [accounts[0], this.person.id, ...crowd, ...Array.from({ length: this.#citizens }, (_, i) => `citizen-${i + 1}`)],
    sent: () => this.#seen({ account: accounts[0], room: "verona" }),
  }
  readonly asides: FakeAsides = {
    reacts: (id, emoji, to) => this.#driver.ask({ op: "react", account: accounts[to], from: this.person.id, id, set: [...emoji] }),
    clears: (id, to) => this.#driver.ask({ op: "react", account: accounts[to], from: this.person.id, id, cleared: true }),
    reactions: async (id, by) => (await this.#list(by)).filter((one) => one.kind === "react" && one.id === id).at(-1)?.emoji ?? [],
    reads: (upTo, to) => this.#driver.ask({ op: "read", account: accounts[to], from: this.person.id, upTo }),
    gets: (upTo, to) => this.#driver.ask({ op: "read", account: accounts[to], from: this.person.id, upTo, delivered: true }),
    lastRead: async (by) => (await this.#list(by)).filter(({ kind }) => kind === "read").at(-1)?.id,
    offers: (text, to) =>
      this.#id({ op: "say", account: accounts[to], from: this.person.id, text, extras: [{ type: "choice", as: "poll", options }] }),
    chosen: async (id, by) => (await this.#list(by)).filter((one) => one.kind === "interact" && one.id === id).at(-1)?.choose ?? [],
  }
  #citizens = 0
  #ground!: Ground
  #driver!: Driver

  constructor(private readonly prepare: () => Promise<Ground>) {}

  async start(): Promise<void> {
    this.#ground = await this.prepare()
    this.#driver = await Driver.connect(this.#ground.address)
    await this.#driver.ask({ op: "person", id: this.person.id, name: this.person.name, username: "capulet" })
    const { id: room, name } = this.rooms.room
    const seats = { accounts: [{ id: accounts[0], role: "admin" as const }], members: [this.person.id] }
    await this.#driver.ask({ op: "room", room, name, crowd: crowd.length, ...seats })
    await this.#driver.ask({ op: "room", room: "edicts", kind: "channel", accounts: [accounts[0]] })
  }

  async stop(): Promise<void> {
    this.#driver.close()
    await this.#ground.stop()
  }

  options(): object {
    return this.#ground.options
  }

  async personSays(text: string, to: Which): Promise<string> {
    return this.#id({ op: "say", account: accounts[to], from: this.person.id, text })
  }

  personEdits(id: string, text: string, to: Which): Promise<unknown> {
    return this.#driver.ask({ op: "edit", account: accounts[to], from: this.person.id, id, text })
  }

  personTypes(to: Which): Promise<unknown> {
    return this.#driver.ask({ op: "typing", account: accounts[to], from: this.person.id })
  }

  async sent(by: Which): Promise<{ id: string; text: string }[]> {
    return this.#seen({ account: accounts[by], to: this.person.id })
  }

  async #seen(query: { account: string; to?: string; room?: string }): Promise<{ id: string; text: string }[]> {
    const seen = new Map<string, string>()
    for (const { kind, id, text } of await this.#driver.ask<SentRecord[]>({ op: "list", ...query })) {
      if (kind === "send" || kind === "edit") seen.set(id!, text!)
      if (kind === "retract") seen.delete(id!)
    }
    return [...seen].map(([id, text]) => ({ id, text }))
  }

  async typed(by: Which): Promise<number> {
    return (await this.#list(by)).filter(({ kind, active }) => kind === "typing" && active).length
  }

  cut(): Promise<unknown> {
    return this.#driver.ask({ op: "cut", account: accounts[0] })
  }

  async #id(order: Parameters<Driver["ask"]>[0]): Promise<string> {
    return (await this.#driver.ask<{ id: string }>(order)).id
  }

  #list(by: Which): Promise<SentRecord[]> {
    return this.#driver.ask<SentRecord[]>({ op: "list", account: accounts[by] })
  }

  #fault(fault: Omit<Parameters<Driver["ask"]>[0] & { op: "fault" }, "op">): Promise<unknown> {
    return this.#driver.ask({ op: "fault", account: accounts[0], ...fault })
  }
}
