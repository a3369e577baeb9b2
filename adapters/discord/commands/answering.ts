// Commands carried out, and their answers shown: to the person alone, in place of the buttons they pressed, or in the direct chat.
import { setTimeout as sleep } from "node:timers/promises"
import { InteractionResponseType, MessageFlags, Routes } from "discord.js"
import type { Body, ChatRef, Contact, Host } from "xferry"
import { explain } from "../connection/errors.js"
import { redact } from "../connection/redact.js"
import { id, isObject, type Json, number, object, text } from "../loose.js"
import type { Snowflake } from "../places.js"
import { heardIn } from "../talk/heard.js"
import { codeOf } from "../talk/place.js"
import { nonceOf } from "../talk/send.js"
import type { Bot, Handlers } from "../types.js"
import { contactOf } from "../world/people.js"
import { answerOf } from "./answer.js"
import { chosenIn } from "./buttons.js"
import { answered, commandOf, invoked } from "./said.js"

type Call = Parameters<Host["run"]>[0]

/** As often an answer is tried, and as long it is waited for another try. */
const tries = 3
const firstWaitMs = 1000
const longestWaitMs = 60_000
/** Commands that are carried out at once; all others are told to come back. */
const mostAtOnce = 50
/** Whoever types a command and goes on at once means it to count for what follows: so long that is waited for. */
const orderMs = 5000
/** JSON error code: the interaction has been answered before. */
const acknowledged = 40_060

/** Receiving and Responding, Interaction Object. The token is worth a quarter of an hour and is nowhere but in addresses. */
interface Interaction {
  id: Snowflake
  token: string
  from: Contact
  chat: ChatRef
  lang?: string
}

export class Answering {
  #running = 0

  constructor(private readonly bot: Bot) {}

  /** Those of `MESSAGE_CREATE` have to come before those who take it for a message. */
  handlers(): Handlers {
    return {
      INTERACTION_CREATE: (data) => {
        // Whoever waits for a command sees that: nothing else has to wait for it.
        void this.#interaction(data).catch((error: unknown) => this.#failed(error))
        return []
      },
      MESSAGE_CREATE: async (data) => {
        await this.#typed(data)
        return []
      },
    }
  }

  async #interaction(data: Json): Promise<void> {
    const interaction = await this.#read(data)
    const kind = number(data["type"])
    if (!interaction || (kind !== 2 && kind !== 3)) return
    if (this.#running >= mostAtOnce) return this.#say(interaction, "There is too much to do at the moment. Please try again in a minute.")
    this.#running++
    try {
      await (kind === 2 ? this.#invoked(interaction, data) : this.#pressed(interaction, data))
    } finally {
      this.#running--
    }
  }

  /** Undefined: not for this application, or nobody could answer it. */
  async #read(data: Json): Promise<Interaction | undefined> {
    const { world, dms, application } = this.bot
    const [key, token, channel] = [id(data["id"]), text(data["token"]), id(data["channel_id"]) ?? id(object(data["channel"])["id"])]
    const member = object(data["member"])
    const user = isObject(member["user"]) ? member["user"] : object(data["user"])
    const from = contactOf(user)
    const guild = id(data["guild_id"])
    const isOthers = (id(data["application_id"]) ?? application) !== application
    if (key === undefined || !token || !/^[\w.~=-]+$/.test(token) || !from || channel === undefined || isOthers) return undefined
    world.met(guild, user, isObject(data["member"]) ? member : undefined)
    // Interaction Context Types: 2 is somebody else's chat, where the bot is not.
    if (guild === undefined && number(data["context"]) !== 2) await dms.learn(channel, from.id)
    const lang = text(data["locale"])
    return { id: key, token, from, chat: guild === undefined ? { user: from.id } : { room: channel }, ...(lang && { lang }) }
  }

  async #invoked(interaction: Interaction, data: Json): Promise<void> {
    const said = invoked(object(data["data"]), this.bot.host.commands)
    if (!said) return this.#say(interaction, "This command is not there any more.")
    if (await this.#acknowledge(interaction, true)) await this.#answer(interaction, said)
  }

  async #pressed(interaction: Interaction, data: Json): Promise<void> {
    const chosen = chosenIn(text(object(data["data"])["custom_id"]))
    if (!chosen) return void (await this.#acknowledge(interaction, false))
    const { asked, ...said } = chosen
    if (asked !== undefined && asked !== interaction.from.id) return this.#say(interaction, "This question is for somebody else.")
    // What was asked of all is not answered for all by the first who comes.
    if (!(await this.#acknowledge(interaction, asked === undefined))) return
    const message = answered(data["message"])
    await this.#answer(interaction, { ...said, ...(message && { message }) }, asked !== undefined)
  }

  /** `replaces`: what was asked is still there, and goes. */
  async #answer(interaction: Interaction, said: Pick<Call, "name" | "argument" | "message">, replaces = false): Promise<void> {
    const { rest, application, host } = this.bot
    const { token, id: _, ...call } = interaction
    const body = await this.#run({ ...call, ...said })
    const answer = answerOf(body, interaction.from.id)
    const route = Routes.webhookMessage(application, token)
    const options = { auth: false, signal: host.signal }
    await this.#patiently(() =>
      answer || replaces ? rest.patch(route, { ...options, body: answer ?? { components: [] } }) : rest.delete(route, options),
    )
  }

