// Previews of links that Discord adds after a message was said: MESSAGE_UPDATE, where nobody edited anything.
import { createHash } from "node:crypto"
import type { NetworkEvent } from "xferry"
import { id, type Json, list, object, text } from "../loose.js"
import type { Snowflake } from "../places.js"
import { bodyOf } from "../text/body.js"
import { describe } from "../text/describe.js"
import type { Bot } from "../types.js"
import { Bounded } from "../world/bounded.js"
import { authorOf } from "./author.js"
import { heardIn } from "./heard.js"

/** Messages with links, the last of all. */
const most = 500

/** Some embed of it may be a link's: nothing is to be read for the others. */
export function mayPreview(message: Json): boolean {
  return list(message["embeds"]).some(
    ({ url, title, description, provider, author }) =>
      /^https?:/i.test(text(url) ?? "") && [title, description, object(provider)["name"], object(author)["name"]].some((one) => text(one)),
  )
}

/** `raw`: the whole message. What the core was told of with the message itself, it passes over. */
export async function previewEvents(bot: Bot, raw: Json, content: boolean): Promise<NetworkEvent[]> {
  const key = id(raw["id"])
  const place = key === undefined ? undefined : await heardIn(bot, raw)
  // Of what users of ours say, their own clients make previews.
  if (key === undefined || !place || authorOf(bot, raw, place.guild).own) return []
  const names = bot.world.names(place.guild)
  if (describe(raw, "", names)) return []
  const { extras = [] } = bodyOf(raw, { names, content })
  const previews = extras.filter((extra) => extra.type === "preview")
  return previews.length === 0 ? [] : [{ type: "previews", chat: place.chat, id: key, previews }]
}

/** What messages with links said last, for servers that do not say when one was edited. */
export class Links {
  readonly #said = new Bounded<Snowflake, string>(most)

  /** False: it is as it was, as far as is known. */
  changed(message: Json): boolean {
    const [key, content] = [id(message["id"]), text(message["content"])]
    if (key === undefined || content === undefined || !/https?:\/\//.test(content)) return true
    const digest = createHash("sha256").update(content).digest("base64")
    const before = this.#said.get(key)
    this.#said.set(key, digest)
    return before !== digest
  }
}
