// Ad-hoc commands (XEP-0050): the core's commands, a form a step.
import { randomUUID } from "node:crypto"
import type { Element } from "@xmpp/xml"
import type { Command } from "../../core/commands/command.js"
import { howToRegister } from "../../core/commands/command.js"
import { Cancelled, Dialogue, readFields, type Turn } from "../../core/login.js"
import type { FullJid } from "../../core/model.js"
import { Refusal, type Service } from "../../core/ports.js"
import { bareOf } from "../jid.js"
import { readForm, writeForm } from "../payload/forms.js"
import { ApplicationRefusal } from "../router.js"
import { el, join, textEl, type Xml } from "../stanza.js"
import type { Feature, Incoming } from "../types.js"

export const nsCommands = "http://jabber.org/protocol/commands"

interface Running {
  id: string
  node: string
  owner: FullJid
  dialogue: Dialogue
  busy: boolean
  timer?: NodeJS.Timeout
}

export interface AdhocLimits {
  /** A session whose user says nothing for so long ends, in ms. */
  idleMs: number
  /** A user's oldest session gives way to a further one. */
  perUser: number
  total: number
}

const defaults: AdhocLimits = { idleMs: 10 * 60_000, perUser: 5, total: 1000 }

export interface AdhocParts {
  commands: readonly Command[]
  /** The one whose `register` also makes the gateway known to the user. */
  service: Service
  /** What a command threw that is no refusal. */
  bug(error: unknown): void
  limits?: Partial<AdhocLimits>
}

export function createAdhoc(parts: AdhocParts): Feature {
  const sessions = new Sessions(parts)
  return {
    xep: { number: 50, version: "1.3.0", name: "Ad-Hoc Commands" },
    disco: {
      gateway: [nsCommands],
      contact: ({ interact }) => (interact ? [nsCommands] : []),
      room: [nsCommands],
    },
    iq: {
      [`set ${nsCommands} command`]: {
        on: ["gateway", "room", "contact"],
        handle: (incoming, command) => sessions.handle(incoming, command),
      },
    },
  }
}

class Sessions {
  readonly #running = new Map<string, Running>()
  /** Ids of sessions that are over, so that a late click is told so (`session-expired`). */
  readonly #ended = new Set<string>()
  readonly #limits: AdhocLimits

  constructor(private readonly parts: AdhocParts) {
    this.#limits = { ...defaults, ...parts.limits }
  }

  async handle(incoming: Incoming, el: Element): Promise<Xml> {
    const { node = "", sessionid, action = "execute" } = el.attrs
    if (!["execute", "next", "complete", "prev", "cancel"].includes(action))
      throw badRequest("malformed-action", `There is no action «${action}».`)
    if (sessionid === undefined) return this.#start(incoming, node, action)
    const session = this.#running.get(sessionid)
    if (!session && this.#ended.has(sessionid))
      throw new ApplicationRefusal("not-allowed", "This command is over. Start it again.", "cancel", condition("session-expired"))
    // Somebody else's session is none: its id says nothing to a stranger.
    if (session?.owner !== incoming.from || session.node !== node) throw badRequest("bad-sessionid", "There is no such session.")
    if (action === "cancel") {
      this.#end(session)
      return this.#reply(session, "canceled")
    }
    if (session.busy) throw new Refusal("unexpected-request", "The last step is still under way.", "wait")
    if (action === "prev") throw badRequest("bad-action", "There is no way back; cancel and start again.")
    return this.#proceed(session, el)
  }

  #start({ from, fromBare, to, target }: Incoming, node: string, action: string): Promise<Xml> {
    const { commands, service } = this.parts
    const isPlace = target.kind !== "gateway"
    const command = commands.find(
      ({ name, room, contact }) => name === node && (!isPlace || (target.kind === "room" ? room : contact) === true),
    )
    if (!command) throw new Refusal("item-not-found", "There is no such command.")
    if (action !== "execute") throw badRequest("bad-action", "A command begins with «execute».")
    if (command.needs === "user" && service.linksOf(fromBare).length === 0)
      throw new Refusal("registration-required", howToRegister(service), "auth")
    this.#makeRoom(fromBare)
    const dialogue = new Dialogue((ask, say) => command.run({ user: fromBare, service, argument: isPlace ? bareOf(to) : "", ask, say }))
    const session: Running = { id: randomUUID(), node, owner: from, dialogue, busy: false }
    this.#running.set(session.id, session)
    return this.#turn(session, () => dialogue.next())
  }

  #proceed(session: Running, el: Element): Promise<Xml> {
    const fields = session.dialogue.step?.fields ?? []
    const { values, missing } = readFields(fields, readForm(el) ?? new Map())
    if (missing.length > 0) throw badRequest("bad-payload", `Please fill in: ${missing.join(", ")}.`)
    return this.#turn(session, () => session.dialogue.answer(values))
  }

  async #turn(session: Running, next: () => Promise<Turn>): Promise<Xml> {
    clearTimeout(session.timer)
    session.busy = true
    const turn = await next()
    session.busy = false
    const notes = turn.said.map((text) => note("info", text))
    if (turn.k === "ask") {
      if (session.dialogue.over) return this.#reply(session, "canceled")
      session.timer = setTimeout(() => this.#end(session), this.#limits.idleMs)
      session.timer.unref()
      return this.#reply(session, "executing", el("actions", { execute: "next" }, el("next")), writeForm(turn.step), ...notes)
    }
    this.#end(session)
    if (turn.k === "done") return this.#reply(session, "completed", ...notes, note("info", turn.text))
    if (!(turn.cause instanceof Refusal || turn.cause instanceof Cancelled)) this.parts.bug(turn.cause)
    // XEP-0050 §3.6: what fails is completed as well, with a note that says so.
    return this.#reply(session, "completed", ...notes, note("error", turn.error.text))
  }

  #reply({ id, node }: Running, status: "executing" | "completed" | "canceled", ...inner: Xml[]): Xml {
    return el("command", { xmlns: nsCommands, sessionid: id, node, status }, join(inner))
  }

  #end(session: Running): void {
    clearTimeout(session.timer)
    if (!this.#running.delete(session.id)) return
    session.dialogue.cancel()
    this.#ended.add(session.id)
    if (this.#ended.size > this.#limits.total)
      for (const oldest of [...this.#ended].slice(0, this.#limits.total / 10)) this.#ended.delete(oldest)
  }

  #makeRoom(user: string): void {
    const own = [...this.#running.values()].filter(({ owner }) => owner.startsWith(`${user}/`) || owner === user)
    const oldest = own[0]
    if (oldest && own.length >= this.#limits.perUser) this.#end(oldest)
    else if (this.#running.size >= this.#limits.total)
      throw new Refusal("resource-constraint", "Too many commands are under way. Try again in a while.", "wait")
  }
}

function note(type: "info" | "error", text: string): Xml {
  return textEl("note", text, { type })
}

function condition(name: string): Xml {
  return el(name, { xmlns: nsCommands })
}

function badRequest(name: string, text: string): ApplicationRefusal {
  return new ApplicationRefusal("bad-request", text, "modify", condition(name))
}
