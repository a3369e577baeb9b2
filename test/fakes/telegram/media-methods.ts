// The methods of files and what else is no plain text, each after its description and tdlib/telegram-bot-api's behaviour.
import type { Message, MessageEntity } from "node-telegram-bot-api"
import { Refused } from "./bot.js"
import { contentOf, type Kind, type Shown } from "./kinds.js"
import type { Call, Params } from "./methods.js"
import { checkEntities, post, posted } from "./posting.js"
import { Uploaded } from "./schema.js"

const bad = (words: string): never => {
  throw new Refused(400, `Bad Request: ${words}`)
}

const shared = ["business_connection_id", "chat_id", "message_thread_id", "disable_notification", "reply_parameters"]
const worded = [...shared, "caption", "caption_entities"]
export const heededHere: Record<string, readonly string[]> = {
  sendPhoto: [...worded, "photo", "has_spoiler"],
  sendVideo: [...worded, "video", "has_spoiler", "duration", "width", "height", "supports_streaming"],
  sendAnimation: [...worded, "animation", "has_spoiler", "duration", "width", "height"],
  sendAudio: [...worded, "audio", "duration", "title", "performer"],
  sendVoice: [...worded, "voice", "duration"],
  sendVideoNote: [...shared, "video_note", "duration", "length"],
  sendDocument: [...worded, "document"],
  sendSticker: [...shared, "sticker", "emoji"],
  sendMediaGroup: [...shared, "media"],
  sendLocation: [...shared, "latitude", "longitude"],
  sendVenue: [...shared, "latitude", "longitude", "title", "address"],
  sendContact: [...shared, "phone_number", "first_name"],
  setMessageReaction: ["chat_id", "message_id", "reaction"],
}

/** «At most 10 MB» (docs, sendPhoto); any file: 50 MB. */
const [photoBytes, fileBytes, captionLength, atOnce] = [10 << 20, 50 << 20, 1024, 10]

export const mediaMethods: Record<string, (call: Call) => unknown> = {
  sendPhoto: (call) => send(call, "photo"),
  sendVideo: (call) => send(call, "video"),
  sendAnimation: (call) => send(call, "animation"),
  sendAudio: (call) => send(call, "audio"),
  sendVoice: (call) => send(call, "voice"),
  sendVideoNote: (call) => send(call, "video_note"),
  sendDocument: (call) => send(call, "document"),
  sendSticker: (call) => send(call, "sticker"),
  sendMediaGroup(call) {
    const media = call.params["media"] as (Params & { type: string })[]
    if (media.length < 2 || media.length > atOnce) bad("wrong number of media in the album")
    const types = new Set(media.map(({ type }) => type))
    if ((types.has("document") || types.has("audio")) && types.size > 1) bad("documents and audio can't be mixed with other media types")
    const media_group_id = `${call.bot.user.id}${call.bot.sent.length + 1}`
    const contents = media.map((item) => [itemOf(call, item), captionOf(item)] as const)
    return contents.map(([content, words]) => post(call, { ...content, ...words, media_group_id }, words.caption))
  },
  sendLocation: (call) => post(call, contentOf(call.files, "location", placeIn(call.params))),
  sendVenue({ params, ...call }) {
    if (params["title"] === "" || params["address"] === "") bad("title and address must be non-empty")
    const it = { ...placeIn(params), title: String(params["title"]), text: String(params["address"]) }
    return post({ ...call, params }, contentOf(call.files, "venue", it))
  },
  sendContact: ({ params, ...call }) =>
    post({ ...call, params }, { contact: { phone_number: String(params["phone_number"]), first_name: String(params["first_name"]) } }),
  editMessageCaption(call) {
    const found = mine(call)
    if (!("photo" in found.message) && !captioned.some((kind) => kind in found.message)) bad("there is no caption in the message to edit")
    const words = captionOf(call.params)
    const { caption, caption_entities } = found.message
    if (JSON.stringify(words) === JSON.stringify({ ...(caption && { caption }), ...(caption_entities && { caption_entities }) }))
      bad("message is not modified: specified new message content and reply markup are exactly the same")
    return edited(call, found, { caption_entities: undefined, ...words }, words.caption)
  },
  editMessageMedia(call) {
    const found = mine(call)
    const item = call.params["media"] as Params & { type: string }
    const gone = Object.fromEntries(["photo", ...captioned].map((kind) => [kind, undefined]))
    const words = captionOf(item)
    return edited(call, found, { ...gone, caption_entities: undefined, ...itemOf(call, item), ...words }, words.caption)
  },
  setMessageReaction(call) {
    const { bot, params, groups } = call
    const { message } = posted(call, "message to react not found")
    const reaction = (params["reaction"] ?? []) as { type: string; emoji?: string; custom_emoji_id?: string }[]
    if (reaction.length > 1) bad("REACTIONS_TOO_MANY")
    const allowed = groups.get(message.chat.id)?.reactions ?? call.standard
    for (const { emoji = "" } of reaction) if (!allowed.includes(emoji)) bad("REACTION_INVALID")
    bot.reactions.push({ chat: message.chat.id, id: message.message_id, emoji: reaction.map(({ emoji = "" }) => emoji) })
    return true
  },
  getUserProfilePhotos({ files, params }) {
    const face = files.faces.get(Number(params["user_id"]))
    return { total_count: face ? 1 : 0, photos: face ? [face] : [] }
  },
  getCustomEmojiStickers({ files, params }) {
    return (params["custom_emoji_ids"] as string[]).flatMap((id) => files.customEmoji.get(id) ?? [])
  },
}

