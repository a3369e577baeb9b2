// A fake of Discord, REST and gateway, over real HTTP and WebSocket on loopback, honest because everything is validated.
//
// Requests and answers of REST are held to the official OpenAPI description (rest/schema.ts, which also says where that is corrected),
// events to the types of discord-api-types (payloads.ts). What both cannot say, and where it is taken from (docs: docs.discord.com/developers;
// «known»: held to be the real service's behaviour, but documented nowhere, and not tried here):
// - 401 for no token or a wrong one; `Authorization: Bot …` and `User-Agent: DiscordBot (…)` are asked for (Reference, Authentication; User Agent).
//   Unknown keys are refused here: the real server overlooks them.
// - Refusals carry the documented JSON error codes, their HTTP status is known (Opcodes and Status Codes; rest/refused.ts). Details of 50035 have texts
//   as codes (Reference, Error Messages), which the OpenAPI description has as numbers.
// - Rights: world/permissions.ts (Permissions, with its hierarchy, overwrites, implicit permissions and timeouts). A category's overwrites are
//   copied when a channel is made in it, and not looked at later. 50001 where a channel may not be viewed, 50013 for anything else.
// - Content: at most 2,000 code points, trimmed (known); nothing at all is 50006. `enforce_nonce` gives the message made before by the same
//   author «in the past few minutes»: five (Create Message). The nonce is in that answer and in MESSAGE_CREATE only (known).
// - Mentions in code are none (known); Allowed Mentions Object for the rest. @everyone and unmentionable roles need MENTION_EVERYONE.
// - Replies: Message Reference Structure, `fail_if_not_exists`; not to system messages (known). Without READ_MESSAGE_HISTORY: 160002.
// - Without the switch for message content other people's messages in guilds are blank in REST, too (Gateway, Message Content Intent).
// - Direct messages: 50007 where the person refuses, 50278 without a guild in common unless the person wrote first.
// - Threads: archived ones wake when written in, 160005 where locked and the bot does not manage threads, 50083 for other changes
//   (Threads). The first message of a thread from a message is of type 21, a bare thread is announced by type 18 (Message Types).
// - Webhooks: 15 a channel (30007), names (Create Webhook; Usernames and Nicknames), 220001 to 220003 for forums; the token is told only to the
//   application that made it (known). They may what everyone may.
// - CHANNEL_* goes to everybody in the guild, also to those who may not view it, as GET …/channels does (known); THREAD_* and MESSAGE_* do not.
//   Who gains a channel gets THREAD_LIST_SYNC (Gateway Events). Roles are made at the lowest place.
// - Names of text channels become lower case with hyphens (known).
// - Files: 10 MiB each, 50 and 100 by the server's premium tier (Reference, Uploading Files). Addresses of attachments are signed, valid for a day, and
//   fresh in every answer and event (Signed Attachment CDN URLs); without a valid signature: 404 (known). POST /attachments/refresh-urls is known only.
// - Voice messages: one attachment with `duration_secs` and `waveform`, nothing else, never edited: 50159 to 50162, 50173 (Message, Voice Messages);
//   not by webhooks (Execute Webhook, `flags`).
// - Reactions: any RGI emoji, with the variation selector or without (known), or one of a server's as «name:id»; 10014, at most 20 (30010). ADD_REACTIONS
//   for what nobody reacted with yet, READ_MESSAGE_HISTORY (Create Reaction).
// - Polls: votes are told one by one, the count by the message (Poll Resource); when they end, by MESSAGE_UPDATE (known).
// - Application commands: the whole list at once; interactions by the gateway alone, answered within three seconds and with their token for a
//   quarter of an hour; 40060 and 10062 (Receiving and Responding). Commands and buttons by what the person sees (world/interactions.ts).
// Not modelled: slow mode for people; stickers, polls and components but buttons from bots; menus, modals, autocompletion, commands of guilds; automatic archiving by time, two factors, age limits.
import { patience } from "../../support/deadline.js"
import { createHash } from "node:crypto"
import { createServer, type Server } from "node:http"
import type { AddressInfo } from "node:net"
import type { GatewayGuildCreateDispatchData } from "discord-api-types/v10"
import { control } from "./control.js"
import { Faults } from "./faults.js"
import { Gateway } from "./gateway.js"
import type { Dispatch, Ground } from "./ground.js"
import { Limits } from "./limits.js"
import { type Request, serve } from "./rest/server.js"
import { Channel, ChannelType } from "./world/channel.js"
import { Guild } from "./world/guild.js"
import { rawPresence } from "./world/guild-raw.js"
import { command, type Interaction, messageCommand, press } from "./world/interactions.js"
import type { Message } from "./world/message.js"
import { bits, type Permissions } from "./world/permissions.js"
import { Bot, type Person, type Switches, userOf } from "./world/users.js"
import { World } from "./world/world.js"

