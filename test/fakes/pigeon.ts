// The pigeon post of docs/adapter/README.md, as the conformance kit needs it: a real HTTP server, faults included.
import { once } from "node:events"
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { json } from "node:stream/consumers"
import type { Answers, Fake, FakeRooms, Which } from "xferry/conformance"
import { secret } from "../support/secrets.js"

interface Letter {
  number: number
  id: string
  from: { id: string; name: string }
  circle?: string
  text: string
  at: number
}

interface Loft {
  id: string
  letters: Letter[]
  sent: { id: string; to: string; text: string; key: string }[]
  arrival: Set<() => void>
}

/** Those that the first account is in. */
const circles = [
  { id: "verona", name: "Streets of Verona" },
  { id: "edicts", name: "Edicts", limits: { send: false } },
]
const citizens = ["romeo", "juliet", "nurse", "peter", "tybalt"]

const tokens = [secret("pigeon-token-of-romeo"), secret("pigeon-token-of-mercutio")] as const

export class PigeonFake implements Fake {
  readonly credentials: readonly [Answers, Answers] = [{ token: tokens[0] }, { token: tokens[1] }]
  readonly badCredentials = { token: secret("pigeon-token-of-nobody") }
  readonly person = { id: "juliet", name: "Juliet" }
  readonly nobody = "rosaline"
  readonly faults = {
    retry: () => this.#fail(429, { "retry-after": "1" }),
    rejected: () => this.#fail(400),
    gone: () => this.#fail(404),
    denied: () => this.#fail(403),
    "logged-out": () => this.#fail(401),
    "unknown-outcome": () => (this.#next = (response) => response.destroy()),
    hang: () => (this.#next = () => undefined),
  }
  readonly #lofts = tokens.map((_, which): Loft => ({ id: ["romeo", "mercutio"][which]!, letters: [], sent: [], arrival: new Set() }))
  readonly #server = createServer((request, response) => void this.#answer(request, response))
  readonly rooms: FakeRooms = {
    room: circles[0]!,
    readOnly: "edicts",
    nowhere: "utopia",
    says: (text) => this.#write(text, 0, "verona"),
    sent: () => this.#lofts[0]!.sent.filter(({ to }) => to === "verona"),
    members: () => citizens,
  }
  readonly #verona: Letter[] = []
  #next: ((response: ServerResponse) => void) | undefined
  #count = 0

  async start(): Promise<void> {
    await once(this.#server.listen(0, "127.0.0.1"), "listening")
  }

  stop(): void {
    this.#server.close()
    this.#server.closeAllConnections()
  }

  options(): object {
    return { url: `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}` }
  }

  personSays(text: string, to: Which): string {
    return this.#write(text, to)
  }

  #write(text: string, to: Which, circle?: string): string {
    const { letters, arrival } = this.#lofts[to]!
    const number = ++this.#count
    const letter = { number, id: `letter-${number}`, from: this.person, text, at: Date.now(), ...(circle !== undefined && { circle }) }
    letters.push(letter)
    if (circle !== undefined) this.#verona.push(letter)
    for (const tell of arrival) tell()
    return letter.id
  }

  sent(by: Which): { id: string; text: string }[] {
    return this.#lofts[by]!.sent.filter(({ to }) => to === this.person.id)
  }

  cut(): void {
    this.#server.closeAllConnections()
  }

  #fail(status: number, headers: Record<string, string> = {}): void {
    this.#next = (response) => reply(response, status, {}, headers)
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const loft = this.#lofts[tokens.findIndex((token) => request.headers.authorization === `Bearer ${token}`)]
    const url = new URL(request.url!, "http://pigeon")
    if (loft === undefined) return reply(response, 401, {})
    if (url.pathname === "/me") return reply(response, 200, { id: loft.id, name: loft.id })
    if (url.pathname.startsWith("/circles")) return this.#circle(url, response)
    if (request.method === "GET") return this.#deliver(loft, Number(url.searchParams.get("after")), response)
    const { to, text, key } = (await json(request)) as { to: string; text: string; key: string }
    const fault = this.#next
    this.#next = undefined
    if (fault !== undefined) return fault(response)
    if (request.method === "PUT") {
      const letter = loft.sent.find(({ id }) => url.pathname === `/letters/${id}`)
      if (letter !== undefined) letter.text = text
      return reply(response, letter === undefined ? 404 : 200, {})
    }
    if (to === "edicts") return reply(response, 403, {})
    if (to !== this.person.id && to !== "verona") return reply(response, 404, {})
    let letter = loft.sent.find((known) => known.key === key)
    if (letter === undefined) loft.sent.push((letter = { id: `sent-${++this.#count}`, to, text, key }))
    return reply(response, 200, { id: letter.id })
  }

  #circle({ pathname, searchParams }: URL, response: ServerResponse): void {
    const limit = Number(searchParams.get("limit"))
    switch (pathname) {
      case "/circles":
        return reply(response, 200, circles)
      case "/circles/verona/members": {
        const from = Number(searchParams.get("from"))
        const items = citizens.slice(from, from + limit).map((id) => ({ id }))
        return reply(response, 200, from + limit < citizens.length ? { items, next: String(from + limit) } : { items })
      }
      case "/circles/verona/letters": {
        const after = this.#verona.findIndex(({ id }) => id === searchParams.get("after"))
        return reply(response, 200, this.#verona.slice(after + 1, after + 1 + limit))
      }
      default:
        return reply(response, 404, {})
    }
  }

  /** What was asked for is what was heard: letters up to `after` are forgotten. */
  async #deliver(loft: Loft, after: number, response: ServerResponse): Promise<void> {
    loft.letters = loft.letters.filter(({ number }) => number > after)
    if (loft.letters.length === 0) {
      await new Promise<void>((resolve) => {
        loft.arrival.add(resolve)
        response.once("close", resolve)
        response.once("close", () => loft.arrival.delete(resolve))
      })
    }
    if (!response.destroyed) reply(response, 200, loft.letters)
  }
}

function reply(response: ServerResponse, status: number, data: unknown, headers: Record<string, string> = {}): void {
  response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(data))
}
