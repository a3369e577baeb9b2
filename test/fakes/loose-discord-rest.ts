// The loose server's REST API: what it knows of the documented calls, and how it answers.
import type { IncomingMessage, ServerResponse } from "node:http"
import { setImmediate } from "node:timers/promises"
import type { Channel, LooseDiscord, Message } from "./loose-discord.js"
import { now } from "./loose-discord.js"
import type { Json } from "./loose-discord-quirks.js"

export interface Answer {
  status: number
  headers: Record<string, string>
  /** Undefined: none. */
  body: string | undefined
}

interface Call {
  server: LooseDiscord
  /** Who calls. */
  me: Json & { id: string }
  ids: string[]
  body: Json
  query: URLSearchParams
}

/** Undefined: 204. A number: an error of this status. */
type Route = (call: Call) => unknown

const routes: Record<string, Route> = {
  "GET users/@me": ({ me }) => me,
  "GET users/@me/guilds": ({ server }) => [{ id: server.guild, name: "Verona", icon: null, owner: false, permissions: "0" }],
  "GET users/:id": ({ server, ids: [user] }) => server.members().find((each) => each.user["id"] === user)?.user ?? 404,
  "POST users/@me/channels": ({ server, me, body }) => (String(body["recipient_id"]) === server.juliet.id ? server.dmOf(me).data : 404),
  "GET gateway": ({ server }) => ({ url: `ws://127.0.0.1:${server.port}/` }),
  "GET gateway/bot": ({ server }) => ({
    url: `ws://127.0.0.1:${server.port}`,
    shards: 1,
    session_start_limit: { total: 1000, remaining: 999, reset_after: 1000, max_concurrency: 1 },
  }),
  "GET applications/@me": ({ me }) => ({ id: me.id, name: "ferry", flags: (1 << 19) | (1 << 15) | (1 << 13) }),
  "GET channels/:id": ({ server, ids }) => channel(server, ids)?.data ?? 404,
  "GET channels/:id/messages": ({ server, ids, query }) => {
    const found = channel(server, ids)
    if (!found) return 404
    const [after, before] = [query.get("after"), query.get("before")]
    const within = found.messages.filter(
      ({ id }) => (after === null || BigInt(id) > BigInt(after)) && (before === null || BigInt(id) < BigInt(before)),
    )
    const limit = Number(query.get("limit") ?? 50)
    return (after === null ? within.slice(-limit) : within.slice(0, limit)).reverse()
  },
  "POST channels/:id/messages": ({ server, me, ids, body }) => {
    const found = channel(server, ids)
    return found ? server.post(found, me, body) : 404
  },
  "GET channels/:id/messages/:id": ({ server, ids }) => message(server, ids)?.[1] ?? 404,
  "PATCH channels/:id/messages/:id": ({ server, ids, body }) => changed(server, message(server, ids), body),
  "DELETE channels/:id/messages/:id": ({ server, ids }) => removed(server, message(server, ids)),
  "PUT channels/:id/messages/:id/reactions/:emoji/@me": ({ server, me, ids }) => reacted(server, me, ids, true),
  "DELETE channels/:id/messages/:id/reactions/:emoji/@me": ({ server, me, ids }) => reacted(server, me, ids, false),
  "POST channels/:id/typing": ({ server, ids }) => (channel(server, ids) ? undefined : 404),
  "GET channels/:id/webhooks": ({ server, ids: [id] }) => [...server.webhooks.values()].filter((hook) => hook.channel_id === id),
  "POST channels/:id/webhooks": ({ server, me, ids: [id = ""], body }) => {
    const hook = {
      id: server.id(),
      type: 1,
      token: `loose-token-${server.id()}`,
      channel_id: id,
      name: body["name"],
      user: me,
      application_id: me.id,
    }
    server.webhooks.set(hook.id, hook)
    return hook
  },
  "GET webhooks/:id/:token": ({ server, ids: [id = ""] }) => server.webhooks.get(id) ?? 404,
  "POST webhooks/:id/:token": ({ server, ids: [id = ""], body }) => {
    const hook = server.webhooks.get(id)
    const found = server.channels.get(hook?.channel_id ?? "")
    if (!hook || !found) return 404
    const author = { id, username: body["username"] ?? hook["name"], avatar: null, discriminator: "0000", bot: true }
    return server.post(found, author, { ...body, webhook_id: id, application_id: hook["application_id"] })
  },
  "GET webhooks/:id/:token/messages/:id": ({ server, ids }) => byHook(server, ids)?.[1] ?? 404,
  "PATCH webhooks/:id/:token/messages/:id": ({ server, ids, body }) => changed(server, byHook(server, ids), body),
  "DELETE webhooks/:id/:token/messages/:id": ({ server, ids }) => removed(server, byHook(server, ids)),
  "GET guilds/:id": ({ server }) => {
    const { channels: _channels, threads: _threads, members: _members, presences: _presences, ...guild } = server.guildData()
    return guild
  },
  "GET guilds/:id/channels": ({ server }) => server.guildData()["channels"],
  "GET guilds/:id/threads/active": () => ({ threads: [], members: [] }),
  "GET guilds/:id/members": ({ server, query }) =>
    server.members().filter(({ user }) => BigInt(String(user["id"])) > BigInt(query.get("after") ?? 0)),
  "GET guilds/:id/members/:id": ({ server, ids: [, user] }) => server.members().find((each) => each.user["id"] === user) ?? 404,
}

