// What an adapter's author implements besides, where the network has rooms.
import type { LegacyMessageId, LegacyRoomId, LegacyUserId } from "../contract.js"

type Maybe<T> = T | Promise<T>

/** All of it is seen from the first account. */
export interface FakeRooms {
  /** The account is in it and may do there all that the adapter declares; the person is in it too. */
  readonly room: { id: LegacyRoomId; name: string }
  /** The person says something there; returns the message's id. */
  says(text: string): Maybe<LegacyMessageId>
  /** What the people there see that the account sent: in order, as edited last, without what was retracted. */
  sent(): Maybe<readonly { id: LegacyMessageId; text: string }[]>
  /** The person edits or deletes what they said there, where the adapter tells of it. */
  edits?(id: LegacyMessageId, text: string): Maybe<unknown>
  deletes?(id: LegacyMessageId): Maybe<unknown>
  /** Somebody joins; returns who. Where the adapter tells of members. */
  joins?(): Maybe<LegacyUserId>
  /** Everybody who is in the room, the account too, where the adapter lists all members. At least five. */
  members?(): Maybe<readonly LegacyUserId[]>
  /** Another room the account is in, where it may neither write nor change anything. */
  readonly readOnly?: LegacyRoomId
  /** An id that no room has. */
  readonly nowhere?: LegacyRoomId
}
