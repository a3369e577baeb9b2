// By which stanzas XMPP clients know a message of the network's, where it is more than one or its file's alone (`message.shown`).
import { fileId, fileNumber } from "../core/inward.js"
import { get, run, type Call } from "./call.js"

/** One stanza. `file`: by what the file in it is known again; absent: it is the text. */
export interface Shown {
  id: string
  file?: string
}

/** In the order in which they were shown. */
export function* shownOf(message: string): Call<Shown[]> {
  const row = yield* get<{ shown: string | null }>("SELECT shown FROM message WHERE id = ?", message)
  return row && row.shown !== null ? (JSON.parse(row.shown) as Shown[]) : [{ id: message }]
}

export function* remember(message: string, shown: readonly Shown[]): Call<void> {
  yield* run("UPDATE message SET shown = ? WHERE id = ?", isUsual(message, shown) ? null : JSON.stringify(shown), message)
}

/** One stanza with the message's id, of which nothing need be kept in mind. */
export function isUsual(message: string, shown: readonly Shown[]): boolean {
  return shown.length === 1 && shown[0]?.id === message
}

/** The id by which to point to a message: its text's, else that of its first file. */
export function* pointTo(message: string): Call<string> {
  const shown = yield* shownOf(message)
  return (shown.find(({ file }) => file === undefined) ?? shown[0])?.id ?? message
}

/** An id that no file of the message has had yet. */
export function nextFileId(message: string, shown: readonly Shown[], taken = 0): string {
  return fileId(message, Math.max(taken, ...shown.map(({ id }) => fileNumber(id) ?? 0)) + 1)
}
