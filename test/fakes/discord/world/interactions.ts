// Commands that people give a bot and buttons they press, and what they get to see of its answers (Receiving and Responding).
import { randomBytes } from "node:crypto"
import { MessageFlags } from "discord-api-types/v10"
import type { Channel } from "./channel.js"
import { compose, type Message, shown } from "./message.js"
import { Flags } from "./permissions.js"
import type { Bot, Person } from "./users.js"

type Json = Record<string, unknown>

/** As registered, with its number. */
export interface Command {
  id: string
  version: string
  name: string
  type: number
  description: string
  contexts?: number[] | null
  options?: { name: string; type: number; options?: { name: string; type: number; required?: boolean }[] }[] | null
  [field: string]: unknown
}

/** Interaction Callback Types that an app may answer with here. */
const [said, deferred, deferredUpdate, update] = [4, 5, 6, 7]
/** «you must send an initial response within 3 seconds», «tokens are valid for 15 minutes». */
const firstMs = 3000
const validMs = 15 * 60_000

export class Interaction {
  readonly id: string
  readonly token = randomBytes(90).toString("base64url")
  readonly at: number
  /** The first answer: its type. */
  answered: number | undefined
  /** What `@original` is: the answer, or the message whose button was pressed. */
  original: Message | undefined

  constructor(
    readonly bot: Bot,
    readonly by: Person,
    readonly channel: Channel,
    readonly type: 2 | 3,
    readonly data: Json,
    /** Whose button was pressed. */
    readonly of?: Message,
    readonly locale = "en-US",
  ) {
    this.id = channel.world.ids.next()
    this.at = channel.world.now()
    channel.world.interactions.set(this.token, this)
  }

  /** What the person has before them; undefined: nothing yet, or not any more. */
  get text(): string | undefined {
    const flags = this.original?.flags ?? 0
    return this.original && !(flags & MessageFlags.Loading) ? this.original.content : undefined
  }

  get isThinking(): boolean {
    return ((this.original?.flags ?? 0) & MessageFlags.Loading) !== 0
  }

  /** Nobody else sees it. */
  get isPrivate(): boolean {
    return ((this.original?.flags ?? 0) & MessageFlags.Ephemeral) !== 0
  }

  get buttons(): string[] {
    return this.original ? buttonsOf(this.original).map(({ label }) => label) : []
  }

  get isLate(): boolean {
    const passed = this.channel.world.now() - this.at
    return passed > (this.answered === undefined ? firstMs : validMs)
  }

  /** @internal The first answer. Undefined: it may not be given so. */
  answer(type: number, data: Json): Message | undefined {
    const { channel, bot, of } = this
    const isUpdate = type === deferredUpdate || type === update
    if (![said, deferred, deferredUpdate, update].includes(type) || (isUpdate && !of)) return undefined
    this.answered = type
    if (isUpdate) return (this.original = of!)
    const flags = (typeof data["flags"] === "number" ? data["flags"] : 0) | (type === deferred ? MessageFlags.Loading : 0)
    const fields = { ...data, content: (data["content"] as string | undefined) ?? "", flags, application_id: bot.id, webhook_id: bot.id }
    this.original = compose(channel.world, channel, { user: bot.user }, fields, channel.world.ids.next())
    return this.original
  }

  /** INTERACTION_CREATE. */
  raw(): Json {
    const { channel, bot, by, type, data, of } = this
    const { guild } = channel
    const member = guild?.members.get(by.id)
    return {
      id: this.id,
      application_id: bot.application.id,
      type,
      token: this.token,
      version: 1,
      data,
      channel_id: channel.id,
      channel: { ...channel.raw(by.id) },
      app_permissions: String(channel.permissionsOf(bot.id)),
      locale: this.locale,
      entitlements: [],
      authorizing_integration_owners: { 0: guild?.id ?? "0" },
      context: guild ? 0 : 1,
      attachment_size_limit: 10 * 1024 * 1024,
      ...(of && { message: shown(of) }),
      ...(guild && member
        ? {
            guild_id: guild.id,
            guild: { id: guild.id, features: [], locale: "en-US" },
            guild_locale: "en-US",
            member: { ...guild.rawMember(member), permissions: String(channel.permissionsOf(by.id)) },
          }
        : { user: by }),
    }
  }
}

/** `path`: «xmpp link». Throws where Discord would not offer it. */
export function command(
  bot: Bot,
  by: Person,
  channel: Channel,
  path: string,
  values: Readonly<Record<string, string>> = {},
  locale?: string,
): Interaction {
  const [name = "", sub = ""] = path.split(" ")
  const found = offered(bot, by, channel, name, 1)
  const inner = found.options?.find((option) => option.name === sub)
  if (!inner) throw new TypeError(`there is no «/${path}»`)
  const options = Object.entries(values).map(([key, value]) => {
    if (!inner.options?.some((option) => option.name === key)) throw new TypeError(`«/${path}» takes no «${key}»`)
    return { name: key, type: 3, value }
  })
  const data = { id: found.id, name, type: 1, options: [{ name: sub, type: 1, options }] }
  return begun(new Interaction(bot, by, channel, 2, data, undefined, locale))
}

/** Apps, in the menu of a message. */
export function messageCommand(bot: Bot, by: Person, message: Message, name: string): Interaction {
  const { in: channel } = message
  const { id } = offered(bot, by, channel, name, 3)
  const data = { id, name, type: 3, target_id: message.id, resolved: { messages: { [message.id]: shown(message) } } }
  return begun(new Interaction(bot, by, channel, 2, data))
}

/** A button of a message, or of an answer that only this person sees. */
export function press(bot: Bot, by: Person, on: Message | Interaction, label: string): Interaction {
  const message = on instanceof Interaction ? on.original : on
  const button = message && buttonsOf(message).find((one) => one.label === label)
  if (!message || button?.custom_id === undefined) throw new TypeError(`there is no button «${label}»`)
  if ((message.flags ?? 0) & MessageFlags.Ephemeral && !(on instanceof Interaction && on.by === by))
    throw new TypeError("somebody else's answer is not seen")
  const data = { custom_id: button.custom_id, component_type: 2, id: button.id }
  return begun(new Interaction(bot, by, message.in, 3, data, message))
}

function begun(interaction: Interaction): Interaction {
  const { channel, bot } = interaction
  channel.world.emit("INTERACTION_CREATE", interaction.raw(), { only: [bot.id] })
  return interaction
}

function offered(bot: Bot, by: Person, channel: Channel, name: string, type: number): Command {
  const found = bot.commands.find((one) => one.name === name && one.type === type)
  const context = channel.guild ? 0 : 1
  if (!found?.contexts?.includes(context)) throw new TypeError(`«${name}» is not offered here`)
  const needed = Flags.ViewChannel | (channel.guild ? Flags.UseApplicationCommands : 0n)
  if ((channel.permissionsOf(by.id) & needed) !== needed) throw new TypeError(`${by.username} may not give commands here`)
  if (!channel.guild && !channel.world.guildsOf(bot.id).some(({ members }) => members.has(by.id)))
    throw new TypeError(`${by.username} shares no server with the bot`)
  return found
}

interface Button {
  id: number
  label: string
  custom_id?: string
  url?: string
}

export function buttonsOf({ components = [] }: Message): Button[] {
  return components.flatMap((row) => ("components" in row ? (row.components as unknown as Button[]) : []))
}
