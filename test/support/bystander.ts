// Somebody else on the same gateway: whatever is done to others, their conversation goes on and the stream lives.
import assert from "node:assert/strict"
import { readFileSync } from "node:fs"
import type { Element } from "@xmpp/xml"
import type { Person } from "../fakes/telegram/index.js"
import type { TestClient } from "./client.js"
import { domain, jidOf, register, type World } from "./world.js"

const patience = 15_000

/** One user and one person who talk with each other. */
export class Pair {
  #n = 0

  private constructor(
    readonly world: World,
    readonly user: string,
    readonly client: TestClient,
    readonly person: Person,
  ) {}

  /** Logs in, registers, and is written to. */
  static async meet(world: World, user: string, fields: Partial<Person> & { id: number }): Promise<Pair> {
    const client = await world.login(user, { resource: "here", acceptSubscriptions: true })
    await register(world, client, user)
    const pair = new Pair(world, user, client, world.api.person(fields))
    await pair.talk()
    return pair
  }

  get jid(): string {
    return jidOf(this.person)
  }

  /** Texts that the person has of the user, as they read now. */
  get texts(): string[] {
    return this.world.api.textsTo(this.world.bot(this.user), this.person)
  }

  /** The user writes; resolves with the stanza's id when the person has it and the receipt is back. */
  async says(text: string, options: Parameters<TestClient["say"]>[2] = {}): Promise<string> {
    const id = await this.client.say(this.jid, text, { ...options, receipt: true })
    await this.receipt(id)
    return id
  }

  async receipt(id: string): Promise<void> {
    await this.client.waitFor((el) => el.getChild("received", "urn:xmpp:receipts")?.attrs["id"] === id, {
      since: 0,
      timeout: patience,
      what: `the receipt of ${id}`,
    })
  }

  /** The error to a stanza of the user's: type, condition, and the sentence for people. */
  async refusal(id: string, client = this.client): Promise<{ type: string; condition: string; text: string }> {
    const stanza = await client.waitFor((el) => el.attrs["id"] === id && el.attrs["type"] === "error", {
      since: 0,
      timeout: patience,
      what: `the error of ${id}`,
    })
    return errorOf(stanza)
  }

  /** Both ways, each exactly once. */
  async talk(): Promise<void> {
    const { world, user, client, person } = this
    const n = ++this.#n
    world.api.say(world.bot(user), person, `number ${n} to ${user}`)
    await client.waitForMessage(this.jid, `number ${n} to ${user}`, { since: 0, timeout: patience })
    await this.says(`number ${n} of ${user}`)
    assert.equal(this.texts.filter((text) => text === `number ${n} of ${user}`).length, 1)
    assert.equal(client.messages(this.jid).filter((el) => el.getChildText("body") === `number ${n} to ${user}`).length, 1)
  }

  /** Nothing happened to this pair, to the stream, or to the gateway. */
  async unharmed(): Promise<void> {
    await this.talk()
    const { gateway, server } = this.world
    const log = readFileSync(server.logFile, "utf8")
    const came = log.split("\n").filter((line) => line.startsWith(`${domain}:component`) && line.includes("successfully authenticated"))
    const went = log.split("\n").filter((line) => line.includes(`component disconnected: ${domain}`))
    assert.deepEqual([came.length, went], [1, []], "the server saw one connection")
    assert.equal(gateway.log.filter(({ msg }) => msg.endsWith(" is connected.")).length, 1)
    assert.deepEqual(
      gateway.log.filter(({ level }) => level === "error" || level === "fatal" || level === "none"),
      [],
    )
    assert.deepEqual(this.client.errors, [])
  }
}

export function errorOf(stanza: Element): { type: string; condition: string; text: string } {
  const error = stanza.getChild("error")
  const condition = error?.getChildElements().find((child) => child.getNS() === "urn:ietf:params:xml:ns:xmpp-stanzas")
  return { type: error?.attrs["type"] ?? "", condition: condition?.getName() ?? "", text: error?.getChildText("text") ?? "" }
}
