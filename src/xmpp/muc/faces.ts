// Which foreign participants a room shows: a bounded number, those heard of last; the same ones to everybody.
import type { Participant } from "../../core/rooms/model.js"

/** A group of twenty thousand must flood nobody. */
export const mostFaces = 200

/** `all`: everybody in the room was told, not only who joined since. */
interface Face {
  participant: Participant
  all: boolean
}

export class Faces {
  /** By occupant id, the least recently heard first. */
  readonly #shown = new Map<string, Face>()
  /** The store was asked whom to show. */
  loaded = false

  get size(): number {
    return this.#shown.size
  }

  get(id: string): Face | undefined {
    return this.#shown.get(id)
  }

  /** Most recently heard last. */
  list(): Participant[] {
    return [...this.#shown.values()].map(({ participant }) => participant)
  }

  byNick(nick: string): Participant | undefined {
    for (const { participant } of this.#shown.values()) if (participant.nick === nick) return participant
    return undefined
  }

  /** `found`: the most interesting first. Those not yet shown are known to the next who joins; to others before they speak. */
  load(found: readonly Participant[], alone: boolean): void {
    this.loaded = true
    const known = [...this.#shown]
    this.#shown.clear()
    for (const participant of found.slice(0, mostFaces).reverse()) this.#shown.set(participant.id, { participant, all: alone })
    for (const [id, face] of known) this.#put(id, face)
    while (this.#shown.size > mostFaces) this.#evict()
  }

  /** Shows or renews; whoever had to go for it is returned. */
  show(participant: Participant): Participant | undefined {
    this.#put(participant.id, { participant, all: true })
    return this.#shown.size > mostFaces ? this.#evict() : undefined
  }

  /** The same place in the order. */
  renew(participant: Participant): void {
    const face = this.#shown.get(participant.id)
    if (face) face.participant = participant
  }

  /** Was heard of just now. */
  heard(id: string): void {
    const face = this.#shown.get(id)
    if (face) this.#put(id, face)
  }

  drop(id: string): Participant | undefined {
    const face = this.#shown.get(id)
    this.#shown.delete(id)
    return face?.participant
  }

  #put(id: string, face: Face): void {
    this.#shown.delete(id)
    this.#shown.set(id, face)
  }

  #evict(): Participant | undefined {
    for (const [id] of this.#shown) return this.drop(id)
    return undefined
  }
}
