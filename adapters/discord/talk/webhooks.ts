// The webhooks by which the bot speaks as others: one for each channel, found again, made and mended.
import { Routes } from "discord.js"
import { AdapterError, type ErrorKind } from "xferry"
import { explain, isUnknownRoute } from "../connection/errors.js"
import { id, isObject, type Json, list, number, object, text } from "../loose.js"
import type { Snowflake } from "../places.js"
import type { Bot, Handlers, Webhooks } from "../types.js"
import { Bounded } from "../world/bounded.js"
import { Flags, has, ownPermissions } from "../world/permissions.js"
import { isVanished } from "./place.js"
import { legalName } from "./puppet.js"
import { Shared } from "./shared.js"

/** The token is as good as a password: only ever a part of a request's address. */
export interface Hook {
  id: Snowflake
  token: string
}

/** Where there is no webhook to be had: until when nobody asks again (epoch ms), unless the bot's permissions are others by then. */
interface Closed {
  until: number
  permissions: bigint | undefined
}

/** Webhook Resource, Webhook Types. */
const incoming = 1
const remembered = 2000
/** Asking again would not help, but the bot itself can speak. */
const hopeless: ReadonlySet<ErrorKind> = new Set<ErrorKind>(["denied", "unsupported", "rejected"])
const againMs = 5 * 60_000

export class WebhookPool implements Webhooks {
  /** By channel: seen there since this process began. */
  readonly #hooks = new Bounded<Snowflake, Hook>(remembered)
  /** By webhook; «»: it was deleted, but what it said may still be told. */
  readonly #tokens = new Bounded<Snowflake, string>(remembered)
  readonly #closed = new Bounded<Snowflake, Closed>(remembered)
  /** Channels of which the log was told. */
  readonly #told = new Bounded<Snowflake, true>(remembered)
  readonly #looking = new Shared<Hook | undefined>()

  constructor(
    private readonly bot: Pick<Bot, "rest" | "host" | "application" | "self" | "world">,
    private readonly clock: () => number = Date.now,
  ) {}

  /** Known without asking: of this process's time. What a message says of its application tells the rest. */
  isOurs(webhook: Snowflake): boolean {
    return this.#tokens.has(webhook)
  }

  /** For what is said in `channel` and its threads. Undefined: the bot itself has to speak. Throws an AdapterError: nobody knows for now. */
  async at(channel: Snowflake, signal: AbortSignal): Promise<Hook | undefined> {
    const permissions = this.#permissions(channel)
    if (permissions !== undefined && !has(permissions, Flags.ManageWebhooks)) {
      this.#tell(channel, "it may not manage webhooks there")
      return undefined
    }
    const closed = this.#closed.get(channel)
    if (closed && closed.until > this.clock() && closed.permissions === permissions) return undefined
    const hook = this.#hooks.get(channel) ?? (await this.#looking.run(channel, signal, () => this.#look(channel)))
    if (hook) this.#told.delete(channel)
    return hook
  }

  /** One of ours, by whichever channel it is for. Undefined: it is not known, or was deleted. */
  async byId(webhook: Snowflake): Promise<Hook | undefined> {
    const token = this.#tokens.get(webhook) ?? (await this.bot.host.state.get(idKey(webhook)))
    if (!token) return undefined
    this.#tokens.set(webhook, token)
    return { id: webhook, token }
  }

  /** It was deleted. A newer one of the channel is kept. */
  async forget(webhook: Snowflake, channel: Snowflake | undefined): Promise<void> {
    const { state } = this.bot.host
    this.#tokens.set(webhook, "")
    await state.set(idKey(webhook), null)
    if (channel === undefined) return
    if (this.#hooks.get(channel)?.id === webhook) this.#hooks.delete(channel)
    if (parsed(await state.get(channelKey(channel)))?.id === webhook) await state.set(channelKey(channel), null)
  }

  /** Somebody made, changed, moved or deleted a webhook of the channel (WEBHOOKS_UPDATE): what is known is looked at again. */
  changed(channel: Snowflake): void {
    this.#hooks.delete(channel)
    this.#closed.delete(channel)
  }

  /** Undefined: not known, so that asking tells. */
  #permissions(channel: Snowflake): bigint | undefined {
    const known = this.bot.world.channel(channel)
    const guild = known?.guild === undefined ? undefined : this.bot.world.guild(known.guild)
    return known && guild?.self ? ownPermissions(guild, known) : undefined
  }

