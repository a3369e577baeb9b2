// The stage for rich content: a real Prosody with upload, the gateway as a process, one user's client with a contact and a room of one network.
// The network itself (a fake) is the caller's: started before, stopped by `closing`.
import assert from "node:assert/strict"
import type { Place } from "./cells.js"
import { TestClient, type ClientOptions } from "./client.js"
import { Corner } from "./corner.js"
import { GatewayProcess, type NetworkOptions } from "./gateway-process.js"
import { startProsody } from "./prosody.js"
import { Seat } from "./seat.js"
import { secret } from "./secrets.js"
import type { XmppServer } from "./server.js"
import { upload } from "./uploading.js"
import { startWeb, type Web } from "./web.js"

export { type Corner } from "./corner.js"

export interface ParlourOptions {
  /** Also the adapter's. */
  network: string
  domain: string
  /** Of the adapter: `apiRoot` and what else it needs. */
  options: Record<string, unknown>
  /** What the user registers with (XEP-0077), by name of the field; undefined: not at all. */
  registration?: Record<string, string>
  accounts?: NetworkOptions["accounts"]
  /** Default: romeo. */
  user?: string
  client?: Partial<ClientOptions>
  /** Section `files` of the configuration, beside that loopback may be fetched from. */
  files?: Record<string, unknown>
  /** Port for the gateway's own HTTP server. Default: it has none. */
  httpPort?: number
}

interface Hosted {
  bytes: Uint8Array
  mime: string
}

export class Parlour {
  server!: XmppServer
  gateway!: GatewayProcess
  client!: TestClient
  /** Present once `enter` was called. */
  seat!: Seat
  readonly domain: string
  readonly user: string
  readonly #ends: (() => Promise<unknown>)[] = []
  readonly #hosted = new Map<string, Hosted>()
  readonly #corners = new Map<Place, Corner>()
  #web!: Web

  private constructor(options: Pick<ParlourOptions, "domain" | "user">) {
    this.domain = options.domain
    this.user = options.user ?? "romeo"
  }

  /** Server, gateway, and the user on-line and registered. Whether the gateway listens on the network by then the network knows. */
  static async open(options: ParlourOptions): Promise<Parlour> {
    const it = new Parlour(options)
    try {
      await it.#open(options)
      return it
    } catch (error) {
      await it.close()
      throw error
    }
  }

  async #open({ network, domain, options, registration, accounts, client, files, httpPort }: ParlourOptions): Promise<void> {
    this.#web = await startWeb((request, response) => {
      const found = this.#hosted.get(decodeURI(request.url ?? ""))
      if (!found) return void response.writeHead(404).end()
      response.writeHead(200, { "content-type": found.mime, "content-length": found.bytes.length }).end(found.bytes)
    })
    this.closing(() => this.#web.close())
    const componentSecret = secret(`component-secret-of-the-parlour-of-${network}`)
    const password = `password of ${this.user}`
    this.server = await startProsody({
      components: [{ domain, secret: componentSecret, privileged: true }],
      users: { [this.user]: password },
      upload: true,
    })
    this.closing(() => this.server.stop())
    this.gateway = await GatewayProcess.start({
      server: this.server,
      networks: { [network]: { domain, secret: componentSecret, options, ...(accounts && { accounts }) } },
      files: { allowPrivate: ["127.0.0.1"], ...files },
      ...(httpPort !== undefined && { httpPort }),
    })
    this.closing(() => this.gateway.remove())
    this.client = await TestClient.connect({ server: this.server, user: this.user, password, acceptSubscriptions: true, ...client })
    this.closing(() => this.client.disconnect())
    await this.client.reachable(domain)
    if (registration) await this.register(registration)
  }

  async register(fields: Record<string, string>): Promise<void> {
    const form = Object.entries(fields).map(([name, value]) => `<field var='${name}'><value>${value}</value></field>`)
    const query = `<query xmlns='jabber:iq:register'><x xmlns='jabber:x:data' type='submit'>${form.join("")}</x></query>`
    const answer = await this.client.iq("set", this.domain, query)
    assert.equal(answer.attrs["type"], "result", answer.toString())
  }

  /** The contact with whom the user talks. `localpart` as in JIDs. */
  meet(localpart: string): Corner {
    const corner = new Corner("direct", this.client, `${localpart}@${this.domain}`)
    this.#corners.set("direct", corner)
    return corner
  }

  /** Goes into the room by its JID; it tries again while the gateway does not know it yet. */
  async enter(room: string, nick = "Romeo"): Promise<Corner> {
    this.seat = await Seat.take(this.client, room, nick)
    const corner = new Corner("room", this.client, room, () => this.seat.nick)
    this.#corners.set("room", corner)
    return corner
  }

  /** Where a cell is tried; what came before is not looked at any more. */
  at(place: Place): Corner {
    const corner = this.#corners.get(place)
    assert.ok(corner, `there is no ${place}`)
    corner.mark()
    return corner
  }

  /** A file somewhere in the web, on loopback; gives its address. The name may hold anything. */
  host(name: string, bytes: Uint8Array, mime = "application/octet-stream"): string {
    const path = `/${this.#hosted.size + 1}/${name}`
    this.#hosted.set(path, { bytes, mime })
    return `http://127.0.0.1:${this.#web.port}${encodeURI(path)}`
  }

  /** As clients share files: put at the server's upload service (XEP-0363); gives its address. */
  upload(name: string, bytes: Uint8Array, mime = "application/octet-stream"): Promise<string> {
    return upload(this.client, `upload.${this.server.domain}`, name, bytes, mime)
  }

  /** The gateway dies (SIGKILL) and comes back; resolves when the server has it again. */
  async crash(): Promise<void> {
    await this.gateway.kill9()
    await this.gateway.start()
    await this.client.reachable(this.domain)
  }

  /** Run at the end, last come first. */
  closing(work: () => Promise<unknown>): void {
    this.#ends.push(work)
  }

  /** Nothing went wrong in the gateway that it calls an error. */
  calm(): void {
    const errors = this.gateway.log.filter(({ level }) => level === "error" || level === "fatal")
    assert.deepEqual(errors, [])
  }

  async close(): Promise<void> {
    const failed: unknown[] = []
    for (const end of this.#ends.splice(0).reverse()) await end().catch((error: unknown) => failed.push(error))
    // Thrown out of a `finally` it would hide what went wrong before.
    for (const error of failed) console.error("while closing:", error)
    if (failed.length > 0) process.exitCode = 1
  }
}
