// Who is in a room, as its presences say: bounded by what the service lets in, and by us.
import type { Element } from "@xmpp/xml"
import type { Contact, FileRef, Member, Role } from "../../adapter/contract.js"
import { bareOf, resourceOf } from "../jid.js"
import { nsOccupantId, nsUser } from "../muc/items.js"
import { personId } from "./jids.js"

export interface Person {
  id: string
  nick: string
  occupant?: string
  /** Bare, where the room shows it to us. */
  jid?: string
  affiliation: string
  role: string
  /** SHA-1 of their picture (XEP-0153). */
  picture?: string
}

/** More are not remembered: who speaks is known from what they say. */
const most = 10_000

/** What a picture is asked for by: who has it, at which nick. */
export const pictureRef = "vcard:"

export class Roll {
  readonly #people = new Map<string, Person>()

  constructor(
    private readonly room: string,
    /** The room gives ids, and lets nobody else give them. */
    private readonly trusts: () => boolean,
  ) {}

  get people(): IterableIterator<Person> {
    return this.#people.values()
  }

  get size(): number {
    return this.#people.size
  }

  at(nick: string): Person | undefined {
    return this.#people.get(nick)
  }

  byId(id: string): Person | undefined {
    for (const person of this.#people.values()) if (person.id === id) return person
    return undefined
  }

  /** The same person is there by another nick too. */
  isElsewhere({ id, nick, occupant }: Person): boolean {
    if (occupant === undefined) return false
    for (const one of this.#people.values()) if (one.id === id && one.nick !== nick) return true
    return false
  }

  clear(): void {
    this.#people.clear()
  }

  /** XEP-0421. Undefined: the room gives none. */
  occupantOf(stanza: Element): string | undefined {
    if (!this.trusts()) return undefined
    const id = stanza.getChild("occupant-id", nsOccupantId)?.attrs["id"]
    return id === undefined || id === "" ? undefined : id
  }

  /** Who a stanza is from. */
  personOf(stanza: Element, from = stanza.attrs["from"] ?? ""): Person {
    const nick = resourceOf(from)
    const occupant = this.occupantOf(stanza)
    const id = personId(this.room, nick, occupant)
    const known = this.#people.get(nick)
    if (known?.id === id) return known
    return { id, nick, affiliation: "none", role: "participant", ...(occupant !== undefined && { occupant }) }
  }

  /** Somebody came, or is told of anew. What was known of that nick before, if anything. */
  came(stanza: Element): { person: Person; before: Person | undefined } {
    const nick = resourceOf(stanza.attrs["from"] ?? "")
    const item = stanza.getChild("x", nsUser)?.getChild("item")?.attrs
    const before = this.#people.get(nick)
    const occupant = this.occupantOf(stanza)
    const photo = stanza.getChild("x", "vcard-temp:x:update")?.getChild("photo")
    const picture = photo ? photo.getText().trim().toLowerCase() : before?.picture
    const jid = item?.["jid"]
    const person: Person = {
      id: personId(this.room, nick, occupant),
      nick,
      affiliation: item?.["affiliation"] ?? "none",
      role: item?.["role"] ?? "participant",
      ...(occupant !== undefined && { occupant }),
      ...(jid !== undefined && { jid: bareOf(jid) }),
      ...(picture !== undefined && /^[\da-f]{0,64}$/.test(picture) && { picture }),
    }
    if (before || this.#people.size < most) this.#people.set(nick, person)
    return { person, before }
  }

  left(nick: string): Person | undefined {
    const person = this.#people.get(nick)
    this.#people.delete(nick)
    return person
  }

  contact({ id, nick, picture }: Person): Contact {
    const avatar: FileRef | null | undefined =
      picture === undefined
        ? undefined
        : picture === ""
          ? null
          : { name: "avatar", mime: "image/png", kind: "image", ref: `${pictureRef}${this.room}/${nick}`, stableId: picture }
    return { id, name: nick, kind: "person", ...(avatar !== undefined && { avatar }) }
  }

  member(person: Person): Member {
    return { contact: this.contact(person), role: roleOf(person), name: person.nick }
  }
}

export function roleOf({ affiliation, role }: Pick<Person, "affiliation" | "role">): Role {
  if (affiliation === "owner" || affiliation === "admin") return affiliation
  if (affiliation === "outcast") return "banned"
  if (role === "none") return "none"
  return role === "visitor" ? "muted" : role === "moderator" ? "admin" : "member"
}
