// What an adapter's author implements so that the conformance kit can play the foreign side.
import type { LegacyMessageId, LegacyUserId } from "../contract.js"
import type { ErrorKind } from "../errors.js"
import type { FakeAsides } from "./fake-asides.js"
import type { FakeFiles } from "./fake-files.js"
import type { FakeRooms } from "./fake-rooms.js"

/** The answers to `ask`, by the fields' names. */
export type Answers = Readonly<Record<string, string>>
/** Which of the two accounts. */
export type Which = 0 | 1
type Maybe<T> = T | Promise<T>

/** One suite makes one fake, starts it, and stops it at the end. */
export interface Fake {
  start(): Maybe<void>
  stop(): Maybe<void>
  /** As in the config. Asked after `start`: may name the port of a fake server. */
  options(): unknown
  /**
   * The network has one account, which needs no credentials, and rooms but no direct chats: the person speaks to it in the fake's room, and what is
   * about two accounts or about logging in is left out.
   */
  readonly roomsOnly?: true
  /** Two accounts that differ. */
  readonly credentials: readonly [Answers, Answers]
  /** What the network refuses at login. */
  readonly badCredentials: Answers
  /** The foreign person who talks to both. `typed`: what a user types to find them, where the adapter has `find`. */
  readonly person: { id: LegacyUserId; name: string; typed?: string }
  /** The person writes; returns the message's id. */
  personSays(text: string, to: Which): Maybe<LegacyMessageId>
  /** What the person sees that the account sent: in order, as edited last, without what was retracted. */
  sent(by: Which): Maybe<readonly { id: LegacyMessageId; text: string }[]>
  /** Where the adapter tells edits. */
  personEdits?(id: LegacyMessageId, text: string, to: Which): Maybe<unknown>
  /** Where the adapter tells typing. */
  personTypes?(to: Which): Maybe<unknown>
  /** How often the person saw the account type, where the adapter has `typing`. */
  typed?(by: Which): Maybe<number>
  /** An id that nobody has (any more). */
  readonly nobody?: LegacyUserId
  /** The next send of the first account fails in such a way that this kind is due; «hang»: is never answered. */
  readonly faults?: Partial<Record<ErrorKind | "hang", () => Maybe<unknown>>>
  /** Breaks the connections as they stand; new ones are welcome. */
  cut?(): Maybe<unknown>
  /** Where the adapter sends or downloads files. */
  readonly files?: FakeFiles
  /** Where the adapter has rooms. */
  readonly rooms?: FakeRooms
  /** Where the adapter has reactions, marks of what was read, polls or buttons. */
  readonly asides?: FakeAsides
}
