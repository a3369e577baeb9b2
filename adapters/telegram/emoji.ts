// Emoji as reactions: Telegram's own list, and custom ones as pictures.
import type { Api, ReactionType } from "node-telegram-bot-api"
import type { Emoji, FileRef } from "xferry"
import { stickerOf } from "./files.js"
import { Lru } from "./lru.js"

/** Bot API, ReactionTypeEmoji: all there are, written as Telegram writes them (without U+FE0F). */
export const reactions: readonly string[] = (
  "❤ 👍 👎 🔥 🥰 👏 😁 🤔 🤯 😱 🤬 😢 🎉 🤩 🤮 💩 🙏 👌 🕊 🤡 🥱 🥴 😍 🐳 ❤\u200d🔥 🌚 🌭 💯 🤣 ⚡ 🍌 🏆 💔 🤨 😐 🍓 🍾 💋 🖕 😈 😴 😭 🤓 👻 👨\u200d💻 👀 🎃 🙈 😇 😨 🤝 ✍ 🤗 🫡 " +
  "🎅 🎄 ☃ 💅 🤪 🗿 🆒 💘 🙉 🦄 😘 💊 🙊 😎 👾 🤷\u200d♂ 🤷 🤷\u200d♀ 😡"
).split(" ")

/** Clients write «❤️» with U+FE0F, and with a colour of skin what has none on Telegram. */
export function reactionOf(emoji: string): ReactionType {
  const plain = emoji.replaceAll("\ufe0f", "")
  const uncoloured = plain.replaceAll(/[\u{1f3fb}-\u{1f3ff}]/gu, "")
  return { type: "emoji", emoji: reactions.includes(plain) ? plain : uncoloured }
}

/** The custom ones' number as `id`; what they look like is another question (CustomEmoji). */
export function emojiOf(reaction: ReactionType): Emoji {
  if ("emoji" in reaction) return { text: reaction.emoji }
  if ("custom_emoji_id" in reaction) return { text: unknown, id: String(reaction.custom_emoji_id) }
  // Paid ones are stars; what newer versions bring is something.
  return { text: reaction.type === "paid" ? "⭐" : unknown }
}

const unknown = "❓"
const remembered = 500
/** Bot API, getCustomEmojiStickers: at most 200 at once. */
const atOnce = 200

/** What custom emoji look like. Asked once for each; that they cannot be had is no reason to lose a reaction. */
export class CustomEmoji {
  readonly #known = new Lru<string, { text?: string; file: FileRef }>(remembered)

  constructor(private readonly api: Pick<Api, "getCustomEmojiStickers">) {}

  async filled(emoji: readonly Emoji[], signal: AbortSignal): Promise<Emoji[]> {
    const missing = [...new Set(emoji.flatMap(({ id }) => (id === undefined || this.#known.get(id) ? [] : [id])))].slice(0, atOnce)
    if (missing.length > 0) {
      const stickers = await this.api.getCustomEmojiStickers({ custom_emoji_ids: missing }, signal).catch(() => [])
      for (const sticker of Array.isArray(stickers) ? stickers : []) {
        const id = sticker.custom_emoji_id
        if (id !== undefined) this.#known.set(id, { ...(sticker.emoji && { text: sticker.emoji }), file: stickerOf(sticker) })
      }
    }
    return emoji.map((one) => ({ ...one, ...(one.id !== undefined && this.#known.get(one.id)) }))
  }
}
