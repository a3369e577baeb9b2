// What a message with files is to Discord: a form with the message and what there is to say of each file.
import type { Upload } from "xferry"
import type { Voice } from "./ogg.js"
import { Form } from "./form.js"

/** Of the library's requests. */
export interface Outgoing {
  body: unknown
  passThroughBody?: true
}

export interface Sending {
  signal: AbortSignal
  /** Milliseconds. */
  stillMs: number
  /** It goes as a voice message. */
  voice?: Voice | undefined
  /** Where in the form the message is; default: it is the form. */
  within?: (message: object) => object
}

/** Create Message, `attachments`: `description`. Code points. */
const mostAlt = 1024
const mostName = 200

/** `message`: as JSON. Without files just that. A form can be sent once more: its files are opened again. */
export function outgoing(
  message: object,
  files: readonly Upload[] | undefined,
  { signal, stillMs, voice, within = same }: Sending,
): Outgoing {
  if (!files?.length) return { body: within(message) }
  const named = files.map((upload) => ({ upload, name: filenameOf(upload) }))
  const attachments = named.map(({ upload, name }, id) => ({
    id,
    filename: name,
    ...titleOf(upload, name),
    ...(upload.alt && { description: [...upload.alt].slice(0, mostAlt).join("") }),
    ...(voice && { duration_secs: voice.seconds, waveform: voice.waveform }),
  }))
  return { body: new Form(within({ ...message, attachments }), named, signal, stillMs), passThroughBody: true }
}

function same(message: object): object {
  return message
}

/** Discord's clients hide what is named so. */
const hidden = "SPOILER_"
const unsafe = /[\p{Cc}\p{Cf}\p{Cs}/\\:*?"<>|]/gu

/** Discord makes of a file's name what fits into an address, and shows the title: without the ending. */
function titleOf({ name }: Upload, filename: string): { title?: string } {
  const title = name
    .replace(/\.\w{1,10}$/, "")
    .replace(/\p{Cc}|\p{Cs}/gu, " ")
    .trim()
    .slice(0, mostName)
  return title === "" || /^[\w.-]+$/.test(filename) ? {} : { title }
}

function filenameOf({ name, kind, mime, spoiler }: Upload): string {
  const plain = name.replace(unsafe, "_").trim().replace(/^\.+/, "") || "file"
  const ending = /\.\w{1,10}$/.exec(plain)?.[0] ?? ""
  const stem = plain.slice(0, plain.length - ending.length).slice(0, mostName)
  // Its clients play what ends so.
  const isOgg = kind === "voice" && /^audio\/(ogg|opus)$/.test(mime)
  const whole = `${stem}${isOgg ? ".ogg" : ending}`
  return spoiler === true && !whole.startsWith(hidden) ? `${hidden}${whole}` : whole
}
