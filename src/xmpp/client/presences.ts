// Who comes, goes and is put out of a room, as events; what changed while we were away is told when we are back.
import type { Element } from "@xmpp/xml"
import type { Contact, NetworkEvent } from "../../adapter/contract.js"
import { resourceOf } from "../jid.js"
import { nsUser } from "../muc/items.js"
import { roleOf, type Person, type Roll } from "./roll.js"

type MemberChange = Extract<NetworkEvent, { type: "member" }>["change"]

interface PresenceParts {
  room: string
  roll: Roll
  isOurs(nick: string): boolean
  /** We are in, and know who else is. */
  isSettled(): boolean
  tell(event: NetworkEvent): void
}

/** Nick changes of which the second half is still to come. */
const mostRenames = 100

export class Presences {
  /** By the new nick: who they are. */
  readonly #renamed = new Map<string, string>()
  /** While we come in: who was there before; undefined: we never were. */
  #before: Map<string, Person> | undefined
  #isFirst = true
  #isComing = false

  constructor(private readonly parts: PresenceParts) {}

  /** We come in (again): the room tells all who are there. */
  begin(): void {
    const { roll } = this.parts
    this.#before = this.#isFirst ? undefined : new Map([...roll.people].map((person) => [person.id, person]))
    this.#isComing = true
    roll.clear()
  }

  /** All were told. */
  settle(): void {
    this.#isComing = false
    const before = this.#before
    this.#before = undefined
    this.#isFirst = false
    if (!before) return
    const now = new Map([...this.parts.roll.people].map((person) => [person.id, person]))
    for (const person of before.values()) if (!now.has(person.id)) this.#tell(person, "left")
    for (const person of now.values()) if (!before.has(person.id)) this.#tell(person, "joined")
  }

  /** Not about us. */
  hear(stanza: Element): void {
    const { roll, isOurs } = this.parts
    const nick = resourceOf(stanza.attrs["from"] ?? "")
    const { type } = stanza.attrs
    if (nick === "" || isOurs(nick)) return
    if (type === "unavailable") return this.#gone(stanza, nick)
    if (type !== undefined) return
    const { person, before } = roll.came(stanza)
    if (this.#isComing || roll.isElsewhere(person)) return
    const former = this.#renamed.get(nick)
    this.#renamed.delete(nick)
    if (former === person.id) this.#tell(person, "changed")
    else if (!before) this.#tell(person, "joined")
    else if (before.id !== person.id) {
      this.#tell(before, "left")
      this.#tell(person, "joined")
    } else if (roleOf(before) !== roleOf(person)) this.#tell(person, "changed")
    else if (before.picture !== person.picture) this.parts.tell({ type: "contact", contact: roll.contact(person) })
  }

  #gone(stanza: Element, nick: string): void {
    const { roll } = this.parts
    const known = roll.left(nick)
    // By another client they are still there.
    if (!known || this.#isComing || roll.isElsewhere(known)) return
    const x = stanza.getChild("x", nsUser)
    const codes = new Set(x?.getChildren("status").map(({ attrs }) => attrs["code"]))
    const item = x?.getChild("item")
    const renamed = item?.attrs["nick"]
    if (codes.has("303") && renamed && known.occupant !== undefined && this.#renamed.size < mostRenames) {
      this.#renamed.set(renamed, known.id)
      return
    }
    const actor = roll.at(item?.getChild("actor")?.attrs["nick"] ?? "")
    const change = codes.has("301") ? "banned" : codes.has("307") ? "kicked" : "left"
    this.#tell({ ...known, ...(change === "banned" && { affiliation: "outcast" }) }, change, actor && roll.contact(actor))
  }

  #tell(person: Person, change: MemberChange, by?: Contact): void {
    const { tell, room, roll } = this.parts
    const member = roll.member(person)
    const gone = change === "joined" || change === "changed" ? {} : { role: change === "banned" ? ("banned" as const) : ("none" as const) }
    tell({ type: "member", room, member: { ...member, ...gone }, change, ...(by && { by }) })
  }
}
