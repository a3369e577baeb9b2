// The pigeon post of docs/adapter/README.md, as the conformance kit needs it: a real HTTP server, faults included.
import { once } from "node:events"
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { json } from "node:stream/consumers"
import type { Answers, Fake, Which } from "xferry/conformance"
import { secret } from "../support/secrets.js"

interface Loft {
  id: string
  letters: { number: number; id: string; from: { id: string; name: string }; text: string; at: number }[]
  sent: { id: string; text: string; key: string }[]
  arrival: Set<() => void>
}

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
    const { letters, arrival } = this.#lofts[to]!
    const number = ++this.#count
    letters.push({ number, id: `letter-${number}`, from: this.person, text, at: Date.now() })
    for (const tell of arrival) tell()
    return `letter-${number}`
  }

  sent(by: Which): { id: string; text: string }[] {
    return this.#lofts[by]!.sent
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
    if (to !== this.person.id) return reply(response, 404, {})
    let letter = loft.sent.find((known) => known.key === key)
    if (letter === undefined) loft.sent.push((letter = { id: `sent-${++this.#count}`, text, key }))
    return reply(response, 200, { id: letter.id })
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
