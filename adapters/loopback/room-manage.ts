// Changes that gateways ask for in rooms, each told to everybody there as if somebody else had made it.
import { AdapterError, type Manage } from "xferry"
import type { Account } from "./account.js"
import type { Change, RoomAnswers } from "./room-protocol.js"
import { isIn, leads, type Room } from "./room.js"
import type { Rooms } from "./rooms.js"

/** All that the contract has. */
export const manageable: Manage["do"][] = [
  ...(["name", "topic", "avatar", "slow", "pin", "unpin", "kick", "ban", "unban", "add", "role"] as const),
  ...(["create", "join", "close", "reopen", "leave", "destroy", "invite"] as const),
]

/** `room`: undefined for a new one without a parent. */
export function manage(rooms: Rooms, account: Account, room: Room | undefined, change: Change): RoomAnswers["manage"] {
  const by = account.id
  if (change.do === "create") return create(rooms, by, room, change)
  if (room === undefined) throw new AdapterError("gone", "There is no such room.")
  if (change.do === "join") return join(rooms, by, room)
  const own = room.role(by)
  if (!isIn(own)) throw denied("This account is not in the room.")
  if (change.do === "leave") {
    rooms.member({ room: room.id, user: by, change: "left" })
    return {}
  }
  if (!leads(own)) throw denied("Only admins of the room may do this.")
  const id = room.id
  switch (change.do) {
    case "name":
      return { room: rooms.change({ room: id, name: change.text, by }) }
    case "topic":
      return { room: rooms.change({ room: id, topic: change.text, by }) }
    case "slow":
      return { room: rooms.change({ room: id, slowSeconds: change.seconds, by }) }
    case "close":
    case "reopen":
      return { room: rooms.change({ room: id, archived: change.do === "close", by }) }
    case "avatar":
      room.avatar = change.file?.name ?? null
      return {}
    case "pin":
    case "unpin": {
      const post = room.post(change.message.id)
      if (post === undefined) throw new AdapterError("gone", "There is no such message.")
      if (change.do === "unpin") room.pinned.delete(post.id)
      else room.pinned.add(post.id)
      if (change.do === "pin") rooms.notice({ room: id, text: `${by} pinned «${post.text}»`, by })
      return {}
    }
    case "invite":
      return { link: `loopback:invite:${id}` }
    case "destroy":
      if (own !== "owner") throw denied("Only the owner may do this.")
      rooms.delete({ room: id })
      return {}
    case "kick":
    case "ban":
    case "unban":
    case "add":
    case "role":
      person(rooms, by, room, change)
      return {}
  }
}

function create(rooms: Rooms, by: string, parent: Room | undefined, change: Change & { do: "create" }): RoomAnswers["manage"] {
  if (parent !== undefined && !leads(parent.role(by))) throw denied("Only admins of the room may do this.")
  const { kind, name, topic, slowSeconds, archived, limits } = change.new
  const fields = { kind, name, topic, slowSeconds, archived: archived === undefined ? undefined : archived === true, limits }
  const place = parent === undefined ? { accounts: [{ id: by, role: "owner" as const }] } : { parent: parent.id }
  const made = rooms.make({ ...fields, ...place, room: rooms.newId(), by })
  if (change.first !== undefined) rooms.say({ room: made.id, from: by, text: change.first })
  return { room: made }
}

function join(rooms: Rooms, by: string, room: Room): RoomAnswers["manage"] {
  const role = room.role(by)
  if (role === "banned") throw denied("This account is banned from the room.")
  if (!isIn(role)) rooms.member({ room: room.id, user: by, change: "joined" })
  return { room: room.info }
}

function person(rooms: Rooms, by: string, room: Room, change: Extract<Change, { user: string }>): void {
  const { user } = change
  const there = room.seat(user)
  const told = { room: room.id, user, by }
  if (there?.role === "owner") throw denied("Nobody may do this to the owner.")
  if (change.do === "add") {
    rooms.world.knownPerson(user)
    if (there?.role === "banned") throw denied("They are banned from the room.")
    if (!isIn(room.role(user))) rooms.member({ ...told, change: "joined" })
  } else if (change.do === "ban") rooms.member({ ...told, change: "banned" })
  else if (change.do === "unban") {
    if (there?.role === "banned") rooms.member({ ...told, change: "changed", role: "none" })
  } else if (there === undefined || !isIn(there.role)) throw new AdapterError("gone", "They are not in the room.")
  else if (change.do === "kick") rooms.member({ ...told, change: "kicked" })
  else if ("role" in change) {
    if (change.role === "owner" && room.role(by) !== "owner") throw denied("Only the owner may do this.")
    rooms.member({ ...told, change: "changed", role: change.role })
  }
}

const denied = (text: string): AdapterError => new AdapterError("denied", text)
