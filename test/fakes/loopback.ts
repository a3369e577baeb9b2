// The conformance kit's foreign side on a loopback network, played by a driver.
import { Driver, type SentRecord } from "xferry-adapter-loopback"
import type { Answers, Fake, Which } from "xferry/conformance"
import { secret } from "../support/secrets.js"

export interface Ground {
  /** Where drivers attach. */
  address: string
  options: object
  stop(): Promise<void>
}

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
  #ground!: Ground
  #driver!: Driver

  constructor(private readonly prepare: () => Promise<Ground>) {}

  async start(): Promise<void> {
    this.#ground = await this.prepare()
    this.#driver = await Driver.connect(this.#ground.address)
    await this.#driver.ask({ op: "person", id: this.person.id, name: this.person.name, username: "capulet" })
  }

  async stop(): Promise<void> {
    this.#driver.close()
    await this.#ground.stop()
  }

  options(): object {
    return this.#ground.options
  }

  async personSays(text: string, to: Which): Promise<string> {
    const { id } = await this.#driver.ask<{ id: string }>({ op: "say", account: accounts[to], from: this.person.id, text })
    return id
  }

  personEdits(id: string, text: string, to: Which): Promise<unknown> {
    return this.#driver.ask({ op: "edit", account: accounts[to], from: this.person.id, id, text })
  }

  personTypes(to: Which): Promise<unknown> {
    return this.#driver.ask({ op: "typing", account: accounts[to], from: this.person.id })
  }

  async sent(by: Which): Promise<{ id: string; text: string }[]> {
    const seen = new Map<string, string>()
    for (const { kind, id, text } of await this.#list(by)) {
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

  #list(by: Which): Promise<SentRecord[]> {
    return this.#driver.ask<SentRecord[]>({ op: "list", account: accounts[by] })
  }

  #fault(fault: Omit<Parameters<Driver["ask"]>[0] & { op: "fault" }, "op">): Promise<unknown> {
    return this.#driver.ask({ op: "fault", account: accounts[0], ...fault })
  }
}
