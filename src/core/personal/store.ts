// What the store keeps of a user as a person: preferences, and all there is of them for whoever asks for it. Types only.
import type { BareJid } from "../model.js"

/** Something of a user's, as an export shows it: names are columns, times epoch ms. */
export type Exported = Readonly<Record<string, string | number | null>>

/** What an export consists of, besides who the user is. */
export type ExportKind = "contacts" | "rooms" | "messages" | "reactions"

export interface PersonalStore {
  /** Of all users who have set any; `prefs` is JSON. */
  preferences(): Promise<{ jid: BareJid; prefs: string }[]>
  /** False: there is no such user. */
  setPreferences(of: { jid: BareJid; prefs: string }): Promise<boolean>
  /** When the gateway first met the user, and all their links on all networks, without credentials. Undefined: there is no such user. */
  exportUser(jid: BareJid): Promise<{ since: number; links: Exported[] } | undefined>
  /** Of one link, at most `limit` after this row, in order; `after`: what `next` was. Undefined `next`: that was all. */
  exportPage(of: { link: number; kind: ExportKind; after: string; limit: number }): Promise<{ items: Exported[]; next?: string }>
  /** The user, whose links are gone already, with all else that is kept of them: preferences, codes. False: there was nobody. */
  eraseUser(jid: BareJid): Promise<boolean>
}
