// The language to talk to each user in.
import { Lru } from "../lru.js"
import type { BareJid } from "../model.js"
import { ours } from "../words/words.js"
import type { Preferences } from "./preferences.js"

export class Tongues {
  /** What each user wrote in last: for what they are told unasked. */
  readonly #heard = new Lru<BareJid, string>(10_000)

  constructor(private readonly preferences: Preferences) {}

  /** `heard`: `xml:lang` of what is answered. A choice of the user's wins: clients often send the language of the device. */
  of(user: BareJid, heard?: string): string {
    const { language } = this.preferences.of(user)
    if (language !== "auto") return language
    const known = ours(heard)
    if (known !== undefined) this.#heard.set(user, known)
    return known ?? (heard === undefined || heard === "" ? (this.#heard.get(user) ?? "en") : "en")
  }
}
