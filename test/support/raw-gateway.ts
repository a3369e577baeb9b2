// A gateway client of bare WebSocket frames: sends what a test says, right or wrong, and records what it gets.
import { WebSocket, type RawData } from "ws"
import { within } from "./deadline.js"

export interface Frame {
  op: number
  d: unknown
  s: number | null
  t: string | null
}

export class RawGateway {
  readonly frames: Frame[] = []
  /** What was no JSON. */
  readonly garbage: string[] = []
  /** Resolves with the code. */
  readonly closed: Promise<number>
  readonly #client: WebSocket
  readonly #waiting = new Set<() => void>()

  private constructor(client: WebSocket) {
    this.#client = client
    client.on("error", () => undefined)
    client.on("message", (data: RawData) => this.#take((data as Buffer).toString("utf8")))
    this.closed = new Promise((resolve) => client.once("close", resolve))
  }

  /** Resolves at HELLO. */
  static async connect(url: string, query = "?v=10&encoding=json"): Promise<RawGateway> {
    const it = RawGateway.open(url, query)
    await it.next(10)
    return it
  }

  static open(url: string, query = "?v=10&encoding=json"): RawGateway {
    return new RawGateway(new WebSocket(`${url}/${query}`))
  }

  send(op: number, d: unknown): void {
    this.raw(JSON.stringify({ op, d }))
  }

  raw(text: string): void {
    this.#client.send(text)
  }

  identify(token: string, intents: number, more: object = {}): void {
    this.send(2, { token, intents, properties: { os: "linux", browser: "test", device: "test" }, ...more })
  }

  /** Resolves with READY's data when the guilds it names have come too, those that are not `down`. */
  async ready(
    token: string,
    intents: number,
    down = 0,
  ): Promise<{ session_id: string; resume_gateway_url: string; [field: string]: unknown }> {
    this.identify(token, intents)
    const { d } = await this.event("READY")
    const ready = d as { session_id: string; resume_gateway_url: string; guilds: unknown[] }
    if (intents & 1) await this.until("its guilds", () => this.events("GUILD_CREATE").length >= ready.guilds.length - down)
    return { ...ready }
  }

  resume(token: string, session_id: string, seq: number): void {
    this.send(6, { token, session_id, seq })
  }

  /** Sequence of the last dispatch. */
  get last(): number {
    return this.frames.findLast(({ s }) => s !== null)?.s ?? 0
  }

  events(t: string): Frame[] {
    return this.frames.filter((frame) => frame.t === t)
  }

  /** The first of this kind that `match` says yes to, come or to come. */
  async event<D = Record<string, unknown>>(t: string, match: (d: D) => boolean = () => true): Promise<Frame & { d: D }> {
    const find = (): (Frame & { d: D }) | undefined => this.events(t).find(({ d }) => match(d as D)) as (Frame & { d: D }) | undefined
    await this.until(t, () => find() !== undefined)
    return find()!
  }

  /** The first frame with this opcode, come or to come. */
  async next(op: number): Promise<Frame> {
    const find = (): Frame | undefined => this.frames.find((frame) => frame.op === op)
    await this.until(`op ${op}`, () => find() !== undefined)
    return find()!
  }

  /** All that was sent to this client before is here. */
  async fence(): Promise<void> {
    const acks = this.frames.filter(({ op }) => op === 11).length
    this.send(1, this.last || null)
    await this.until("an answer to a heartbeat", () => this.frames.filter(({ op }) => op === 11).length > acks)
  }

  async until(what: string, condition: () => boolean): Promise<void> {
    let look = (): void => undefined
    const seen = new Promise<void>((resolve) => {
      look = () => condition() && resolve()
      this.#waiting.add(look)
      look()
    })
    await within(seen, 10_000, what).finally(() => this.#waiting.delete(look))
  }

  /** Resolves when it is closed. Without a code: without a word. */
  async close(code?: number): Promise<void> {
    if (code === undefined) this.#client.terminate()
    else this.#client.close(code)
    await this.closed
  }

  #take(text: string): void {
    try {
      this.frames.push(JSON.parse(text) as Frame)
    } catch {
      this.garbage.push(text)
    }
    for (const look of [...this.#waiting]) look()
  }
}
