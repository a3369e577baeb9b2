// What people of a room show: files from where the world fetches them, pictures from themselves (XEP-0153).
import { Readable } from "node:stream"
import type { FileRef } from "../../adapter/contract.js"
import { AdapterError } from "../../adapter/errors.js"
import { FileRefused } from "../../core/files/media.js"
import { TooLarge } from "../../media/spool.js"
import { nsTemp } from "../features/vcard.js"
import { el } from "../stanza.js"
import { refusedIq } from "./errors.js"
import type { StanzaPort } from "./port.js"

/** The core has a bound of its own, which is smaller. */
const mostBytes = 500 * 1024 * 1024

export interface Download {
  stream: ReadableStream<Uint8Array>
  bytes?: number
  mime?: string
}

export async function fetchFile(port: StanzaPort, { ref, name }: FileRef, signal: AbortSignal): Promise<Download> {
  if (!/^https?:/i.test(ref)) throw new AdapterError("gone", `There is no file «${name}».`)
  try {
    const { body, mime } = await port.fetch(ref, mostBytes, signal)
    return { stream: Readable.toWeb(Readable.from(body)) as ReadableStream<Uint8Array>, ...(mime !== undefined && { mime }) }
  } catch (error) {
    if (error instanceof FileRefused) throw new AdapterError("gone", error.message, { cause: error })
    if (error instanceof TooLarge) throw new AdapterError("rejected", `«${name}» is too large.`, { cause: error })
    throw error
  }
}

/** `of`: an occupant's address in the room. */
export async function fetchPicture(port: StanzaPort, from: string, of: string, signal: AbortSignal): Promise<Download> {
  signal.throwIfAborted()
  try {
    const card = await port.iq({ from, to: of, type: "get", payload: el("vCard", { xmlns: nsTemp }) })
    const text = card.getChild("vCard", nsTemp)?.getChild("PHOTO")?.getChildText("BINVAL") ?? ""
    const bytes = Buffer.from(text, "base64")
    if (bytes.length === 0) throw new AdapterError("gone", "They show no picture.")
    return { stream: new Blob([bytes]).stream() as ReadableStream<Uint8Array>, bytes: bytes.length }
  } catch (error) {
    throw refusedIq(error, "Asking for a picture")
  }
}
