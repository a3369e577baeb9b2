// The methods that the fake carries out, each after its description and tdlib/telegram-bot-api's behaviour.
import type { Message, PhotoSize } from "node-telegram-bot-api"
import { type Bot, chatOf, Refused, type Sent } from "./bot.js"
import { markupOf } from "./buttons.js"
import type { FileStore } from "./files.js"
import type { Group } from "./groups.js"
import type { Uploaded } from "./schema.js"

export type Params = Record<string, unknown>
/** `sent` is called for what a person would see. */
export interface Call {
  bot: Bot
  params: Params
  gone: AbortSignal
  sent(message: Sent, what: "sent" | "edited" | "deleted"): void
  groups: ReadonlyMap<number, Group>
  files: FileStore
  /** Files that a field refers to by «attach://». */
  attached: ReadonlyMap<string, Uploaded>
  /** Emoji that are reactions. */
  standard: readonly string[]
  /** A violation that Telegram itself would let pass. */
  complain(what: string): void
}

export const deletableMs = 48 * 60 * 60 * 1000
export const chatActions = new Set(
  "typing upload_photo record_video upload_video record_voice upload_voice upload_document choose_sticker find_location record_video_note upload_video_note".split(
    " ",
  ),
)

/** Parameters of these methods that the fake heeds; others it refuses, lest a test believe they work. */
export const heeded: Record<string, readonly string[]> = {
  sendMessage: [
    "chat_id",
    "message_thread_id",
    "text",
    "entities",
    "disable_notification",
    "reply_parameters",
    "link_preview_options",
    "protect_content",
    "reply_markup",
    "business_connection_id",
  ],
  editMessageText: ["chat_id", "message_id", "text", "entities", "link_preview_options", "reply_markup", "business_connection_id"],
  sendChatAction: ["chat_id", "message_thread_id", "action", "business_connection_id"],
  banChatMember: ["chat_id", "user_id"],
  restrictChatMember: ["chat_id", "user_id", "permissions"],
  createForumTopic: ["chat_id", "name"],
  editForumTopic: ["chat_id", "message_thread_id", "name"],
  createChatInviteLink: ["chat_id", "member_limit", "expire_date"],
  setWebhook: ["url", "drop_pending_updates"],
}

