// The people of a network: what is known of them, and what gateways are told.
import type { Account } from "./account.js"
import type { NewFile } from "./content.js"
import type { Files } from "./files.js"
import type { Answers, LoopEvent, Person, Show } from "./protocol.js"

export interface Citizen extends Person {
  gone?: boolean | undefined
  show?: Show
  status?: string | undefined
}

/** As scripts give it: absent stays as it is. */
export interface NewPerson {
  id: string
  name?: string | undefined
  username?: string | undefined
  kind?: Person["kind"]
  gone?: boolean | undefined
  /** Null: has none. */
  avatar?: NewFile | null | undefined
  profile?: Record<string, string> | undefined
}

const pageSize = 100

export function alter(person: Citizen, change: NewPerson, files: Pick<Files, "put">): void {
  if (change.name !== undefined) person.name = change.name
  if (change.username !== undefined) person.username = change.username
  if (change.kind !== undefined) person.kind = change.kind
  if (change.avatar !== undefined) person.avatar = change.avatar && files.put(change.avatar)
  if (change.profile !== undefined) person.profile = change.profile
  if (change.gone !== undefined) person.gone = change.gone
}

/** All of them, a page at a time. */
export function pageOf(people: Iterable<Citizen>, cursor = "0"): Answers["find"] {
  const from = Number(cursor)
  const all = [...people].filter((person) => !person.gone)
  const items = all.slice(from, from + pageSize).map(face)
  return from + pageSize < all.length ? { items, next: String(from + pageSize) } : { items }
}

/** Who is called so: «@username», or an id. */
export function named(people: ReadonlyMap<string, Citizen>, text: string): Person[] {
  const found = text.startsWith("@") ? [...people.values()].find(({ username }) => username === text.slice(1)) : people.get(text)
  return found === undefined || found.gone ? [] : [face(found)]
}

export const self = ({ id }: Account): Person => ({ id, name: id })

/** What others are told of a person. */
export function face({ id, name = id, username, kind, avatar, profile }: Citizen): Person {
  const more = { ...(avatar !== undefined && { avatar }), ...(profile && { profile }) }
  return { id, name, ...(username !== undefined && { username }), ...(kind !== undefined && { kind }), ...more }
}

export function presenceOf(person: Citizen, show: Show): LoopEvent {
  return { type: "presence", from: face(person), show, ...(person.status !== undefined && { status: person.status }) }
}
