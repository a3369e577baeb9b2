// Embeds: as readable text where they are the message itself, as they are of many bots; as previews where they are of links.
import type { Extra, FileRef } from "xferry"
import { embeddedFile } from "../files/read.js"
import type { Where } from "../files/refs.js"
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

export interface Embedded {
  texts: Written[]
  files: FileRef[]
  previews: (Extra & { type: "preview" })[]
}

/** Message Resource: up to 10 embeds. */
const most = 20

/** `where`: undefined: nobody could ask for its pictures again. */
export function embedded(message: Json, context: Context, names: Reader, where: Where | undefined): Embedded {
  const found: Embedded = { texts: [], files: [], previews: [] }
  for (const embed of list(message["embeds"]).slice(0, most)) {
    if (isPreview(embed, context)) {
      const preview = previewOf(embed, where)
      if (preview) found.previews.push(preview)
      continue
    }
    const picture = embeddedFile(embed["image"], where)?.file
    if (picture) found.files.push(picture)
    const told = embedText(embed, names, picture !== undefined)
    if (told.text !== "") found.texts.push(told)
  }
  return found
}

/** Undefined: it says nothing beyond the address, which is in the text. */
function previewOf(embed: Json, where: Where | undefined): Embedded["previews"][number] | undefined {
  const url = text(embed["url"])
  if (url === undefined || !/^https?:\/\//.test(url)) return undefined
  const site = text(object(embed["provider"])["name"]) || text(object(embed["author"])["name"])
  const title = text(embed["title"]) || site
  const words = text(embed["description"])
  const image = (embeddedFile(embed["thumbnail"], where) ?? embeddedFile(embed["image"], where))?.file
  if (!title && !words && !image) return undefined
  return { type: "preview", url, ...(title && { title }), ...(words && { text: words }), ...(image && { image }) }
}

function isPreview(embed: Json, { content, person }: Context): boolean {
  const type = text(embed["type"]) ?? "rich"
  if (person) return content.trim() !== "" && /https?:\/\//.test(content)
  if (said.has(type)) return false
  const address = text(embed["url"]) ?? ""
  return content.trim() !== "" && (address === "" || content.includes(address) || /https?:\/\//.test(content))
}

/** `isShown`: its picture goes as a file. */
export function embedText(embed: Json, names: Reader, isShown = false): Written {
  const title = styled("bold", parse(text(embed["title"]) ?? "", names))
  const address = text(embed["url"])
  const head = address && title.text !== "" ? styled("link", title, address) : title.text !== "" ? title : plain(address ?? "")
  const image = isShown ? undefined : text(object(embed["image"])["url"])
  const picture = image ?? text(object(embed["video"])["url"]) ?? (isShown ? undefined : text(object(embed["thumbnail"])["url"]))
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
