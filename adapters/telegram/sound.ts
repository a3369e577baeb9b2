// The last look at an event before it leaves: what cannot be stored must fail here, once, and not at every attempt to commit it.
import type { NetworkEvent } from "xferry"
import { z } from "zod"

const text = z.string().optional()
const id = z.string().regex(/^\d+$/)
const contact = z.looseObject({ id, name: text, username: text, profile: z.record(z.string(), z.string()).optional() }).optional()
const span = z.looseObject({ kind: z.string(), start: z.int(), end: z.int(), arg: text })
const event = z.looseObject({
  chat: z.looseObject({ user: id }),
  id: id.optional(),
  // Not an invalid one either.
  at: z.date(),
  from: contact,
  by: contact,
  text,
  body: z.looseObject({ text: z.string(), spans: z.array(span).optional() }).optional(),
  reply: z.looseObject({ id, text, quote: text, author: text }).optional(),
  group: text,
})

/** Throws a TypeError that names the field, not what is in it. */
export function assertSound(made: NetworkEvent): void {
  const { error } = event.safeParse(made)
  if (error) throw new TypeError(`${made.type}: ${error.issues.map(({ path, code }) => `${path.join(".")} (${code})`).join(", ")}`)
}
