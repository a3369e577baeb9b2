// What a Telegram message shows beside text and files: a place, a person, a poll, buttons, where it comes from, a page.
import type { InlineKeyboardButton, Message, MessageOrigin, Poll } from "node-telegram-bot-api"
import type { Body, Extra } from "xferry"
import { count, list, trying, word } from "./loose.js"
import { calledOf, nameOf } from "./people.js"

/** As many are shown: Telegram allows 100 buttons and 12 options. */
const most = 100

/** Which of them stand for the message itself, so that no other words are needed for what it is. */
export function mattersOf(message: Message): Extra[] {
  const { venue, location, contact, poll } = message
  if (venue !== undefined) return trying(() => [place(message, [venue.title, venue.address].filter(Boolean).join(", "))], [])
  if (location !== undefined) return trying(() => [place(message)], [])
  if (contact !== undefined) return trying(() => [person(contact)], [])
  if (poll !== undefined) return trying(() => [pollOf(poll)], [])
  return []
}

/** What stands beside anything: a forward's origin, a page that is shown though the text does not name it, buttons. */
export function besidesOf(message: Message): Extra[] {
  // Of the linked channel's posts the channel itself is the sender.
  const origin = message.is_automatic_forward === true ? undefined : message.forward_origin
  return [
    ...trying(() => (origin ? [forwardOf(origin)] : []), []),
    ...trying(() => previewOf(message), []),
    ...trying(() => buttonsOf(message), []),
  ]
}

function place(message: Message, label?: string): Extra {
  const { latitude: lat, longitude: lon, live_period: live } = message.venue?.location ?? message.location ?? {}
  if (lat === undefined || lon === undefined || !Number.isFinite(lat) || !Number.isFinite(lon)) throw new TypeError("no place")
  const seconds = count(live)
  return {
    type: "location",
    lat,
    lon,
    ...(label && { label }),
    ...(seconds !== undefined && { until: new Date((message.date + seconds) * 1000) }),
  }
}

function person(it: NonNullable<Message["contact"]>): Extra {
  const phone = word(it.phone_number)
  return {
    type: "contact",
    name: nameOf(it) || phone || "a contact",
    ...(phone !== undefined && { phone }),
    ...(it.user_id !== undefined && { user: String(it.user_id) }),
  }
}

/** Of a quiz the right answer is told only when it is over: nothing of it is shown. */
export function pollOf(poll: Poll): Extra {
  const options = list(poll.options).slice(0, most)
  return {
    type: "choice",
    as: "poll",
    options: options.map(({ text, voter_count: votes }, i) => ({
      id: String(i),
      text: String(text),
      ...(count(votes) !== undefined && { votes }),
    })),
    ...(poll.allows_multiple_answers && { multiple: true }),
    ...(poll.is_closed && { closed: true }),
  }
}

/** A poll as a body of its own. */
export function pollBody(poll: Poll): Body {
  return { text: String(poll.question), extras: [pollOf(poll)] }
}

/** A bot cannot press another bot's buttons, so only those that lead to a page can be used from outside. */
function buttonsOf({ reply_markup: markup }: Message): Extra[] {
  const rows = list(markup?.inline_keyboard)
  const options = rows.flatMap((row, y) => list(row).map((button, x) => buttonOf(button, `${y}.${x}`))).slice(0, most)
  return options.length > 0 ? [{ type: "choice", as: "buttons", options }] : []
}

function buttonOf({ text, url, web_app, login_url }: InlineKeyboardButton, id: string): { id: string; text: string; url?: string } {
  const address = word(url) ?? word(web_app?.url) ?? word(login_url?.url)
  return { id, text: String(text), ...(address !== undefined && { url: address }) }
}

/** Telegram names the page and tells nothing of it. One that stands in the text needs no second mention. */
function previewOf({ link_preview_options: options, text = "", entities }: Message): Extra[] {
  const url = word(options?.url)
  if (url === undefined || options?.is_disabled === true || text.includes(url)) return []
  return list(entities).some((entity) => entity.url === url) ? [] : [{ type: "preview", url }]
}

function forwardOf(origin: MessageOrigin): Extra {
  const seconds = count(origin.date)
  return { type: "forward", name: authorOf(origin), ...(seconds !== undefined && { at: new Date(seconds * 1000) }) }
}

export function authorOf(origin: MessageOrigin): string {
  if ("sender_user" in origin) return calledOf(origin.sender_user)
  if ("sender_user_name" in origin) return origin.sender_user_name || "a deleted account"
  const signature = word(origin.author_signature)
  const name = calledOf("sender_chat" in origin ? origin.sender_chat : origin.chat)
  return signature === undefined ? name : `${signature} (${name})`
}
