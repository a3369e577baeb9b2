// The last look at an event before it leaves: what cannot be stored must fail here, once, and not at every attempt to commit it.
import type { NetworkEvent } from "xferry"
import { z } from "zod"

const text = z.string().optional()
const message = z.string().regex(/^\d{1,20}$/)
const room = z.string().regex(/^g?\d{1,20}$/)
/** A person's, or a webhook's with a mark for the name it used. */
const user = z.string().regex(/^(w?\d{1,20}(\.[\w-]+)?)$/)
const contact = z.looseObject({ id: user, name: text, username: text, profile: z.record(z.string(), z.string()).optional() }).optional()
const span = z.looseObject({ kind: z.string(), start: z.int(), end: z.int(), arg: text })
const size = z.number().nonnegative().optional()
const file = z.looseObject({
  name: z.string(),
  mime: z.string(),
  ref: z.string(),
  alt: text,
  bytes: size,
  seconds: size,
  width: size,
  height: size,
})
const body = z.looseObject({
  text: z.string(),
  spans: z.array(span).optional(),
  files: z.array(file).optional(),
  extras: z.array(z.looseObject({ type: z.string(), text, title: text, name: text })).optional(),
})
const emoji = z.looseObject({ text: z.string().min(1), id: text, file: file.optional() })
const step = z.looseObject({ from: contact.nonoptional(), set: z.array(emoji).optional(), add: emoji.optional(), remove: emoji.optional() })
const reaction = z.union([
  step,
  z.looseObject({ counts: z.array(z.looseObject({ emoji, count: z.int().positive() })) }),
  z.looseObject({ cleared: z.literal(true), emoji: emoji.optional() }),
])
const said = z.looseObject({
  id: message.optional(),
  ids: z.array(message).optional(),
  chat: z.union([z.looseObject({ room }), z.looseObject({ user })]).optional(),
  from: contact,
  by: contact,
  nick: text,
  text,
  // Not an invalid one either.
  at: z.date().optional(),
  body: body.optional(),
  change: reaction.optional(),
  reactions: z.array(reaction).optional(),
  reply: z.looseObject({ id: message, text, quote: text, author: text }).optional(),
})
const member = z.looseObject({ contact: contact.nonoptional(), role: z.string(), name: text, title: text })
const schemas: Partial<Record<NetworkEvent["type"], z.ZodType>> = {
  room: z.looseObject({ room: z.looseObject({ id: room, parent: room.nullish(), name: text, topic: text }), by: contact }),
  member: z.looseObject({ room, member, by: contact }),
  access: z.looseObject({ room: room.optional(), user: user.optional() }),
  gone: z.looseObject({ room }),
  moved: z.looseObject({ from: room, to: room }),
  contact: z.looseObject({ contact: contact.nonoptional() }),
}

/** Throws a TypeError that names the field, not what is in it. */
export function assertSound(made: NetworkEvent): void {
  const { error } = (schemas[made.type] ?? said).safeParse(made)
  if (error) throw new TypeError(`${made.type}: ${error.issues.map(({ path, code }) => `${path.join(".")} (${code})`).join(", ")}`)
}
