// A readable line for whatever is not plain text: one row a kind of content. It stands for what has no other form, and in quotes.
import type { ExternalReplyInfo, Location, Message } from "node-telegram-bot-api"
import { awards, invoice, stars } from "./money.js"
import { calledOf, nameOf } from "./people.js"
import { richLines } from "./rich.js"

type Lines = { readonly [K in keyof Message]?: (value: NonNullable<Message[K]>, message: Message) => string }

/** Seconds as «1:05». */
export function clock(seconds: number): string {
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`
}

/** t.me/name/s/number: it opens in Telegram. Of who has no username there is no address. */
function storyLink({ chat, id }: NonNullable<Message["story"]>): string | undefined {
  return chat.username ? `https://t.me/${chat.username}/s/${id}` : undefined
}

/** RFC 5870: phones and desktops open it in a map. */
function geo({ latitude, longitude }: Location): string {
  return `geo:${latitude},${longitude}`
}

const some = (...parts: (string | undefined)[]): string => parts.filter(Boolean).join(" ")

/** The first field that is present counts, in this order: some contents fill an older field too (animation also document). */
const contents: Lines = {
  rich_message: (it) => richLines(it),
  animation: () => "[Animation]",
  live_photo: () => "[Live photo]",
  photo: (_, message) => (message.has_media_spoiler ? "[Photo, hidden as a spoiler]" : "[Photo]"),
  video: (it) => `[Video, ${clock(it.duration)}]`,
  video_note: (it) => `[Video message, ${clock(it.duration)}]`,
  voice: (it) => `[Voice message, ${clock(it.duration)}]`,
  audio: (it) => `[${some("Audio", [it.performer, it.title ?? it.file_name].filter(Boolean).join(" – ")).trim()}, ${clock(it.duration)}]`,
  document: (it) => `[File${it.file_name ? ` ${it.file_name}` : ""}]`,
  sticker: (it) => (it.emoji ? `${it.emoji} [Sticker]` : "[Sticker]"),
  paid_media: (it) => `[Paid media, ${stars(it.star_count)}]`,
  story: (it) => some(`[Story of ${it.chat.username ? `@${it.chat.username}` : calledOf(it.chat)}]`, storyLink(it)),
  venue: (it) => `[Place] ${it.title}, ${it.address}\n${geo(it.location)}`,
  location: (it) => `[${it.live_period === undefined ? "Location" : "Live location"}] ${geo(it)}`,
  contact: (it) => `[Contact] ${some(nameOf(it), it.phone_number)}`,
  poll: (it) => `[${it.type === "quiz" ? "Quiz" : "Poll"}] ${[it.question, ...it.options.map(({ text }) => `• ${text}`)].join("\n")}`,
  checklist: (it) => `[Checklist] ${[it.title, ...it.tasks.map((task) => `${task.completion_date ? "☑" : "☐"} ${task.text}`)].join("\n")}`,
  dice: (it) => `${it.emoji} ${it.value}`,
  game: (it) => `[Game] ${[it.title, it.text || it.description].filter(Boolean).join("\n")}`,
  invoice: (it) => `[Invoice] ${invoice(it)}`,
  giveaway: (it) => `[Giveaway] ${awards(it)}`,
  giveaway_winners: (it) => `[Winners of a giveaway] ${it.winners.map(calledOf).join(", ")}`,
  gift: (it) => some(`[Gift, ${stars(it.gift.star_count)}]`, it.gift.sticker.emoji, it.text),
  unique_gift: (it) => some("[Gift]", it.gift.base_name, `#${it.gift.number}`),
  web_app_data: (it) => `[From «${it.button_text}»] ${it.data}`,
  users_shared: (it) =>
    `[Shared people] ${it.users.map((user) => some(user.first_name, user.last_name) || String(user.user_id)).join(", ")}`,
  chat_shared: (it) => `[Shared chat] ${it.title ?? it.chat_id}`,
}

/** What Telegram itself says, and what needs no words on the other side or gets them in service.ts. */
const service: ReadonlySet<string> = new Set<keyof Message>([
  "pinned_message",
  "message_auto_delete_timer_changed",
  "write_access_allowed",
  "chat_background_set",
  "connected_website",
  "passport_data",
  "successful_payment",
  "refunded_payment",
  "checklist_tasks_done",
  "checklist_tasks_added",
  "poll_option_added",
  "poll_option_deleted",
  "gift_upgrade_sent",
  "paid_message_price_changed",
  "managed_bot_created",
  "forum_topic_created",
  "forum_topic_edited",
  "forum_topic_closed",
  "forum_topic_reopened",
  "general_forum_topic_hidden",
  "general_forum_topic_unhidden",
  "new_chat_members",
  "left_chat_member",
  "new_chat_title",
  "new_chat_photo",
  "delete_chat_photo",
  "group_chat_created",
  "supergroup_chat_created",
  "channel_chat_created",
  "migrate_to_chat_id",
  "migrate_from_chat_id",
  "chat_owner_left",
  "chat_owner_changed",
  "video_chat_scheduled",
  "video_chat_started",
  "video_chat_ended",
  "video_chat_participants_invited",
  "direct_message_price_changed",
  "suggested_post_approved",
  "suggested_post_approval_failed",
  "suggested_post_declined",
  "suggested_post_paid",
  "suggested_post_refunded",
  "proximity_alert_triggered",
  "boost_added",
  "giveaway_created",
  "giveaway_completed",
])

const unknown = "[A kind of message that can only be seen in Telegram]"

/** The line for a message without `text`; undefined for a service message. */
export function describe(message: Message): string | undefined {
  for (const field of Object.keys(contents) as (keyof Message)[]) {
    if (message[field] !== undefined) return lineOf(field, message) || unknown
  }
  return Object.keys(message).some((field) => service.has(field)) ? undefined : unknown
}

function lineOf<K extends keyof Message>(field: K, message: Message): string | undefined {
  const line: Lines[K] = contents[field]
  const value = message[field]
  try {
    return value === undefined ? undefined : line?.(value, message)
  } catch {
    return undefined // it has another shape than today's: a message is told of even if it cannot be described
  }
}

/** What somebody said, to be marked as a quotation; ends with a line end. */
export function quoted(author: string, what: string): string {
  return `${author}: ${what}\n`
}

/** What an answer in another chat answers. */
export function whatOf({ origin, chat: _, message_id = 0, ...content }: ExternalReplyInfo): string | undefined {
  const bare = { ...content, message_id, date: origin.date, chat: { id: 0, type: "private" } }
  return Object.keys(content).length === 0 ? "…" : describe(bare)
}
