// A room of another service: a real Prosody with a conference service of its own, and a component's stream for whoever is to be in its rooms.
import { OccupantPort } from "#src/xmpp/client/port.js"
import { Uploads } from "#src/xmpp/features/upload.js"
import { createLink } from "#src/xmpp/link.js"
import type { Link } from "#src/xmpp/types.js"
import { Allowed } from "#src/media/allowed.js"
import { safeFetch } from "#src/media/fetch.js"
import { TestClient } from "./client.js"
import { LogBook } from "./link-kit.js"
import { startProsody } from "./prosody.js"
import { secret } from "./secrets.js"
import type { XmppServer } from "./server.js"
import type { Element } from "@xmpp/xml"

export const bridge = "bridge.example.test"
export const conference = "conference.example.test"
const password = secret("muc-world-component")

export class MucWorld {
  readonly log = new LogBook()
  readonly port: OccupantPort
  server!: XmppServer
  link!: Link

  constructor() {
    const allowed = new Allowed(["127.0.0.1"])
    this.port = new OccupantPort(bridge, (url, maxBytes, signal) => safeFetch(url, { allowed, maxBytes, signal }))
  }

  async start(users: readonly string[] = ["juliet"], muc = ""): Promise<void> {
    this.server = await startProsody({
      users: Object.fromEntries(users.map((user) => [user, "p"])),
      components: [{ domain: bridge, secret: password }],
      upload: true,
      extra: {
        host: `Component "${conference}" "muc"
  modules_enabled = { "muc_mam" }
  muc_log_by_default = true
  muc_room_default_public_jids = false
${muc}
`,
      },
    })
    await this.connect()
  }

  /** The stream, as component.ts wires it. */
  async connect(): Promise<void> {
    const { port, log, server } = this
    const link = (this.link = createLink({
      service: `xmpp://127.0.0.1:${server.componentPort}`,
      domain: bridge,
      secret: password,
      log,
      random: () => 0,
      events: {
        online: () => port.up(),
        offline: (text) => port.down(text),
        stanza: (el) => void port.takes(el),
      },
    }))
    const context = { link, log, domain: bridge, contactJid: () => null, roomJid: () => null }
    const uploads = new Uploads(context)
    port.wire({ link, while: () => undefined, slot: (file) => uploads.slot(file, { legacyId: "", tag: "", room: false }) })
    link.start()
    await port.untilOnline(AbortSignal.timeout(20_000))
  }

  client(user: string, resource = "orchard"): Promise<TestClient> {
    return TestClient.connect({ server: this.server, user, password: "p", resource })
  }

  async stop(): Promise<void> {
    await this.link.stop()
    await this.server.stop()
  }
}

/** A person in rooms, with a client. */
export class Guest {
  constructor(
    readonly client: TestClient,
    readonly nick: string,
  ) {}

  /** Comes in, and makes the room if nobody has; resolves with the person's own presence. `config`: fields of the room's configuration. */
  async join(room: string, config?: Readonly<Record<string, string>>): Promise<Element> {
    const { client, nick } = this
    const since = client.received.length
    await client.send(`<presence to='${room}/${nick}'><x xmlns='http://jabber.org/protocol/muc'/></presence>`)
    const self = await client.waitFor((el) => el.is("presence") && el.attrs["from"] === `${room}/${nick}` && hasStatus(el, "110"), {
      since,
    })
    if (hasStatus(self, "201") || config) await this.configure(room, config ?? {})
    return self
  }

  async configure(room: string, config: Readonly<Record<string, string>>): Promise<void> {
    const fields = Object.entries(config).map(([name, value]) => `<field var='${name}'><value>${value}</value></field>`)
    const form = `<x xmlns='jabber:x:data' type='submit'><field var='FORM_TYPE'><value>http://jabber.org/protocol/muc#roomconfig</value></field>${fields.join("")}</x>`
    const answer = await this.client.iq("set", room, `<query xmlns='http://jabber.org/protocol/muc#owner'>${form}</query>`)
    if (answer.attrs["type"] !== "result") throw new Error(answer.toString())
  }

  /** Says something; resolves with what comes back. */
  async say(room: string, inner: string, id = this.client.id()): Promise<Element> {
    const since = this.client.received.length
    await this.client.send(`<message to='${room}' type='groupchat' id='${id}'>${inner}</message>`)
    return this.client.waitFor((el) => el.is("message") && el.attrs["id"] === id, { since })
  }

  /** The next message of the room of which this holds, come or to come. */
  heard(room: string, wanted: (el: Element) => boolean): Promise<Element> {
    return this.client.waitFor(
      (el) => el.is("message") && el.attrs["type"] === "groupchat" && (el.attrs["from"] ?? "").startsWith(`${room}/`) && wanted(el),
      { since: 0 },
    )
  }

  /** As the room tells who runs it (XEP-0045 §9). */
  async admin(room: string, item: string): Promise<void> {
    const answer = await this.client.iq("set", room, `<query xmlns='http://jabber.org/protocol/muc#admin'>${item}</query>`)
    if (answer.attrs["type"] !== "result") throw new Error(answer.toString())
  }
}

export const hasStatus = (el: Element, code: string): boolean =>
  el
    .getChild("x", "http://jabber.org/protocol/muc#user")
    ?.getChildren("status")
    .some(({ attrs }) => attrs["code"] === code) ?? false

export const body = (text: string): string => `<body>${text.replace(/[&<>'"]/g, (char) => `&#${char.charCodeAt(0)};`)}</body>`

export const stanzaId = (el: Element): string => el.getChild("stanza-id", "urn:xmpp:sid:0")?.attrs["id"] ?? ""

export const occupantId = (el: Element): string => el.getChild("occupant-id", "urn:xmpp:occupant-id:0")?.attrs["id"] ?? ""
