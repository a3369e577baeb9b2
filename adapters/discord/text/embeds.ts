// Embeds, which are the message of many bots, as readable text.
import { type Json, list, object, text } from "../loose.js"
import type { Reader } from "./names.js"
import { parse } from "./parse.js"
import { lines, plain, styled, together, type Written } from "./written.js"

/** Message Resource, Embed Types: what a message says by itself; the others Discord makes of links in its text. */
const said: ReadonlySet<string> = new Set(["rich", "poll_result", "auto_moderation_message", "auto_moderation_notification"])

export interface Context {
  content: string
  /** People cannot send embeds: theirs are made of links. */
  person: boolean
}

export function embedTexts(message: Json, context: Context, names: Reader): Written[] {
  return list(message["embeds"])
    .filter((embed) => !isPreview(embed, context))
    .map((embed) => embedText(embed, names))
    .filter((embed) => embed.text !== "")
}

function isPreview(embed: Json, { content, person }: Context): boolean {
  const type = text(embed["type"]) ?? "rich"
  if (person) return content.trim() !== "" && /https?:\/\//.test(content)
  if (said.has(type)) return false
  const address = text(embed["url"]) ?? ""
  return content.trim() !== "" && (address === "" || content.includes(address) || /https?:\/\//.test(content))
}

export function embedText(embed: Json, names: Reader): Written {
  const title = styled("bold", parse(text(embed["title"]) ?? "", names))
  const address = text(embed["url"])
  const head = address && title.text !== "" ? styled("link", title, address) : title.text !== "" ? title : plain(address ?? "")
  const picture = text(object(embed["image"])["url"]) ?? text(object(embed["video"])["url"]) ?? text(object(embed["thumbnail"])["url"])
  return lines([
    text(object(embed["author"])["name"]),
    head,
    parse(text(embed["description"]) ?? "", names),
    ...list(embed["fields"]).map((field) => fieldText(field, names)),
    picture !== undefined && picture !== address && /^https?:/.test(picture) ? `[Picture] ${picture}` : undefined,
    text(object(embed["footer"])["text"]),
  ])
}

function fieldText(field: Json, names: Reader): Written {
  const name = styled("bold", parse(text(field["name"]) ?? "", names))
  const value = parse(text(field["value"]) ?? "", names)
  if (name.text.trim() === "" || value.text.trim() === "") return name.text.trim() === "" ? value : name
  return value.text.includes("\n") ? lines([name, value]) : together(name, ": ", value)
}
