// A whole gateway in this process, on a real store, between a scripted server and a network in memory.
import { randomBytes, randomUUID } from "node:crypto"
import { EventEmitter, once } from "node:events"
import { join } from "node:path"
import Database from "better-sqlite3"
import { getNetwork, loopback, standard, type Network, type NewRoom, type SentQuery, type SentRecord } from "xferry-adapter-loopback"
import type { Element } from "@xmpp/xml"
import type { AnyAdapter } from "#src/adapter/define.js"
import { Secret, type Config } from "#src/config/index.js"
import { roomJid } from "#src/core/address.js"
import type { LimitSettings } from "#src/core/admin/limits.js"
import type { BareJid } from "#src/core/model.js"
import { startGateway, type Gateway, type Seams } from "#src/gateway.js"
import { startComponentServer, type ComponentServer } from "./component-server.js"
import { within } from "./deadline.js"
import { LogBook } from "./link-kit.js"
import { MucDialogue, type Entry, type RoomWords } from "./muc-dialogue.js"
import { tempDir } from "./paths.js"

export const domain = "lo.example.test"

export interface PlayOptions {
  adapter?: AnyAdapter
  seams?: Seams
  /** Accounts of the configuration, by name, with who may enter which rooms (`{ "*": ["*"] }`). On the network they are called as here. */
  accounts?: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>
  /** Of those: to which users show who they are. */
  proven?: Readonly<Record<string, { sharedIdentities?: boolean }>>
  admins?: readonly string[]
  limits?: LimitSettings
  /** Of the configuration. */
  bridges?: Config["bridges"]
  /** Where the account can react only as itself. */
  reactions?: "union" | "summary" | "both"
}

interface PlayRoom extends Partial<Omit<NewRoom, "accounts">> {
  /** Of ours, which is in the room. Default «romeo». */
  account?: string
  /** The account's. Default «admin». */
  role?: "owner" | "admin" | "member" | "muted"
}

export class Play {
  readonly log = new LogBook()
  readonly muc: MucDialogue
  readonly network: Network
  readonly path = join(tempDir("core"), "gateway.db")
  readonly #key = new Secret(randomBytes(32))
  readonly #name = randomUUID()
  readonly #sent = new EventEmitter()
  #gateway: Gateway | undefined
  #config: Config | undefined

