// The XMPP side of one network, put together: link, fence, router, features, presences.
import { commands as allCommands } from "../core/commands/index.js"
import type { Command } from "../core/commands/command.js"
import { contactJid, roomJid } from "../core/address.js"
import type { Log } from "../core/log.js"
import type { Face, Service } from "../core/ports.js"
import { ComponentFace } from "./face.js"
import { Availability } from "./features/availability.js"
import { Bounces } from "./features/bounces.js"
import { GatewayChat } from "./features/chat.js"
import { Faces } from "./features/faces.js"
import { Interests } from "./features/interests.js"
import { Uploads } from "./features/upload.js"
import { createFeatures } from "./features/index.js"
import { createMessages } from "./features/messages.js"
import { OwnMessages } from "./features/own.js"
import { Presences } from "./features/presence.js"
import { Pressure } from "./features/pressure.js"
import { Privileges } from "./features/privileges.js"
import { Roster } from "./features/roster.js"
import { Sessions } from "./features/sessions.js"
import { createFence } from "./fence.js"
import type { OccupantPort } from "./client/port.js"
import { bareOf, domainOf } from "./jid.js"
import { createLink, type LinkOptions } from "./link.js"
import type { Draft } from "./payload/draft.js"
import { createMuc } from "./muc/index.js"
import * as receipts from "./payload/receipts.js"
import { createRouter } from "./router.js"
import { message, textEl } from "./stanza.js"
import type { Context, Incoming } from "./types.js"

/** How long the end waits for the server's word on what was written, in ms. */
const drainMs = 3000

export interface ComponentOptions extends Pick<LinkOptions, "random" | "timers"> {
  service: Service
  /** Where the server takes components. */
  server: { host: string; port: number; secure: boolean; tls?: { ca: string | undefined; servername: string } | undefined }
  domain: string
  secret: string
  log: Log
  /** Who has occupants in rooms of other services on this domain: their stanzas are nobody else's. */
  occupants?: OccupantPort
  /** Default: all of core/commands. */
  commands?: readonly Command[]
}

export interface Component {
  readonly face: Face
  /** Connects, for ever. */
  start(): void
  /** Tells everybody who is there that nobody is any more, then ends the stream politely. */
  stop(): Promise<void>
}

