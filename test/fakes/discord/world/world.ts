// All that exists on this Discord: users, guilds, channels, webhooks, files; and the one place where events come from.
import { randomBytes } from "node:crypto"
import type { Dispatch } from "../ground.js"
import type { Channel } from "./channel.js"
import type { Guild } from "./guild.js"
import { Snowflakes } from "./ids.js"
import type { Interaction } from "./interactions.js"
import type { Message } from "./message.js"
import type { Bot, Person } from "./users.js"
import type { Webhook } from "./webhook.js"

export interface File {
  name: string
  bytes: Uint8Array
  type?: string
  description?: string
  title?: string
  width?: number
  height?: number
  /** Of voice messages, and what clients draw of them (base64). */
  duration_secs?: number
  waveform?: string
  flags?: number
}

export interface Invite {
  code: string
  channel: Channel
  inviter: Person
  max_age: number
  max_uses: number
  temporary: boolean
  uses: number
  /** Epoch ms. */
  created: number
}

export class World {
  readonly ids: Snowflakes
  readonly users = new Map<string, Person>()
  readonly bots: Bot[] = []
  readonly guilds = new Map<string, Guild>()
  /** Of guilds, threads, and direct chats. */
  readonly channels = new Map<string, Channel>()
  readonly webhooks = new Map<string, Webhook>()
  /** By token. */
  readonly interactions = new Map<string, Interaction>()
  readonly invites = new Map<string, Invite>()
  /** By path: attachments, and what is public: «/avatars/…», «/icons/…», «/emojis/…», «/stickers/…». */
  readonly files = new Map<string, File>()
  /** Signatures of addresses of attachments, and until when they are valid (epoch seconds). */
  readonly #signatures = new Map<string, number>()
  /** Messages made with a nonce, by author and nonce. */
  readonly nonces = new Map<string, { message: Message; at: number }>()
  /** «user bot»: who takes no direct messages from whom. */
  readonly blocked = new Set<string>()
  /** Online and the like, by user. */
  readonly presences = new Map<string, { status: string; activities: unknown[] }>()
  /** Where it is reached, without a path. */
  origin = ""
  readonly #listeners = new Set<(event: Dispatch) => void>()

  constructor(readonly now: () => number) {
    this.ids = new Snowflakes(now)
  }

  emit(t: string, d: object, to: Omit<Dispatch, "t" | "d"> = {}): void {
    const event = { t, d: { ...d } as Record<string, unknown>, ...to }
    for (const tell of [...this.#listeners]) tell(event)
  }

  /** Hears every event, before intents and rights narrow it. */
  onDispatch(tell: (event: Dispatch) => void): () => void {
    this.#listeners.add(tell)
    return () => this.#listeners.delete(tell)
  }

  user(id: string): Person | undefined {
    return this.users.get(id) ?? this.bots.find((bot) => bot.id === id)?.user
  }

  botOf(user: string): Bot | undefined {
    return this.bots.find((bot) => bot.id === user)
  }

  webhooksOf(channel: Channel): Webhook[] {
    return [...this.webhooks.values()].filter((webhook) => webhook.channel === channel)
  }

  /** Keeps the file and gives its address, signed as the real ones are. */
  keep(channel: string, id: string, file: File): string {
    const path = `/attachments/${channel}/${id}/${encodeURIComponent(file.name)}`
    this.files.set(path, file)
    return this.signed(path)
  }

  /** Puts a picture or sticker where everybody may see it. `path`: «avatars/1/ab.png». */
  publish(path: string, bytes: Uint8Array, type: string): void {
    this.files.set(`/${path}`, { name: path.split("/").at(-1) ?? path, bytes, type })
  }

  /** Reference, Signed Attachment CDN URLs: for a day. */
  signed(path: string): string {
    const soon = Math.floor(this.now() / 1000)
    const hm = randomBytes(32).toString("hex")
    this.#signatures.set(`${path} ${hm}`, soon + 86_400)
    return `${this.origin}${path}?ex=${(soon + 86_400).toString(16)}&is=${soon.toString(16)}&hm=${hm}&`
  }

  /** An address of an attachment as a client gets it now; any other as it is. */
  freshened(url: string): string {
    const { origin, pathname } = new URL(url)
    return origin === this.origin && pathname.startsWith("/attachments/") ? this.signed(pathname) : url
  }

  /** As if a day had passed: no address of an attachment that was told is valid any more. */
  expire(): void {
    this.#signatures.clear()
  }

  /** What is there, if it may be seen by this address. */
  fileAt({ pathname, searchParams }: URL): File | undefined {
    if (!pathname.startsWith("/attachments/")) return this.files.get(pathname)
    const until = this.#signatures.get(`${pathname} ${searchParams.get("hm") ?? ""}`) ?? 0
    return until * 1000 > this.now() && searchParams.get("ex") === until.toString(16) ? this.files.get(pathname) : undefined
  }

  guildsOf(user: string): Guild[] {
    return [...this.guilds.values()].filter((guild) => guild.members.has(user))
  }
}
