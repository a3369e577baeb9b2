// What commands about bridges share: that there are bridges at all, and which room is meant.
import type { BridgeService } from "../bridges/desk.js"
import { Refusal } from "../ports.js"
import type { RoomRow } from "../rooms/model.js"
import { words, type Said } from "../words/words.js"
import type { Command, CommandCall } from "./command.js"

export type BridgeCommand = Omit<Command, "needs" | "section" | "run"> & {
  run(call: CommandCall, bridges: BridgeService): ReturnType<Command["run"]>
}

export function bridgeCommand({ run, offered, ...rest }: BridgeCommand): Command {
  return {
    ...rest,
    needs: "anyone",
    section: "bridges",
    offered: (service, user) => service.bridges?.may(user) === true && (offered?.(service, user) ?? true),
    run(call) {
      const { bridges } = call.service
      if (!bridges) throw new Refusal("feature-not-implemented", words("This gateway makes no bridges."))
      return run(call, bridges)
    },
  }
}

/** The room that is said or asked for. Throws `Refusal`. */
export async function bridgedRoom({ user, argument, ask }: CommandCall, bridges: BridgeService, title: Said): Promise<RoomRow> {
  const text = argument !== "" ? argument : ((await ask({ title, fields: [{ name: "room", label: words("Room") }] })).room ?? "")
  const room = await bridges.find(user, text)
  if (room) return room
  const listed = (await bridges.list(user)).flatMap(({ bridge }) => bridge.legs.map(({ conversation }) => conversation))
  const own = listed.flatMap((id) => bridges.byId(id) ?? []).find((one) => one.legacyId.toLowerCase() === text.trim().toLowerCase())
  if (own) return own
  throw new Refusal("item-not-found", words("There is no such room for you. Write «bridges» to see what is bridged."))
}
