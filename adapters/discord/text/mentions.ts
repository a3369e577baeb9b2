// Discord's tags (`<@80351110224678912>` and the like) → what people read (Reference, Message Formatting).
import type { Span } from "xferry"
import type { Reader } from "./names.js"

export interface Read {
  /** Behind it, in the source. */
  end: number
  text: string
  span?: { kind: Span["kind"]; arg: string }
}

const tag =
  /<(?:@!?(?<user>\d{1,20})|@&(?<role>\d{1,20})|#(?<channel>\d{1,20})|a?:(?<emoji>\w{1,64}):(?<emojiId>\d{1,20})|t:(?<seconds>-?\d{1,17})(?::(?<style>[tTdDfFsSR]))?|\/(?<command>[^:<>\n]{1,110}):\d{1,20}|id:(?<place>customize|browse|guide|linked-roles)(?::\d{1,20})?)>/y

const places: Readonly<Record<string, string>> = {
  customize: "Channels & Roles",
  browse: "Browse Channels",
  guide: "Server Guide",
  "linked-roles": "Linked Roles",
}

/** Undefined: there is no tag at this place, or none that can be read. */
export function tagAt(source: string, at: number, names: Reader): Read | undefined {
  tag.lastIndex = at
  const found = tag.exec(source)
  if (!found) return undefined
  const end = at + found[0].length
  const { user, role, channel, emoji, emojiId = "", seconds, style, command, place } = found.groups ?? {}
  if (user !== undefined) return { end, text: `@${names.user(user) ?? "unknown-user"}`, span: { kind: "mention", arg: user } }
  if (role !== undefined) return { end, text: `@${names.role(role)?.replace(/^@/, "") ?? "unknown-role"}` }
  if (channel !== undefined) return { end, text: `#${names.channel(channel) ?? "unknown"}`, span: { kind: "room", arg: channel } }
  if (emoji !== undefined) return { end, text: `:${emoji}:`, span: { kind: "emoji", arg: emojiId } }
  if (command !== undefined) return { end, text: `/${command}` }
  if (place !== undefined) return { end, text: places[place] ?? place }
  const text = seconds === undefined ? undefined : timeText(Number(seconds), style)
  return text === undefined ? undefined : { end, text, span: { kind: "time", arg: String(Number(seconds)) } }
}

/** In UTC, for nobody knows where the reader is. Undefined: no year that people write. */
export function timeText(seconds: number, style = "f"): string | undefined {
  const at = new Date(seconds * 1000)
  if (Number.isNaN(at.getTime())) return undefined
  const [date = "", clock = ""] = at.toISOString().split("T")
  if (!/^\d{4}-/.test(date)) return undefined
  if (style === "t") return `${clock.slice(0, 5)} UTC`
  if (style === "T") return `${clock.slice(0, 8)} UTC`
  if (style === "d" || style === "D") return date
  return `${date} ${clock.slice(0, 5)} UTC`
}
