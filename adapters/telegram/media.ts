// Files as Telegram's own kinds of messages: one request each, or one for an album.
import type { Api, InputMedia, Message, MessageEntity, ReplyParameters } from "node-telegram-bot-api"
import type { FileInfo, Upload } from "xferry"
import { says } from "./calls.js"
import type { Written } from "./entities.js"
import { albumForms, type Form, formsOf, hasCaption, misfit } from "./forms.js"
import { Uploading } from "./upload.js"

/** Where to, how, and as an answer to what: what all requests of one send share. */
export interface Common {
  chat_id: number
  business_connection_id?: string
  message_thread_id?: number
  disable_notification?: true
  reply_parameters?: ReplyParameters
}
/** How requests with files are made. `patienceMs`: as long may nothing move. */
export interface Carrier {
  api: Api
  patienceMs: number
}

const methods: Readonly<Record<Form, (api: Api, params: never, signal: AbortSignal) => Promise<Message>>> = {
  photo: (api, params, signal) => api.sendPhoto(params, signal),
  video: (api, params, signal) => api.sendVideo(params, signal),
  animation: (api, params, signal) => api.sendAnimation(params, signal),
  audio: (api, params, signal) => api.sendAudio(params, signal),
  voice: (api, params, signal) => api.sendVoice(params, signal),
  video_note: (api, params, signal) => api.sendVideoNote(params, signal),
  sticker: (api, params, signal) => api.sendSticker(params, signal),
  document: (api, params, signal) => api.sendDocument(params, signal),
}

interface Caption {
  caption?: string
  caption_entities?: MessageEntity[]
}

/** As what it is; as a document where Telegram takes it for nothing else. Throws as the library does, or an AdapterError. */
export async function sendFile(
  { api, patienceMs }: Carrier,
  common: Common,
  file: Upload,
  caption: Written | undefined,
  signal: AbortSignal,
): Promise<Message> {
  const forms = formsOf(file)
  for (const [i, form] of forms.entries()) {
    const upload = new Uploading(patienceMs, signal)
    const words = hasCaption(form) ? captionOf(caption) : {}
    const params = { ...common, [form]: upload.file(file), ...details(form, file), ...words }
    try {
      return await upload.run(() => methods[form](api, params as never, upload.signal))
    } catch (error) {
      if (i === forms.length - 1 || !says(error, misfit)) throw error
    }
  }
  throw new TypeError("no form is left")
}

/** Two to ten files that are seen as one message. */
export async function sendAlbum(
  { api, patienceMs }: Carrier,
  common: Common,
  files: readonly Upload[],
  caption: Written | undefined,
  signal: AbortSignal,
): Promise<Message[]> {
  const forms = albumForms(files)
  const send = (as: readonly Form[]): Promise<Message[]> => {
    const upload = new Uploading(patienceMs, signal)
    const media = files.map((file, i) => item(as[i] ?? "document", file, i === 0 ? caption : undefined, upload))
    return upload.run(() => api.sendMediaGroup({ ...common, media }, upload.signal))
  }
  return send(forms).catch((error: unknown) => {
    if (!says(error, misfit) || forms.every((form) => form === "document")) throw error
    return send(files.map(() => "document"))
  })
}

/** Another file, and caption, for a message that has one. */
export async function replaceFile(
  { api, patienceMs }: Carrier,
  where: { chat_id: number; message_id: number; business_connection_id?: string },
  file: Upload,
  caption: Written,
  signal: AbortSignal,
): Promise<Message | boolean> {
  const [form = "document"] = formsOf(file)
  const inMedia = form === "photo" || form === "video" || form === "animation" || form === "audio" ? form : "document"
  const upload = new Uploading(patienceMs, signal)
  const media = item(inMedia, file, caption, upload)
  return upload.run(() => api.editMessageMedia({ ...where, media }, upload.signal))
}

function item(form: Form, file: Upload, caption: Written | undefined, upload: Uploading): InputMedia {
  return { type: form, media: upload.file(file), ...details(form, file), ...captionOf(caption) }
}

function captionOf(caption: Written | undefined): Caption {
  if (caption === undefined || caption.text === "") return {}
  return { caption: caption.text, ...(caption.entities && { caption_entities: caption.entities }) }
}

/** Whole numbers, as Telegram takes no others. */
function details(form: Form, { width, height, seconds, spoiler, alt }: FileInfo): object {
  const size = width && height ? { width: Math.round(width), height: Math.round(height) } : {}
  const duration = seconds === undefined ? {} : { duration: Math.round(seconds) }
  const hidden = spoiler === true ? { has_spoiler: true } : {}
  switch (form) {
    case "photo":
      return hidden
    case "video":
      return { ...size, ...duration, ...hidden, supports_streaming: true }
    case "animation":
      return { ...size, ...duration, ...hidden }
    case "audio":
    case "voice":
      return duration
    case "video_note":
      return { ...duration, ...(width && width === height && { length: Math.round(width) }) }
    case "sticker":
      return alt !== undefined && /^\p{Extended_Pictographic}/u.test(alt) && alt.length <= 20 ? { emoji: alt } : {}
    case "document":
      return {}
  }
}
