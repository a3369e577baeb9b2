// What an adapter's author implements besides, where the network has files.
import type { FileInfo, LegacyMessageId } from "../contract.js"
import type { Which } from "./fake.js"

type Maybe<T> = T | Promise<T>

export interface FakeFile extends FileInfo {
  content: Uint8Array
}

export interface FakeFiles {
  /** The person shows these to the account, in one message if there are several; returns its id (of several messages, the last one's). */
  shows(files: readonly FakeFile[], text: string, to: Which): Maybe<LegacyMessageId>
  /** What the person sees in a message of this account: the files in order (also where they are messages of their own), and the text. */
  sent(by: Which, id: LegacyMessageId): Maybe<{ files: readonly { content: Uint8Array; name?: string; mime?: string }[]; text: string }>
}