function channel(server: LooseDiscord, [id = ""]: string[]): Channel | undefined {
  return server.channels.get(id)
}

function message(server: LooseDiscord, [place = "", id]: string[]): [Channel, Message] | undefined {
  const where = server.channels.get(place)
  const found = where?.messages.find((each) => each.id === id)
  return where && found && [where, found]
}

/** Whoever asks is taken to be the one who reacted. */
function reacted(server: LooseDiscord, me: Json & { id: string }, ids: string[], on: boolean): unknown {
  const [where, what] = message(server, ids) ?? []
  if (!where || !what) return 404
  server.react(where, what, me, decodeURIComponent(ids[2] ?? ""), on)
  return undefined
}

function byHook(server: LooseDiscord, [hook = "", id = ""]: string[]): [Channel, Message] | undefined {
  return message(server, [server.webhooks.get(hook)?.channel_id ?? "", id])
}

function changed(server: LooseDiscord, found: [Channel, Message] | undefined, body: Json): unknown {
  if (!found) return 404
  const [where, what] = found
  Object.assign(what, {
    content: body["content"] ?? what.content,
    edited_timestamp: now(),
    ...("embeds" in body && { embeds: body["embeds"] }),
    ...("attachments" in body && { attachments: body["attachments"] }),
  })
  server.tell("MESSAGE_UPDATE", { ...what, ...(where.guild !== undefined && { guild_id: where.guild }) }, where)
  return what
}

function removed(server: LooseDiscord, found: [Channel, Message] | undefined): unknown {
  if (!found) return 404
  server.remove(...found)
  return undefined
}

/** «GET channels/:id», and the ids. */
function shapeOf(method: string, path: string): { shape: string; ids: string[] } {
  const ids: string[] = []
  const parts = path.split("/").map((part, index, all) => {
    if (all[0] === "webhooks" && index === 2) return ":token"
    if (all[index - 1] === "reactions") {
      ids.push(part)
      return ":emoji"
    }
    if (!/^\d+$/.test(part)) return part
    ids.push(part)
    return ":id"
  })
  return { shape: `${method} ${parts.join("/")}`, ids }
}

export async function answerTo(server: LooseDiscord, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = []
  try {
    for await (const chunk of request) chunks.push(chunk as Buffer)
  } catch {
    return // it was broken off
  }
  const url = new URL(request.url ?? "/", "http://localhost")
  const path = url.pathname.replace(/^\/api\/v\d+\//, "")
  const { shape, ids } = shapeOf(request.method ?? "GET", path)
  const count = server.requests.filter((each) => each === shape).length
  server.requests.push(shape)
  const file = server.files.get(url.pathname)
  if (file && request.method === "GET") return void response.writeHead(200).end(file)
  const body = await bodyOf(server, Buffer.concat(chunks), request.headers["content-type"] ?? "")
  if (request.method !== "GET") server.bodies.push(body)
  const missing = server.quirkNamed("missing").some((test) => test.test(shape))
  const early = server
    .quirkNamed("instead")
    .map((instead) => instead(shape, count))
    .find((each) => each !== undefined)
  const me = shape.includes(":token") ? server.self : server.bots.get(request.headers.authorization?.replace("Bot ", "") ?? "")
  const result = early
    ? undefined
    : !me
      ? 401
      : missing
        ? 404
        : (routes[shape] ?? (() => 404))({ server, me, ids, body, query: url.searchParams })
  let answer = early ?? plain(server, shape, result)
  for (const bend of server.quirkNamed("answer")) answer = bend(answer, shape, count)
  await write(server, response, answer)
  server.look()
}

function plain(server: LooseDiscord, shape: string, result: unknown): Answer {
  const headers = { "Content-Type": "application/json" }
  if (result === undefined) return { status: 204, headers: {}, body: undefined }
  if (typeof result === "number") {
    const bodies = server.quirkNamed("problem")
    const body = bodies[server.requests.length % Math.max(bodies.length, 1)] ?? JSON.stringify({ message: `${result}: no`, code: 0 })
    return { status: result, headers, body }
  }
  return { status: 200, headers, body: JSON.stringify(server.bent(shape, result)) }
}

async function write(server: LooseDiscord, response: ServerResponse, { status, headers, body = "" }: Answer): Promise<void> {
  response.writeHead(status, headers)
  if (server.is("trickle"))
    for (let at = 0; at < body.length && !response.destroyed; at += 50) {
      response.write(body.slice(at, at + 50))
      await setImmediate()
    }
  else if (body !== "") response.write(body)
  const { socket } = response
  response.end()
  // Without a word: the client thinks that the connection can be used again.
  if (server.is("cuts connections") && server.requests.length % 3 === 0) response.once("close", () => socket?.end())
}

/** JSON, or a form: its files become attachments, as far as the message names them or not. */
async function bodyOf(server: LooseDiscord, bytes: Buffer, type: string): Promise<Json> {
  if (!type.startsWith("multipart/form-data")) return parsed(bytes.toString("utf8"))
  const form = await new Response(new Uint8Array(bytes), { headers: { "content-type": type } }).formData()
  const said = form.get("payload_json")
  const body = parsed(typeof said === "string" ? said : "")
  const files = await Promise.all(
    [...form.values()]
      .filter((value) => typeof value !== "string")
      .map(async (file) => server.keep(file.name, Buffer.from(await file.arrayBuffer()))),
  )
  return { ...body, attachments: files }
}

function parsed(text: string): Json {
  try {
    return JSON.parse(text) as Json
  } catch {
    return {}
  }
}
