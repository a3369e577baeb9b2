// One update carried out: translated and told to the core, or a command run; what must be known first is asked for.
import type { Update } from "node-telegram-bot-api"
import type { Host, NetworkEvent } from "xferry"
import type { Answering } from "./answering.js"
import { commandIn } from "./commands.js"
import type { CustomEmoji } from "./emoji.js"
import type { Faces } from "./faces.js"
import type { Logins } from "./logins.js"
import type { Memory } from "./memory.js"
import { redact } from "./redact.js"
import type { Rooms } from "./rooms.js"
import { assertSound } from "./sound.js"
import { isEdit, loginOf, messageOf, translate, type Translated } from "./updates.js"

/** What listening needs besides the network. */
export interface Parts {
  rooms: Rooms
  memory: Memory
  faces: Faces
  logins: Logins
  answering: Answering
}
export interface Listener extends Parts {
  host: Host
  /** The bot's number. */
  self: number
  username: string | undefined
  emoji: CustomEmoji
}

/** What an update comes to: a call of the core to be waited for. Translated now, or, where it has to be asked first whose it is, then. */
type Step = { run: () => Promise<void>; once?: true } | { skip: string }

/** An update of another shape than today's must not stop those behind it for ever. */
export function stepOf(update: Update, listener: Listener): Step {
  try {
    return soundStep(update, listener)
  } catch (error) {
    listener.host.log.warn({ update: update.update_id, fault: redact(String(error)) }, "an update could not be understood")
    return { skip: "not understood" }
  }
}

function soundStep(update: Update, listener: Listener): Step {
  const { host, logins, answering, memory, username } = listener
  if ("business_connection" in update)
    return { once: true, run: () => understood(update, listener, () => logins.changed(update.business_connection)) }
  if ("callback_query" in update)
    return { once: true, run: () => understood(update, listener, () => answering.pressed(update.callback_query)) }
  const login = loginOf(update)
  if (login !== undefined) return { run: () => carried(login, update, listener) }
  const message = messageOf(update)
  const command = message && commandIn(message, username, host.commands)
  if (command && isEdit(update)) return { skip: "a command that was edited" }
  if (command) {
    memory.heard(message)
    return { once: true, run: () => understood(update, listener, () => answering.command(message, command)) }
  }
  const result = translated(update, listener)
  return "skip" in result ? result : { ...(result.once && { once: true }), run: () => told(update, result.events, listener) }
}

/** Something of a business account: whose it is must be known, also to the core, before what is said in it. */
async function carried(login: string, update: Update, listener: Listener): Promise<void> {
  const { host, logins } = listener
  const there = !host.signal.aborted && (await logins.ready(login))
  const result: Translated = there ? translated(update, listener) : { skip: "of a business connection that is over" }
  if ("skip" in result) return host.log.debug({ update: update.update_id, why: result.skip }, "update left out")
  const chat = messageOf(update)?.chat
  const own = result.events.some((event) => event.type === "message" && event.own === true)
  await told(update, chat && own ? [...logins.meets(chat, login), ...result.events] : result.events, listener)
}

/** What has another shape than today's must not stop what is behind it for ever; what the core refuses must. */
async function understood(update: Update, { host }: Listener, run: () => Promise<unknown>): Promise<void> {
  if (host.signal.aborted) return
  await run().catch((error: unknown) => {
    if (!(error instanceof TypeError) || host.signal.aborted) throw error
    host.log.warn({ update: update.update_id, fault: redact(String(error)) }, "an update could not be understood")
  })
}

/** Of rooms more must be told than one update holds; what cannot be found out holds up nothing. */
async function told(update: Update, events: NetworkEvent[], { rooms, host, emoji, faces }: Listener): Promise<void> {
  if (host.signal.aborted) return
  for (const event of events) if (event.type === "reactions") await pictured(event, emoji, host.signal)
  let all = events
  try {
    const complete = await rooms.complete(update, events)
    complete.forEach(assertSound)
    all = complete
  } catch (error) {
    host.log.warn({ update: update.update_id, fault: redact(String(error)) }, "a room could not be introduced")
  }
  for (const event of all) if (!host.signal.aborted) await host.emit(event)
  faces.met(all)
}

/** Custom emoji with what they look like. */
async function pictured({ change }: Extract<NetworkEvent, { type: "reactions" }>, emoji: CustomEmoji, signal: AbortSignal): Promise<void> {
  if ("set" in change) change.set = await emoji.filled(change.set, signal)
  if (!("counts" in change)) return
  const filled = await emoji.filled(
    change.counts.map((one) => one.emoji),
    signal,
  )
  change.counts = change.counts.map((one, i) => ({ ...one, emoji: filled[i] ?? one.emoji }))
}

/** An update that breaks the translation must not stop those behind it for ever. */
function translated(update: Update, { self, host, memory, logins }: Listener): Translated {
  try {
    const message = messageOf(update)
    if (message) memory.heard(message)
    const { named, pollAt, moves, threads } = memory
    const result = translate(update, self, { named, pollAt, moves, threads, ownerOf: logins.ownerOf })
    if ("skip" in result) return result
    result.events.forEach(assertSound)
    return result
  } catch (error) {
    host.log.warn({ update: update.update_id, fault: redact(String(error)) }, "an update could not be understood")
    return { skip: "not understood" }
  }
}
