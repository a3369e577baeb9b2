// Telegram's entities as spans. Both count UTF-16 code units.
import type { MessageEntity } from "node-telegram-bot-api"
import type { LegacyUserId, Span } from "xferry"

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

/** Who has a username; without «@», in any case. */
export type Named = (username: string) => LegacyUserId | undefined

/** `shift` is what stands before the text. */
export function spansOf(entities: readonly MessageEntity[] | undefined, text: string, shift = 0, named?: Named): Span[] {
  if (!Array.isArray(entities)) return []
  return (entities as readonly MessageEntity[]).flatMap((entity) => {
    const end = entity.offset + entity.length
    const whole = Number.isInteger(entity.offset) && Number.isInteger(entity.length)
    if (!whole || entity.offset < 0 || entity.length <= 0 || end > text.length) return []
    const at = { start: entity.offset + shift, end: end + shift }
    if (entity.type === "mention") {
      // «@username»: the person behind it is told only if we have met them.
      const user = named?.(text.slice(entity.offset + 1, end))
      return user === undefined ? [] : [{ kind: "mention" as const, ...at, arg: user }]
    }
    const kind = kinds[entity.type]
    if (kind === undefined) return []
    const arg = entity.url ?? entity.language ?? entity.custom_emoji_id ?? entity.user ?? entity.unix_time ?? undefined
    const told = typeof arg === "object" ? String(arg.id) : arg === undefined ? undefined : String(arg)
    return [{ kind, ...at, ...(told !== undefined && { arg: told }) }]
  })
}