const captioned = ["video", "animation", "audio", "voice", "document"]

/** One file under the name of its kind. */
function send(call: Call, kind: Kind): Message {
  const { params } = call
  const words = captionOf(params)
  const content = stored(call, kind, params[kind], { ...params, emoji: params["emoji"] })
  const hidden = params["has_spoiler"] === true && { has_media_spoiler: true as const }
  return post(call, { ...content, ...(kind === "sticker" || kind === "video_note" ? {} : words), ...hidden }, words.caption ?? "")
}

function itemOf(call: Call, { type, media, ...more }: Params & { type: string }): Partial<Message> {
  const name = /^attach:\/\/(.+)$/.exec(String(media))?.[1]
  const file = name === undefined ? media : (call.attached.get(name) ?? bad(`file «${name}» was not attached`))
  return { ...stored(call, type as Kind, file, more), ...(more["has_spoiler"] === true && { has_media_spoiler: true }) }
}

function stored(call: Call, kind: Kind, file: unknown, { duration, width, height, length, emoji, title }: Params): Partial<Message> {
  if (!(file instanceof Uploaded)) return bad("wrong remote file identifier specified")
  const { name, bytes, mime } = file
  if (bytes.length > fileBytes) throw new Refused(413, "Request Entity Too Large")
  if (bytes.length === 0) bad("file must be non-empty")
  if (kind === "photo") checkPhoto(bytes)
  const given = { name, bytes, mime, seconds: duration, width: width ?? length, height, emoji, title }
  const it = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as Shown
  return contentOf(call.files, kind, it)
}

function checkPhoto(bytes: Uint8Array): void {
  if (bytes.length > photoBytes) bad("PHOTO_SAVE_FILE_INVALID")
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  const head = view.subarray(0, 12).toString("latin1")
  const isPng = head.startsWith("\x89PNG")
  if (!isPng && !head.startsWith("\xff\xd8\xff") && !/^RIFF....WEBP/s.test(head) && !head.startsWith("GIF8")) bad("IMAGE_PROCESS_FAILED")
  if (!isPng || view.length < 24) return
  const [width, height] = [view.readUInt32BE(16), view.readUInt32BE(20)]
  if (width + height > 10_000 || Math.max(width, height) > 20 * Math.min(width, height)) bad("PHOTO_INVALID_DIMENSIONS")
}

function captionOf({ caption, caption_entities }: Params): { caption?: string; caption_entities?: MessageEntity[] } {
  const text = typeof caption === "string" ? caption.trim() : ""
  if (text.length > captionLength) bad("message caption is too long")
  const entities = caption_entities as MessageEntity[] | undefined
  return text === "" ? {} : { caption: text, ...(entities && { caption_entities: entities }) }
}

function placeIn({ latitude, longitude }: Params): Shown {
  return { lat: Number(latitude), lon: Number(longitude) }
}

function mine(call: Call): ReturnType<typeof posted> {
  const found = posted(call, "message to edit not found")
  return found.note ? found : bad("message can't be edited")
}

function edited(
  call: Call,
  { note, change }: ReturnType<typeof posted>,
  fields: { [K in keyof Message]?: Message[K] | undefined },
  text = "",
): Message {
  checkEntities(call, fields.caption ?? "", fields.caption_entities)
  const message = change({ caption: undefined, ...fields, edit_date: call.bot.seconds })
  if (note) {
    Object.assign(note, { text, edits: note.edits + 1, content: { ...note.content, ...fields } as Partial<Message> })
    call.sent(note, "edited")
  }
  return message
}
