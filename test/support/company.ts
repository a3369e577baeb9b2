// Users with one or more clients each in a room together, and what all of them must have read there.
import assert from "node:assert/strict"
import type { Element } from "@xmpp/xml"
import { roomJid, type Club } from "./club.js"
import type { TestClient } from "./client.js"
import { Seat } from "./seat.js"

export class Company {
  /** The clients' places by user, in order of their coming. */
  readonly seats = new Map<string, Seat[]>()
  /** Lines that everybody must have seen (see `Seat.lines`), in order. */
  readonly expected: string[] = []
  readonly address: string

  private constructor(
    readonly club: Club,
    readonly room: string,
  ) {
    this.address = roomJid(room)
  }

  /** One after the other, each user's clients behind one nick; all of them miss nothing that is expected later. */
  static async enter(club: Club, room: string, clients: Record<string, readonly TestClient[]>): Promise<Company> {
    const it = new Company(club, room)
    for (const [nick, each] of Object.entries(clients)) {
      const seats: Seat[] = []
      it.seats.set(nick, seats)
      for (const client of each) seats.push(await Seat.take(client, it.address, nick))
    }
    return it
  }

  get all(): Seat[] {
    return [...this.seats.values()].flat()
  }

  of(nick: string, client = 0): Seat {
    const seat = this.seats.get(nick)?.at(client)
    assert.ok(seat, `${nick} has no client ${client}`)
    return seat
  }

  /** All clients of a user. */
  clients(nick: string): Seat[] {
    return this.seats.get(nick) ?? []
  }

  /** A user says something with one of their clients (negative: from the last one); everybody has heard it then. Gives what the author got. */
  async says(nick: string, text: string, { client = 0, more = "", line = `${nick}: ${text}` } = {}): Promise<Element> {
    const said = await this.of(nick, client).say(text, more)
    this.expected.push(line)
    await this.hear(text)
    return said
  }

  /** Somebody on the network says something; everybody has heard it then. Gives its id there. */
  async foreign(from: string, nick: string, text: string, more: { reply?: string; line?: string } = {}): Promise<string> {
    const { line = `${nick}: ${text}`, ...rest } = more
    const { id } = await this.club.driver.ask<{ id: string }>({ op: "say", room: this.room, from, text, ...rest })
    this.expected.push(line)
    await this.hear(text)
    return id
  }

  async hear(text: string): Promise<Element[]> {
    return Promise.all(this.all.map((seat) => seat.hears(text)))
  }

  /** Everybody sees a presence with this nick. */
  async see(nick: string, match?: (el: Element) => boolean): Promise<Element[]> {
    return Promise.all(this.all.map((seat) => seat.presence(nick, match)))
  }

  /** Each client has exactly what was expected: no line missing, none twice, none in another order. */
  async agree(): Promise<void> {
    const end = `the end of ${this.room}, line ${this.expected.length}`
    await this.foreign("crier", "Crier", end)
    for (const seat of this.all) assert.deepEqual(seat.lines(), this.expected, seat.client.jid)
  }
}
