// A Telegram message as a body: text with spans, files, and what it shows besides.
import type { Message, MessageEntity } from "node-telegram-bot-api"
import type { Body, Reply, Span } from "xferry"
import { describe, quoted, whatOf } from "./describe.js"
import { authorOf, besidesOf, mattersOf } from "./extras.js"
import { filesOf } from "./files.js"
import { calledOf, senderOf } from "./people.js"
import { threadOf } from "./places.js"
import { type Named, spansOf } from "./spans.js"

export { spansOf } from "./spans.js"

interface Said {
  text: string
  entities?: readonly MessageEntity[] | undefined
  /** Words of ours before it: what it is. */
  line?: string
}

/** Undefined for service messages. */
export function bodyOf(message: Message, named?: Named): Body | undefined {
  const files = filesOf(message)
  const matters = mattersOf(message)
  const said = saidIn(message, files.length + matters.length > 0)
  if (said === undefined) return undefined
  const other = elsewhere(message)
  const head = (other ?? "") + (said.line ?? "")
  const spans: Span[] = spansOf(said.entities, said.text, head.length, named)
  // An answer to what is not here: there is no message to point at, so it is quoted.
  if (other !== undefined) spans.unshift({ kind: "quote", start: 0, end: other.length - 1 })
  const extras = [...matters, ...besidesOf(message)]
  return {
    text: head + said.text,
    ...(spans.length > 0 && { spans }),
    ...(files.length > 0 && { files }),
    ...(extras.length > 0 && { extras }),
  }
}

/** `shown`: files or extras say what it is. */
function saidIn(message: Message, shown: boolean): Said | undefined {
  if (message.text !== undefined) return { text: String(message.text), entities: message.entities }
  const caption = typeof message.caption === "string" ? message.caption : ""
  const withCaption = { text: caption, entities: message.caption_entities }
  if (shown && message.poll) return { text: String(message.poll.question), entities: message.poll.question_entities }
  const worded = message.paid_media !== undefined || message.game !== undefined || message.rich_message !== undefined
  if (shown && !worded) return withCaption
  const line = describe(message)
  if (line === undefined) return undefined
  return caption === "" ? { text: line } : { ...withCaption, line: `${line} ` }
}

/** What a message says in one text, also where it has none: for quotes and mentions of it. Undefined for service messages. */
export function summaryOf(message: Message): string | undefined {
  const text = message.text ?? message.caption
  return typeof text === "string" && text !== "" ? text : describe(message)
}

/** What a message answers, if it stands in the same chat. */
export function replyOf(message: Message): Reply | undefined {
  const { reply_to_message: answered, quote } = message
  // In a topic whatever answers nothing «answers» the message that made the topic (server, get_implicit_reply_to_message_id).
  if (!answered || answered.message_id === threadOf(message)) return undefined
  const text = summaryOf(answered)
  const author = answered.from || answered.sender_chat ? (senderOf(answered).name ?? "a deleted account") : undefined
  return {
    id: String(answered.message_id),
    ...(text !== undefined && { text }),
    ...(author !== undefined && { author }),
    ...(quote && { quote: quote.text }),
  }
}

/** An answer to something in another chat or to a story, with a line end behind it. */
function elsewhere({ external_reply: other, reply_to_story: story, quote }: Message): string | undefined {
  const author = other ? authorOf(other.origin) : story ? calledOf(story.chat) : undefined
  if (author === undefined) return undefined
  return quoted(author, quote?.text ?? (other && whatOf(other)) ?? "[Story]")
}