  private constructor(
    readonly server: ComponentServer,
    private readonly options: PlayOptions,
  ) {
    this.muc = new MucDialogue(server)
    this.network = getNetwork(this.#name)
    this.network.sent.listen(() => this.#sent.emit("sent"))
  }

  static async open(options: PlayOptions = {}): Promise<Play> {
    const play = new Play(await startComponentServer({ domain, secret: "s1" }), options)
    await play.start()
    return play
  }

  async start(): Promise<void> {
    const { server, options } = this
    const adapter = options.adapter ?? loopback(standard)
    const network = {
      id: "lo",
      domain,
      secret: new Secret("s1"),
      server: { host: "127.0.0.1", port: server.port, secure: false, tls: undefined },
      adapterName: "loopback",
      adapter,
      options: { network: this.#name, window: 256 },
      admins: (options.admins ?? []) as BareJid[],
      ...(options.limits && { limits: options.limits }),
      register: { allow: ["*"] },
      ...(options.reactions && { reactions: options.reactions }),
      accounts: Object.entries(options.accounts ?? {}).map(([name, rooms]) => ({
        name,
        login: { name: new Secret(name), password: new Secret("p") },
        rooms,
        ...(options.proven?.[name] && { join: "proven" as const, ...options.proven[name] }),
      })),
    }
    const config = (this.#config = {
      file: "test",
      store: this.path,
      secretKeys: [this.#key],
      log: { level: "debug" as const, format: "json" as const },
      retention: { messageDays: 1, archiveDays: 1, contactDays: 1 },
      networks: [network],
      ...(this.options.bridges && { bridges: this.options.bridges }),
      warnings: [],
    })
    this.#gateway = await startGateway(config, this.log, options.seams)
    await server.online()
  }

  /** As at SIGHUP: the bridges of the configuration are these now. */
  bridgesAre(fixed: NonNullable<Config["bridges"]>["fixed"]): void {
    if (!this.#config) throw new Error("the gateway was not started")
    this.#gateway?.reload({ ...this.#config, bridges: { allow: ["*"], fixed } })
  }

  async stop(): Promise<void> {
    await this.#gateway?.stop()
    this.#gateway = undefined
  }

  async close(): Promise<void> {
    await this.stop()
    await this.server.close()
  }

  async register(jid: string, account = jid.split("@")[0] ?? jid): Promise<void> {
    const form = `<x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE'><value>jabber:iq:register</value></field>
      <field var='name'><value>${account}</value></field><field var='password'><value>p</value></field></x>`
    const answer = await this.server.ask(
      `<iq type='set' from='${jid}' to='${domain}'><query xmlns='jabber:iq:register'>${form}</query></iq>`,
    )
    if (answer.attrs["type"] !== "result") throw new Error(answer.toString())
    await this.network.account(account).whenAttached()
  }

  async unregister(jid: string): Promise<Element> {
    return this.server.ask(`<iq type='set' from='${jid}' to='${domain}'><query xmlns='jabber:iq:register'><remove/></query></iq>`)
  }

  // ---- rooms

  /**
   * Makes a room on the network (default id «g1») with an account of ours in it, or changes it; resolves with its JID when the gateway
   * has taken note. `tag`: name of an account of the configuration.
   */
  async room({ room = "g1", account = "romeo", role = "admin", ...more }: PlayRoom = {}, tag = ""): Promise<string> {
    this.network.rooms.make({ ...more, room, accounts: [{ id: account, role }] })
    await this.drained(account)
    return this.roomJid(room, tag)
  }

  roomJid(room: string, tag = ""): string {
    return roomJid(domain, room, tag)!
  }

  /** The gateway has committed all that the network told it. */
  async drained(account = "romeo"): Promise<void> {
    await this.network.account(account).whenAttached()
    await within(this.network.account(account).mailbox.drained(), 5000, `what ${account} was told to be committed`)
  }

  /** A whole join, to its subject. */
  join(from: string, room: string, nick: string, inner?: string): Promise<Entry> {
    return this.muc.join(from, room, nick, inner)
  }

  /** Says something in a room; returns the stanza's id. */
  roomSay(from: string, room: string, text: string, words?: RoomWords): string {
    return this.muc.say(from, room, text, words)
  }

  /** Says something in a room; resolves with what comes back to who said it. */
  async roomSaid(from: string, room: string, text: string, words?: RoomWords): Promise<Element> {
    return this.muc.answered(from, room, this.muc.say(from, room, text, words))
  }

  /** The gateway is stopped, `meanwhile` happens, and it is back with this account connected. */
  async away(meanwhile: () => void | Promise<void>, account = "romeo"): Promise<void> {
    await this.stop()
    await meanwhile()
    await this.start()
    await this.network.account(account).whenAttached()
  }

  /** Says something to a person, with a receipt wanted; returns the stanza's id. */
  say(from: string, person: string, text: string, { id = randomUUID(), replaces }: { id?: string; replaces?: string } = {}): string {
    const correction = replaces === undefined ? "" : `<replace id='${replaces}' xmlns='urn:xmpp:message-correct:0'/>`
    this.server.send(
      `<message from='${from}' to='${person}@${domain}' type='chat' id='${id}'><body>${text}</body>${correction}<request xmlns='urn:xmpp:receipts'/></message>`,
    )
    return id
  }

  async receipt(id: string, deadlineMs?: number): Promise<Element> {
    return this.server.expect(`<message><received xmlns='urn:xmpp:receipts' id='${id}'/></message>`, deadlineMs)
  }

  receipts(): string[] {
    return this.server.received.flatMap((el) => el.getChild("received", "urn:xmpp:receipts")?.attrs["id"] ?? [])
  }

  bodies(): string[] {
    return this.server.received.flatMap((el) =>
      el.name === "message" && el.attrs["type"] !== "error" ? (el.getChildText("body") ?? []) : [],
    )
  }

  /** All that was sent before has been handled, and what followed from it in the store. */
  async sync(): Promise<void> {
    await this.server.ask(`<iq type='get' from='sync@example.test/x' to='${domain}'><ping xmlns='urn:xmpp:ping'/></iq>`)
  }

  /** The network was told so much, by kind; `more` narrows it: `{ room: "g1" }`. */
  async told(kind: SentRecord["kind"], count: number, more: SentQuery = {}): Promise<SentRecord[]> {
    for (;;) {
      const found = this.network.sent.list({ ...more, kind })
      if (found.length >= count) return found
      await within(once(this.#sent, "sent"), 5000, `${count} × ${kind}, there are ${JSON.stringify(found)}`)
    }
  }

  /** Reads the file beside the running store. */
  rows<R>(sql: string): R[] {
    const db = new Database(this.path, { readonly: true })
    try {
      return db.prepare(sql).all() as R[]
    } finally {
      db.close()
    }
  }

  /** Resolves when the query gives nothing any more; each answer of the server's is a reason to look again. */
  async empty(sql: string, deadlineMs = 5000): Promise<void> {
    const end = performance.now() + deadlineMs
    for (;;) {
      const rows = this.rows(sql)
      if (rows.length === 0) return
      if (performance.now() > end) throw new Error(`${sql}: ${JSON.stringify(rows)}`)
      await this.sync()
    }
  }
}