export function createComponent(options: ComponentOptions): Component {
  const { service, server, domain, secret, log, commands = allCommands, random, timers, occupants } = options
  const link = createLink({
    service: `${server.secure ? "xmpps" : "xmpp"}://${server.host.includes(":") ? `[${server.host}]` : server.host}:${server.port}`,
    domain,
    secret,
    log,
    ...(server.tls && { tls: { servername: server.tls.servername, ...(server.tls.ca !== undefined && { ca: server.tls.ca }) } }),
    ...(random && { random }),
    ...(timers && { timers }),
    events: { online: () => online(), offline: () => offline(), stanza: (el) => occupants?.takes(el) === true || route(el) },
  })
  const context: Context = {
    service,
    link,
    domain,
    log,
    contactJid: jids((legacyId, tag) => contactJid(domain, legacyId, tag)),
    roomJid: jids((legacyId, tag) => roomJid(domain, legacyId, tag)),
    send(xml) {
      if (xml !== undefined) link.send(xml)
    },
  }
  const bug = (error: unknown): void => log.error({ err: error, network: service.id }, "a command failed: this is a bug")
  const sessions = new Sessions()
  const bounces = new Bounces()
  const faces = new Faces(context)
  const interests = new Interests(context)
  const privileges = new Privileges(context)
  const own = new OwnMessages(context, privileges)
  const fence = createFence({
    link,
    log,
    ...(timers && { timers }),
    onDelivered(tokens) {
      const rowIds = muc.confirmed(tokens)
      if (rowIds.length === 0) return
      bounces.fenced(rowIds)
      service.delivered(rowIds)
    },
    onStuck(silent, tokens) {
      const rest = muc.stuck(silent, tokens)
      log.warn({ domain: silent, waiting: rest.length }, `${silent} does not confirm messages; they are kept and asked for again.`)
    },
  })
  const pressure = new Pressure(link)
  const uploads = new Uploads(context)
  occupants?.wire({
    link,
    while: (work) => pressure.while(work),
    slot: (file) => uploads.slot(file, { legacyId: "", tag: "", room: false }),
  })
  const muc = createMuc({ context, fence, pressure, privileges, person: (participant) => availability.personal(participant) })

  // Whoever registers, by whichever front end, gets the gateway into their roster; the core need not know of it.
  const greeting = withRegister(service, async (user, ask) => {
    const registered = await service.register(user, ask)
    presences.welcome(registered.link)
    return registered
  })
  const features = createFeatures({ commands, service: greeting, bug, rooms: muc })
  const availability = new Availability(context, features.disco)
  const roster = new Roster(context, privileges)
  const tell = (to: string, text: string, from = domain): void => context.send(message({ from, to, type: "chat" }, textEl("body", text)))
  const presences = new Presences({ context, availability, interests, roster, sessions, tell, gone: (full) => muc.gone(full) })
  const gatewayChat = new GatewayChat({ commands, service: greeting, bug })

  function chat(incoming: Incoming, { body = "", id, wantsReceipt }: Draft): void {
    const from = bareOf(incoming.to)
    if (wantsReceipt === true && id !== "") context.send(message({ from, to: incoming.from, type: "chat" }, receipts.write(id)))
    gatewayChat.say(incoming.fromBare, body, (text) => tell(incoming.from, text, from), incoming.lang).catch(bug)
  }

  function bounce(incoming: Incoming): void {
    const found = bounces.match(incoming)
    if (!found) return log.debug({ from: incoming.from, id: incoming.id }, "an error about no stanza of ours")
    fence.forget(domainOf(incoming.from), found.outgoing.rowId)
    service.bounced(found.outgoing, own.refused(incoming, found.outgoing) ? "when-present" : found.bounce)
  }

  const messages = createMessages({
    context,
    pressure,
    chat,
    bounce,
    grant: (incoming) => privileges.learn(incoming),
    isEcho: (incoming) => own.isEcho(incoming),
  })
  const route = createRouter({
    context,
    features: features.list,
    message: (incoming) => (ofRoom(incoming) ? muc.message(incoming) : messages(incoming)),
    presence(incoming) {
      faces.heard(incoming)
      if (!ofRoom(incoming) && service.linksOf(incoming.fromBare).length > 0) interests.heard(incoming)
      if (ofRoom(incoming)) muc.presence(incoming)
      else presences.handle(incoming)
    },
  })

  let up = false
  let stopped = false
  function online(): void {
    up = true
    presences.streamUp()
    muc.streamUp()
    service.streamUp()
    occupants?.up()
  }

  function offline(): void {
    privileges.reset()
    own.reset()
    face.streamDown()
    fence.reset()
    bounces.reset()
    muc.streamDown()
    occupants?.down(`The stream of ${domain} to the XMPP server has ended.`)
    if (up) service.streamDown()
    up = false
  }

  const face = new ComponentFace({ context, fence, bounces, presences, faces, uploads, sessions, own, rooms: muc.face })
  return {
    face,
    start() {
      muc
        .restore()
        .catch((error: unknown) => log.error({ err: error, network: service.id }, "who was in which room could not be read"))
        .finally(() => {
          if (!stopped) link.start()
        })
    },
    async stop() {
      stopped = true
      if (link.online) {
        muc.farewell()
        await presences.farewell()
        // What the server has by now need not be written again after the next start.
        await fence.drain(drainMs)
      }
      await link.stop()
    },
  }
}

function ofRoom({ target }: Incoming): boolean {
  return target.kind === "room" || target.kind === "occupant"
}

/** The same contacts and rooms speak again and again: their JIDs are made once. */
function jids(make: Context["contactJid"]): Context["contactJid"] {
  const made = new Map<string, string | null>()
  return (legacyId, tag) => {
    const key = `${tag}\n${legacyId}`
    const known = made.get(key)
    if (known !== undefined) return known
    if (made.size >= 10_000) made.clear()
    const jid = make(legacyId, tag)
    made.set(key, jid)
    return jid
  }
}

/** The same service, with another `register`. Its methods keep their own `this`, for classes with private fields. */
function withRegister(service: Service, register: Service["register"]): Service {
  const methods = new Map<PropertyKey, unknown>([["register", register]])
  return new Proxy(service, {
    get(target, name) {
      if (methods.has(name)) return methods.get(name)
      const value: unknown = Reflect.get(target, name, target)
      if (typeof value !== "function") return value
      const bound: unknown = value.bind(target)
      methods.set(name, bound)
      return bound
    },
  })
}
