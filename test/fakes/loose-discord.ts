// A small Discord-compatible server by somebody who read the documentation and not our fake: what it knows, and what happens there.
//
// How it departs from Discord is named by quirks (loose-discord-quirks.ts), each by itself or many at once.
import { createServer, type IncomingMessage, type Server } from "node:http"
import type { AddressInfo, Socket } from "node:net"
import { LooseGateway } from "./loose-discord-gateway.js"
import { type Json, type Quirk, type QuirkName, quirks } from "./loose-discord-quirks.js"
import { answerTo } from "./loose-discord-rest.js"

export interface Message extends Json {
  id: string
  channel_id: string
  content: string
  author: Json
}

export interface Channel {
  id: string
  /** Undefined: a direct chat. */
  guild?: string
  /** Whose direct chat with Juliet it is. */
  bot?: string
  data: Json
  messages: Message[]
}

/** View channels, write there and in threads, read the history, manage messages and webhooks. */
const everyone = "275414854656"

export class LooseDiscord {
  readonly on: ReadonlySet<QuirkName>
  readonly gateway = new LooseGateway(this)
  readonly channels = new Map<string, Channel>()
  /** What was uploaded, by path: for ever, without a signature. */
  readonly files = new Map<string, Buffer>()
  readonly webhooks = new Map<string, Json & { id: string; token: string; channel_id: string }>()
  /** «POST channels/1/messages», in order. */
  readonly requests: string[] = []
  readonly bodies: Json[] = []
  /** By token. */
  readonly bots = new Map<string, Json & { id: string }>()
  /** The first bot. */
  readonly self: Json & { id: string }
  readonly juliet: Json & { id: string }
  readonly guild: string
  readonly square: Channel
  readonly dm: Channel
  /** Beside the usual ones. */
  readonly extraMembers: Json[] = []
  readonly extraRoles: Json[] = []
  port = 0
  #ids = 4_000_000_000_000
  #http: Server | undefined
  #waiting = new Set<() => void>()

  constructor(
    readonly token: string,
    names: readonly QuirkName[] = [],
  ) {
    this.on = new Set(names)
    this.juliet = this.person("juliet", { global_name: "Juliet" })
    this.self = this.addBot(token, "ferry")
    this.guild = this.id()
    this.square = this.channel({ type: 0, name: "square", topic: "Two households", guild: this.guild })
    this.channel({ type: 4, name: "City", guild: this.guild })
    this.dm = this.dmOf(this.self)
  }

  get root(): string {
    return `http://127.0.0.1:${this.port}/api`
  }

  is(name: QuirkName): boolean {
    return this.on.has(name)
  }

