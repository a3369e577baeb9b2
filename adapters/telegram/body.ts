// A Telegram message as a body: text with spans, and words around it for what it is.
import type { ExternalReplyInfo, Message, MessageEntity, MessageOrigin } from "node-telegram-bot-api"
import type { Body, Reply, Span } from "xferry"
import { describe } from "./describe.js"
import { calledOf, senderOf } from "./people.js"
import { threadOf } from "./places.js"

const kinds: Readonly<Record<string, Span["kind"]>> = {
  bold: "bold",
  italic: "italic",
  underline: "underline",
  strikethrough: "strike",
  spoiler: "spoiler",
  blockquote: "quote",
  expandable_blockquote: "quote",
  code: "code",
  pre: "pre",
  text_link: "link",
  text_mention: "mention",
  custom_emoji: "emoji",
  date_time: "time",
}

/** Entities count UTF-16 code units, and so do spans; `shift` is what stands before the text. */
export function spansOf(entities: readonly MessageEntity[] | undefined, length: number, shift = 0): Span[] {
  return (entities ?? []).flatMap((entity) => {
    const kind = kinds[entity.type]
    const end = entity.offset + entity.length
    const whole = Number.isInteger(entity.offset) && Number.isInteger(entity.length)
    if (kind === undefined || !whole || entity.offset < 0 || entity.length <= 0 || end > length) return []
    const arg = entity.url ?? entity.language ?? entity.custom_emoji_id ?? entity.user ?? entity.unix_time ?? undefined
    const text = typeof arg === "object" ? String(arg.id) : arg === undefined ? undefined : String(arg)
    return [{ kind, start: entity.offset + shift, end: end + shift, ...(text !== undefined && { arg: text }) }]
  })
}

/** Undefined for service messages. */
export function bodyOf(message: Message): Body | undefined {
  // Of the linked channel's posts the channel itself is the sender.
  const origin = message.is_automatic_forward === true ? undefined : message.forward_origin
  const before = [...forwarded(origin), ...elsewhere(message)]
  let text = message.text
  let entities = message.entities
  if (text === undefined) {
    const line = describe(message)
    if (line === undefined) return undefined
    if (message.caption) {
      before.push(`${line} `)
      text = message.caption
      entities = message.caption_entities
    } else text = line
  }
  const prefix = before.join("")
  const spans = spansOf(entities, text.length, prefix.length)
  return { text: prefix + text, ...(spans.length > 0 && { spans }) }
}

/** What a message answers, if it stands in the same chat. */
export function replyOf(message: Message): Reply | undefined {
  const { reply_to_message: quoted, quote } = message
  // In a topic whatever answers nothing «answers» the message that made the topic (server, get_implicit_reply_to_message_id).
  if (!quoted || quoted.message_id === threadOf(message)) return undefined
  const text = bodyOf(quoted)?.text
  const author = quoted.from || quoted.sender_chat ? (senderOf(quoted).name ?? "a deleted account") : undefined
  return {
    id: String(quoted.message_id),
    ...(text !== undefined && { text }),
    ...(author !== undefined && { author }),
    ...(quote && { quote: quote.text }),
  }
}

function forwarded(origin: MessageOrigin | undefined): string[] {
  return origin === undefined ? [] : [`[Forwarded from ${authorOf(origin)}]\n`]
}

/** An answer to something in another chat or to a story: there is no message to point at, so it is told. */
function elsewhere({ external_reply: other, reply_to_story: story, quote }: Message): string[] {
  const author = other ? authorOf(other.origin) : story ? calledOf(story.chat) : undefined
  if (author === undefined) return []
  const what = quote?.text ?? (other && whatOf(other)) ?? "[Story]"
  return [`> ${author}: ${what.replaceAll("\n", "\n> ")}\n`]
}

function whatOf({ origin, chat: _, message_id = 0, ...content }: ExternalReplyInfo): string | undefined {
  const bare = { ...content, message_id, date: origin.date, chat: { id: 0, type: "private" } }
  return Object.keys(content).length === 0 ? "…" : describe(bare)
}

function authorOf(origin: MessageOrigin): string {
  if ("sender_user" in origin) return calledOf(origin.sender_user)
  if ("sender_user_name" in origin) return origin.sender_user_name || "a deleted account"
  return calledOf("sender_chat" in origin ? origin.sender_chat : origin.chat)
}
