// From a parsed stanza to the one handler it is for: addresses read once, one Map look-up, RFC 6120's rules for what gets an answer.
import type { Element } from "@xmpp/xml"
import { decode } from "../core/address.js"
import { howToRegister } from "../core/commands/command.js"
import type { FullJid, Link, Refused } from "../core/model.js"
import { somethingWrong } from "../core/login.js"
import { BlockedRefusal, Refusal } from "../core/ports.js"
import { words, type Said } from "../core/words/words.js"
import { blockedError } from "./features/blocking.js"
import { bareOf, domainOf, localOf, resourceOf } from "./jid.js"
import { namespaceOf } from "./payload/read.js"
import { languageOf, result, stanzaError, type Xml } from "./stanza.js"
import type { Context, Feature, Incoming, IqHandler, Target } from "./types.js"

export interface RouterParts {
  context: Context
  features: readonly Feature[]
  message(incoming: Incoming): void
  presence(incoming: Incoming): void
}

/** A refusal with the application's own condition beside RFC 6120's (XEP-0050 §4.4 and others). */
export class ApplicationRefusal extends Refusal {
  constructor(
    condition: string,
    text: Said,
    type: Refused["type"],
    readonly application: Xml,
  ) {
    super(condition, text, type)
  }
}

export function createRouter({ context, features, message, presence }: RouterParts): (el: Element) => void {
  const { domain, log } = context
  // What one feature answers for rooms, another may answer for the gateway.
  const routes = new Map<string, IqHandler>()
  for (const { iq = {} } of features)
    for (const [key, { on, handle }] of Object.entries(iq)) for (const kind of on) routes.set(`${kind} ${key}`, handle)
  const targets = new Targets(domain)

  function iq(incoming: Incoming): void {
    const { el, type } = incoming
    // RFC 6120 §8.2.3: results and errors of ours were taken by the link; nobody else's gets an answer.
    if (type === "result" || type === "error") return
    const [payload, second] = el.getChildElements()
    if (incoming.id === "" || (type !== "get" && type !== "set") || !payload || second)
      return context.send(
        stanzaError(el, new Refusal("bad-request", words("An IQ is a get or a set with an id and one child."), "modify").error),
      )
    const { target } = incoming
    const handle = routes.get(`${target.kind} ${type} ${namespaceOf(payload)} ${payload.getName()}`)
    void answer(incoming, async () => {
      if (target.kind === "unknown") throw unknownAddress(context)
      if (target.kind === "contact") linkOf(context, incoming)
      if (!handle) throw new Refusal("service-unavailable", "")
      return result(el, await handle(incoming, payload, context))
    })
  }

  async function answer({ el }: Incoming, work: () => Promise<Xml | undefined>): Promise<void> {
    try {
      context.send(await work())
    } catch (error) {
      context.send(refuse(context, el, error))
    }
  }

  return (el) => {
    const { from, to, id = "", type = "" } = el.attrs
    if (from === undefined || to === undefined) return
    // Nobody else can speak for our own domain: what claims to is an echo of ours, or a server gone wrong.
    if (domainOf(from) === domain) return log.debug({ from, to, stanza: el.name }, "a stanza from our own domain is dropped")
    const target = targets.of(to)
    if (!target) return
    const fromBare = bareOf(from)
    const incoming: Incoming = {
      el,
      id,
      type,
      from: from as FullJid,
      fromBare,
      to,
      target,
      lang: context.service.language(fromBare, languageOf(el)),
    }
    const barred = context.service.barred(fromBare)
    if (barred) return bar(context, incoming, barred)
    if (el.name === "message") message(incoming)
    else if (el.name === "presence") presence(incoming)
    else if (el.name === "iq") iq(incoming)
  }
}

/** The asker's link that the address names: a typed JID reaches nobody else's account. Throws `Refusal`. */
export function linkOf({ service }: Context, { fromBare, target }: Incoming): Link {
  const links = service.linksOf(fromBare)
  if (links.length === 0) throw new Refusal("registration-required", howToRegister(service), "auth")
  const tag = target.kind === "contact" ? target.tag : ""
  const link = target.kind === "gateway" ? links[0] : links.find((one) => one.tag === tag)
  if (!link) throw new Refusal("item-not-found", words("You have no {network} account «{tag}».", { network: service.name, tag }))
  return link
}

export function unknownAddress({ service }: Context): Refusal {
  return new Refusal("item-not-found", words("This is no address of {network}.", { network: service.name }))
}

/** Who is shut out is told so, once for whatever they send; that they go is heard. */
function bar(context: Context, { el, type }: Incoming, barred: Refusal): void {
  if (type === "error" || type === "result" || (el.name === "presence" && type !== "")) return
  context.send(stanzaError(el, barred.error, undefined, undefined, languageOf(el)))
}

/** The error stanza for what a handler threw. `beside`: what of the request is said again. */
export function refuse({ log, service }: Context, el: Element, error: unknown, beside?: Xml): Xml | undefined {
  const lang = service.language(bareOf(el.attrs.from ?? ""), languageOf(el))
  if (error instanceof Refusal) {
    const application = error instanceof ApplicationRefusal ? error.application : error instanceof BlockedRefusal ? blockedError : undefined
    return stanzaError(el, error.error, application, beside, lang)
  }
  log.error({ err: error, network: service.id, stanza: el.name }, "a stanza could not be handled: this is a bug")
  return stanzaError(el, new Refusal("internal-server-error", somethingWrong).error, undefined, beside, lang)
}

/** Reads `to`; the last few thousand addresses are remembered, for they come again and again. */
class Targets {
  readonly #known = new Map<string, Target>()

  constructor(private readonly domain: string) {}

  /** Undefined: not our domain. */
  of(to: string): Target | undefined {
    const known = this.#known.get(to)
    if (known) return known
    if (domainOf(to) !== this.domain) return undefined
    const resource = resourceOf(to)
    const read = decode(localOf(to))
    const target: Target =
      read === null
        ? { kind: "unknown" }
        : read.kind === "gateway"
          ? { kind: "gateway", resource }
          : read.kind === "contact"
            ? { kind: "contact", legacyId: read.id, tag: read.tag, resource }
            : resource === ""
              ? { kind: "room", legacyId: read.id, tag: read.tag, resource }
              : { kind: "occupant", legacyId: read.id, tag: read.tag, resource }
    if (this.#known.size >= 5000) this.#known.clear()
    this.#known.set(to, target)
    return target
  }
}
