// Business connections: accounts of people who let the bot answer for them; what is known of each, and asked anew at each connect.
import type { BusinessBotRights, BusinessConnection, Chat, User } from "node-telegram-bot-api"
import { AdapterError, type Host, type NetworkEvent } from "xferry"
import type { Calls } from "./calls.js"
import { explain } from "./errors.js"
import { rightsRemedy } from "./login-errors.js"
import { Lru } from "./lru.js"
import { contactOf } from "./people.js"
import type { Place } from "./places.js"
import { redact } from "./redact.js"
import { assertSound } from "./sound.js"

type LoginEvent = Extract<NetworkEvent, { type: "login" }>

/** As many are kept; of who is forgotten the next message brings it back. */
const kept = 1000
const met = 2000
const key = "logins"

/** `rights` absent: not told, so that Telegram itself has to refuse. */
interface Known {
  owner: Pick<User, "id" | "first_name" | "last_name" | "username"> & { is_bot?: boolean }
  rights?: BusinessBotRights
}

const lacks: Partial<Record<keyof BusinessBotRights, string>> = {
  can_reply: "answer",
  can_delete_sent_messages: "delete messages",
}

export class Logins {
  /** Those that are active. */
  readonly #known = new Lru<string, Known>(kept)
  readonly #asking = new Map<string, Promise<Known | undefined>>()
  readonly #met = new Lru<string, true>(met)

  private constructor(
    private readonly calls: Calls,
    private readonly host: Host,
  ) {
    calls.lost = (id) => void this.#ask(id).catch((error: unknown) => this.#log(error))
  }

  static async load(calls: Calls, host: Host): Promise<Logins> {
    const logins = new Logins(calls, host)
    for (const [id, known] of JSON.parse((await host.state.get(key)) ?? "[]") as [string, Known][]) logins.#known.set(id, known)
    return logins
  }

  ownerOf = (id: string): number | undefined => this.#known.get(id)?.owner.id

  /** Asks what has become of those that are known. What cannot be found out now counts as it was. */
  async refresh(): Promise<void> {
    for (const [id] of this.#known.entries()) {
      if (this.host.signal.aborted) return
      try {
        await this.#ask(id)
      } catch (error) {
        if (!(error instanceof AdapterError)) throw error
        return this.#log(error)
      }
    }
  }

  /** Whether it is there: one that nobody heard of is asked for and told. Throws an AdapterError. */
  async ready(id: string): Promise<boolean> {
    if (this.#known.get(id)) return true
    const asking = this.#asking.get(id) ?? this.#ask(id).finally(() => this.#asking.delete(id))
    this.#asking.set(id, asking)
    return (await asking) !== undefined
  }

  /** A connection as Telegram tells it, once the core has it. */
  async changed(connection: BusinessConnection): Promise<Known | undefined> {
    const { id, user, is_enabled: active } = connection
    const rights = rightsOf(connection)
    const maySend = active && (rights === undefined || rights.can_reply === true)
    const event: LoginEvent = { type: "login", id, owner: contactOf(user), active, maySend }
    assertSound(event)
    await this.host.emit(event)
    const { id: number, is_bot, first_name, last_name, username } = user
    const owner = { id: number, is_bot, first_name, ...(last_name && { last_name }), ...(username && { username }) }
    const known = active ? { owner, ...(rights && { rights }) } : undefined
    await this.#keep(id, known)
    return known
  }

  /** Throws `denied` where the owner has not given the right, as far as that is known. */
  require({ login }: Place, ...oneOf: [keyof BusinessBotRights, ...(keyof BusinessBotRights)[]]): void {
    const rights = login === undefined ? undefined : this.#known.get(login)?.rights
    if (rights === undefined || oneOf.some((right) => rights[right] === true)) return
    throw new AdapterError("denied", `The business account does not let the bot ${lacks[oneOf[0]] ?? "do this"}. ${rightsRemedy}`)
  }

  has({ login }: Place, right: keyof BusinessBotRights): boolean {
    const rights = login === undefined ? undefined : this.#known.get(login)?.rights
    return rights === undefined || rights[right] === true
  }

  /** Of whom the owner writes to, their own messages do not tell: a contact that the core may not know yet. */
  meets(chat: Chat, login: string): NetworkEvent[] {
    const id = `${login} ${chat.id}`
    if (this.#met.get(id)) return []
    this.#met.set(id, true)
    return [{ type: "contact", contact: contactOf({ ...chat, first_name: chat.first_name ?? "" }), login }]
  }

  /** Undefined: there is no such connection any more. */
  async #ask(id: string): Promise<Known | undefined> {
    const { api } = this.calls
    const connection = await api.getBusinessConnection({ business_connection_id: id }, this.host.signal).catch((error: unknown) => {
      const problem = explain(error, { unsure: false, login: true })
      if (problem.kind !== "gone" && problem.kind !== "rejected") throw problem
      return undefined
    })
    // What answered may be another server than Telegram's.
    if (connection) return typeof connection.user?.id === "number" ? this.changed(connection) : this.#known.get(id)
    const before = this.#known.get(id)
    if (before) await this.host.emit({ type: "login", id, owner: contactOf(before.owner), active: false, maySend: false })
    await this.#keep(id, undefined)
    return undefined
  }

  async #keep(id: string, known: Known | undefined): Promise<void> {
    const before = JSON.stringify(this.#known.get(id))
    if (known) this.#known.set(id, known)
    else this.#known.delete(id)
    if (JSON.stringify(known) !== before) await this.host.state.set(key, JSON.stringify(this.#known.entries()))
  }

  #log(error: unknown): void {
    this.host.log.debug({ reason: redact(String(error)) }, "a business connection could not be asked for")
  }
}

/** Bot API servers before 9.0 tell `can_reply` beside the rights, and nothing else. */
function rightsOf(connection: BusinessConnection & { can_reply?: boolean }): BusinessBotRights | undefined {
  const { rights, can_reply } = connection
  if (typeof rights === "object") return rights
  return can_reply === false ? {} : undefined
}
