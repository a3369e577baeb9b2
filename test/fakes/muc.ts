// Rooms on a real Prosody, as the conformance kit needs them: a person with a client is in them, and keeps what they see.
import type { Element } from "@xmpp/xml"
import type { Answers, Fake, FakeAsides, FakeFile, FakeFiles, FakeRooms } from "xferry/conformance"
import type { TestClient } from "../support/client.js"
import { ownAnswer } from "#src/xmpp/client/index.js"
import { personId } from "#src/xmpp/client/jids.js"
import { body, conference, Guest, type MucWorld, occupantId, stanzaId } from "../support/muc-world.js"
import { upload } from "../support/uploading.js"

const garden = `garden@${conference}`
const court = `court@${conference}`

interface Seen {
  id: string
  origin: string
  nick: string
  text: string
  files: string[]
  gone: boolean
  reactions: Map<string, string[]>
}

export class MucFake implements Fake {
  readonly roomsOnly = true
  readonly credentials: readonly [Answers, Answers] = [ownAnswer, ownAnswer]
  readonly badCredentials = ownAnswer
  readonly person = { id: "", name: "Juliet" }
  readonly #seen: Seen[] = []
  #juliet!: Guest
  #looked = 0
  #nurses = 0
  readonly #clients: TestClient[] = []

  constructor(readonly world: MucWorld) {}

  async start(): Promise<void> {
    await this.world.start()
    this.#juliet = new Guest(await this.world.client("juliet"), "Juliet")
    const self = await this.#juliet.join(garden, { "muc#roomconfig_changesubject": "1" })
    Object.assign(this.person, { id: personId(garden, "Juliet", occupantId(self)) })
    await this.#juliet.join(court, { "muc#roomconfig_moderatedroom": "1", "muc#roomconfig_changesubject": "0" })
  }

  async stop(): Promise<void> {
    for (const client of [this.#juliet.client, ...this.#clients]) await client.disconnect()
    await this.world.stop()
  }

  options(): object {
    return {}
  }

  cut(): void {
    this.world.link.restart("the test cuts it")
  }

  async personSays(text: string): Promise<string> {
    return stanzaId(await this.#juliet.say(garden, body(text)))
  }

  personEdits(id: string, text: string): Promise<Element> {
    const said = this.#juliet.client.received.find((el) => stanzaId(el) === id)
    return this.#juliet.say(garden, `${body(text)}<replace xmlns='urn:xmpp:message-correct:0' id='${said?.attrs["id"]}'/>`)
  }

  async #look(): Promise<void> {
    const { client } = this.#juliet
    await client.fence()
    for (const el of client.received.slice(this.#looked)) this.#read(el)
    this.#looked = client.received.length
  }

  #read(el: Element): void {
    const from = el.attrs["from"] ?? ""
    const nick = from.slice(garden.length + 1)
    if (!el.is("message") || !from.startsWith(`${garden}/`) || nick === "Juliet" || el.attrs["type"] !== "groupchat") return
    const by = (id: string): Seen | undefined => this.#seen.find((one) => one.id === id || one.origin === id)
    const retracted = el.getChild("retract", "urn:xmpp:message-retract:1")?.attrs["id"]
    const replaced = el.getChild("replace", "urn:xmpp:message-correct:0")?.attrs["id"]
    const reactions = el.getChild("reactions", "urn:xmpp:reactions:0")
    const text = el.getChildText("body") ?? ""
    if (retracted !== undefined) Object.assign(by(retracted) ?? {}, { gone: true })
    else if (replaced !== undefined) Object.assign(by(replaced) ?? {}, { text })
    else if (reactions) this.#thinks(reactions.attrs["id"] ?? "", nick, reactions)
    else if (text !== "") {
      const url = el.getChild("x", "jabber:x:oob")?.getChildText("url")
      this.#seen.push({
        id: stanzaId(el),
        origin: el.attrs["id"] ?? "",
        nick,
        text: url === text ? "" : text,
        files: url ? [url] : [],
        gone: false,
        reactions: new Map(),
      })
    }
  }

  readonly #thought = new Map<string, string[]>()

  #thinks(id: string, nick: string, reactions: Element): void {
    this.#thought.set(
      `${id} ${nick}`,
      reactions.getChildren("reaction").map((one) => one.text()),
    )
  }

  async sent(): Promise<{ id: string; text: string }[]> {
    await this.#look()
    return this.#seen.filter(({ gone }) => !gone)
  }

  readonly rooms: FakeRooms = {
    room: { id: garden, name: "garden" },
    readOnly: court,
    nowhere: `nowhere@${conference}`,
    says: (text) => this.personSays(text),
    sent: () => this.sent(),
    edits: (id, text) => this.personEdits(id, text),
    deletes: (id) => this.#juliet.say(garden, `<retract xmlns='urn:xmpp:message-retract:1' id='${id}'/>${body("…")}`),
    joins: async () => {
      const user = `nurse${(this.#nurses += 1)}`
      await this.world.server.addUser(user, "p")
      const client = await this.world.client(user)
      this.#clients.push(client)
      const self = await new Guest(client, user).join(garden)
      return personId(garden, user, occupantId(self))
    },
  }

  readonly asides: FakeAsides = {
    inRoom: true,
    reacts: (id, emoji) =>
      this.#juliet.say(
        garden,
        `<reactions xmlns='urn:xmpp:reactions:0' id='${id}'>${emoji.map((one) => `<reaction>${one}</reaction>`).join("")}</reactions>`,
      ),
    reactions: async (id) => {
      await this.#look()
      return [...this.#thought].filter(([key]) => key.startsWith(`${id} `)).flatMap(([, emoji]) => emoji)
    },
  }

  readonly files: FakeFiles = {
    shows: async ([file], text) => {
      if (!file) throw new Error("no file")
      const { client } = this.#juliet
      const url = await upload(client, "upload.example.test", file.name, file.content, file.mime)
      const range = `<body start='${[...text].length}' end='${[...text].length + 1 + url.length}'/>`
      const fallback = `<fallback xmlns='urn:xmpp:fallback:0' for='urn:xmpp:sfs:0'>${range}</fallback>`
      return stanzaId(await this.#juliet.say(garden, `${body(`${text}\n${url}`)}${sharing(file, url)}${fallback}`))
    },
    sent: async (_, id) => {
      await this.#look()
      const at = this.#seen.findIndex((one) => one.id === id)
      const main = this.#seen[at]
      const files = main?.files ?? []
      // Each file is a message of its own, before the text.
      let first = at
      while (this.#seen[first - 1]?.files.length === 1 && this.#seen[first - 1]?.origin.split("/f")[0] === main?.origin.split("~")[0])
        first -= 1
      const urls = [...this.#seen.slice(first, at).flatMap((one) => one.files), ...files]
      const contents = await Promise.all(urls.map(async (url) => new Uint8Array(await (await fetch(url)).arrayBuffer())))
      return { files: contents.map((content) => ({ content })), text: main?.text ?? "" }
    },
  }
}

function sharing({ name, mime, content }: FakeFile, url: string): string {
  const data = `<file xmlns='urn:xmpp:file:metadata:0'><media-type>${mime}</media-type><name>${name}</name><size>${content.length}</size></file>`
  const source = `<sources><url-data xmlns='http://jabber.org/protocol/url-data' target='${url}'/></sources>`
  return `<file-sharing xmlns='urn:xmpp:sfs:0' disposition='inline'>${data}${source}</file-sharing>`
}
