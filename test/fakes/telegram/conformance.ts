// The conformance kit's foreign side on the fake Bot API.
import assert from "node:assert/strict"
import type { Message } from "node-telegram-bot-api"
import type { Answers, Fake, Which } from "xferry/conformance"
import { secret } from "../../support/secrets.js"
import { type Bot, type FakeBotApi, startFakeBotApi } from "./index.js"

const tokens = [secret("4711:AAFconformance-first-bot_0123456789"), secret("4712:AAFconformance-other-bot_0123456789")] as const
const juliet = { id: 5_200_000_001, first_name: "Juliet", last_name: "🌹" }

export class TelegramFake implements Fake {
  readonly credentials: readonly [Answers, Answers] = [{ token: tokens[0] }, { token: tokens[1] }]
  readonly badCredentials = { token: secret("4713:AAFconformance-unknown-bot_123456789") }
  readonly person = { id: String(juliet.id), name: "Juliet 🌹" }
  readonly nobody = "999"
  readonly faults = {
    retry: () => this.#fault({ kind: "429", retryAfter: 1 }),
    rejected: () => this.#fault({ kind: "error", code: 400, description: "Bad Request: message is too long" }),
    gone: () => this.#fault({ kind: "error", code: 400, description: "Bad Request: chat not found" }),
    denied: () => this.#fault({ kind: "error", code: 403, description: "Forbidden: bot was blocked by the user" }),
    unsupported: () => this.#fault({ kind: "error", code: 404, description: "Not Found: method not found" }),
    "unknown-outcome": () => this.#fault({ kind: "reset-after" }),
    "logged-out": () => this.#fault({ kind: "error", code: 401, description: "Unauthorized" }),
    hang: () => this.#fault({ kind: "hang" }),
  } as const
  #api!: FakeBotApi
  #bots!: [Bot, Bot]

  async start(): Promise<void> {
    this.#api = await startFakeBotApi()
    this.#bots = [
      this.#api.addBot({ token: tokens[0], username: "romeo_bot" }),
      this.#api.addBot({ token: tokens[1], username: "tybalt_bot" }),
    ]
    this.#api.person(juliet)
  }

  async stop(): Promise<void> {
    await this.#api.stop()
    assert.deepEqual(this.#api.violations, [])
  }

  options(): object {
    return { apiRoot: this.#api.url, pollSeconds: 1 }
  }

  personSays(text: string, to: Which): string {
    return String(this.#api.say(this.#bots[to], this.#api.person(juliet), text).message_id)
  }

  personEdits(id: string, text: string, to: Which): Message {
    const message = this.#bots[to].chat(juliet.id).messages.get(Number(id))
    assert.ok(message)
    return this.#api.edit(this.#bots[to], message, text)
  }

  sent(by: Which): { id: string; text: string }[] {
    return this.#bots[by].sent.filter(({ deleted }) => !deleted).map(({ id, text }) => ({ id: String(id), text }))
  }

  typed(by: Which): number {
    return this.#bots[by].actions.filter(({ action }) => action === "typing").length
  }

  cut(): void {
    this.#api.cut()
  }

  #fault(fault: Parameters<FakeBotApi["faults"]["next"]>[1]): void {
    this.#api.faults.next("sendMessage", fault)
  }
}
