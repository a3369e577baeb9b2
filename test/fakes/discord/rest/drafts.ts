// What a request wants to be posted: checked, and made a draft.
import { AttachmentFlags, MessageFlags, MessageReferenceType } from "discord-api-types/v10"
import type { Channel } from "../world/channel.js"
import { type AllowedMentions, type Draft, isSystem, type Message } from "../world/message.js"
import { Flags } from "../world/permissions.js"
import type { File } from "../world/world.js"
import type { Call, Params } from "./call.js"
import { invalid, refused } from "./refused.js"

const most = 2000
const MiB = 1024 * 1024
const mostFiles = 10
/** The fake would not know what to do with them. */
const unheeded = ["sticker_ids", "poll", "shared_client_theme"]

export function draftOf(call: Call, body: Params, channel: Channel): Draft {
  for (const field of unheeded)
    if (body[field] !== undefined && body[field] !== null) throw new TypeError(`the fake does not heed ${field}`)
  const content = contentOf(body)
  const embeds = ((body["embeds"] ?? []) as object[]).map((embed) => ({ type: "rich", ...embed }))
  const files = filesOf(call, (body["attachments"] ?? []) as Params[], channel)
  const flags = typeof body["flags"] === "number" ? body["flags"] : 0
  if (flags & MessageFlags.IsVoiceMessage) needVoice(body, files)
  const forward = referenceOf(call, body, channel, MessageReferenceType.Forward)
  const reply = referenceOf(call, body, channel, MessageReferenceType.Default)
  if (content.trim() === "" && embeds.length === 0 && files.length === 0 && !forward) throw refused(50006, true)
  const nonce = body["nonce"] as string | number | null | undefined
  return {
    content,
    embeds,
    files,
    reply,
    forward,
    allowed: allowedOf(body),
    tts: body["tts"] === true,
    components: componentsOf(body),
    ...(flags !== 0 && { flags }),
    ...(nonce !== undefined && nonce !== null && { nonce }),
  }
}

/** Rows of buttons, with the numbers that the server gives them; no two of one custom_id (Component Reference). */
export function componentsOf(body: Params): object[] {
  let count = 0
  const rows = (body["components"] ?? []) as { type: number; components?: Params[] }[]
  const ids = rows.flatMap(({ components = [] }) => components.flatMap((one) => (one["custom_id"] as string | undefined) ?? []))
  if (rows.some(({ type }) => type !== 1)) throw new TypeError("the fake heeds rows of buttons only")
  if (rows.length > 5) throw invalid("components", "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 5 in length.")
  if (new Set(ids).size < ids.length)
    throw invalid("components", "COMPONENT_CUSTOM_ID_DUPLICATED", "Component custom id cannot be duplicated")
  return rows.map((row) => {
    const id = ++count
    for (const button of row.components ?? []) needButton(button)
    return { ...row, id, components: (row.components ?? []).map((button) => ({ ...button, id: ++count })) }
  })
}

/** Component Reference, Button: an address, or something to be told by, and a text to press. */
function needButton(button: Params): void {
  const isLink = button["style"] === 5
  if (
    button["type"] !== 2 ||
    !button["label"] ||
    isLink !== (button["url"] !== undefined) ||
    isLink === (button["custom_id"] !== undefined)
  )
    throw invalid("components", "COMPONENT_INVALID", "Not a button")
}

/** Counted in code points, as the server does. */
export function contentOf(body: Params): string {
  const content = (body["content"] ?? "") as string
  if ([...content].length > most) throw invalid("content", "BASE_TYPE_MAX_LENGTH", `Must be ${most} or fewer in length.`)
  return content
}

/** Allowed Mentions Object: «users» in `parse` and a list of users exclude each other; at most 100. */
export function allowedOf(body: Params): AllowedMentions | undefined {
  const allowed = body["allowed_mentions"] as AllowedMentions | null | undefined
  if (!allowed) return undefined
  for (const kind of ["users", "roles"] as const) {
    if ((allowed[kind]?.length ?? 0) > 100)
      throw invalid(`allowed_mentions.${kind}`, "BASE_TYPE_BAD_LENGTH", "Must be between 0 and 100 in length.")
    if (allowed.parse?.includes(kind) && allowed[kind]?.length) {
      throw invalid(
        "allowed_mentions",
        "MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE",
        `parse:["${kind}"] and ${kind}: [ids...] are mutually exclusive.`,
      )
    }
  }
  return allowed
}

/** Message, Voice Messages. */
function needVoice(body: Params, files: readonly File[]): void {
  if (body["content"] || (body["embeds"] as object[] | undefined)?.length) throw refused(50159, true)
  const [file, second] = files
  if (!file || second || !file.type?.startsWith("audio/")) throw refused(50160, true)
  if (file.duration_secs === undefined || file.waveform === undefined) throw refused(50161, true)
}

/** Uploaded files, with what `attachments` says of them by their number. */
export function filesOf(call: Call, described: readonly Params[], channel: Channel): File[] {
  if (call.files.size > mostFiles) throw invalid("files", "BASE_TYPE_MAX_LENGTH", `Must be ${mostFiles} or fewer in length.`)
  const mostBytes = ({ 2: 50, 3: 100 }[channel.guild?.premiumTier ?? 0] ?? 10) * MiB
  const unknown = described.find(({ id }) => String(id).length < 15 && !call.files.has(Number(id)))
  if (unknown) throw invalid("attachments", "ATTACHMENT_NOT_FOUND", `There is no file ${String(unknown["id"])}`)
  return [...call.files].map(([number, file]) => {
    if (file.bytes.length > mostBytes) throw refused(40005)
    const about = described.find(({ id }) => Number(id) === number)
    const { filename, description, title, duration_secs: seconds, waveform, is_spoiler: spoiler } = about ?? {}
    return {
      ...file,
      name: typeof filename === "string" ? filename : file.name,
      ...(typeof description === "string" && { description }),
      ...(typeof title === "string" && { title }),
      ...(typeof seconds === "number" && { duration_secs: seconds }),
      ...(typeof waveform === "string" && { waveform }),
      ...(spoiler === true && { flags: AttachmentFlags.IsSpoiler }),
    }
  })
}

function referenceOf(call: Call, body: Params, channel: Channel, wanted: MessageReferenceType): Message | undefined {
  const reference = body["message_reference"] as Params | null | undefined
  if (!reference || (reference["type"] ?? MessageReferenceType.Default) !== wanted) return undefined
  const isReply = wanted === MessageReferenceType.Default
  const place = typeof reference["channel_id"] === "string" ? reference["channel_id"] : undefined
  if (!isReply && place === undefined) throw invalid("message_reference.channel_id", "BASE_TYPE_REQUIRED", "This field is required")
  const from = isReply ? channel : call.view(place!)
  if (isReply && place !== undefined && place !== channel.id) {
    throw invalid("message_reference", "MESSAGE_REFERENCE_INVALID_CHANNEL", "Cannot reply to a message in a different channel")
  }
  if (!(from.permissionsOf(call.bot.id) & Flags.ReadMessageHistory)) throw refused(isReply ? 160002 : 160014)
  const message = from.messages.find(({ id }) => id === reference["message_id"])
  if (!message && (reference["fail_if_not_exists"] ?? true)) {
    throw invalid("message_reference", "REPLIES_UNKNOWN_MESSAGE", "Unknown message", false)
  }
  if (message && isSystem(message)) {
    throw invalid("message_reference", "REPLIES_CANNOT_REPLY_TO_SYSTEM_MESSAGE", "Cannot reply to a system message", false)
  }
  return message
}
