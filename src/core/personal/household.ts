// All networks of the gateway, for what concerns a user as a whole.
import type { BareJid } from "../model.js"
import type { PersonalStore } from "./store.js"
import type { Preferences } from "./preferences.js"

interface Member {
  readonly name: string
  /** Ends all ties of the user to this network. False: there were none. */
  forget(user: BareJid): Promise<boolean>
}

export class Household {
  readonly #members: Member[] = []

  constructor(private readonly parts: { store: Pick<PersonalStore, "eraseUser">; preferences: Preferences }) {}

  add(member: Member): void {
    this.#members.push(member)
  }

  get names(): string[] {
    return this.#members.map(({ name }) => name)
  }

  /** Nothing is kept of the user any more. Whatever interrupts it, it can be done again. Resolves with the networks where something was. */
  async erase(user: BareJid): Promise<string[]> {
    const were: string[] = []
    for (const member of this.#members) if (await member.forget(user)) were.push(member.name)
    await this.parts.store.eraseUser(user)
    this.parts.preferences.forget(user)
    return were
  }
}