export type { Fault, FaultKind, RandomFaults } from "./faults.js"
export type { Request } from "./rest/server.js"
export { Channel, ChannelType, type Speaker } from "./world/channel.js"
export { type Emoji, Guild, type Member, type Role } from "./world/guild.js"
export { buttonsOf, type Interaction } from "./world/interactions.js"
export type { Draft, Message } from "./world/message.js"
export { Flags, type PermissionName, type Permissions } from "./world/permissions.js"
export { Bot, type Person } from "./world/users.js"
export { clearReactions, endPoll } from "./world/reactions.js"
export type { File } from "./world/world.js"
export type { Webhook } from "./world/webhook.js"

export interface Options {
  /** Default: one that is free. */
  port?: number
  /** Epoch ms; default the system's clock. */
  now?: () => number
  /** Serves control.ts under /control/. */
  control?: boolean
}

export class FakeDiscord {
  readonly world: World
  readonly faults = new Faults()
  readonly limits: Limits
  readonly gateway: Gateway
  /** Everything a client did that a real server would not have taken so, in words. Tests assert that it stays empty. */
  readonly violations: string[] = []
  readonly requests: Request[] = []
  /** Paths of files and pictures that somebody fetched, in order. */
  readonly fetched: string[] = []
  readonly #server: Server
  readonly #watching = new Set<() => void>()
  /** What goes into `apiRoot`. */
  url = ""

