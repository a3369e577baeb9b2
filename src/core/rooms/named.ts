// Whom a message in a room mentions, by the nicks that they have there: in rooms people are known by these.
import type { Body, Span } from "../../adapter/contract.js"
import type { Link } from "../model.js"
import type { RoomRow } from "./model.js"
import type { RoomStore } from "./store.js"

/** So many are asked for of one message. */
const most = 40

export interface NamedParts {
  store: Pick<RoomStore, "participant">
  registry: { linksOf(room: RoomRow): readonly Pick<Link, "jid" | "role">[] }
  /** The account itself is meant: who speaks by it alone. */
  isAccount(legacyId: string): boolean
}

/** `arg` of a mention becomes a nick; who is not known in the room is no more than text. */
export async function named(body: Body, room: RoomRow, { store, registry, isAccount }: NamedParts): Promise<Body> {
  if (!body.spans?.some(({ kind }) => kind === "mention")) return body
  const known = new Map<string, string | undefined>()
  const nickOf = async (legacyId: string): Promise<string | undefined> => {
    const owners = isAccount(legacyId) ? registry.linksOf(room).filter(({ role }) => role === "owner") : []
    const [owner] = owners
    const own = owners.length === 1 && owner ? await store.participant(room.id, { user: owner.jid }) : undefined
    return (own ?? (await store.participant(room.id, { contact: legacyId })))?.nick
  }
  const spans: Span[] = []
  for (const span of body.spans) {
    const { kind, arg } = span
    if (kind !== "mention") spans.push(span)
    else if (arg !== undefined) {
      if (!known.has(arg) && known.size < most) known.set(arg, await nickOf(arg))
      const nick = known.get(arg)
      if (nick !== undefined) spans.push({ ...span, arg: nick })
    }
  }
  return { ...body, spans }
}
