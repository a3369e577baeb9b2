// Bridges of rooms: made by a code of the other side, listed, changed and ended.
import type { BridgeService } from "../bridges/desk.js"
import type { Service } from "../ports.js"
import type { RoomRow } from "../rooms/model.js"
import { words, type Said } from "../words/words.js"
import { bridgeCommand, bridgedRoom } from "./bridge.js"
import { bridgeOptions } from "./bridge-options.js"
import { nothingChanged, yesOrNo, type Command, type CommandCall } from "./command.js"
import { mostShown, shownOf } from "./rows.js"

/** As codes are written; perhaps a name. */
const likeCode = /^[a-z2-7]{10,16}$/i

const bridge = bridgeCommand({
  name: "bridge",
  title: words("Bridge a room"),
  text: words("Bridges a room with another one, of this or another network: gives a code for its other side, or takes the code of that."),
  argument: "ROOM [CODE]",
  room: true,
  async run(call, bridges) {
    const { room, code } = await meant(call, bridges)
    return code === "" ? bridges.offer(call.user, room) : bridges.redeem(call.user, room, code)
  },
})

async function meant(call: CommandCall, bridges: BridgeService): Promise<{ room: RoomRow; code: string }> {
  const { argument, user, ask } = call
  const title = words("Bridge a room")
  const codeField = { name: "code", label: words("Code of the other side, if you have one"), optional: true as const }
  if (argument === "") {
    const text = bridges.canEnter
      ? words("A room by its address. The gateway comes into it, and who runs it agrees there.")
      : words("A room by its address or name. You have to be its owner or admin on {network}.", { network: call.service.name })
    const { room = "", code = "" } = await ask({ title, text, fields: [{ name: "room", label: words("Room") }, codeField] })
    return { room: await bridges.room(user, room), code: code.trim() }
  }
  const known = await bridges.find(user, argument)
  if (known) return { room: known, code: ((await ask({ title, fields: [codeField] })).code ?? "").trim() }
  const [, first = "", last = ""] = /^(.*?)\s*(\S+)$/s.exec(argument) ?? []
  if (likeCode.test(last) && first !== "") return { room: await bridges.room(user, first), code: last }
  if (likeCode.test(last)) {
    const { room = "" } = await ask({ title, fields: [{ name: "room", label: words("Room") }] })
    return { room: await bridges.room(user, room), code: last }
  }
  return { room: await bridges.room(user, argument), code: "" }
}

const list: Command = {
  ...bridgeCommand({
    name: "bridges",
    title: words("Bridges"),
    text: words("Lists the bridges of rooms that are yours to see."),
    async run({ user }, bridges) {
      const all = await bridges.list(user)
      if (all.length === 0) return words("There are no bridges for you to see.")
      const lines: Said[] = []
      const rows: Record<string, Said>[] = []
      for (const { bridge: one, legs } of all) {
        lines.push(
          one.origin === "config" ? words("{name} (of the configuration):", { name: one.name }) : words("{name}:", { name: one.name }),
        )
        for (const { room, network, by, state } of legs) {
          const gone = state === "open" ? "" : words("The gateway is not in it now.")
          lines.push(words("– {room} ({network}), agreed by {by}. {note}", { room, network, by, note: gone }))
          rows.push({ name: one.name, room, network, by })
        }
      }
      const columns = [
        { name: "name", label: words("Bridge") },
        { name: "room", label: words("Room") },
        { name: "network", label: words("Network") },
        { name: "by", label: words("Agreed by") },
      ]
      return { text: shownOf(lines), table: { columns, rows: rows.slice(0, mostShown) } }
    },
  }),
  // Also who may make none may see theirs.
  offered: ({ bridges }: Service) => bridges !== undefined,
}

const unbridge: Command = {
  ...bridgeCommand({
    name: "unbridge",
    title: words("End a bridge"),
    text: words("Takes a room out of its bridge; of two rooms the bridge ends."),
    argument: "ROOM",
    room: true,
    async run(call, bridges) {
      const title = words("End a bridge")
      const [, first = call.argument, sure = ""] = /^(.+?)\s+(yes)$/is.exec(call.argument) ?? []
      const room = await bridgedRoom({ ...call, argument: first }, bridges, title)
      const { bridge: one } = await bridges.options(call.user, room)
      const text = words("What is said in {room} is not seen in the other rooms of {name} any more, and the other way.", {
        room: room.name ?? room.legacyId,
        name: one.name,
      })
      const fields = [{ name: "sure", label: words("Are you sure?"), options: yesOrNo }]
      if (sure === "" && (await call.ask({ title, text, fields })).sure !== "yes") return nothingChanged
      return bridges.end(call.user, room)
    },
  }),
  offered: ({ bridges }: Service) => bridges !== undefined,
}

const password = bridgeCommand({
  name: "bridge-password",
  title: words("Password of a room"),
  text: words("Gives the gateway the password of a room that it is to bridge."),
  argument: "ROOM",
  offered: ({ bridges }) => bridges?.canEnter === true,
  async run({ user, ask, argument }, bridges) {
    const title = words("Password of a room")
    const field = { name: "password", label: words("Password"), secret: true }
    const fields = argument === "" ? [{ name: "room", label: words("Room") }, field] : [field]
    const { room = argument, password: secret = "" } = await ask({ title, fields })
    return bridges.password(user, room, secret)
  },
})

export const bridgeCommands: readonly Command[] = [bridge, list, bridgeOptions, unbridge, password]
