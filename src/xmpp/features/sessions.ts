// Which resources of our users are there, as far as presence tells. Memory only: a new stream asks again.
import type { BareJid, FullJid } from "../../core/model.js"
import { bareOf } from "../jid.js"

export class Sessions {
  /** To each resource the address of ours that it told of itself: «» is the gateway. */
  readonly #users = new Map<BareJid, Map<FullJid, string>>()

  /** `told`: «» for the gateway, else a contact. True: the resource was not there before. */
  came(full: FullJid, told: string): boolean {
    const resources = this.#of(bareOf(full))
    const known = resources.get(full)
    if (known === undefined || told === "") resources.set(full, told)
    return known === undefined
  }

  /**
   * The resources that left; a bare JID stands for all of a user's. Only who was told of a resource is believed that it left: a contact is
   * told so also when it is blocked or taken out of the roster.
   */
  left(jid: FullJid, told: string): FullJid[] {
    const bare = bareOf(jid)
    const resources = this.#of(bare)
    const named = (jid as string) === bare ? [...resources.keys()] : [jid]
    return named.filter((one) => resources.get(one) === told && resources.delete(one))
  }

  #of(user: BareJid): Map<FullJid, string> {
    let resources = this.#users.get(user)
    if (!resources) this.#users.set(user, (resources = new Map<FullJid, string>()))
    return resources
  }

  /** Of this user, as far as presence told. */
  of(user: BareJid): FullJid[] {
    return [...(this.#users.get(user)?.keys() ?? [])]
  }

  online(user: BareJid): boolean {
    return (this.#users.get(user)?.size ?? 0) > 0
  }

  /** False only if presence told us of this user, and not of this resource. */
  mayBeOnline(full: string): boolean {
    const resources = this.#users.get(bareOf(full))
    return resources === undefined || resources.has(full as FullJid)
  }

  usersOnline(): BareJid[] {
    return [...this.#users].filter(([, resources]) => resources.size > 0).map(([user]) => user)
  }

  clear(): void {
    this.#users.clear()
  }
}
