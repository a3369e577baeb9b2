// Direct chats: which channel is whose, remembered both ways over restarts.
import { Routes } from "discord.js"
import { AdapterError } from "xferry"
import { explain } from "../connection/errors.js"
import { id, list, number, object } from "../loose.js"
import type { Snowflake } from "../places.js"
import type { Bot, Dms } from "../types.js"
import { Bounded } from "../world/bounded.js"
import { Shared } from "./shared.js"

/** Channel Object, Channel Types. */
const direct = 1
/** Either way. */
const remembered = 2000

export class DirectChats implements Dms {
  readonly #channels = new Bounded<Snowflake, Snowflake>(remembered)
  /** Null: certainly none. */
  readonly #users = new Bounded<Snowflake, Snowflake | null>(remembered)
  /** Of channels that are not told of; null: none. */
  readonly #guilds = new Bounded<Snowflake, Snowflake | null>(remembered)
  readonly #opening = new Shared<Snowflake>()
  readonly #asking = new Shared<Snowflake | undefined>()

  constructor(private readonly bot: Pick<Bot, "rest" | "host" | "self" | "world">) {}

  async channelOf(user: Snowflake, signal: AbortSignal): Promise<Snowflake> {
    return this.#channels.get(user) ?? (await this.#opening.run(user, signal, () => this.#find(user)))
  }

  async userOf(channel: Snowflake): Promise<Snowflake | undefined> {
    const known = this.#users.get(channel)
    if (known !== undefined) return known ?? undefined
    const kept = id(await this.bot.host.state.get(userKey(channel)))
    if (kept !== undefined) {
      this.#users.set(channel, kept)
      return kept
    }
    return this.#asking.run(channel, this.bot.host.signal, () => this.#ask(channel))
  }

  async learn(channel: Snowflake, user: Snowflake): Promise<void> {
    if (this.#users.get(channel) === user && this.#channels.get(user) === channel) return
    this.#users.set(channel, user)
    this.#channels.set(user, channel)
    const { state } = this.bot.host
    if ((await state.get(channelKey(user))) !== channel) await state.set(channelKey(user), channel)
    if ((await state.get(userKey(channel))) !== user) await state.set(userKey(channel), user)
  }

  async guildOf(channel: Snowflake): Promise<Snowflake | undefined> {
    const known = this.#guilds.get(channel)
    if (known !== undefined) return known ?? undefined
    if (this.#users.get(channel) || id(await this.bot.host.state.get(userKey(channel))) !== undefined) return undefined
    const { rest, host, world } = this.bot
    try {
      const data = object(await rest.get(Routes.channel(channel), { signal: host.signal }))
      world.learn(data)
      this.#guilds.set(channel, id(data["guild_id"]) ?? null)
    } catch (error) {
      const { kind, message } = explain(error)
      host.log.debug({ channel, reason: message }, "whether this is a direct chat could not be asked")
      // What the server does not know is not asked again at every message.
      if (kind !== "retry") this.#guilds.set(channel, null)
    }
    return this.#guilds.get(channel) ?? undefined
  }

  /** Discord no longer knows the channel: the next time it is opened again. */
  async forget(user: Snowflake): Promise<void> {
    this.#channels.delete(user)
    await this.bot.host.state.set(channelKey(user), null)
  }

  async #find(user: Snowflake): Promise<Snowflake> {
    const kept = id(await this.bot.host.state.get(channelKey(user)))
    const channel = kept ?? (await this.#open(user))
    await this.learn(channel, user)
    return channel
  }

  /** User Resource, Create DM: gives the same channel each time. */
  async #open(user: Snowflake): Promise<Snowflake> {
    const { rest, host, self } = this.bot
    if (user === self.id) throw new AdapterError("rejected", "This is the bot itself: it cannot write to itself.")
    try {
      const answer = await rest.post(Routes.userChannels(), { body: { recipient_id: user }, signal: host.signal })
      const channel = id(object(answer)["id"])
      if (channel !== undefined) return channel
    } catch (error) {
      throw explain(error)
    }
    throw new AdapterError("retry", "Discord did not say where the direct chat with this person is.")
  }

  async #ask(channel: Snowflake): Promise<Snowflake | undefined> {
    try {
      const answer = object(await this.bot.rest.get(Routes.channel(channel), { signal: this.bot.host.signal }))
      const others = list(answer["recipients"]).flatMap((user) => id(user["id"]) ?? [])
      const user = others.find((other) => other !== this.bot.self.id)
      if (number(answer["type"]) === direct && user !== undefined) {
        await this.learn(channel, user)
        return user
      }
      this.#users.set(channel, null)
    } catch (error) {
      const { kind, message } = explain(error)
      if (kind === "gone" || kind === "denied") this.#users.set(channel, null)
      this.bot.host.log.debug({ channel, reason: message }, "whose direct chat this is could not be asked")
    }
    return undefined
  }
}

function channelKey(user: Snowflake): string {
  return `dm ${user}`
}

function userKey(channel: Snowflake): string {
  return `dm channel ${channel}`
}