  constructor(options: Options) {
    const now = options.now ?? Date.now
    this.world = new World(now)
    this.limits = new Limits(now)
    this.gateway = new Gateway(this.#ground)
    this.world.onDispatch((event) => this.gateway.dispatch(event))
    this.#server = createServer((request, response) => {
      const isControl = options.control === true && request.url?.startsWith("/control/") === true
      const handled = isControl ? control(this, request, response) : serve(request, response, this)
      handled.catch((error: unknown) => {
        this.violations.push(`the fake broke: ${error instanceof Error ? error.stack : String(error)}`)
        response.destroy()
      })
    })
    this.#server.on("upgrade", (request, socket, head) => this.gateway.upgrade(request, socket, head))
  }

  get #ground(): Ground {
    const { world, violations } = this
    return {
      violations,
      botOf: (token) => world.bots.find((bot) => bot.token === token && !bot.revoked),
      guildsOf: (bot) => world.guildsOf(bot.user.id).map(({ id }) => id),
      guildCreate: (bot, guild) => {
        const found = world.guilds.get(guild)
        return found && !found.isDown ? (found.create(bot.user.id) as unknown as GatewayGuildCreateDispatchData) : undefined
      },
      mayView: (user, channel) => world.channels.get(channel)?.mayView(user) ?? false,
      now: world.now,
      changed: () => this.changed(),
    }
  }

  /** The same as `url`. */
  get apiRoot(): string {
    return this.url
  }

  get bots(): readonly Bot[] {
    return this.world.bots
  }

  /** @internal */
  async listen(port: number): Promise<void> {
    await new Promise<void>((resolve, reject) => this.#server.once("error", reject).listen(port, "127.0.0.1", resolve))
    const authority = `127.0.0.1:${(this.#server.address() as AddressInfo).port}`
    this.world.origin = `http://${authority}`
    this.url = `http://${authority}/api`
    this.gateway.url = `ws://${authority}`
  }

  /** An application with a bot. Its switches for privileged intents are on unless `intents` says otherwise. */
  addBot({ token, username, intents = {} }: { token: string; username: string; intents?: Switches }): Bot {
    const user = userOf({ id: this.world.ids.next(), username, discriminator: "0001", bot: true })
    const bot = new Bot(token, user, { content: true, members: true, presences: true, ...intents })
    this.world.bots.push(bot)
    return bot
  }

  /** With the id of somebody who is known: changes them, without telling. */
  person(fields: Partial<Person> & { username: string }): Person {
    const known = fields.id === undefined ? undefined : this.world.users.get(fields.id)
    if (known) return Object.assign(known, fields)
    const person = userOf({ id: this.world.ids.next(), ...fields })
    this.world.users.set(person.id, person)
    return person
  }

  /** `permissions`: what everyone may in it. */
  makeGuild({ name, owner, id, permissions }: { name: string; owner: Person; id?: string; permissions?: Permissions }): Guild {
    const everyoneMay = permissions === undefined ? undefined : bits(permissions)
    return new Guild(this.world, id ?? this.world.ids.next(), name, owner, everyoneMay)
  }

  /** The direct channel of both; opened if there is none. */
  dm(bot: Bot, person: Person): Channel {
    const { world } = this
    const found = [...world.channels.values()].find(
      ({ type, recipients }) => type === ChannelType.DM && recipients.includes(person) && recipients.includes(bot.user),
    )
    if (found) return found
    const channel = new Channel(world, world.ids.next(), ChannelType.DM, "")
    channel.recipients = [person, bot.user]
    return channel
  }

  /** From now on the person takes no direct messages from the bot; false: again. */
  block(bot: Bot, person: Person, on = true): void {
    if (on) this.world.blocked.add(`${person.id} ${bot.id}`)
    else this.world.blocked.delete(`${person.id} ${bot.id}`)
  }

  /** From now on the person, guild … wears this picture. Tell of it yourself (`changePerson`, `update`). Returns its hash. */
  picture(of: Person | Guild, bytes: Uint8Array): string {
    const hash = createHash("md5").update(bytes).digest("hex")
    const kind = of instanceof Guild ? "icons" : "avatars"
    this.world.publish(`${kind}/${of.id}/${hash}.png`, bytes, "image/png")
    return hash
  }

  /** For `sticker_items` of a message. `format`: 1 PNG, 2 APNG, 3 Lottie, 4 GIF. */
  sticker(name: string, format: 1 | 2 | 3 | 4, bytes: Uint8Array): { id: string; name: string; format_type: number } {
    const id = this.world.ids.next()
    const [ending, type] = (
      [
        ["png", "image/png"],
        ["png", "image/apng"],
        ["json", "application/json"],
        ["gif", "image/gif"],
      ] as const
    )[format - 1]!
    this.world.publish(`stickers/${id}.${ending}`, bytes, type)
    return { id, name, format_type: format }
  }

  /** Somebody gives a command: `path` as in «xmpp link». Throws if it is not offered there. */
  command(bot: Bot, by: Person, channel: Channel, path: string, values: Record<string, string> = {}, locale?: string): Interaction {
    return command(bot, by, channel, path, values, locale)
  }

  /** One on a message, by what it is called. */
  messageCommand(bot: Bot, by: Person, message: Message, name: string): Interaction {
    return messageCommand(bot, by, message, name)
  }

  /** A button under a message, or under an answer that only this person sees. */
  press(bot: Bot, by: Person, on: Message | Interaction, label: string): Interaction {
    return press(bot, by, on, label)
  }

  /** «online», «idle», «dnd» or «offline», and what the person does. */
  presence(person: Person, status: string, activities: unknown[] = []): void {
    this.world.presences.set(person.id, { status, activities })
    for (const guild of this.world.guildsOf(person.id)) this.dispatch("PRESENCE_UPDATE", rawPresence(guild, person.id), { guild: guild.id })
  }

  /** A person's name or picture everywhere. */
  changePerson(person: Person, fields: Partial<Person>): void {
    Object.assign(person, fields)
    for (const guild of this.world.guildsOf(person.id)) guild.change(person, {})
  }

  /** From now on its token is no longer valid. */
  revoke(bot: Bot): void {
    bot.revoked = true
    this.gateway.close(4004, bot)
  }

  /** Any event, as it is: the one way by which all of them go. */
  dispatch(t: string, d: object, to: Omit<Dispatch, "t" | "d"> = {}): void {
    this.world.emit(t, d, to)
  }

  /** Who was pinged by messages in this channel, in order. */
  pings(channel: Channel): string[] {
    return channel.messages.flatMap((message: Message) => message.pinged)
  }

  /** Breaks every connection as it stands, of REST and of the gateway. */
  cut(): void {
    this.#server.closeAllConnections()
    this.gateway.cut()
  }

  /** Resolves when `holds` gives something truthy; it is asked after every request and event. Rejects after `deadlineMs`. */
  async waitFor<T>(holds: () => T, what = "the fake", deadlineMs = 10_000): Promise<NonNullable<T>> {
    const withinMs = deadlineMs * patience
    return new Promise((resolve, reject) => {
      const end = (): void => {
        clearTimeout(timer)
        this.#watching.delete(look)
      }
      const look = (): void => {
        const value = holds()
        if (!value) return
        end()
        resolve(value)
      }
      const timer = setTimeout(() => {
        end()
        reject(new Error(`waited ${withinMs} ms for ${what}`))
      }, withinMs)
      this.#watching.add(look)
      look()
    })
  }

  async stop(): Promise<void> {
    this.gateway.stop()
    const closed = new Promise((resolve) => this.#server.close(resolve))
    this.#server.closeAllConnections()
    await closed
  }

  /** @internal Something changed that a test may be waiting for. */
  changed(): void {
    for (const look of [...this.#watching]) look()
  }
}

export async function startFakeDiscord(options: Options = {}): Promise<FakeDiscord> {
  const fake = new FakeDiscord(options)
  await fake.listen(options.port ?? 0)
  return fake
}
