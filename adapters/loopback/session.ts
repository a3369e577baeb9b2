// One live account: the contract's verbs as requests to the network, the network's events as emits.
import { AdapterError, type Body, type Capabilities, type ChatRef, type Host, type Session, type Upload } from "xferry"
import type { Access } from "./client.js"
import { toNetworkEvent } from "./events.js"
import type { Credentials, Line } from "./protocol.js"
import { Pump } from "./pump.js"

/** What a loopback network can be told to have; all its verbs are there, the table says which are to be used. */
export type LoopbackCapabilities = Pick<Capabilities, "send" | "tells" | "edit" | "retract" | "typing" | "find">
type FullSession = Session<Required<LoopbackCapabilities>>

export interface Opening {
  access: Access
  credentials: Credentials
  capabilities: LoopbackCapabilities
  window: number
  host: Host
}

export async function openSession({ access, credentials, capabilities, window, host }: Opening): Promise<FullSession> {
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
    emit: async (event) => host.emit(toNetworkEvent(event)),
    ack: (n) => attached?.ack(n),
    fail: (error) => end(new AdapterError("retry", "The gateway could not keep a message.", { cause: error })),
  })
  const line = await access.attach(credentials, { event: (n, event) => pump.event(n, event), ended: end }, window, host.signal)
  attached = line
  if (host.signal.aborted) closed()
  else host.signal.addEventListener("abort", closed, { once: true })
  // The core gets its session before its first event.
  setImmediate(() => pump.start())
  return { self: line.self, ended, ...verbs(line, capabilities) }
}

function verbs(
  line: Line,
  { send: { maxChars = Infinity, idempotent = false } }: LoopbackCapabilities,
): Omit<FullSession, "self" | "ended"> {
  const check = ({ text }: Body<Upload>): string => {
    if (text === "") throw new AdapterError("rejected", "The message is empty.")
    if (text.length > maxChars) throw new AdapterError("rejected", `The message is longer than ${maxChars} characters.`)
    return text
  }
  return {
    async send({ chat, body, key, reply, as, silent }, signal) {
      const request = { op: "send" as const, to: person(chat), text: check(body), key }
      const more = {
        ...(idempotent && { once: true }),
        ...(reply && { reply: reply.id }),
        ...(as && { as: as.name }),
        ...(silent && { silent }),
      }
      const { id, at } = await line.request({ ...request, ...more }, signal)
      return { id, at: new Date(at) }
    },
    edit: async ({ chat, message, body }, signal) =>
      line.request({ op: "edit", to: person(chat), id: message.id, text: check(body) }, signal),
    async retract({ chat, message }, signal) {
      await line.request({ op: "retract", to: person(chat), id: message.id }, signal)
    },
    async typing({ chat, active }, signal) {
      await line.request({ op: "typing", to: person(chat), active }, signal)
    },
    find: async ({ text, cursor }, signal) => line.request({ op: "find", text, ...(cursor !== undefined && { cursor }) }, signal),
    contact: async (id, signal) => line.request({ op: "contact", id }, signal),
  }
}

function person(chat: ChatRef): string {
  if ("room" in chat) throw new AdapterError("unsupported", "The loopback network has no rooms.")
  return chat.user
}
