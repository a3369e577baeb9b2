// What foreign people say to a gateway as commands, and what it answers them.
import type { Body, Host } from "xferry"
import type { Account } from "./account.js"
import type { Person } from "./protocol.js"

/** `call` names it in the answer. `room`: said there, else in the direct chat with the account. */
export interface CommandEvent {
  type: "command"
  call: number
  from: Person
  room?: string
  name: string
  argument: string
  message?: string
  lang?: string
}

export type Menu = Host["commands"]

export type CommandRequest = { op: "menu"; commands: Menu } | ({ op: "answer"; call: number } & CommandAnswer)

export interface CommandAnswer {
  text: string
  extras?: NonNullable<Body["extras"]>
}

export interface NewCommand {
  account: string
  from: string
  name: string
  argument?: string | undefined
  room?: string | undefined
  message?: string | undefined
  lang?: string | undefined
}

/** Commands that wait for their answer, and what each account offers. */
export class Desk {
  readonly #waiting = new Map<number, (answer: CommandAnswer) => void>()
  readonly #menus = new Map<string, Menu>()
  #calls = 0

  constructor(private readonly world: { account(id: string): Account; person(id: string): Person }) {}

  /** Resolves with what the gateway answers; one that went away in the middle is asked again when it is back. */
  say({ account, from, name, argument = "", room, message, lang }: NewCommand): Promise<CommandAnswer> {
    const call = ++this.#calls
    const person = this.world.person(from)
    return new Promise((resolve) => {
      this.#waiting.set(call, resolve)
      this.world.account(account).mailbox.push({
        ...{ type: "command", call, from: person, name, argument },
        ...(room !== undefined && { room }),
        ...(message !== undefined && { message }),
        ...(lang !== undefined && { lang }),
      })
    })
  }

  carryOut({ id }: Account, request: CommandRequest): object {
    if (request.op === "menu") this.#menus.set(id, request.commands)
    else {
      const { call, text, extras } = request
      this.#waiting.get(call)?.({ text, ...(extras && { extras }) })
      this.#waiting.delete(call)
    }
    return {}
  }

  menu(account: string): Menu {
    return this.#menus.get(account) ?? []
  }

  reset(): void {
    this.#waiting.clear()
  }
}

/** The event as `Host.run` takes it. */
export function toCommand({ type: _, call: __, room, message, ...rest }: CommandEvent): Parameters<Host["run"]>[0] {
  return {
    ...rest,
    chat: room === undefined ? { user: rest.from.id } : { room },
    ...(message !== undefined && { message: { id: message } }),
  }
}
