// The parlour on Telegram: a fake Bot API, the user's own bot, Juliet who writes to it, and a group where both are.
import assert from "node:assert/strict"
import type { Message } from "node-telegram-bot-api"
import {
  type Beside,
  type Bot,
  contentOf,
  type FakeBotApi,
  type Group,
  type Kind,
  type Post,
  type Shown,
  startFakeBotApi,
} from "../fakes/telegram/index.js"
import type { Sent } from "../fakes/telegram/index.js"
import type { Place } from "./cells.js"
import { type Corner, Parlour } from "./parlour.js"
import { png } from "./pictures.js"
import { secret } from "./secrets.js"

export const domain = "tg.example.test"
export const juliet = { id: 5_200_000_001, is_bot: false, first_name: "Juliet", username: "juliet" }
export const nurse = { id: 5_200_000_002, is_bot: false, first_name: "Nurse" }

/** What they look like; by first name. */
export const faces: Readonly<Record<string, Buffer>> = { Juliet: png([200, 30, 30], 16), Nurse: png([30, 30, 200], 16) }

/** A message on Telegram: its number, and in a group the post. */
export interface There {
  id: number
  message?: Message
  post?: Post
}

export class TelegramParlour {
  private constructor(
    readonly api: FakeBotApi,
    readonly bot: Bot,
    readonly group: Group,
    readonly parlour: Parlour,
  ) {}

  static async open({ files }: { files?: Record<string, unknown> } = {}): Promise<TelegramParlour> {
    const api = await startFakeBotApi()
    const token = secret("4711001:AAF-the-token-of-the-bot-in-the-parlour")
    const bot = api.addBot({ token, username: "romeo_bot" })
    for (const person of [juliet, nurse]) api.files.face(api.person(person), faces[person.first_name] ?? null)
    const group = api.makeGroup({ title: "Verona", owner: juliet })
    group.join(api.person(nurse))
    try {
      const parlour = await Parlour.open({
        network: "telegram",
        domain,
        options: { apiRoot: api.url, pollSeconds: 5 },
        registration: { token },
        ...(files && { files }),
      })
      parlour.closing(() => api.stop())
      const it = new TelegramParlour(api, bot, group, parlour)
      try {
        await it.#begin()
        return it
      } catch (error) {
        await parlour.close()
        throw error
      }
    } catch (error) {
      await api.stop().catch(() => undefined)
      throw error
    }
  }

  async #begin(): Promise<void> {
    const { api, bot, group, parlour } = this
    await this.listens()
    const contact = parlour.meet(String(juliet.id))
    api.say(bot, juliet, "Romeo?")
    await contact.text("Romeo?")
    group.addBot(bot, api.person(juliet), ["can_manage_chat", "can_delete_messages"])
    group.say(api.person(nurse), "I come, I come")
    await this.drained()
    const room = await parlour.enter(`#${group.id}@${domain}`)
    group.say(api.person(juliet), "By and by")
    await room.text("By and by")
  }

  /** The gateway listens for the bot. */
  async listens(): Promise<void> {
    await this.api.waitFor(() => this.bot.polling, "the gateway to listen for the bot", 30_000)
  }

  /** The gateway has taken all there is. */
  async drained(): Promise<void> {
    await this.api.waitFor(() => this.bot.pending.length === 0, "the gateway to take what is there", 30_000)
  }

  at(place: Place): Corner {
    return this.parlour.at(place)
  }

  chatOf(place: Place): number {
    return place === "room" ? this.group.id : juliet.id
  }

  // ---- what Juliet does
  says(place: Place, what: string | Record<string, unknown>, answering?: There): There {
    if (place === "room") {
      const post = this.group.say(this.api.person(juliet), what, answering?.post ? { replyTo: answering.post } : {})
      return { id: post.id(this.bot), post }
    }
    const replied = answering && this.bot.chat(juliet.id).messages.get(answering.id)
    const content = typeof what === "string" ? { text: what } : what
    const message = this.api.say(this.bot, juliet, { ...content, ...(replied && { reply_to_message: replied }) })
    return { id: message.message_id, message }
  }

  shows(place: Place, kind: Kind, it: Shown = {}, beside: Beside = {}): There {
    return this.says(place, contentOf(this.api.files, kind, it, beside))
  }

  edits(place: Place, what: There, text: string): void {
    if (what.post) this.group.edit(what.post, text)
    else if (what.message) this.api.edit(this.bot, what.message, text)
    else assert.fail(`nothing to edit in ${place}`)
  }

  reacts(place: Place, id: number, ...emoji: string[]): void {
    if (place === "direct") return this.api.react(this.bot, juliet, id, emoji)
    const post = this.group.posts.find(this.bot, id)
    assert.ok(post)
    this.group.react(juliet, post, emoji)
  }

  /** Any message that is there, as something to answer. */
  there(place: Place, id: number): There {
    const post = place === "room" ? this.group.posts.find(this.bot, id) : undefined
    return { id, ...(post && { post }) }
  }

  // ---- what Telegram got
  /** What the bot sends next to this place, from number `from` of all that it sent there. */
  async sent(place: Place, from: number, what = "something"): Promise<Sent> {
    const chat = this.chatOf(place)
    return this.api.waitFor(() => this.bot.sent.filter((one) => one.chat === chat)[from], `${what} to come to ${place}`, 20_000)
  }

  /** How much was sent there. */
  count(place: Place): number {
    return this.bot.sent.filter((one) => one.chat === this.chatOf(place)).length
  }

  /** What comes to Telegram of what `act` does; with what `act` gave. */
  async gets<T>(place: Place, act: () => Promise<T>): Promise<{ sent: Sent; gave: T }> {
    const from = this.count(place)
    const gave = await act()
    return { sent: await this.sent(place, from), gave }
  }

  /** A message as the bot sees it now. */
  message(place: Place, id: number): Message {
    const found = place === "room" ? this.group.posts.find(this.bot, id)?.seenBy(this.bot) : this.bot.chat(juliet.id).messages.get(id)
    assert.ok(found, `there is no message ${id} in ${place}`)
    return found
  }

  /** Of a text: «bold night». */
  marks(place: Place, { id, text }: Sent): string[] {
    const { entities = [] } = this.message(place, id)
    return entities.map(({ type, offset, length }) => `${type} ${text.slice(offset, offset + length)}`)
  }

  /** Bytes of the file that a message of the bot shows. */
  bytesOf({ content = {} }: Sent): Buffer {
    const one = content.photo?.at(-1) ?? content.video ?? content.animation ?? content.audio ?? content.voice ?? content.video_note
    const file = one ?? content.document ?? content.sticker
    assert.ok(file, JSON.stringify(content))
    return Buffer.from(this.api.files.bytesOf(file.file_id) ?? [])
  }

  /** The gateway dies and comes back, and listens again. */
  async crash(): Promise<void> {
    await this.parlour.crash()
    await this.listens()
  }

  /** Nothing was asked of Telegram that it would not take. */
  async close(): Promise<void> {
    try {
      assert.deepEqual(this.api.violations, [])
      this.parlour.calm()
    } finally {
      await this.parlour.close()
    }
  }
}
