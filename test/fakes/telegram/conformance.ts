// The conformance kit's foreign side on the fake Bot API.
import assert from "node:assert/strict"
import type { Message } from "node-telegram-bot-api"
import type { Answers, Fake, FakeAsides, FakeFiles, FakeRooms, Which } from "xferry/conformance"
import { secret } from "../../support/secrets.js"
import { adminRights, type Bot, type FakeBotApi, type Group, startFakeBotApi } from "./index.js"

const tokens = [secret("4711:AAFconformance-first-bot_0123456789"), secret("4712:AAFconformance-other-bot_0123456789")] as const
const escalus = { id: 5_200_000_004, is_bot: false, first_name: "Escalus" }
const verona = { id: "-1002000000001", name: "Verona" }
const closed = "-1002000000002"
const juliet = { id: 5_200_000_001, first_name: "Juliet", last_name: "🌹" }

export class TelegramFake implements Fake {
  readonly credentials: readonly [Answers, Answers] = [{ token: tokens[0] }, { token: tokens[1] }]
  readonly badCredentials = { token: secret("4713:AAFconformance-unknown-bot_123456789") }
  readonly person = { id: String(juliet.id), name: "Juliet 🌹" }
  readonly nobody = "999"
  readonly rooms: FakeRooms = {
    room: verona,
    nowhere: "-1002000000009",
    readOnly: closed,
    says: (text) => String(this.#verona.say(this.#api.person(juliet), text).id(this.#bots[0])),
    sent: () => this.#sentTo(this.#bots[0], Number(verona.id)),
    edits: (id, text) => {
      const post = this.#verona.posts.find(this.#bots[0], Number(id))
      assert.ok(post)
      this.#verona.edit(post, text)
    },
    joins: () => {
      const somebody = this.#api.person({ id: 5_300_000_000 + this.#verona.memberCount, first_name: "Somebody" })
      this.#verona.join(somebody)
      return String(somebody.id)
    },
  }
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
  readonly files: FakeFiles = {
    shows: (files, text, to) => {
      const beside = files.length > 1 ? { media_group_id: String(Date.now()) } : {}
      const ids = files.map(({ name, mime, kind, content: bytes }, i) => {
        const words = i === files.length - 1 && text !== "" ? { caption: text } : {}
        const it = { name, mime, bytes }
        return this.#api.show(this.#bots[to], this.#api.person(juliet), kind === "image" ? "photo" : "document", it, {
          ...beside,
          ...words,
        }).message_id
      })
      return String(ids.at(-1))
    },
    sent: (by, id) => {
      const all = this.#bots[by].sent.filter(({ chat }) => chat === juliet.id)
      const main = all.find((one) => String(one.id) === id)
      const group = main?.content?.media_group_id
      const parts = group === undefined ? [main] : all.filter(({ content }) => content?.media_group_id === group)
      return { text: main?.text ?? "", files: parts.flatMap((part) => (part?.content ? [this.#fileIn(part.content)] : [])) }
    },
  }
  readonly asides: FakeAsides = {
    reacts: (id, emoji, to) => this.#api.react(this.#bots[to], this.#api.person(juliet), Number(id), emoji),
    reactions: (id, by) => this.#bots[by].reactions.findLast((one) => String(one.id) === id)?.emoji ?? [],
  }
  #api!: FakeBotApi
  #bots!: [Bot, Bot]
  #verona!: Group

  async start(): Promise<void> {
    this.#api = await startFakeBotApi()
    this.#bots = [
      this.#api.addBot({ token: tokens[0], username: "romeo_bot" }),
      this.#api.addBot({ token: tokens[1], username: "tybalt_bot" }),
    ]
    this.#verona = this.#api.makeGroup({ id: Number(verona.id), title: verona.name, owner: escalus })
    this.#verona.join(this.#api.person(juliet))
    this.#verona.addBot(this.#bots[0], escalus, adminRights)
    const silent = this.#api.makeGroup({ id: Number(closed), title: "Mantua", owner: escalus, permissions: { can_send_messages: false } })
    silent.addBot(this.#bots[0])
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
    return this.#sentTo(this.#bots[by], juliet.id)
  }

  #fileIn({ document, photo, video, audio, voice, animation, sticker }: Partial<Message>): { content: Uint8Array; name?: string } {
    const held = document ?? photo?.at(-1) ?? video ?? audio ?? voice ?? animation ?? sticker
    const content = this.#api.files.bytesOf(held?.file_id ?? "") ?? new Uint8Array()
    return { content, ...(document?.file_name !== undefined && { name: document.file_name }) }
  }

  #sentTo(bot: Bot, to: number): { id: string; text: string }[] {
    return bot.sent.filter(({ chat, deleted }) => chat === to && !deleted).map(({ id, text }) => ({ id: String(id), text }))
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
