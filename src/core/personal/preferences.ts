// What users of ours want for themselves, on all networks of the gateway. In memory whole: few have any.
import type { BareJid } from "../model.js"
import { ours } from "../words/words.js"
import type { PersonalStore } from "./store.js"

export interface Prefs {
  /** Language subtag; «auto»: as the user writes. */
  language: string
  /** Whether foreign people are told the JID when they ask who stands behind a puppet; if not, the nick and the server. */
  whois: boolean
  /** Whether foreign people are told what the user has read. */
  read: boolean
  /** Whether foreign people are told that the user is typing. */
  typing: boolean
  /** Whether the user is invited to rooms that the account comes into. */
  invitations: boolean
}

export const defaultPrefs: Prefs = { language: "auto", whois: false, read: true, typing: true, invitations: true }

export class Preferences {
  readonly #known = new Map<BareJid, Prefs>()

  constructor(private readonly store: PersonalStore) {}

  async load(): Promise<void> {
    for (const { jid, prefs } of await this.store.preferences()) this.#known.set(jid, read(prefs))
  }

  of(user: BareJid): Prefs {
    return this.#known.get(user) ?? defaultPrefs
  }

  /** Resolves when it is committed. False: the gateway does not know the user. */
  async set(user: BareJid, change: Partial<Prefs>): Promise<boolean> {
    const prefs = { ...this.of(user), ...change }
    const changed = Object.entries(prefs).filter(([name, value]) => value !== defaultPrefs[name as keyof Prefs])
    if (!(await this.store.setPreferences({ jid: user, prefs: JSON.stringify(Object.fromEntries(changed)) }))) return false
    this.#known.set(user, prefs)
    return true
  }

  /** The user may be gone, or have come back as a new one. Never rejects. */
  async reload(user: BareJid): Promise<void> {
    const known = await this.store.exportUser(user).catch(() => ({}))
    if (known === undefined) this.forget(user)
  }

  /** The user is gone, and what they wanted with them. */
  forget(user: BareJid): void {
    this.#known.delete(user)
  }
}

/** What does not belong there, from whatever version, is passed over. */
function read(json: string): Prefs {
  const prefs = { ...defaultPrefs }
  let stored: unknown
  try {
    stored = JSON.parse(json)
  } catch {
    return prefs
  }
  if (typeof stored !== "object" || stored === null) return prefs
  for (const [name, value] of Object.entries(stored)) {
    if (name === "language") prefs.language = ours(String(value)) ?? "auto"
    else if (Object.hasOwn(defaultPrefs, name) && typeof value === "boolean") Object.assign(prefs, { [name]: value })
  }
  return prefs
}
