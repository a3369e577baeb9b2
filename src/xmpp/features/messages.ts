// Messages from users: to a contact an utterance for the core, to the gateway a word of a command.
import { Refusal, type Utterance } from "../../core/ports.js"
import { markedOf, quotingOf, speaks as isSaid, textOf, wholeText } from "../payload/body.js"
import { isHistory } from "../payload/delay.js"
import { refusal } from "../payload/encryption.js"
import type { Draft } from "../payload/draft.js"
import * as mentions from "../payload/mentions.js"
import { readMessage } from "../payload/read.js"
import { linkOf, refuse, unknownAddress } from "../router.js"
import type { Context, Incoming } from "../types.js"
import type { Pressure } from "./pressure.js"
import { words } from "../../core/words/words.js"

export interface MessageParts {
  context: Context
  pressure: Pressure
  /** A line said to the gateway itself. */
  chat(incoming: Incoming, draft: Draft): void
  /** A message of type error. */
  bounce(incoming: Incoming): void
  /** True: it was the server's own word to us. */
  grant(incoming: Incoming): boolean
  /** True: it is what we said in the user's name ourselves. */
  isEcho(incoming: Incoming): boolean
}

export function createMessages({ context, pressure, chat, bounce, grant, isEcho }: MessageParts): (incoming: Incoming) => void {
  const { service, log } = context

  function accept(said: Utterance, incoming: Incoming): void {
    // Called at once, before anything else is read: the core's order of acceptance is the order of arrival.
    pressure.while(service.accept(said).catch((error: unknown) => context.send(refuse(context, incoming.el, error))))
  }

  function retract(incoming: Incoming, { id: xmppId }: Draft, retracted: string, legacyId: string): void {
    const said = service.retract({ link: linkOf(context, incoming), from: incoming.from, legacyId, xmppId, target: retracted })
    pressure.while(said.catch((error: unknown) => context.send(refuse(context, incoming.el, error))))
  }

  function react(incoming: Incoming, { id: xmppId }: Draft, reacted: NonNullable<Draft["reactions"]>, legacyId: string): void {
    const said = service.react({ link: linkOf(context, incoming), from: incoming.from, legacyId, xmppId, ...reacted })
    pressure.while(said.catch((error: unknown) => context.send(refuse(context, incoming.el, error))))
  }

  function handle(incoming: Incoming): void {
    const { el, type, target, from, fromBare } = incoming
    if (type === "error") return bounce(incoming)
    if (target.kind === "gateway" && grant(incoming)) return
    if (isEcho(incoming)) return
    if (type === "headline") return
    const draft = mentions.settle(readMessage(el), context.domain)
    const speaks = isSaid(draft)
    if ((speaks || draft.retracts !== undefined || draft.reactions) && isHistory(draft, fromBare))
      return log.debug({ from, id: draft.id }, "a repeated message of the past is not relayed")
    if (type === "groupchat") throw new Refusal("service-unavailable", words("This is no room: write to it as to a person."))
    if (draft.retracts !== undefined && target.kind === "contact") return retract(incoming, draft, draft.retracts, target.legacyId)
    if (draft.reactions && draft.encrypted === undefined && target.kind === "contact")
      return react(incoming, draft, draft.reactions, target.legacyId)
    if (!speaks) return ephemeral(incoming, draft)
    if (target.kind === "unknown") throw unknownAddress(context)
    const tied = target.kind === "contact" ? linkOf(context, incoming) : undefined
    if (draft.encrypted !== undefined) throw new Refusal("not-acceptable", refusal(draft.encrypted, service.name), "modify")
    if (target.kind === "gateway" || !tied) return chat(incoming, draft)
    // Where the network cannot point to anything, the quotation is all there is of it.
    const reply = service.capabilities.reply === undefined ? undefined : draft.reply
    const text = reply === undefined ? wholeText(draft) : textOf(draft)
    const marked = markedOf(draft, text)
    const said: Utterance = {
      link: tied,
      from,
      legacyId: target.legacyId,
      xmppId: draft.id,
      text,
      ...(marked && { marked }),
      wantsReceipt: draft.wantsReceipt === true && draft.id !== "",
    }
    if (draft.replaces !== undefined) said.replaces = draft.replaces
    if (reply !== undefined) {
      said.reply = reply
      const quoting = quotingOf(draft)
      if (quoting) said.quoting = quoting
    }
    accept(said, incoming)
  }

  /** Chat states, markers, receipts: nobody waits for an answer to them, not even to a wrong one. */
  function ephemeral({ target, fromBare }: Incoming, { chatState, displayed }: Draft): void {
    if (target.kind !== "contact" || (chatState === undefined && displayed === undefined)) return
    const tied = service.linksOf(fromBare).find(({ tag }) => tag === target.tag)
    if (tied && displayed !== undefined) service.displayed(tied, target.legacyId, displayed)
    if (tied && chatState !== undefined) service.typing(tied, target.legacyId, chatState === "composing")
  }

  return (incoming) => {
    try {
      handle(incoming)
    } catch (error) {
      context.send(refuse(context, incoming.el, error))
    }
  }
}