  async #look(channel: Snowflake): Promise<Hook | undefined> {
    try {
      const hook = (await this.#kept(channel)) ?? (await this.#found(channel)) ?? (await this.#made(channel))
      await this.#keep(channel, hook)
      return hook
    } catch (error) {
      const problem = explain(error)
      if (!hopeless.has(problem.kind) && !isUnknownRoute(error)) throw problem
      this.#closed.set(channel, { until: this.clock() + againMs, permissions: this.#permissions(channel) })
      this.#tell(channel, problem.message)
      return undefined
    }
  }

  /** From before a restart, if it still is there, and for this channel: it may have been moved to where others read. */
  async #kept(channel: Snowflake): Promise<Hook | undefined> {
    const { state, signal } = this.bot.host
    const hook = parsed(await state.get(channelKey(channel)))
    if (!hook) return undefined
    try {
      const now = object(await this.bot.rest.get(Routes.webhook(hook.id, hook.token), { auth: false, signal }))
      if ((id(now["channel_id"]) ?? channel) === channel) return hook
      this.bot.host.log.info({ channel, webhook: hook.id }, "a webhook was moved to another channel; another is used")
      await state.set(channelKey(channel), null)
    } catch (error) {
      if (!isVanished(error)) throw error
      await this.forget(hook.id, channel)
    }
    return undefined
  }

  async #found(channel: Snowflake): Promise<Hook | undefined> {
    const answer: unknown = await this.bot.rest.get(Routes.channelWebhooks(channel), { signal: this.bot.host.signal })
    return list(answer)
      .filter((hook) => this.#isMine(hook) && (id(hook["channel_id"]) ?? channel) === channel)
      .flatMap((hook) => hookOf(hook) ?? [])
      .sort((a, b) => (BigInt(a.id) < BigInt(b.id) ? -1 : 1))[0]
  }

  #isMine(hook: Json): boolean {
    if ((number(hook["type"]) ?? incoming) !== incoming) return false
    const application = id(hook["application_id"])
    return application === undefined ? id(object(hook["user"])["id"]) === this.bot.self.id : application === this.bot.application
  }

  /** A lost answer is no harm: whoever asks next finds what was made. */
  async #made(channel: Snowflake): Promise<Hook> {
    const { rest, host, self } = this.bot
    const body = { name: legalName(self.name ?? "xferry") }
    const hook = hookOf(object(await rest.post(Routes.channelWebhooks(channel), { body, signal: host.signal })))
    if (!hook) throw new AdapterError("unsupported", "the webhook that was made there has no token")
    this.bot.host.log.info({ channel, webhook: hook.id }, "made a webhook, to speak as others")
    return hook
  }

  async #keep(channel: Snowflake, hook: Hook): Promise<void> {
    const { state } = this.bot.host
    const said = JSON.stringify({ id: hook.id, token: hook.token })
    if ((await state.get(channelKey(channel))) !== said) await state.set(channelKey(channel), said)
    if ((await state.get(idKey(hook.id))) !== hook.token) await state.set(idKey(hook.id), hook.token)
    this.#closed.delete(channel)
    this.#tokens.set(hook.id, hook.token)
    this.#hooks.set(channel, hook)
  }

  #tell(channel: Snowflake, reason: string): void {
    if (this.#told.has(channel)) return
    this.#told.set(channel, true)
    this.bot.host.log.info({ channel, reason }, "the bot cannot speak as others in this channel; it says who speaks")
  }
}

function channelKey(channel: Snowflake): string {
  return `webhook ${channel}`
}

/** Kept for edits and deletions by a webhook that is no longer the channel's. */
function idKey(webhook: Snowflake): string {
  return `hook ${webhook}`
}

/** Undefined: it has no token, so others may speak by it but not we. */
function hookOf(data: Json): Hook | undefined {
  const [webhook, token] = [id(data["id"]), text(data["token"])]
  // It becomes a part of a path.
  return webhook !== undefined && token !== undefined && /^[\w-]+$/.test(token) ? { id: webhook, token } : undefined
}

function parsed(kept: string | undefined): Hook | undefined {
  if (kept === undefined) return undefined
  try {
    const value: unknown = JSON.parse(kept)
    return isObject(value) ? hookOf(value) : undefined
  } catch {
    return undefined
  }
}

/** What the gateway tells of webhooks: only that something is another now. */
export function webhookHandlers(pool: WebhookPool): Handlers {
  return {
    WEBHOOKS_UPDATE(data) {
      const channel = id(data["channel_id"])
      if (channel !== undefined) pool.changed(channel)
      return []
    },
  }
}
