// A room of another service as a script: the test is the room, word by word, and the network's session is real.
import type { Element } from "@xmpp/xml"
import type { Host, NetworkEvent } from "#src/adapter/contract.js"
import { overStream } from "#src/xmpp/client/index.js"
import { OccupantPort } from "#src/xmpp/client/port.js"
import { createLink } from "#src/xmpp/link.js"
import type { Link } from "#src/xmpp/types.js"
import { TestHost } from "xferry/conformance"
import { startComponentServer, type ComponentServer } from "./component-server.js"
import { LogBook } from "./link-kit.js"

export const domain = "bridge.example.test"
export const garden = "garden@conference.example.test"
export const listener = `~gateway@${domain}/xferry`
const nsUser = "http://jabber.org/protocol/muc#user"

/** A room of today: with an archive, ids of messages and of people. */
export const modern = ["urn:xmpp:mam:2", "urn:xmpp:mam:2#extended", "urn:xmpp:sid:0", "urn:xmpp:occupant-id:0", "muc_moderated"]

interface Words {
  id?: string
  stanza?: string
  occupant?: string
  to?: string
  /** More children, as XML. */
  more?: string
}

export class RoomScript {
  readonly port = new OccupantPort(domain, () => Promise.reject(new Error("nothing is fetched here")))
  readonly log = new LogBook()
  link!: Link
  features: readonly string[] = []
  /** What the archive holds, as `<message …/>` with id and time. */
  archive: { id: string; at: Date; xml: string }[] = []
  #ids = 0

  private constructor(readonly server: ComponentServer) {}

  static async open(features: readonly string[] = []): Promise<RoomScript> {
    const script = new RoomScript(await startComponentServer({ domain, secret: "s1" }))
    script.features = features
    const { port, log, server } = script
    script.link = createLink({
      service: server.service,
      domain,
      secret: "s1",
      log,
      random: () => 0,
      events: { online: () => port.up(), offline: (text) => port.down(text), stanza: (el) => void port.takes(el) },
    })
    port.wire({ link: script.link, while: () => undefined, slot: () => Promise.resolve(undefined) })
    script.link.start()
    await server.online()
    return script
  }

  async close(): Promise<void> {
    await this.link.stop()
    await this.server.close()
  }

  async session(host: Host, options: object = {}) {
    const adapter = overStream(this.port)
    const checked = (await adapter.options["~standard"].validate(options)) as { value: never }
    return adapter.connect({}, checked.value, host)
  }

  /** A session that is in the garden. */
  async inGarden(options: object = {}, memory = new Map<string, string>(), more: Partial<Pick<Host, "run" | "commands">> = {}) {
    const host = Object.assign(new TestHost(memory), more)
    const session = await this.session(host, options)
    const joining = session.manage({ room: garden, do: "join" }, host.signal)
    await this.answerInfo()
    await this.admit(listener)
    await joining
    return { host, session }
  }

  /** Answers the next question about the room. */
  async answerInfo(): Promise<void> {
    const asked = await this.server.expect(`<iq type='get' to='${garden}'><query xmlns='http://jabber.org/protocol/disco#info'/></iq>`)
    const features = this.features.map((name) => `<feature var='${name}'/>`).join("")
    this.server.reply(
      asked,
      `<query xmlns='http://jabber.org/protocol/disco#info'><identity category='conference' type='text' name='The Garden'/>${features}</query>`,
    )
  }

  /** Lets in whoever asks next with this JID; resolves with what they asked. */
  async admit(jid: string, { role = "participant", affiliation = "none", status = [] as string[] } = {}): Promise<Element> {
    const asked = await this.server.expect(
      (el) => el.name === "presence" && el.attrs["from"] === jid && el.attrs["type"] === undefined && el.getChild("x") !== undefined,
    )
    this.tellSelf(jid, asked.attrs["to"] ?? "", { role, affiliation, status })
    this.send(`<message from='${garden}' to='${jid}' type='groupchat'><subject/></message>`)
    return asked
  }

  tellSelf(to: string, from: string, { role = "participant", affiliation = "none", status = [] as string[], type = "" } = {}): void {
    const codes = ["110", ...status].map((code) => `<status code='${code}'/>`).join("")
    this.send(
      `<presence from='${from}' to='${to}'${type && ` type='${type}'`}><x xmlns='${nsUser}'><item affiliation='${affiliation}' role='${role}'/>${codes}</x></presence>`,
    )
  }

  /** A message of the room to the listener. */
  says(nick: string, inner: string, words: Words = {}): string {
    const { id = `m${++this.#ids}`, occupant = `o-${nick}`, to = listener, more = "" } = words
    const { stanza = `s-${id}` } = words
    const from = nick === "" ? garden : `${garden}/${nick}`
    this.send(
      `<message from='${from}' to='${to}' type='groupchat' id='${id}'>${inner}<stanza-id xmlns='urn:xmpp:sid:0' by='${garden}' id='${stanza}'/><occupant-id xmlns='urn:xmpp:occupant-id:0' id='${occupant}'/>${more}</message>`,
    )
    return stanza
  }

  /** What one of us says next; it is shown to all, if `show`. */
  async said(show = true): Promise<Element> {
    const el = await this.server.expect((one) => one.name === "message" && one.attrs["type"] === "groupchat")
    if (show) this.shows(el)
    return el
  }

  /** Shows it to the listener, as by this nick. */
  shows(el: Element, nick = this.nickOf(el.attrs["from"] ?? "")): void {
    const inner = el.children.map(String).join("")
    this.says(nick, inner, { id: el.attrs["id"] ?? "", stanza: `s-${++this.#ids}`, occupant: `o-${nick}` })
  }

  /** As it asked to be called last. */
  nickOf(jid: string): string {
    const asked = this.server.received.filter((el) => el.name === "presence" && el.attrs["from"] === jid && el.attrs["type"] === undefined)
    return asked.at(-1)?.attrs["to"]?.slice(garden.length + 1) ?? ""
  }

  /** Answers the next question to the archive with all there is. */
  async answerArchive(): Promise<Element> {
    const asked = await this.server.expect(`<iq type='set' to='${garden}'><query xmlns='urn:xmpp:mam:2'/></iq>`)
    const query = asked.getChild("query")
    for (const { id, at, xml } of this.archive)
      this.send(
        `<message from='${garden}' to='${listener}'><result xmlns='urn:xmpp:mam:2' queryid='${query?.attrs["queryid"]}' id='${id}'><forwarded xmlns='urn:xmpp:forward:0'><delay xmlns='urn:xmpp:delay' stamp='${at.toISOString()}'/>${xml}</forwarded></result></message>`,
      )
    this.server.reply(asked, "<fin xmlns='urn:xmpp:mam:2' complete='true'/>")
    return asked
  }

  /** All that was sent before has been handled. */
  async sync(): Promise<void> {
    await this.server.ask(`<iq type='get' from='sync@example.test/x' to='${listener}'><ping xmlns='urn:xmpp:ping'/></iq>`)
  }

  send(xml: string): void {
    this.server.send(xml)
  }
}

export const texts = (events: readonly NetworkEvent[]): string[] =>
  events.flatMap((event) => (event.type === "message" ? [event.body.text] : []))
