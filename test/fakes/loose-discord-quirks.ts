// How servers that speak like Discord depart from it: one row each, to be played by itself or with all others.
import type { LooseDiscord } from "./loose-discord.js"
import type { Answer } from "./loose-discord-rest.js"

export type Json = Record<string, unknown>

export interface Quirk {
  /** Bends every object that leaves, of REST and of the gateway. */
  each?: (object: Json) => void
  /** Bends an answer or dispatch as a whole, before `each`. `kind`: «GET channels/:id», or the dispatch's name. */
  whole?: (kind: string, value: unknown, server: LooseDiscord) => unknown
  /** Bends a frame of the gateway. */
  frame?: (payload: Json) => Json
  /** A frame before each dispatch. */
  noise?: string | Buffer
  /** Calls it does not have. */
  missing?: RegExp
  /** Answers before anything is done. `count`: how often it was asked so before. */
  instead?: (shape: string, count: number) => Answer | undefined
  answer?: (answer: Answer, shape: string, count: number) => Answer
  /** Body of errors. */
  problem?: string
  /** What it does at RESUME, which none of these servers knows: a close code, or «cut». Default: op 9 with null. */
  resume?: number | "cut"
}

const isMessage = (object: Json): boolean => "content" in object && "author" in object
const isUser = (object: Json): boolean => "username" in object
const isDispatchOf = (kind: string, ...kinds: string[]): boolean => kinds.includes(kind)
const without = (value: unknown, ...keys: string[]): unknown => {
  if (typeof value === "object" && value !== null) for (const key of keys) delete (value as Json)[key]
  return value
}
const ofReady = (bend: (ready: Json) => void): Pick<Quirk, "whole"> => ({
  whole: (kind, value) => {
    if (kind === "READY") bend(value as Json)
    return value
  },
})
const json = { "Content-Type": "application/json" }
const isId = (key: string): boolean => key === "id" || key.endsWith("_id")

function mapIds(object: Json, bend: (id: string) => unknown): void {
  for (const [key, value] of Object.entries(object)) {
    if (isId(key) && typeof value === "string" && /^\d+$/.test(value)) object[key] = bend(value)
    else if (Array.isArray(value))
      object[key] = value.map((item: unknown) => (typeof item === "string" && /^\d+$/.test(item) ? bend(item) : item))
  }
}

