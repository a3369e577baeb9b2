// What a message holds beside its text, as it passes between the network, its gateways and its drivers: JSON, times in epoch ms.
import type { Body, Extra, FileInfo, FileRef, Span } from "xferry"
import { z } from "zod"

export type LoopExtra =
  | Exclude<Extra, { type: "location" | "forward" }>
  | { type: "location"; lat: number; lon: number; label?: string; until?: number }
  | { type: "forward"; name: string; at?: number }

export interface Rich {
  spans?: Span[]
  files?: FileRef[]
  extras?: LoopExtra[]
  /** Parts of one album have the same. */
  group?: string
}

/** A file that a gateway sends, whose bytes the network has already (`upload`). */
export interface SentFile extends FileInfo {
  upload: string
}

/** What of a message is rich, and nothing else. */
export function richOf({ spans, files, extras, group }: { [K in keyof Rich]?: Rich[K] | undefined }): Rich {
  return { ...(spans && { spans }), ...(files && { files }), ...(extras && { extras }), ...(group !== undefined && { group }) }
}

/** What a gateway says beside text and files. */
export function besideOf({ spans, extras }: Pick<Rich, "spans" | "extras">): Pick<Rich, "spans" | "extras"> {
  return richOf({ spans, extras })
}

export function toBody({ text, spans, files, extras }: { text: string } & Rich): Body {
  return { text, ...(spans && { spans }), ...(files && { files }), ...(extras && { extras: extras.map(toExtra) }) }
}

function toExtra(extra: LoopExtra): Extra {
  if (extra.type === "location") {
    const { until, ...more } = extra
    return { ...more, ...(until !== undefined && { until: new Date(until) }) }
  }
  if (extra.type !== "forward") return extra
  const { at, ...more } = extra
  return { ...more, ...(at !== undefined && { at: new Date(at) }) }
}

export function fromExtra(extra: Extra): LoopExtra {
  if (extra.type === "location") {
    const { until, ...more } = extra
    return { ...more, ...(until && { until: until.getTime() }) }
  }
  if (extra.type !== "forward") return extra
  const { at, ...more } = extra
  return { ...more, ...(at && { at: at.getTime() }) }
}

// ---- as a driver gives it

const kinds = ["image", "video", "audio", "voice", "video-note", "animation", "sticker"] as const
const spanKinds = [
  ...(["bold", "italic", "underline", "strike", "code", "pre", "quote", "heading", "spoiler"] as const),
  ...(["link", "mention", "room", "everyone", "emoji", "time"] as const),
] as const
const count = z.number().nonnegative()

/** `base64`: what is in it; else it is made up of `bytes` bytes (default 1024), always the same. `gone`: it cannot be downloaded. */
export const fileSchema = z.strictObject({
  name: z.string(),
  mime: z.string(),
  kind: z.enum(kinds).optional(),
  base64: z.base64().optional(),
  bytes: z.int().nonnegative().optional(),
  width: count.optional(),
  height: count.optional(),
  seconds: count.optional(),
  alt: z.string().optional(),
  spoiler: z.boolean().optional(),
  stableId: z.string().optional(),
  /** False: the gateway is not told the size. */
  sized: z.boolean().optional(),
  gone: z.boolean().optional(),
})
export type NewFile = z.input<typeof fileSchema>

const extraSchema = z.discriminatedUnion("type", [
  z.strictObject({
    type: z.literal("location"),
    lat: z.number(),
    lon: z.number(),
    label: z.string().optional(),
    until: z.int().optional(),
  }),
  z.strictObject({ type: z.literal("contact"), name: z.string(), phone: z.string().optional(), user: z.string().optional() }),
  z.strictObject({
    type: z.literal("choice"),
    as: z.enum(["poll", "buttons"]),
    options: z.array(
      z.strictObject({ id: z.string(), text: z.string(), url: z.string().optional(), votes: z.int().nonnegative().optional() }),
    ),
    multiple: z.boolean().optional(),
    closed: z.boolean().optional(),
  }),
  z.strictObject({
    type: z.literal("preview"),
    url: z.string(),
    title: z.string().optional(),
    text: z.string().optional(),
    image: fileSchema.optional(),
  }),
  z.strictObject({ type: z.literal("forward"), name: z.string(), at: z.int().optional() }),
])
export type NewExtra = z.input<typeof extraSchema>

/** Fields of «say» and «edit». */
export const richFields = {
  spans: z
    .array(
      z.strictObject({
        kind: z.enum(spanKinds),
        start: z.int().nonnegative(),
        end: z.int().nonnegative(),
        arg: z.string().optional(),
      }),
    )
    .optional(),
  files: z.array(fileSchema).optional(),
  extras: z.array(extraSchema).optional(),
  group: z.string().optional(),
}
export interface NewRich {
  spans?: (Omit<Span, "arg"> & { arg?: string | undefined })[] | undefined
  files?: NewFile[] | undefined
  extras?: NewExtra[] | undefined
  group?: string | undefined
}
