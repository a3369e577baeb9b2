// What an adapter's author implements besides, where the network has reactions, marks of what was read, polls or buttons.
import type { LegacyMessageId } from "../contract.js"
import type { Which } from "./fake.js"

type Maybe<T> = T | Promise<T>

/** What is not there is not checked. */
export interface FakeAsides {
  /** True: all of it is played in the fake's room, by the first account; else in direct chats. */
  readonly inRoom?: boolean
  /** All that the person thinks of this message from now on. */
  reacts?(id: LegacyMessageId, emoji: readonly string[], to: Which): Maybe<unknown>
  /** A moderator takes away all that is thought of it. */
  clears?(id: LegacyMessageId, to: Which): Maybe<unknown>
  /** What people see that the account thinks of this message. */
  reactions?(id: LegacyMessageId, by: Which): Maybe<readonly string[]>
  /** The person has read, or got, all up to this message. */
  reads?(upTo: LegacyMessageId, to: Which): Maybe<unknown>
  gets?(upTo: LegacyMessageId, to: Which): Maybe<unknown>
  /** Up to where the account has read, as the person sees it. */
  lastRead?(by: Which): Maybe<LegacyMessageId | undefined>
  /** The person offers something to choose from, a poll or buttons; returns the message's id. At least two options. */
  offers?(text: string, to: Which): Maybe<LegacyMessageId>
  /** Ids of what the account chose last of it. */
  chosen?(id: LegacyMessageId, by: Which): Maybe<readonly string[]>
}
