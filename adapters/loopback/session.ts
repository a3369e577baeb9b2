// One live account: the contract's verbs as requests to the network, the network's events as emits.
import { AdapterError, type Capabilities, type ChatRef, type Host, type MessageRef, type NetworkEvent, type Session } from "xferry"
import type { Access } from "./client.js"
import { toCommand, type CommandEvent } from "./commands.js"
import { toNetworkEvent } from "./events.js"
import { checked, downloaded, uploaded } from "./file-session.js"
import type { Credentials, Line } from "./protocol.js"
import { Pump } from "./pump.js"
import { roomVerbs } from "./room-session.js"

/** What a loopback network can be told to have; all its verbs are there, the table says which are to be used. */
export type LoopbackCapabilities = Pick<
  Capabilities,
  | "send"
  | "tells"
  | "reply"
  | "edit"
  | "retract"
  | "typing"
  | "find"
  | "rooms"
  | "members"
  | "access"
  | "history"
  | "manage"
  | "download"
  | "react"
  | "read"
  | "interact"
  | "entry"
  | "logins"
>
export type FullSession = Session<Required<LoopbackCapabilities>>

export interface Opening {
  access: Access
  credentials: Credentials
  capabilities: LoopbackCapabilities
  albums?: boolean
  window: number
  host: Host
}

export async function openSession(opening: Opening): Promise<FullSession> {
  const { access, credentials, capabilities, window, host } = opening
  let attached: Line | undefined = undefined
  let end!: (error?: AdapterError) => void
  const ended = new Promise<void>((resolve, reject) => {
    end = (error) => {
      pump.stop()
      host.signal.removeEventListener("abort", closed)
      attached?.close()
      if (error === undefined) resolve()
      else reject(error)
    }
  })
  ended.catch(() => undefined) // whoever awaits it is told; a session nobody awaits yet must not end the process
  const closed = (): void => end()
  const pump = new Pump({
    emit: async (event) => {
      if (event.type === "command") return answer(host, event, attached)
      const told = toNetworkEvent(event)
      if (isTold(told, capabilities)) await host.emit(told)
    },
    ack: (n) => attached?.ack(n),
    fail: (error) => end(new AdapterError("retry", "The gateway could not keep a message.", { cause: error })),
  })
  const line = await access.attach(credentials, { event: (n, event) => pump.event(n, event), ended: end }, window, host.signal)
  attached = line
  if (host.signal.aborted) closed()
  else host.signal.addEventListener("abort", closed, { once: true })
  // The core gets its session before its first event.
  setImmediate(() => pump.start())
  // Only scripts read it.
  line.request({ op: "menu", commands: [...host.commands] }, host.signal).catch(() => undefined)
  return { self: line.self, ended, ...verbs(line, opening), ...roomVerbs(line) }
}

/** It is acknowledged when it is answered. */
async function answer(host: Host, event: CommandEvent, line: Line | undefined): Promise<void> {
  const { text, extras } = await host.run(toCommand(event))
  await line?.request({ op: "answer", call: event.call, text, ...(extras && { extras }) }, host.signal)
}

function verbs(
  line: Line,
  { capabilities, albums = false }: Pick<Opening, "capabilities" | "albums">,
): Omit<FullSession, "self" | "ended" | keyof ReturnType<typeof roomVerbs>> {
  const { idempotent = false } = capabilities.send
  return {
    async send({ chat, body, key, reply, as, silent, asks }, signal) {
      const { text, ...fields } = checked(body, capabilities, asks)
      const { files = [] } = await uploaded(line, { body }, signal)
      const more = {
        ...(idempotent && { once: true }),
        ...(reply && { reply: reply.id, ...(reply.quote !== undefined && { quote: reply.quote }) }),
        ...(as && { as: as.name }),
        ...(silent && { silent }),
      }
      const request = { op: "send" as const, ...place(chat), ...fields, ...more }
      const [first = [], ...rest] = albums ? files.map((file) => [file]) : [files]
      const { id, at } = await line.request({ ...request, text, key, ...(first.length > 0 && { files: first }) }, signal)
      const parts: MessageRef[] = []
      for (const [i, some] of rest.entries()) {
        const part = await line.request({ op: "send", ...place(chat), ...more, text: "", key: `${key}.${i + 2}`, files: some }, signal)
        parts.push({ id: part.id })
      }
      return { id, at: new Date(at), ...(parts.length > 0 && { parts }) }
    },
    edit: async ({ chat, message, body }, signal) =>
      line.request({ op: "edit", ...place(chat), id: message.id, ...checked(body, capabilities) }, signal),
    async retract({ chat, message, why }, signal) {
      await line.request({ op: "retract", ...place(chat), id: message.id, ...(why !== undefined && { why }) }, signal)
    },
    async react({ chat, message, emoji, as }, signal) {
      await line.request({ op: "react", ...place(chat), id: message.id, emoji: [...emoji], ...(as && { as: as.name }) }, signal)
    },
    async read({ chat, upTo }, signal) {
      await line.request({ op: "read", ...place(chat), id: upTo.id }, signal)
    },
    async interact({ chat, message, choose, as }, signal) {
      const request = { op: "interact" as const, ...place(chat), id: message.id, choose: [...choose] }
      return (await line.request({ ...request, ...(as && { as: as.name }) }, signal)).text
    },
    async typing({ chat, active }, signal) {
      await line.request({ op: "typing", ...place(chat), active }, signal)
    },
    download: async (file, signal) => downloaded(line, file, signal, capabilities.download?.maxBytes),
    find: async ({ text, cursor }, signal) => line.request({ op: "find", text, ...(cursor !== undefined && { cursor }) }, signal),
    entry: ({ code }) => Promise.resolve({ text: `On the loopback network, say: link ${code}`, url: `loopback:?start=${code}` }),
    contact: async (id, signal) => line.request({ op: "contact", id }, signal),
  }
}

const place = (chat: ChatRef): { to: string; login?: string } | { room: string } =>
  "room" in chat ? { room: chat.room } : { to: chat.user, ...(chat.login !== undefined && { login: chat.login }) }

/** A variant that lacks these keeps them to itself. */
function isTold(event: NetworkEvent, { tells = [], access }: LoopbackCapabilities): boolean {
  if (event.type === "member") return tells.includes("members")
  if (event.type === "retract" || event.type === "reactions" || event.type === "read" || event.type === "delivered")
    return tells.includes(event.type)
  return event.type !== "access" || access !== undefined
}
