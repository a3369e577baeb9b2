// A Discord message as a body: its text with spans, files, and what else it has.
import type { Body, Extra, FileRef } from "xferry"
import { attachmentFile, isVoice, stickerFiles, stickersOf } from "../files/read.js"
import { whereOf } from "../files/refs.js"
import { flag, id, isObject, type Json, list, number, object, text, time } from "../loose.js"
import { laidOut } from "./components.js"
import { embedded } from "./embeds.js"
import { activityLine, attachmentLine, fileLine } from "./files.js"
import { type Reader, readerOf } from "./names.js"
import { parse } from "./parse.js"
import { pollOf } from "./poll.js"
import { lines, trimmed, type Written } from "./written.js"

/** Message Reference Types. */
const forward = 1
const mostSnapshots = 10
/** Create Message: ten attachments; laid-out messages have more. */
const mostFiles = 50
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

/** Never empty: without files and extras it has a text. */
export function bodyOf(message: Json, { names, content = true }: Seen): Body {
  const isForwarded = isForward(message)
  const whole = isForwarded ? forwarded(message, names) : contentOf(message, names)
  const extras: Extra[] = [...(isForwarded ? [{ type: "forward" as const, ...originOf(message, names) }] : []), ...whole.extras]
  const { text: said, spans } = whole.written
  const files = [...new Map(whole.files.map((file) => [file.ref, file])).values()].slice(0, mostFiles)
  const isEmpty = said === "" && files.length === 0 && whole.extras.length === 0
  return {
    text: isEmpty ? (content ? unknown : unread) : said,
    ...(spans.length > 0 && { spans }),
    ...(files.length > 0 && { files }),
    ...(extras.length > 0 && { extras }),
  }
}

/** In words, for quotations. */
export function excerptOf({ text, files = [] }: Body): string {
  return text === "" ? files.map(fileLine).join(" ") : text
}

interface Content {
  written: Written
  files: FileRef[]
  extras: Extra[]
}

/** All that one message says by itself. `where`: the message by which its files can be asked for again. */
function contentOf(message: Json, names: Reader, where = whereOf(message)): Content {
  const reader = readerOf(message, names)
  const content = text(message["content"]) ?? ""
  const isPerson = id(message["webhook_id"]) === undefined && isObject(message["author"]) && !flag(message["author"]["bot"])
  const attached = list(message["attachments"]).map(
    (raw) => attachmentFile(raw, where, isVoice(message))?.file ?? attachmentLine(raw, isVoice(message)),
  )
  const stickers = stickerFiles(message)
  const embeds = embedded(message, { content, person: isPerson }, reader, where)
  const poll = pollOf(message)
  const parts = laidOut(message, reader, where)
  const written = trimmed(
    lines([
      pinged(message, parse(content, reader)),
      ...attached.filter((one) => typeof one === "string"),
      // Without a number they have no address.
      ...(stickers.length > 0 ? [] : stickersOf(message).map(({ name }) => `[Sticker] ${text(name) ?? ""}`.trim())),
      ...embeds.texts,
      poll?.text,
      ...parts.texts,
      activityLine(message),
    ]),
  )
  const files = attached.filter((one) => typeof one !== "string")
  return {
    written,
    files: [...files, ...stickers, ...embeds.files, ...parts.files],
    extras: [...(poll ? [poll.choice] : []), ...parts.choices, ...embeds.previews],
  }
}

/** Not everybody may call everybody: then it is text. */
function pinged(message: Json, { text, spans }: Written): Written {
  return { text, spans: flag(message["mention_everyone"]) ? spans : spans.filter(({ kind }) => kind !== "everyone") }
}

function forwarded(message: Json, names: Reader): Content {
  const where = whereOf(message)
  const snapshots = list(message["message_snapshots"])
    .slice(0, mostSnapshots)
    .map((each) => contentOf(object(each["message"] ?? each), names, where))
  // What was said with it.
  const parts = [...snapshots, contentOf(message, names, where)]
  return {
    written: trimmed(lines(parts.map(({ written }) => written))),
    files: parts.flatMap(({ files }) => files),
    extras: parts.flatMap(({ extras }) => extras),
  }
}

/** Of the author nothing is told. */
function originOf(message: Json, names: Reader): { name: string; at?: Date } {
  const from = text(object(message["message_reference"])["channel_id"])
  const channel = from === undefined ? undefined : names.channel(from)
  const at = time(object(object(list(message["message_snapshots"])[0])["message"])["timestamp"])
  return { name: channel === undefined ? "another chat" : `#${channel}`, ...(at !== undefined && { at: new Date(at) }) }
}