const table = {
  nothing: {},
  // ---- ids and times
  "ids are numbers": { each: (object) => mapIds(object, Number) },
  "ids have blanks": { each: (object) => mapIds(object, (id) => (typeof id === "string" ? ` ${id} ` : id)) },
  "times without zone": { each: (object) => times(object, (at) => new Date(at).toISOString().replace("Z", "")) },
  "times are numbers": { each: (object) => times(object, (at) => at) },
  "times are seconds": { each: (object) => times(object, (at) => Math.floor(at / 1000)) },
  "no times": { each: (object) => void without(object, "timestamp", "joined_at") },
  // ---- people
  "users are bare": { each: (object) => void (isUser(object) && without(object, "global_name", "discriminator", "avatar", "bot")) },
  "users have nulls": {
    each: (object) => void (isUser(object) && Object.assign(object, { global_name: null, discriminator: null, avatar: null, bot: null })),
  },
  "discriminators are numbers": { each: (object) => void (isUser(object) && Object.assign(object, { discriminator: 0, flags: "0" })) },
  "members are null": {
    whole: (kind, value) => {
      if (isDispatchOf(kind, "MESSAGE_CREATE", "MESSAGE_UPDATE", "TYPING_START")) (value as Json)["member"] = null
      return value
    },
  },
  "no members in guilds": { each: (object) => void (Array.isArray(object["members"]) && without(object, "members")) },
  "members unknown": {
    each: (object) => void (Array.isArray(object["members"]) && without(object, "members")),
    missing: /guilds\/:id\/members/,
  },
  // ---- guilds
  "permissions are numbers": {
    each: (object) => void (typeof object["permissions"] === "string" && (object["permissions"] = Number(object["permissions"]))),
  },
  "roles without permissions": { each: (object) => void ("hoist" in object && without(object, "permissions")) },
  "guilds without roles": { each: (object) => void (Array.isArray(object["roles"]) && "owner_id" in object && without(object, "roles")) },
  "overwrites null": { each: (object) => void ("permission_overwrites" in object && (object["permission_overwrites"] = null)) },
  "overwrites with words": {
    each: (object) => {
      if (Array.isArray(object["permission_overwrites"]))
        object["permission_overwrites"] = [
          { id: String(object["guild_id"]), type: "role", allow: 0, deny: 0 },
          { id: "7", type: "member", allow: null },
        ]
    },
  },
  "unknown channel types": {
    each: (object) => {
      if (Array.isArray(object["channels"])) object["channels"].push({ id: "77", type: 255, name: "whiteboard" }, { id: "78" }, null, "?")
    },
  },
  "guilds in READY": {},
  "never tells its guilds": {},
  // ---- messages
  "no guild_id in messages": {
    whole: (kind, value) => (isDispatchOf(kind, "MESSAGE_CREATE", "MESSAGE_UPDATE", "TYPING_START") ? without(value, "guild_id") : value),
  },
  "updates without time": { whole: (kind, value) => (kind === "MESSAGE_UPDATE" ? without(value, "edited_timestamp") : value) },
  "lists null": {
    each: (object) => {
      if (isMessage(object)) Object.assign(object, { attachments: null, mentions: null, embeds: null, mention_roles: null, flags: null })
    },
  },
  "types null": {
    each: (object) => void (isMessage(object) && Object.assign(object, { type: null, webhook_id: object["webhook_id"] ?? null })),
  },
  "nonce is a number": { each: (object) => void ("nonce" in object && (object["nonce"] = 4711)) },
  "no nonce": { each: (object) => void without(object, "nonce") },
  "webhooks without application": { each: (object) => void without(object, "application_id") },
  "bare updates besides": {},
  // ---- gateway
  "no application": ofReady((ready) => void without(ready, "application", "v", "private_channels")),
  "READY without session": ofReady((ready) => void without(ready, "session_id", "resume_gateway_url")),
  "READY without address": ofReady((ready) => void Object.assign(ready, { resume_gateway_url: null })),
  "no sequence": { frame: (payload) => ({ ...payload, s: null }) },
  "sequence now and then": { frame: (payload) => (Number(payload["s"]) % 2 === 0 ? { ...payload, s: null } : payload) },
  "numbers as text": {
    frame: (payload) => ({
      ...payload,
      op: `${payload["op"] as number}`,
      s: payload["s"] === undefined ? null : `${payload["s"] as number}`,
    }),
  },
  "never acknowledges": {},
  "no interval": { frame: (payload) => (payload["op"] === 10 ? { op: 10, d: null } : payload) },
  "garbage frames": { noise: '{"op":0}{"op":0}' },
  "cut off frames": { noise: '{"op":0,"t":"MESSAGE_CREATE","d":{"id":' },
  "binary frames": { noise: Buffer.from([0x78, 0x9c, 0, 1, 2, 255]) },
  "unknown operations": { noise: JSON.stringify({ op: 4242, d: { a: 1 }, s: null, t: null }) },
  "unknown dispatches": { noise: JSON.stringify({ op: 0, t: "VOICE_CHANNEL_EFFECT_SEND", s: null, d: "what" }) },
  "dispatches without data": { noise: JSON.stringify({ op: 0, t: "MESSAGE_CREATE", s: null, d: null }) },
  "dispatches of wrong data": { noise: JSON.stringify({ op: 0, t: "GUILD_MEMBER_UPDATE", d: [1, "two"] }) },
  "prototype dispatches": { noise: '{"op":0,"t":"constructor","d":{"__proto__":{"id":"1"}}}' },
  "huge frames": { noise: JSON.stringify({ op: 0, t: "PRESENCES_REPLACE", d: "x".repeat(1_000_000) }) },
  "closes at RESUME": { resume: 4000 },
  "closes at RESUME in order": { resume: 1000 },
  "cuts at RESUME": { resume: "cut" },
  "4006 at RESUME": { resume: 4006 },
  "flags of applications are 0": {
    whole: (kind, value) => (kind === "GET applications/@me" ? { ...(value as Json), flags: 0 } : value),
  },
  // ---- where the gateway is
  "no session limit": { whole: (kind, value) => (kind === "GET gateway/bot" ? without(value, "session_start_limit") : value) },
  "shards null": {
    whole: (kind, value) => (kind === "GET gateway/bot" ? { ...(value as Json), shards: null, session_start_limit: null } : value),
  },
  "gateway with path": {
    whole: (kind, value, { port }) =>
      kind === "GET gateway/bot"
        ? { ...(value as Json), url: `ws://127.0.0.1:${port}/gateway/v9/?compress=zlib-stream&encoding=etf` }
        : value,
  },
  "gateway without scheme": { whole: (kind, value, { port }) => (kind === "GET gateway/bot" ? { url: `127.0.0.1:${port}` } : value) },
  "no gateway/bot": { missing: /gateway\/bot/ },
  "no gateway calls": { missing: /gateway/ },
  // ---- REST
  "no applications": { missing: /applications|oauth2/ },
  "no active threads": { missing: /threads\/active/ },
  "no webhooks": { missing: /webhooks/ },
  "no single members": { missing: /guilds\/:id\/members\/:id/ },
  "errors in HTML": { problem: "<html><body><h1>Not Found</h1></body></html>" },
  "errors in other words": { problem: '{"error":"unknown route","code":"nope"}' },
  "errors without words": { problem: "" },
  "empty answers": {
    answer: (answer, shape) => (/^(DELETE|POST .*typing)/.test(shape) ? { status: 200, headers: {}, body: undefined } : answer),
  },
  "no answer to changes": {
    answer: (answer, shape) => (shape.startsWith("PATCH") && answer.status < 300 ? { status: 204, headers: {}, body: undefined } : answer),
  },
  "no content type": { answer: (answer) => ({ ...answer, headers: {} }) },
  "content type of text": { answer: (answer) => ({ ...answer, headers: { "Content-Type": "text/html" } }) },
  "silent limits": {
    instead: (shape, count) =>
      count === 0 && /^POST .*(messages|:token)$/.test(shape) ? { status: 429, headers: {}, body: "" } : undefined,
  },
  "limits in HTML": {
    instead: (shape, count) =>
      count === 0 && shape === "POST channels/:id/messages"
        ? { status: 429, headers: { "Retry-After": "soon" }, body: "<html>slow" }
        : undefined,
  },
  "wrong limit headers": {
    answer: (answer) => ({
      ...answer,
      headers: {
        ...answer.headers,
        "X-RateLimit-Limit": "many",
        "X-RateLimit-Remaining": "-1",
        "X-RateLimit-Reset-After": "NaN",
        "X-RateLimit-Reset": "tomorrow",
        "X-RateLimit-Bucket": "",
      },
    }),
  },
  "cuts connections": {},
  trickle: {},
  "a bad gateway before": {
    instead: (shape, count) =>
      count === 0 && shape === "GET channels/:id/messages" ? { status: 502, headers: json, body: "<html>" } : undefined,
  },
} satisfies Record<string, Quirk>

export type QuirkName = keyof typeof table
export const quirks: Record<QuirkName, Quirk> = table
export const quirkNames = Object.keys(table) as QuirkName[]

/** All that can be played at the same time: of those that exclude each other, one. */
export const together: readonly QuirkName[] = quirkNames.filter(
  (name) =>
    !["times are seconds", "times are numbers", "no times", "users are bare", "ids are numbers", "guilds without roles"].includes(name) &&
    !["never tells its guilds", "no sequence", "members unknown", "no interval", "cuts at RESUME", "4006 at RESUME"].includes(name) &&
    !["READY without session", "gateway without scheme", "no gateway/bot", "no gateway calls", "limits in HTML"].includes(name),
)

function times(object: Json, bend: (at: number) => unknown): void {
  for (const key of ["timestamp", "edited_timestamp", "joined_at"]) {
    const value = object[key]
    if (typeof value === "string") object[key] = bend(Date.parse(value))
  }
}
