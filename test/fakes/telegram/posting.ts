// What a bot posts, in a private chat or a group: where it stands, what it answers, and how it is noted.
import type { Message } from "node-telegram-bot-api"
import { chatOf, Refused, type Sent } from "./bot.js"
import { businessOf } from "./business.js"
import { answered, reachable, topicIn, writable } from "./group-methods.js"
import { type Call, quoteOf, repliedTo } from "./methods.js"

export interface Posted {
  message: Message
  note: Sent | undefined
  /** Changes it, as everybody sees it then. */
  change(fields: object): Message
}

/** `content`: fields of the Message; `text`: what the note says of it. */
export function post(call: Call, content: Partial<Message>, text = ""): Message {
  const { bot, params } = call
  checkEntities(call, content.text ?? content.caption ?? "", content.entities ?? content.caption_entities)
  const inGroup = Number(params["chat_id"]) < 0
  const forBusiness = params["business_connection_id"] !== undefined
  const { message, more } = forBusiness ? postForBusiness(call, content) : inGroup ? postInGroup(call, content) : postDirect(call, content)
  const note: Sent = {
    chat: message.chat.id,
    id: message.message_id,
    text,
    first: text,
    edits: 0,
    deleted: false,
    at: bot.now(),
    ...more,
    content,
    ...(params["disable_notification"] === true && { silent: true }),
  }
  bot.sent.push(note)
  call.sent(note, "sent")
  return message
}

function postDirect({ bot, params }: Call, content: Partial<Message>): { message: Message; more: Partial<Sent> } {
  const chat = bot.writable(params["chat_id"])
  const replied = repliedTo(params["reply_parameters"], chat.messages)
  const quote = replied && quoteOf(params["reply_parameters"], replied.text ?? replied.caption)
  const message: Message = {
    message_id: bot.newMessageId(),
    from: bot.plainUser,
    chat: chatOf(chat.person),
    date: bot.seconds,
    ...(replied && { reply_to_message: replied }),
    ...(quote && { quote }),
    ...content,
  }
  chat.messages.set(message.message_id, message)
  return { message, more: replied ? { replyTo: replied.message_id } : {} }
}

function postInGroup({ bot, params, groups }: Call, content: Partial<Message>): { message: Message; more: Partial<Sent> } {
  const group = reachable(bot, groups.get(Number(params["chat_id"])), false)
  const thread = topicIn(group, params)
  writable(bot, group, thread)
  const { replyTo, quote } = answered(bot, group, params["reply_parameters"])
  const made = group.sentBy(bot, { ...content, ...(quote && { quote }) }, { thread, replyTo })
  const more = { ...(thread !== undefined && { thread }), ...(replyTo && { replyTo: replyTo.id(bot) }) }
  return { message: made.seenBy(bot), more }
}

function postForBusiness({ bot, params }: Call, content: Partial<Message>): { message: Message; more: Partial<Sent> } {
  const business = businessOf(bot, params["business_connection_id"])
  const chat = Number(params["chat_id"])
  const peer = business.writable(chat)
  const said = new Map([...business.messages].filter(([, message]) => message.chat.id === chat))
  const replied = repliedTo(params["reply_parameters"], said)
  const quote = replied && quoteOf(params["reply_parameters"], replied.text ?? replied.caption)
  const message = business.sent(peer, { ...(replied && { reply_to_message: replied }), ...(quote && { quote }), ...content })
  return { message, more: { login: business.id, ...(replied && { replyTo: replied.message_id }) } }
}

/** Any message of the chat; `missing`: what is said if there is none. */
export function posted({ bot, params, groups }: Call, missing: string): Posted {
  const chat = Number(params["chat_id"])
  const id = Number(params["message_id"])
  const login = params["business_connection_id"] as string | undefined
  const note = bot.sent.findLast((sent) => sent.chat === chat && sent.id === id && sent.login === login)
  const none = (): never => {
    throw new Refused(400, `Bad Request: ${missing}`)
  }
  if (login !== undefined) {
    const business = businessOf(bot, login)
    business.writable(chat)
    const message = business.found(chat, id, missing)
    return { message, note, change: (fields) => Object.assign(message, fields) }
  }
  if (chat < 0) {
    const found = reachable(bot, groups.get(chat), false).posts.find(bot, id) ?? none()
    return {
      message: found.seenBy(bot),
      note,
      change(fields) {
        found.message = { ...found.message, ...fields }
        return found.seenBy(bot)
      },
    }
  }
  const message = bot.writable(chat).messages.get(id) ?? none()
  return { message, note, change: (fields) => Object.assign(message, fields) }
}

/** The server repairs what overlaps; a bot that sends it has counted wrongly. */
export function checkEntities({ complain }: Call, text: string, entities: Message["entities"]): void {
  for (const [i, a] of (entities ?? []).entries()) {
    const end = a.offset + a.length
    if (a.offset < 0 || a.length <= 0 || end > text.length) complain(`an entity (${a.type}) lies outside the text`)
    if (/[\udc00-\udfff]/.test(text[a.offset] ?? "") || /[\udc00-\udfff]/.test(text[end] ?? ""))
      complain(`an entity (${a.type}) cuts a character`)
    for (const b of (entities ?? []).slice(i + 1)) {
      const [first, second] = a.offset <= b.offset ? [a, b] : [b, a]
      const cut = first.offset + first.length
      if (first.offset < second.offset && second.offset < cut && cut < second.offset + second.length)
        complain(`${a.type} and ${b.type} overlap`)
      const apart = a.offset + a.length <= b.offset || b.offset + b.length <= a.offset
      if (!apart && /^(code|pre)$/.test(a.type) && !/blockquote/.test(b.type)) complain(`${b.type} within ${a.type}`)
    }
  }
}
