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
const shared = { id: id.optional(), from: contact, by: contact, text }
const said = z.looseObject({
  ...shared,
  chat: z.union([z.looseObject({ room }), z.looseObject({ user: id })]),
  // Not an invalid one either.
  at: z.date(),
  body: z.looseObject({ text: z.string(), spans: z.array(span).optional() }).optional(),
  reply: z.looseObject({ id, text, quote: text, author: text }).optional(),
  group: text,
})
const member = z.looseObject({ contact: contact.nonoptional(), role: z.string(), title: text })
const schemas: Partial<Record<NetworkEvent["type"], z.ZodType>> = {
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