  /** In three seconds. False: it was too late, or somebody else answers it, so nothing is to be done. `anew`: there will be a message. */
  async #acknowledge(interaction: Interaction, anew: boolean): Promise<boolean> {
    const { DeferredChannelMessageWithSource, DeferredMessageUpdate } = InteractionResponseType
    const body = anew
      ? { type: DeferredChannelMessageWithSource, data: { flags: MessageFlags.Ephemeral } }
      : { type: DeferredMessageUpdate }
    let isUnsure = false
    for (let i = 0; i < 2; i++) {
      try {
        await this.#respond(interaction, body)
        return true
      } catch (error) {
        if (codeOf(error) === acknowledged) return isUnsure
        const { kind, message } = explain(error, { unsure: true, webhook: true })
        this.bot.host.log.debug({ kind, reason: message }, "a command could not be acknowledged")
        if (kind !== "retry" && kind !== "unknown-outcome") return false
        isUnsure ||= kind === "unknown-outcome"
      }
    }
    return isUnsure
  }

  async #say(interaction: Interaction, content: string): Promise<void> {
    const data = { content, flags: MessageFlags.Ephemeral, allowed_mentions: { parse: [] } }
    await this.#respond(interaction, { type: InteractionResponseType.ChannelMessageWithSource, data })
  }

  async #respond({ id, token }: Interaction, body: object): Promise<void> {
    const { rest, host } = this.bot
    await rest.post(Routes.interactionCallback(id, token), { auth: false, body, signal: host.signal })
  }

  /** What somebody wrote to the bot. Resolves when it was carried out, or after a while; the answer comes by itself. */
  async #typed(data: Json): Promise<void> {
    if (!commandOf(this.bot, data, undefined)) return
    const place = await heardIn(this.bot, data)
    const from = contactOf(object(data["author"]))
    const said = place && commandOf(this.bot, data, place.guild)
    const [key, channel] = [id(data["id"]), id(data["channel_id"])]
    if (!said || !from || key === undefined || channel === undefined) return
    const message = answered(data)
    const running = this.#run({ from, chat: place.chat, ...said, ...(message && { message }) })
    void running.then((body) => this.#reply(channel, key, from, body)).catch((error: unknown) => this.#failed(error))
    const over = new AbortController()
    const signal = AbortSignal.any([over.signal, this.bot.host.signal])
    await Promise.race([running, sleep(orderMs, undefined, { signal }).catch(() => undefined)]).catch(() => undefined)
    over.abort()
  }

  async #reply(channel: Snowflake, message: Snowflake, { id: asked }: Contact, body: Body): Promise<void> {
    const { rest, host } = this.bot
    const answer = answerOf(body, asked)
    if (!answer) return
    const said = {
      ...answer,
      allowed_mentions: { parse: [], replied_user: false },
      message_reference: { message_id: message, fail_if_not_exists: false },
      nonce: nonceOf(`answer ${message}`),
      enforce_nonce: true,
    }
    await this.#patiently(() => rest.post(Routes.channelMessages(channel), { body: said, signal: host.signal }))
  }

  async #run(call: Call): Promise<Body> {
    const { host } = this.bot
    try {
      return await host.run(call)
    } catch (error) {
      if (host.signal.aborted) throw error
      host.log.warn({ command: call.name, fault: redact(String(error)) }, "a command failed")
      return { text: "This did not work. Please try again later." }
    }
  }

  /** What is sent can be sent twice. */
  async #patiently(send: () => Promise<unknown>): Promise<void> {
    for (let i = 1; ; i++) {
      try {
        return void (await send())
      } catch (error) {
        const { kind, message, retryAfterMs = firstWaitMs } = explain(error, { unsure: true, webhook: true })
        this.bot.host.log.debug({ kind, reason: message }, "an answer to a command was not sent")
        if ((kind !== "retry" && kind !== "unknown-outcome") || i >= tries || retryAfterMs > longestWaitMs) return
        await sleep(retryAfterMs, undefined, { signal: this.bot.host.signal })
      }
    }
  }

  #failed(error: unknown): void {
    this.bot.host.log.debug({ reason: redact(String(error)) }, "a command was not answered")
  }
}
