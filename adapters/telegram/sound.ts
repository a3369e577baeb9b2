// The last look at an event before it leaves: what cannot be stored must fail here, once, and not at every attempt to commit it.
import type { NetworkEvent } from "xferry"
import { z } from "zod"

const text = z.string().optional()
const id = z.string().regex(/^\d+$/)
const room = z.string().regex(/^-\d+(\/\d+)?$/)
/** Of who speaks for a chat the id is the chat's, with a mark for the signature. */
const contact = z
  .looseObject({
    id: z.string().regex(/^(\d+|-\d+(\.[\w-]+)?)$/),
    name: text,
    username: text,
    profile: z.record(z.string(), z.string()).optional(),
  })
  .optional()
const span = z.looseObject({ kind: z.string(), start: z.int(), end: z.int(), arg: text })
const size = z.number().nonnegative().optional()
const file = z.looseObject({
  name: z.string(),
  mime: z.string(),
  ref: z.string(),
  stableId: text,
  bytes: size,
  width: size,
  height: size,
  seconds: size,
})
const extra = z.discriminatedUnion("type", [
  z.looseObject({ type: z.literal("location"), lat: z.number(), lon: z.number(), label: text, until: z.date().optional() }),
  z.looseObject({ type: z.literal("contact"), name: z.string(), phone: text, user: text }),
  z.looseObject({
    type: z.literal("choice"),
    options: z.array(z.looseObject({ id: z.string(), text: z.string(), url: text, votes: size })),
  }),
  z.looseObject({ type: z.literal("preview"), url: z.string() }),
  z.looseObject({ type: z.literal("forward"), name: z.string(), at: z.date().optional() }),
])
const body = z.looseObject({
  text: z.string(),
  spans: z.array(span).optional(),
  files: z.array(file).optional(),
  extras: z.array(extra).optional(),
})
const emoji = z.looseObject({ text: z.string(), id: text })
const place = z.union([z.looseObject({ room }), z.looseObject({ user: id, login: text })])
const shared = { id: id.optional(), from: contact, by: contact, text }
const said = z.looseObject({
  ...shared,
  chat: place,
  // Not an invalid one either.
  at: z.date(),
  body: body.optional(),
  reply: z.looseObject({ id, text, quote: text, author: text }).optional(),
  group: text,
})
const member = z.looseObject({ contact: contact.nonoptional(), role: z.string(), title: text })
const schemas: Partial<Record<NetworkEvent["type"], z.ZodType>> = {
  reactions: z.looseObject({
    id: id.nonoptional(),
    chat: place,
    change: z.union([
      z.looseObject({ from: contact.nonoptional(), set: z.array(emoji) }),
      z.looseObject({ counts: z.array(z.looseObject({ emoji, count: z.int() })) }),
    ]),
  }),
  retract: z.looseObject({ chat: place, ids: z.array(id) }),
  login: z.looseObject({ id: z.string(), owner: contact.nonoptional(), active: z.boolean(), maySend: z.boolean() }),
  contact: z.looseObject({ contact: contact.nonoptional() }),
  room: z.looseObject({ room: z.looseObject({ id: room, parent: room.nullish(), name: text, topic: text }), by: contact }),
  member: z.looseObject({ room, member, by: contact }),
  access: z.looseObject({ room, user: id.optional() }),
  gone: z.looseObject({ room }),
  moved: z.looseObject({ from: room, to: room }),
}

/** Throws a TypeError that names the field, not what is in it. */
export function assertSound(made: NetworkEvent): void {
  const { error } = (schemas[made.type] ?? said).safeParse(made)
  if (error) throw new TypeError(`${made.type}: ${error.issues.map(({ path, code }) => `${path.join(".")} (${code})`).join(", ")}`)
}
