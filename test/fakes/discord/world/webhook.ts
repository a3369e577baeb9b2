// Webhooks: who posts under any name, and belongs to the application that made it, or to none.
import { randomBytes } from "node:crypto"
import type { Channel } from "./channel.js"
import { type Draft, type Message, webhookUser } from "./message.js"
import { post } from "./post.js"
import type { Person } from "./users.js"

export class Webhook {
  readonly token = randomBytes(51).toString("base64url")
  avatar: string | null = null

  constructor(
    readonly id: string,
    public channel: Channel,
    public name: string,
    readonly user: Person,
    /** Null: a person made it. */
    readonly application: string | null,
  ) {}

  get applicationField(): { application_id?: string } {
    return this.application === null ? {} : { application_id: this.application }
  }

  /** Posts as if somebody who holds its address did; `thread`: in a thread of its channel. */
  say(what: string | Draft, as: { username?: string; avatarUrl?: string; thread?: Channel } = {}): Message {
    const { username = this.name, avatarUrl, thread } = as
    const draft = typeof what === "string" ? { content: what } : what
    const author = {
      user: webhookUser(this, username, avatarUrl ? "f".repeat(32) : this.avatar),
      webhook: this,
      ...(avatarUrl && { avatarUrl }),
    }
    return post(thread ?? this.channel, author, draft)
  }

  /** The token is told only to the application that made it; `url` goes with it. */
  raw(withToken: boolean, withUser = true): object {
    const { id, name, avatar, application, user, token, channel } = this
    return {
      application_id: application,
      avatar,
      channel_id: channel.id,
      guild_id: channel.guild?.id ?? null,
      id,
      name,
      type: 1,
      ...(withUser && { user }),
      ...(withToken && { token, url: `${channel.world.origin}/api/webhooks/${id}/${token}` }),
    }
  }

  /** Tells that webhooks of the channel changed. */
  told(channel = this.channel): void {
    const { guild, world } = channel
    if (guild) world.emit("WEBHOOKS_UPDATE", { guild_id: guild.id, channel_id: channel.id }, { guild: guild.id, channel: channel.id })
  }

  delete(): void {
    this.channel.world.webhooks.delete(this.id)
    this.told()
  }
}