  id(): string {
    return String((this.#ids += 1 + (this.#ids % 7)))
  }

  person(username: string, more: Json = {}): Json & { id: string } {
    return { id: this.id(), username, discriminator: "0", global_name: null, avatar: null, ...more }
  }

  addBot(token: string, name: string): Json & { id: string } {
    const bot = this.person(name, { bot: true })
    this.bots.set(token, bot)
    return bot
  }

  /** Of a bot with Juliet. */
  dmOf({ id }: { id: string }): Channel {
    const known = [...this.channels.values()].find(({ bot }) => bot === id)
    if (known) return known
    const made = this.channel({ type: 1, recipients: [this.juliet] })
    made.bot = id
    return made
  }

  channel({ guild, ...data }: Json & { guild?: string }): Channel {
    const id = this.id()
    const channel: Channel = {
      id,
      ...(guild !== undefined && { guild }),
      data: { id, ...(guild !== undefined && { guild_id: guild, permission_overwrites: [], parent_id: null, position: 0 }), ...data },
      messages: [],
    }
    this.channels.set(id, channel)
    return channel
  }

  // ---- as the documentation describes them
  guildData(): Json {
    const ofGuild = [...this.channels.values()].filter(({ guild }) => guild === this.guild)
    return {
      id: this.guild,
      name: "Verona",
      owner_id: this.juliet.id,
      icon: null,
      roles: this.roles(),
      emojis: [],
      member_count: 2,
      channels: ofGuild.map(({ data }) => data),
      threads: [],
      members: this.members(),
      presences: [],
    }
  }

  roles(): Json[] {
    return [
      { id: this.guild, name: "@everyone", permissions: everyone, position: 0, color: 0, hoist: false, mentionable: false },
      ...this.extraRoles,
    ]
  }

  members(): (Json & { user: Json })[] {
    const member = (user: Json, more: Json = {}): Json & { user: Json } => ({ user, nick: null, roles: [], joined_at: now(), ...more })
    return [
      ...[...this.bots.values()].map((bot) => member(bot)),
      member(this.juliet, { nick: "Jule" }),
      ...(this.extraMembers as (Json & { user: Json })[]),
    ]
  }

  /** With what Create Message and Execute Webhook take. */
  post(channel: Channel, author: Json, said: Json): Message {
    const message: Message = {
      id: this.id(),
      channel_id: channel.id,
      author,
      content: typeof said["content"] === "string" ? said["content"] : "",
      timestamp: now(),
      edited_timestamp: null,
      tts: false,
      mention_everyone: false,
      mentions: [],
      mention_roles: [],
      attachments: said["attachments"] ?? [],
      embeds: said["embeds"] ?? [],
      pinned: false,
      type: 0,
      ...(said["nonce"] !== undefined && { nonce: said["nonce"] }),
      ...(said["webhook_id"] !== undefined && { webhook_id: said["webhook_id"], application_id: said["application_id"] }),
    }
    channel.messages.push(message)
    this.tell("MESSAGE_CREATE", this.#placed(channel, message), channel)
    // A preview of a link was found.
    if (this.is("bare updates besides"))
      this.tell("MESSAGE_UPDATE", { id: message.id, channel_id: channel.id, embeds: [{ type: "link" }] }, channel)
    return message
  }

  /** An attachment of it, with the least that the documentation asks for. */
  keep(filename: string, bytes: Buffer): Json {
    const id = this.id()
    const path = `/files/${id}/${encodeURIComponent(filename)}`
    this.files.set(path, bytes)
    const url = `http://localhost:${this.port}${path}`
    return { id, filename, size: bytes.length, url, proxy_url: url }
  }

  /** As Discord tells it. */
  react(channel: Channel, message: Message, user: Json & { id: string }, emoji: string, on = true): void {
    const list = (message["reactions"] ?? []) as { emoji: Json; count: number; me: boolean }[]
    const known = list.find((each) => each.emoji["name"] === emoji)
    const isBot = user["bot"] === true
    if (known) {
      known.count += on ? 1 : -1
      if (isBot) known.me = on
    } else if (on) list.push({ emoji: { id: null, name: emoji }, count: 1, me: isBot })
    message["reactions"] = list.filter(({ count }) => count > 0)
    this.tell(
      on ? "MESSAGE_REACTION_ADD" : "MESSAGE_REACTION_REMOVE",
      {
        user_id: user.id,
        channel_id: channel.id,
        message_id: message.id,
        emoji: { id: null, name: emoji },
        ...(channel.guild !== undefined && { guild_id: channel.guild }),
      },
      channel,
    )
  }

  /** Juliet says it. */
  say(channel: Channel, content: string, more: Json = {}): Message {
    return this.post(channel, this.juliet, { content, ...more })
  }

  edit(channel: Channel, message: Message, content: string): void {
    Object.assign(message, { content, edited_timestamp: now() })
    this.tell("MESSAGE_UPDATE", this.#placed(channel, message), channel)
  }

  remove(channel: Channel, message: Message): void {
    channel.messages.splice(channel.messages.indexOf(message), 1)
    this.tell(
      "MESSAGE_DELETE",
      {
        id: message.id,
        channel_id: channel.id,
        ...(channel.guild !== undefined && { guild_id: channel.guild }),
      },
      channel,
    )
  }

  types(channel: Channel): void {
    this.tell(
      "TYPING_START",
      {
        user_id: this.juliet.id,
        channel_id: channel.id,
        timestamp: Math.floor(Date.now() / 1000),
        ...(channel.guild !== undefined && { guild_id: channel.guild, member: { user: this.juliet, roles: [], nick: "Jule" } }),
      },
      channel,
    )
  }

  /** `channel`: a direct chat is told to its bot only. */
  tell(t: string, d: unknown, channel?: Channel): void {
    this.gateway.dispatch(t, d, channel?.bot)
    this.look()
  }

  #placed(channel: Channel, message: Message): Json {
    const isPerson = message.author["id"] === this.juliet.id
    if (channel.guild === undefined) return message
    return { ...message, guild_id: channel.guild, ...(isPerson && { member: { nick: "Jule", roles: [], joined_at: now() } }) }
  }

  // ---- the wire
  /** As it leaves this server: a copy, bent by the quirks. `kind`: «GET channels/:id», or the dispatch's name. */
  bent(kind: string, value: unknown): unknown {
    let copy: unknown = structuredClone(value)
    for (const quirk of this.#quirks()) {
      if (quirk.whole) copy = quirk.whole(kind, copy, this)
      if (quirk.each) walk(copy, quirk.each)
    }
    return copy
  }

  quirkNamed<K extends keyof Quirk>(hook: K): NonNullable<Quirk[K]>[] {
    return this.#quirks().flatMap((quirk) => (quirk[hook] ? [quirk[hook]] : []))
  }

  #quirks(): Quirk[] {
    return [...this.on].map((name): Quirk => quirks[name])
  }

  /** A second start takes the same port. */
  async start(): Promise<this> {
    const http = (this.#http = createServer((request, response) => void answerTo(this, request, response)))
    http.on("upgrade", (request: IncomingMessage, socket: Socket, head: Buffer) => this.gateway.upgrade(request, socket, head))
    await new Promise<void>((resolve) => http.listen(this.port, "127.0.0.1", resolve))
    this.port = (http.address() as AddressInfo).port
    return this
  }

  /** At once, as a server that is killed. */
  async stop(): Promise<void> {
    const http = this.#http
    this.#http = undefined
    this.gateway.cut()
    http?.closeAllConnections()
    await new Promise<void>((resolve) => (http ? http.close(() => resolve()) : resolve()))
  }

  /** After anything happened here. */
  look(): void {
    for (const look of [...this.#waiting]) look()
  }

  async until(what: string, condition: () => boolean, ms = 15_000): Promise<void> {
    let look!: () => void
    let timer: NodeJS.Timeout | undefined
    const seen = new Promise<void>((resolve, reject) => {
      look = () => condition() && resolve()
      timer = setTimeout(() => reject(new Error(`Waited ${ms} ms in vain for ${what}.`)), ms)
    })
    this.#waiting.add(look)
    look()
    await seen.finally(() => {
      clearTimeout(timer)
      this.#waiting.delete(look)
    })
  }
}

export function now(): string {
  return new Date().toISOString().replace("Z", "000+00:00")
}

function walk(value: unknown, each: (object: Json) => void): void {
  if (typeof value !== "object" || value === null) return
  if (!Array.isArray(value)) each(value as Json)
  for (const inner of Object.values(value)) walk(inner, each)
}
