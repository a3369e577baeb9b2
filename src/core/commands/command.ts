// What a command is: declared once, run as an ad-hoc command (XEP-0050) and by chat with the gateway.
import type { BareJid, Link } from "../model.js"
import { Refusal, type Service } from "../ports.js"
import { words, type Said, type Words } from "../words/words.js"
import type { Answer, AskUser, Option } from "./ask.js"

export interface CommandCall {
  readonly user: BareJid
  readonly service: Service
  /** What a chat said behind the command's name; «» otherwise. */
  readonly argument: string
  readonly ask: AskUser
  /** Tells something on the way. */
  readonly say: (text: Said) => void
  /** The asker's language (`Service.language`): for what is no answer of the command itself, which is `Words` and needs it not. */
  readonly lang: string
}

/** Under what `help` lists it, in this order; the headings are help's. */
export const sections = ["account", "people", "rooms", "bridges", "admin"] as const
export type Section = (typeof sections)[number]

export interface Command {
  /** Node of the ad-hoc command and word of the chat, lower case. */
  readonly name: string
  /** Node of the ad-hoc command where a specification gives it another (XEP-0133). */
  readonly node?: string
  readonly title: Said
  /** Other words of the chat for it. */
  readonly aliases?: readonly string[]
  /** One sentence for help. */
  readonly text: Said
  /** Default: «admin» for what needs one, «account» for all else. */
  readonly section?: Section
  /** Name of the argument a chat may give at once. */
  readonly argument?: string
  /** `user`: only who is registered. `admin`: whom the configuration names as such, registered or not. */
  readonly needs: "anyone" | "user" | "admin"
  /** Its argument begins with a room: it is offered at the room's own address as well. */
  readonly room?: boolean
  /** The same with a contact. */
  readonly contact?: boolean
  /** Whether it is among what this user is offered: the network can do it at all, and it is of use to them. Default: it is. */
  offered?(service: Service, user: BareJid): boolean
  /** Resolves with what ends it. Throws `Refusal`. */
  run(call: CommandCall): Promise<Answer>
}

/** Why this user may not run it now; undefined: they may. */
export function barred({ needs }: Command, service: Service, user: BareJid): Refusal | undefined {
  if (needs === "user" && service.linksOf(user).length === 0) return new Refusal("registration-required", howToRegister(service), "auth")
  if (needs === "admin" && !service.isAdmin(user)) return new Refusal("forbidden", words("Only administrators may do that."), "auth")
  return undefined
}

/** As `barred`, of somebody who has tried: whoever would be an administrator is written down. */
export function turnedAway(command: Command, service: Service, user: BareJid): Refusal | undefined {
  const refusal = barred(command, service, user)
  if (refusal && command.needs === "admin") service.admin.note({ actor: user, act: "command refused", detail: { command: command.name } })
  return refusal
}

export function nodeOf({ node, name }: Pick<Command, "node" | "name">): string {
  return node ?? name
}

/** How to get in, in words that fit every client. */
export function howToRegister({ name, domain }: Service): Words {
  return words(
    "You are not registered with {network}. Write «register» to {domain}, or use your client's registration form or command for it.",
    { network: name, domain },
  )
}

/** The asker's first link. Throws `Refusal` with the way to get one. */
export function needLink(service: Service, user: BareJid): Link {
  const [link] = service.linksOf(user)
  if (!link) throw new Refusal("registration-required", howToRegister(service), "auth")
  return link
}

/** For what needs no registration, for guests have none, but is nothing to offer to a stranger. */
export function toRegistered(service: Service, user: BareJid): boolean {
  return service.linksOf(user).length > 0
}

/** Whether the user is sure; the first is what a form says. */
export const yesOrNo: readonly Option[] = [
  { value: "no", label: words("no") },
  { value: "yes", label: words("yes") },
]

export const nothingChanged: Words = words("Nothing was changed.")
