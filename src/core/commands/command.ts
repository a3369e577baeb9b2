// What a command is: declared once, run as an ad-hoc command (XEP-0050) and by chat with the gateway.
import type { Ask } from "../../adapter/contract.js"
import type { BareJid, Link } from "../model.js"
import { Refusal, type Service } from "../ports.js"

export interface CommandCall {
  readonly user: BareJid
  readonly service: Service
  /** What a chat said behind the command's name; «» otherwise. */
  readonly argument: string
  readonly ask: Ask
  /** Tells something on the way. */
  readonly say: (text: string) => void
}

export interface Command {
  /** Node of the ad-hoc command and word of the chat, lower case. */
  readonly name: string
  readonly title: string
  /** One sentence for help. */
  readonly text: string
  /** Name of the argument a chat may give at once. */
  readonly argument?: string
  /** `user`: only who is registered. */
  readonly needs: "anyone" | "user"
  /** Its argument begins with a room: it is offered at the room's own address as well. */
  readonly room?: boolean
  /** The same with a contact. */
  readonly contact?: boolean
  /** Whether the network can do this at all. Default: it can. */
  offered?(service: Service): boolean
  /** Resolves with the sentence that ends it. Throws `Refusal`. */
  run(call: CommandCall): Promise<string>
}

/** How to get in, in words that fit every client. */
export function howToRegister(service: Service): string {
  return `You are not registered with ${service.name}. Write «register» to ${service.domain}, or use your client's registration form or command for it.`
}

/** The asker's first link. Throws `Refusal` with the way to get one. */
export function needLink(service: Service, user: BareJid): Link {
  const [link] = service.linksOf(user)
  if (!link) throw new Refusal("registration-required", howToRegister(service), "auth")
  return link
}
