// A Discord message as a body: its text with spans, and lines for what else it has.
import type { Body } from "xferry"
import { flag, id, isObject, type Json, list, number, object, text, time } from "../loose.js"
import { activityLine, attachmentLines, stickerLines } from "./files.js"
import { componentTexts } from "./components.js"
import { embedTexts } from "./embeds.js"
import { type Reader, readerOf } from "./names.js"
import { parse } from "./parse.js"
import { pollText } from "./poll.js"
import { lines, trimmed, type Written } from "./written.js"

/** Message Reference Types. */
const forward = 1
const unknown = "[A kind of message that can only be seen on Discord]"
/** The bot lacks the privileged intent for what people say. */
const unread = "[A message that the bot may not read: the Message Content Intent is switched off]"

export interface Seen {
  names: Reader
  /** Undefined: unknown. False: the bot may not read what others write in guilds. */
  content?: boolean
}

export function isForward(message: Json): boolean {
  return number(object(message["message_reference"])["type"]) === forward && list(message["message_snapshots"]).length > 0
}

/** Never empty. */
export function bodyOf(message: Json, { names, content = true }: Seen): Body {
  const written = isForward(message) ? forwarded(message, names) : contentOf(message, names)
  const extras = isForward(message) ? { extras: [{ type: "forward" as const, ...originOf(message, names) }] } : {}
  if (written.text === "") return { text: content ? unknown : unread, ...extras }
  return { text: written.text, ...(written.spans.length > 0 && { spans: written.spans }), ...extras }
}

/** All that one message says by itself. */
export function contentOf(message: Json, names: Reader): Written {
  const reader = readerOf(message, names)
  const content = text(message["content"]) ?? ""
  const isPerson = id(message["webhook_id"]) === undefined && isObject(message["author"]) && !flag(message["author"]["bot"])
  return trimmed(
    lines([
      pinged(message, parse(content, reader)),
      ...attachmentLines(message),
      ...stickerLines(message),
      ...embedTexts(message, { content, person: isPerson }, reader),
      pollText(message),
      ...componentTexts(message, reader),
      activityLine(message),
    ]),
  )
}

/** Not everybody may call everybody: then it is text. */
function pinged(message: Json, { text, spans }: Written): Written {
  return { text, spans: flag(message["mention_everyone"]) ? spans : spans.filter(({ kind }) => kind !== "everyone") }
}

function forwarded(message: Json, names: Reader): Written {
  const snapshots = list(message["message_snapshots"]).map((each) => contentOf(object(each["message"] ?? each), names))
  // What was said with it.
  const own = contentOf(message, names)
  return trimmed(lines([...snapshots, own]))
}

/** Of the author nothing is told. */
function originOf(message: Json, names: Reader): { name: string; at?: Date } {
  const from = text(object(message["message_reference"])["channel_id"])
  const channel = from === undefined ? undefined : names.channel(from)
  const at = time(object(object(list(message["message_snapshots"])[0])["message"])["timestamp"])
  return { name: channel === undefined ? "another chat" : `#${channel}`, ...(at !== undefined && { at: new Date(at) }) }
}
