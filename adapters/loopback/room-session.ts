// The contract's verbs for rooms as requests to the network.
import type { Manage } from "xferry"
import { toHistory } from "./events.js"
import type { Line } from "./protocol.js"
import type { Change } from "./room-protocol.js"
import type { FullSession } from "./session.js"

const pageSize = 100

export function roomVerbs(line: Line): Pick<FullSession, "room" | "rooms" | "members" | "access" | "history" | "manage"> {
  return {
    room: async (room, signal) => line.request({ op: "room", room }, signal),
    rooms: async (query, signal) => line.request({ op: "rooms", ...query }, signal),
    members: async ({ limit, ...query }, signal) => line.request({ op: "members", ...query, limit: Math.min(limit, pageSize) }, signal),
    access: async (query, signal) => line.request({ op: "access", ...query }, signal),
    async history({ chat, limit, ...query }, signal) {
      const request = { op: "history" as const, limit: Math.min(limit, pageSize), ...query }
      const { items, more } = await line.request({ ...request, ...("room" in chat ? { room: chat.room } : { to: chat.user }) }, signal)
      return { items: items.map(toHistory), more }
    },
    async manage({ room, as, ...what }, signal) {
      const change = await asData(what, signal)
      return line.request({ op: "manage", room, change, ...(as && { as: as.name }) }, signal)
    },
  }
}

async function asData(what: Manage, signal: AbortSignal): Promise<Change> {
  switch (what.do) {
    case "invite":
      return { do: "invite", ...(what.uses !== undefined && { uses: what.uses }), ...(what.until && { until: what.until.getTime() }) }
    case "create": {
      const { avatar: _, ...fields } = what.new
      return { do: "create", new: fields, ...(what.first && { first: what.first.text }) }
    }
    case "avatar": {
      if (what.file === null) return { do: "avatar", file: null }
      const { name, mime } = what.file
      let bytes = 0
      for await (const chunk of await what.file.open(signal)) bytes += chunk.length
      return { do: "avatar", file: { name, mime, bytes } }
    }
    default:
      return what
  }
}
