// Every kind of content that a person can send, as the fields of a Message.
import type { Message, Sticker } from "node-telegram-bot-api"
import { type FileStore, type Given, sizesOf } from "./files.js"
import type { Params } from "./methods.js"

export interface Shown extends Given {
  seconds?: number
  width?: number
  height?: number
  emoji?: string
  title?: string
  text?: string
  lat?: number
  lon?: number
  /** Of a live location: how long it moves. */
  live?: number
  options?: string[]
  votes?: number[]
  closed?: boolean
  /** Id of the poll. */
  poll?: string
}

type Maker = (files: FileStore, it: Shown) => Params

const small = { width: 640, height: 480 }
const sticker = (files: FileStore, it: Shown, more: Partial<Sticker>): Sticker => ({
  ...files.add(it),
  type: "regular",
  width: 512,
  height: 512,
  is_animated: false,
  is_video: false,
  ...(it.emoji !== undefined && { emoji: it.emoji }),
  ...more,
})
const size = ({ width = small.width, height = small.height }: Shown) => ({ width, height })
const film = (files: FileStore, it: Shown) => ({
  ...files.add(it),
  ...size(it),
  duration: it.seconds ?? 3,
  mime_type: it.mime ?? "video/mp4",
  ...(it.name !== undefined && { file_name: it.name }),
})
const paper = (files: FileStore, it: Shown) => ({
  ...files.add(it),
  ...(it.name !== undefined && { file_name: it.name }),
  ...(it.mime !== undefined && { mime_type: it.mime }),
})
const place = ({ lat = 45.4419, lon = 10.9985 }: Shown) => ({ latitude: lat, longitude: lon })

export const kinds = {
  photo: (files, it) => ({ photo: sizesOf(files, it.bytes, [90, 320, 800], it) }),
  video: (files, it) => ({ video: film(files, it) }),
  animation(files, it) {
    const animation = film(files, it)
    const { width: _, height: __, duration: ___, ...document } = animation
    return { animation, document }
  },
  audio: (files, it) => ({
    audio: {
      ...paper(files, { mime: "audio/mpeg", ...it }),
      duration: it.seconds ?? 3,
      ...(it.title !== undefined && { title: it.title }),
    },
  }),
  voice: (files, it) => ({ voice: { ...files.add(it), duration: it.seconds ?? 3, mime_type: it.mime ?? "audio/ogg" } }),
  video_note: (files, it) => ({ video_note: { ...files.add(it), duration: it.seconds ?? 3, length: it.width ?? 240 } }),
  document: (files, it) => ({ document: paper(files, it) }),
  sticker: (files, it) => ({ sticker: sticker(files, it, {}) }),
  animated_sticker: (files, it) => ({ sticker: sticker(files, it, { is_animated: true }) }),
  video_sticker: (files, it) => ({ sticker: sticker(files, it, { is_video: true }) }),
  location: (_, it) => ({ location: { ...place(it), ...(it.live !== undefined && { live_period: it.live }) } }),
  venue: (_, it) => ({
    venue: { location: place(it), title: it.title ?? "Cell", address: it.text ?? "Verona" },
    location: place(it),
  }),
  contact: (_, it) => ({ contact: { phone_number: it.text ?? "+39045", first_name: it.title ?? "Friar" } }),
  poll: (_, it) => ({ poll: pollOf(it) }),
  dice: (_, it) => ({ dice: { emoji: it.emoji ?? "🎲", value: 6 } }),
  game: (files, it) => ({ game: { title: it.title ?? "Chess", description: it.text ?? "", photo: sizesOf(files, it.bytes, [320], it) } }),
  invoice: (_, it) => ({
    invoice: { title: it.title ?? "Potion", description: it.text ?? "", start_parameter: "p", currency: "EUR", total_amount: 1250 },
  }),
  story: () => ({ story: { id: 7, chat: { id: 9, type: "private", first_name: "Paris", username: "paris" } } }),
  giveaway: (_, it) => ({
    giveaway: {
      chats: [],
      winners_selection_date: 1_800_000_000,
      winner_count: 2,
      ...(it.title !== undefined && { prize_description: it.title }),
    },
  }),
  paid_media: (files, it) => ({
    paid_media: { star_count: 5, paid_media: [{ type: "photo", photo: sizesOf(files, it.bytes, [320, 800], it) }] },
  }),
} satisfies Record<string, Maker>

export type Kind = keyof typeof kinds

export function pollOf({
  text = "Whose hand?",
  options = ["Paris", "Romeo"],
  votes = [],
  closed = false,
  poll = "4711",
}: Shown): NonNullable<Message["poll"]> {
  return {
    id: poll,
    question: text,
    options: options.map((option, i) => ({ persistent_id: `o${i}`, text: option, voter_count: votes[i] ?? 0 })),
    total_voter_count: votes.reduce((sum, count) => sum + count, 0),
    is_closed: closed,
    is_anonymous: true,
    type: "regular",
    allows_multiple_answers: false,
    allows_revoting: true,
    members_only: false,
  }
}

/** What else stands with it. */
export interface Beside {
  caption?: string
  caption_entities?: NonNullable<Message["caption_entities"]>
  has_media_spoiler?: true
  media_group_id?: string
}

export function contentOf(files: FileStore, kind: Kind, it: Shown = {}, beside: Beside = {}): Params {
  return { ...(kinds[kind] as Maker)(files, it), ...beside }
}

const besides = ["caption", "caption_entities", "has_media_spoiler", "media_group_id"]

/** What an order shows: its kind, what is in it, what stands beside it. */
export function shown({ kind, base64, ...order }: { kind: Kind; base64?: string | null }): [Kind, Shown, Beside] {
  const fields = Object.entries(order)
  const it = {
    ...Object.fromEntries(fields.filter(([name]) => !besides.includes(name))),
    ...(base64 && { bytes: Buffer.from(base64, "base64") }),
  }
  return [kind, it, Object.fromEntries(fields.filter(([name]) => besides.includes(name)))]
}
