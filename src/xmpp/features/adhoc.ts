// Ad-hoc commands (XEP-0050): the core's commands, a form a step.
import { randomUUID } from "node:crypto"
import type { Element } from "@xmpp/xml"
import { linesOf, resultOf } from "../../core/commands/ask.js"
import { nodeOf, turnedAway, type Command } from "../../core/commands/command.js"
import { Cancelled, Dialogue, readFields, type Turn } from "../../core/login.js"
import type { FullJid } from "../../core/model.js"
import { Refusal, type Service } from "../../core/ports.js"
import { inLanguage, words, type Said } from "../../core/words/words.js"
import { bareOf } from "../jid.js"
import { readForm, tableForm, writeForm } from "../payload/forms.js"
import { ApplicationRefusal } from "../router.js"
import { el, join, textEl, type Child, type Xml } from "../stanza.js"
import type { Feature, Incoming } from "../types.js"

export const nsCommands = "http://jabber.org/protocol/commands"

interface Running {
  id: string
  node: string
  command: Command
  owner: FullJid
  /** Of the whole session (XEP-0050 §4.1): that of its first request. */
  lang: string
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
      throw badRequest("malformed-action", words("There is no action «{action}».", { action }))
    if (sessionid === undefined) return this.#start(incoming, node, action, el.attrs["xml:lang"])
    const session = this.#running.get(sessionid)
    if (!session && this.#ended.has(sessionid))
      throw new ApplicationRefusal("not-allowed", words("This command is over. Start it again."), "cancel", condition("session-expired"))
    // Somebody else's session is none: its id says nothing to a stranger.
    if (session?.owner !== incoming.from || session.node !== node) throw badRequest("bad-sessionid", words("There is no such session."))
    if (action === "cancel") {
      this.#end(session)
      return this.#reply(session, "canceled")
    }
    if (session.busy) throw new Refusal("unexpected-request", words("The last step is still under way."), "wait")
    if (action === "prev") throw badRequest("bad-action", words("There is no way back; cancel and start again."))
    // Who was an administrator at the first step may be none any more.
    const refusal = turnedAway(session.command, this.parts.service, incoming.fromBare)
    if (refusal) {
      this.#end(session)
      throw refusal
    }
    return this.#proceed(session, el)
  }

  #start({ from, fromBare, to, target, lang: heard }: Incoming, node: string, action: string, locale?: string): Promise<Xml> {
    const { commands, service } = this.parts
    const isPlace = target.kind !== "gateway"
    const command = commands.find((one) => nodeOf(one) === node && (!isPlace || (target.kind === "room" ? one.room : one.contact) === true))
    if (!command) throw new Refusal("item-not-found", words("There is no such command."))
    if (action !== "execute") throw badRequest("bad-action", words("A command begins with «execute»."))
    const refusal = turnedAway(command, service, fromBare)
    if (refusal) throw refusal
    this.#makeRoom(fromBare)
    // The request's own language, or else that of the stanza around it.
    const lang = locale === undefined ? heard : service.language(fromBare, locale)
    const call = { user: fromBare, service, argument: isPlace ? bareOf(to) : "", lang }
    const dialogue = new Dialogue((ask, say) => command.run({ ...call, ask, say }))
    const session: Running = { id: randomUUID(), node, command, owner: from, lang, dialogue, busy: false }
    this.#running.set(session.id, session)
    return this.#turn(session, () => dialogue.next())
  }

  #proceed(session: Running, el: Element): Promise<Xml> {
    const fields = session.dialogue.step?.fields ?? []
    const { values, missing } = readFields(fields, readForm(el) ?? new Map(), session.lang)
    if (missing.length > 0) throw badRequest("bad-payload", words("Please fill in: {fields}.", { fields: missing.join(", ") }))
    return this.#turn(session, () => session.dialogue.answer(values))
  }

  async #turn(session: Running, next: () => Promise<Turn>): Promise<Xml> {
    clearTimeout(session.timer)
    session.busy = true
    const turn = await next()
    session.busy = false
    const { lang } = session
    const notes = turn.said.map((text) => note("info", inLanguage(text, lang)))
    if (turn.k === "ask") {
      if (session.dialogue.over) return this.#reply(session, "canceled")
      session.timer = setTimeout(() => this.#end(session), this.#limits.idleMs)
      session.timer.unref()
      return this.#reply(
        session,
        "executing",
        el("actions", { execute: "next" }, el("next")),
        writeForm(turn.step, turn.step.formType, lang),
        ...notes,
      )
    }
    this.#end(session)
    if (turn.k === "done") {
      const { text, table, warn } = resultOf(turn.text)
      return this.#reply(session, "completed", table && tableForm(table, lang), ...notes, note(warn ? "warn" : "info", linesOf(text, lang)))
    }
    if (!(turn.cause instanceof Refusal || turn.cause instanceof Cancelled)) this.parts.bug(turn.cause)
    // XEP-0050 §3.6: what fails is completed as well, with a note that says so.
    return this.#reply(session, "completed", ...notes, note("error", inLanguage(turn.error.said ?? turn.error.text, lang)))
  }

  #reply({ id, node, lang }: Running, status: "executing" | "completed" | "canceled", ...inner: Child[]): Xml {
    return el("command", { xmlns: nsCommands, sessionid: id, node, status, "xml:lang": lang }, join(inner))
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
      throw new Refusal("resource-constraint", words("Too many commands are under way. Try again in a while."), "wait")
  }
}

function note(type: "info" | "warn" | "error", text: string): Xml {
  return textEl("note", text, { type })
}

function condition(name: string): Xml {
  return el(name, { xmlns: nsCommands })
}

function badRequest(name: string, text: Said): ApplicationRefusal {
  return new ApplicationRefusal("bad-request", text, "modify", condition(name))
}
