// A stage with one room, and users of ours who talk in it.
import { once } from "node:events"
import type { Element } from "@xmpp/xml"
import type { RoomOp, RoomRow } from "#src/core/rooms/model.js"
import type { RoomChange } from "#src/core/rooms/ports.js"
import { domain, Stage } from "./component-kit.js"
import { within } from "./deadline.js"
import type { MemoryService } from "./memory-service.js"
import { MucDialogue } from "./muc-dialogue.js"

export const coven = `#coven@${domain}`
export const hag = "hag66@example.test/pda"
export const crone = "crone1@example.test/desktop"
export const wicca = "wiccarocks@other.test/laptop"

export class RoomStage {
  readonly muc: MucDialogue
  readonly room: RoomRow
  #rows = 0

  private constructor(readonly stage: Stage) {
    this.muc = new MucDialogue(stage.server)
    this.room = stage.service.rooms.rows[0]!
  }

  static async open(prepare: (service: MemoryService, room: RoomRow) => void = () => undefined): Promise<RoomStage> {
    const stage = await Stage.open((service) => {
      for (const full of [hag, crone, wicca]) service.tie(full.split("/")[0]!)
      prepare(service, service.rooms.add("coven"))
    })
    return new RoomStage(stage)
  }

  get rooms(): MemoryService["rooms"] {
    return this.stage.service.rooms
  }

  get server(): Stage["server"] {
    return this.stage.server
  }

  /** As the core writes a row. Returns its id. */
  write(op: RoomOp): string {
    const rowId = `row${++this.#rows}`
    this.stage.component.face.rooms.write(rowId, op, this.room)
    return rowId
  }

  changed(change: RoomChange): void {
    this.stage.component.face.rooms.changed(this.room, change)
  }

  /** Resolves once the rooms were asked so. */
  async called(call: string): Promise<void> {
    while (!this.rooms.calls.includes(call))
      await within(once(this.rooms.news, "news"), 5000, `«${call}» among ${this.rooms.calls.join(", ")}`)
  }

  /** Everything this client was sent of the room since, as short words. */
  async told(to: string, since = 0): Promise<string[]> {
    await this.stage.sync()
    return this.server.received.slice(since).flatMap((el) => (el.attrs["to"] === to ? brief(el) : []))
  }

  get mark(): number {
    return this.server.received.length
  }

  /** The stanza error for what had this id. */
  async refused(id: string, name = "message"): Promise<{ from: string; condition: string; text: string }> {
    const el = await this.server.expect(`<${name} type='error' id='${id}'/>`)
    const error = el.getChild("error")
    const condition = error?.getChildElements()[0]?.getName() ?? ""
    return { from: el.attrs["from"] ?? "", condition, text: error?.getChildText("text") ?? "" }
  }

  close(): Promise<void> {
    return this.stage.close()
  }
}

/** `+nick`, `-nick 303`, `nick: text`, `subject text`. */
export function brief(el: Element): string {
  const nick = (el.attrs["from"] ?? "").split("/")[1] ?? ""
  const codes = (el.getChild("x", "http://jabber.org/protocol/muc#user")?.getChildren("status") ?? []).map(({ attrs }) => attrs["code"])
  if (el.name === "presence") return [`${el.attrs["type"] === "unavailable" ? "-" : "+"}${nick}`, ...codes].join(" ")
  const body = el.getChildText("body")
  if (body !== null) return `${nick}: ${body}`
  const subject = el.getChildText("subject")
  return subject === null
    ? `${nick} ${el
        .getChildElements()
        .map((child) => child.getName())
        .join(",")}`
    : `subject ${subject}`
}
