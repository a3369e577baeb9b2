// Listens to what the core tells the XMPP side of rooms, in order, and lets it pass.
import { EventEmitter, once } from "node:events"
import type { RoomOp, RoomRow } from "#src/core/rooms/model.js"
import type { RoomChange } from "#src/core/rooms/ports.js"
import type { Seams } from "#src/gateway.js"
import { within } from "./deadline.js"

/** «said Romeo: Hark», «new», «participant Juliet» …: one line for what matters in a test. */
export interface Told {
  room: string
  line: string
  op?: RoomOp
  change?: RoomChange
}

export class RoomRecorder {
  readonly told: Told[] = []
  readonly #news = new EventEmitter()

  readonly seam: NonNullable<Seams["component"]> = (component) => {
    const { rooms } = component.face
    const write = rooms.write.bind(rooms)
    const changed = rooms.changed.bind(rooms)
    rooms.write = (rowId, op, room) => {
      if (op.k === "said" || op.k === "retracted" || op.k === "reactions" || op.k === "subject")
        this.#add({ room: room.legacyId, line: lineOf(op), op })
      write(rowId, op, room)
    }
    rooms.changed = (room, change) => {
      this.#add({ room: room.legacyId, line: changeLine(room, change), change })
      changed(room, change)
    }
    return component
  }

  lines(room?: string): string[] {
    return this.told.filter((one) => room === undefined || one.room === room).map(({ line }) => line)
  }

  /** Resolves when this line has been told (so often). */
  async line(line: string, times = 1): Promise<Told> {
    for (;;) {
      const found = this.told.filter((one) => one.line === line)
      if (found.length >= times) return found[times - 1] as Told
      await within(once(this.#news, "news"), 5000, `«${line}» among ${JSON.stringify(this.lines())}`)
    }
  }

  #add(told: Told): void {
    this.told.push(told)
    this.#news.emit("news")
  }
}

function lineOf(op: RoomOp): string {
  const by = op.by?.nick ?? "(room)"
  if (op.k === "retracted") return `retracted ${op.target}`
  if (op.k === "reactions") return `reactions ${by}: ${op.target} ${op.emoji.join(" ")}`
  if (op.k === "preview") return `preview ${op.target} ${op.page.url}`
  return `${op.k === "said" && op.replaces !== undefined ? "edited" : op.k} ${by}: ${op.text}`
}

function changeLine(room: RoomRow, change: RoomChange): string {
  switch (change.k) {
    case "participant":
      return `participant ${change.former === null ? "" : `${change.former} → `}${change.participant.nick}`
    case "left":
      return `${change.why} ${change.participant.nick}`
    case "gone":
      return `gone ${change.why} ${change.links.map(({ jid }) => jid).join(" ")}`.trim()
    case "moved":
      return `moved ${change.from} → ${room.legacyId}`
    case "typing":
      return `typing ${change.participant.nick}`
    default:
      return change.k
  }
}
