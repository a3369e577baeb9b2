// Polls: votes come one by one; what stands is told as a change of the message, so often that people can follow and no oftener.
import { Routes } from "discord.js"
import type { NetworkEvent } from "xferry"
import { explain } from "../connection/errors.js"
import { id, isObject, type Json, object } from "../loose.js"
import type { Snowflake } from "../places.js"
import type { Bot } from "../types.js"

/** Between a vote and the tally that has it, and so between two tallies of one poll. */
const afterMs = 2000
/** Polls that are voted on at the same time. */
const most = 500

type Told = (message: Json, revision: number) => Promise<NetworkEvent[]>

export class Tallies {
  readonly #due = new Map<Snowflake, NodeJS.Timeout>()
  #last = 0

  /** `told`: the message as it is now, as an edit. */
  constructor(
    private readonly bot: Bot,
    private readonly told: Told,
  ) {
    bot.host.signal.addEventListener("abort", () => this.#stop(), { once: true })
  }

  /** Message Poll Vote Add and Remove: who voted for what. How many there are only the message tells. */
  voted(data: Json): [] {
    const [message, channel] = [id(data["message_id"]), id(data["channel_id"])]
    if (message === undefined || channel === undefined || this.#due.has(message) || this.#due.size >= most) return []
    if (this.bot.host.signal.aborted) return []
    const guild = id(data["guild_id"])
    const placed = { channel_id: channel, ...(guild !== undefined && { guild_id: guild }) }
    const timer = setTimeout(() => void this.#look(message, channel, placed), afterMs).unref()
    this.#due.set(message, timer)
    return []
  }

  /** The message itself came again. */
  changed(message: Json): Promise<NetworkEvent[]> {
    const key = id(message["id"])
    if (key !== undefined) {
      clearTimeout(this.#due.get(key))
      this.#due.delete(key)
    }
    return this.told(message, this.#revision())
  }

  async #look(message: Snowflake, channel: Snowflake, placed: Json): Promise<void> {
    this.#due.delete(message)
    const { rest, host } = this.bot
    try {
      const answer = object(await rest.get(Routes.channelMessage(channel, message), { signal: host.signal }))
      if (!isObject(answer["poll"])) return
      for (const event of await this.told({ ...answer, ...placed }, this.#revision())) await host.emit(event)
    } catch (error) {
      if (!host.signal.aborted) host.log.debug({ channel, message, reason: explain(error).message }, "a poll could not be counted")
    }
  }

  /** Epoch ms, and always more than the last. */
  #revision(): number {
    return (this.#last = Math.max(Date.now(), this.#last + 1))
  }

  #stop(): void {
    for (const timer of this.#due.values()) clearTimeout(timer)
    this.#due.clear()
  }
}