export const methods: Record<string, (call: Call) => unknown> = {
  getMe: ({ bot }) => bot.user,
  getUpdates: ({ bot, params, gone }) => bot.getUpdates(params, gone),
  getWebhookInfo: ({ bot }) => ({ url: bot.webhook, has_custom_certificate: false, pending_update_count: bot.pending.length }),
  setWebhook({ bot, params }) {
    bot.webhook = String(params["url"])
    if (params["drop_pending_updates"]) bot.forgetUpdates()
    if (bot.webhook !== "") bot.endPoll("Conflict: terminated by setWebhook request")
    return true
  },
  deleteWebhook({ bot, params }) {
    bot.webhook = ""
    if (params["drop_pending_updates"]) bot.forgetUpdates()
    return true
  },
  getFile({ groups, params, files, bot }) {
    const found = [...groups.values()].flatMap((group) => {
      const file = group.photo && [group.photoFile(160), group.photoFile(640)].find(({ file_id }) => file_id === params["file_id"])
      return file && group.photo ? { ...file, file_size: group.photo.length, file_path: `photos/${group.id}.jpg` } : []
    })[0]
    return found ?? files.file(params["file_id"], bot.token)
  },
  getChat({ bot, params, files }) {
    const { person } = bot.chat(params["chat_id"])
    const face = files.faces.get(person.id)
    const [small, , big] = face ?? []
    const gifts = { unlimited_gifts: true, limited_gifts: true, unique_gifts: true, premium_subscription: true, gifts_from_channels: true }
    return {
      ...chatOf(person),
      accent_color_id: person.id % 7,
      max_reaction_count: 11,
      accepted_gift_types: gifts,
      ...(small && big && { photo: chatPhoto(small, big) }),
    }
  },
  sendChatAction({ bot, params }) {
    const action = String(params["action"])
    if (!chatActions.has(action)) throw new Refused(400, "Bad Request: wrong parameter action in request")
    bot.actions.push({ chat: bot.writable(params["chat_id"]).person.id, action })
    return true
  },
  sendMessage(call) {
    const { bot, params } = call
    const chat = bot.writable(params["chat_id"])
    const text = textOf(params["text"] ?? "")
    const quoted = repliedTo(params["reply_parameters"], chat.messages)
    const quote = quoted && quoteOf(params["reply_parameters"], quoted.text)
    const message: Message = {
      message_id: bot.newMessageId(),
      from: bot.user,
      chat: chatOf(chat.person),
      date: bot.seconds,
      text,
      ...(quoted && { reply_to_message: quoted }),
      ...(quote && { quote }),
      ...entitiesOf(params),
      ...markupOf(params),
      ...(params["protect_content"] === true && { has_protected_content: true }),
    }
    chat.messages.set(message.message_id, message)
    const sent = {
      chat: chat.person.id,
      id: message.message_id,
      text,
      first: text,
      edits: 0,
      deleted: false,
      at: bot.now(),
      ...(quoted && { replyTo: quoted.message_id }),
    }
    bot.sent.push(sent)
    call.sent(sent, "sent")
    return message
  },
  editMessageText(call) {
    const { bot, params } = call
    const chat = bot.writable(params["chat_id"])
    const message = chat.messages.get(Number(params["message_id"]))
    if (!message) throw new Refused(400, "Bad Request: message to edit not found")
    if (message.from?.id !== bot.user.id) throw new Refused(400, "Bad Request: message can't be edited")
    if (message.text === undefined) throw new Refused(400, "Bad Request: there is no text in the message to edit")
    const text = textOf(params["text"] ?? "")
    const { reply_markup } = markupOf(params)
    if (text === message.text && JSON.stringify(reply_markup) === JSON.stringify(message.reply_markup)) {
      throw new Refused(
        400,
        "Bad Request: message is not modified: specified new message content and reply markup are exactly the same as a current content and reply markup of the message",
      )
    }
    Object.assign(message, { text, edit_date: bot.seconds, reply_markup }, entitiesOf(params))
    const sent = sentAs(bot, message)
    sent.text = text
    sent.edits++
    call.sent(sent, "edited")
    return message
  },
  deleteMessage(call) {
    const { bot, params } = call
    const chat = bot.chat(params["chat_id"])
    const message = chat.messages.get(Number(params["message_id"]))
    if (!message) throw new Refused(400, "Bad Request: message to delete not found")
    if (bot.now() - message.date * 1000 >= deletableMs) throw new Refused(400, "Bad Request: message can't be deleted for everyone")
    chat.messages.delete(message.message_id)
    if (message.from?.id === bot.user.id) {
      const sent = sentAs(bot, message)
      sent.deleted = true
      call.sent(sent, "deleted")
    }
    return true
  },
}

function chatPhoto(small: PhotoSize, big: PhotoSize) {
  return {
    small_file_id: small.file_id,
    small_file_unique_id: small.file_unique_id,
    big_file_id: big.file_id,
    big_file_unique_id: big.file_unique_id,
  }
}

function sentAs(bot: Bot, message: Message): Sent {
  return bot.sent.findLast((sent) => sent.chat === message.chat.id && sent.id === message.message_id) as Sent
}

export function textOf(value: unknown): string {
  const text = (value as string).trim()
  if (text === "") throw new Refused(400, "Bad Request: message text is empty")
  if (text.length > 4096) throw new Refused(400, "Bad Request: message is too long")
  return text
}

export function entitiesOf({ entities }: Params): Pick<Message, "entities"> {
  return entities === undefined ? {} : { entities: entities as NonNullable<Message["entities"]> }
}

/** The part that an answer quotes: must be an exact part of it (ReplyParameters). */
export function quoteOf(value: unknown, text: string | undefined): NonNullable<Message["quote"]> | undefined {
  const { quote } = (value ?? {}) as { quote?: string }
  if (quote === undefined) return undefined
  const position = (text ?? "").indexOf(quote)
  if (position < 0) throw new Refused(400, "Bad Request: QUOTE_TEXT_INVALID")
  return { text: quote, position, is_manual: true }
}

/** «The Message object in this field will not contain further reply_to_message fields» (Message). */
export function repliedTo(value: unknown, messages: ReadonlyMap<number, Message>): Message | undefined {
  if (value === undefined) return undefined
  const { message_id, allow_sending_without_reply } = value as { message_id: number; allow_sending_without_reply?: boolean }
  const found = messages.get(message_id)
  if (!found && !allow_sending_without_reply) throw new Refused(400, "Bad Request: message to be replied not found")
  if (!found) return undefined
  const { reply_to_message: _, ...shallow } = found
  return shallow
}
