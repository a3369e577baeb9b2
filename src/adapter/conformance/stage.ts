// What the checks share: logging in, opening and closing sessions, and the evidence gathered on the way.
import assert from "node:assert/strict"
import type { TestContext } from "node:test"
import { inspect } from "node:util"
import type { Adapter, Ask, Capabilities, ChatRef, NetworkEvent, Session } from "../contract.js"
import { AdapterError } from "../errors.js"
import { validateOptions } from "../load.js"
import type { Answers, Fake, Which } from "./fake.js"
import { TestHost, within } from "./host.js"

/** A session whose verbs are there as the capabilities say. */
export type AnySession = Session<{ send: object }> & Partial<Session<Required<Capabilities>>>
/** Registers one check. */
export type Check = (name: string, run: (t: TestContext) => void | Promise<void>) => void
type Message = NetworkEvent & { type: "message" }

export interface Open {
  session: AnySession
  host: TestHost
  which: Which
  /** Ends the session as the core would, and waits for its end. */
  close(): Promise<void>
}

export class Stage {
  /** Every host there was, every error an adapter threw, every secret that was typed. */
  readonly hosts: TestHost[] = []
  readonly errors: unknown[] = []
  readonly secrets = new Set<string>()
  readonly #memories = [new Map<string, string>(), new Map<string, string>()] as const
  readonly #open = new Set<Open>()
  readonly #logins = new Map<Which, { id: string; secret: unknown }>()
  #count = 0

  constructor(
    readonly adapter: Adapter<unknown, unknown, Capabilities>,
    readonly fake: Fake,
    readonly deadlineMs: number,
  ) {}

  get capabilities(): Capabilities {
    return this.adapter.capabilities
  }

  async options(): Promise<unknown> {
    const result = await validateOptions(this.adapter, this.fake.options())
    assert.ok("value" in result, `the adapter refuses the fake's options: ${inspect(result)}`)
    return result.value
  }

  /** For one call. */
  signal(): AbortSignal {
    return AbortSignal.timeout(this.deadlineMs)
  }

  /** A text nobody said before. */
  text(about: string): string {
    return `${about} №${++this.#count}`
  }

  async login(answers: Answers): Promise<{ id: string; secret: unknown }> {
    const ask: Ask = async ({ title, fields = [], until }) => {
      assert.ok(title, "every step of a login has a title")
      const given: Record<string, string> = {}
      for (const { name, label, secret } of fields) {
        assert.ok(label, `the field «${name}» has a label`)
        assert.ok(name in answers, `the fake's credentials have no answer for the field «${name}»`)
        given[name] = answers[name]!
        if (secret) this.secrets.add(answers[name]!)
      }
      await until
      return given
    }
    return within(this.adapter.login(ask, await this.options(), AbortSignal.timeout(this.deadlineMs)), this.deadlineMs, "the login")
  }

  /** The network no longer accepts what it gave us: the next session begins with a login. */
  forgetLogin(which: Which): void {
    this.#logins.delete(which)
  }

  async open(which: Which = 0, prepare: (host: TestHost) => void = () => undefined): Promise<Open> {
    const known = this.#logins.get(which) ?? (await this.login(this.fake.credentials[which]))
    this.#logins.set(which, known)
    const host = new TestHost(this.#memories[which], this.deadlineMs)
    this.hosts.push(host)
    prepare(host)
    const connecting = this.adapter.connect(known.secret, await this.options(), host)
    const session = (await within(connecting, this.deadlineMs, "the connection")) as AnySession
    const open: Open = { session, host, which, close: () => this.#close(open) }
    this.#open.add(open)
    return open
  }

  async #close(open: Open): Promise<void> {
    this.#open.delete(open)
    open.host.close()
    await within(open.session.ended, this.deadlineMs, "the session's end after host.signal was aborted")
  }

  /** Between two checks: nothing of the one may reach into the other. */
  async closeAll(): Promise<void> {
    for (const open of this.#open) await open.close().catch(() => undefined)
  }

  /** The person says something; resolves with the event it became, and thereby with the chat to answer in. */
  async hear(open: Open, text = this.text("a message")): Promise<Message> {
    const id = await this.fake.personSays(text, open.which)
    return (await open.host.event(`the message «${text.slice(0, 40)}»`, (event) => event.type === "message" && event.id === id)) as Message
  }

  async send(open: Open, chat: ChatRef, text: string, key = this.text("key")): Promise<{ id: string }> {
    const sending = open.session.send({ chat, body: { text }, key }, AbortSignal.timeout(this.deadlineMs))
    return within(sending, this.deadlineMs, "the answer to a send")
  }

  /** What `call` fails with: must be an `AdapterError` that can be shown to people. */
  async failure(what: string, call: () => Promise<unknown>): Promise<AdapterError> {
    const error = await within(call(), this.deadlineMs, `${what} to fail`).then(
      () => assert.fail(`${what} must fail`),
      (reason: unknown) => reason,
    )
    this.errors.push(error)
    assert.ok(error instanceof AdapterError, `${what} must fail with an AdapterError, not with ${inspect(error)}`)
    assert.match(error.message, /\S/, `${what}: the error has a sentence for people`)
    assert.doesNotMatch(error.message, /\n\s+at |<\/?[a-z]+[^>]*>/i, `${what}: no stack and no HTML in the sentence`)
    return error
  }
}
