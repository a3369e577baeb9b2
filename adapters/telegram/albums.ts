// Messages of ours that are several on Telegram (albums, a sticker with its text): what people do with any of them, they do with the one that the core knows.
import type { Host, NetworkEvent } from "xferry"
import { placeIn } from "./calls.js"
import { Lru } from "./lru.js"

/** So many further messages are known. */
const kept = 1000
const key = "albums"

export class Albums {
  /** By «chat message»: the first one's number. */
  readonly #firsts = new Lru<string, number>(kept)

  private constructor(private readonly state: Host["state"]) {}

  static async load(state: Host["state"]): Promise<Albums> {
    const albums = new Albums(state)
    for (const line of ((await state.get(key)) ?? "").split("\n")) {
      const [chat, message, first] = line.split(" ").map(Number)
      if (chat && message && first) albums.#firsts.set(`${chat} ${message}`, first)
    }
    return albums
  }

  /** To be awaited before the core is told that it was sent. Never rejects: that what people do is not seen is no reason to send it again. */
  async sent(chat: number, first: number, others: readonly number[]): Promise<void> {
    if (others.length === 0) return
    for (const message of others) this.#firsts.set(`${chat} ${message}`, first)
    const lines = this.#firsts.entries().map(([at, number]) => `${at} ${number}`)
    await this.state.set(key, lines.join("\n")).catch(() => undefined)
  }

  /** What an event points to, as the core knows it. */
  pointed(event: NetworkEvent): void {
    if (event.type === "reactions") event.id = this.#first(event, event.id)
    if (event.type === "message" && event.reply) event.reply.id = this.#first(event, event.reply.id)
  }

  #first({ chat }: Pick<Extract<NetworkEvent, { type: "reactions" }>, "chat">, id: string): string {
    return String(this.#firsts.get(`${placeIn(chat).chat} ${id}`) ?? id)
  }
}
