// Rate limits of the REST side as Discord counts and words them (Topics, Rate Limits). Off unless a test switches them on.
import { createHash } from "node:crypto"
import { tooMany, type Answer } from "./play.js"

/** So many requests in so many milliseconds. */
export interface Window {
  count: number
  ms: number
}

export interface Limited {
  /** Create Message, of one channel. */
  messages: Window
  /** Execute Webhook, of one webhook. */
  webhooks: Window
  /** Every other route, of one channel, guild or webhook. */
  others: Window
  /** All requests of one bot, but those by a webhook's token. */
  global: Window
}

/** What is known of the real ones: they are documented nowhere, and are told by the headers. */
export const usual: Limited = {
  messages: { count: 5, ms: 5000 },
  webhooks: { count: 5, ms: 2000 },
  others: { count: 30, ms: 5000 },
  global: { count: 50, ms: 1000 },
}

interface Bucket {
  left: number
  /** Epoch ms. */
  resets: number
}

export class Limits {
  #limited: Limited | undefined
  readonly #buckets = new Map<string, Bucket>()
  /** Requests that were refused. */
  refused = 0

  constructor(private readonly now: () => number) {}

  on(limited: Partial<Limited> = {}): void {
    this.#limited = { ...usual, ...limited }
    this.#buckets.clear()
  }

  off(): void {
    this.#limited = undefined
  }

  /** @internal Counts a request; `path` without version and query. `headers` go with its answer; `refused` is its answer. */
  take(method: string, path: string, token: string): { headers: Record<string, string>; refused?: Answer } {
    const limited = this.#limited
    if (!limited) return { headers: {} }
    const byWebhook = /^\/webhooks\/\d+\/[^/]+/.test(path)
    if (!byWebhook) {
      const wait = this.#count(`global ${token}`, limited.global).wait
      if (wait > 0) return this.#refuse(wait, "global", {})
    }
    const route = routeOf(method, path)
    const window = /^POST \/channels\/:id\/messages$/.test(route)
      ? limited.messages
      : /^POST \/webhooks\/:id\/:token$/.test(route)
        ? limited.webhooks
        : limited.others
    const major = majorOf(path)
    const { bucket, wait } = this.#count(`${byWebhook ? "" : token} ${route} ${major}`, window)
    const headers = {
      "x-ratelimit-limit": String(window.count),
      "x-ratelimit-remaining": String(bucket.left),
      "x-ratelimit-reset": (bucket.resets / 1000).toFixed(3),
      "x-ratelimit-reset-after": Math.max(0.001, (bucket.resets - this.now()) / 1000).toFixed(3),
      // The hash is of the route: all channels share it.
      "x-ratelimit-bucket": createHash("md5").update(route).digest("hex"),
    }
    return wait > 0 ? this.#refuse(wait, "user", headers) : { headers }
  }

  #count(key: string, { count, ms }: Window): { bucket: Bucket; wait: number } {
    const now = this.now()
    let bucket = this.#buckets.get(key)
    if (!bucket || bucket.resets <= now) this.#buckets.set(key, (bucket = { left: count, resets: now + ms }))
    if (bucket.left === 0) return { bucket, wait: bucket.resets - now }
    bucket.left--
    return { bucket, wait: 0 }
  }

  #refuse(ms: number, scope: "user" | "global", headers: Record<string, string>): { headers: Record<string, string>; refused: Answer } {
    this.refused++
    return { headers, refused: tooMany(Math.max(0.001, ms / 1000), scope, headers) }
  }
}

function routeOf(method: string, path: string): string {
  return `${method} ${path
    .replace(/^(\/webhooks\/\d+)\/[^/]+/, "$1/:token")
    .replace(/\/reactions\/.*$/, "/reactions")
    .replace(/\/\d+(?=\/|$)/g, "/:id")}`
}

/** Channel, guild, or webhook with its token: what a bucket is counted for. */
function majorOf(path: string): string {
  return /^\/(?:channels|guilds|webhooks)\/\d+(?:(?<=^\/webhooks\/\d+)\/[^/]+)?/.exec(path)?.[0] ?? ""
}
