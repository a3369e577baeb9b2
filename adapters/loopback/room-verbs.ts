// What gateways may do in rooms: the role of the account in the room decides.
import { AdapterError } from "xferry"
import type { Account } from "./account.js"
import type { Answer, Answers } from "./protocol.js"
import type { Ballots } from "./asides.js"
import { besideOf } from "./content.js"
import { asRef, type Files } from "./files.js"
import { manage } from "./room-manage.js"
import type { RoomAnswers, RoomRequest } from "./room-protocol.js"
import { isIn, leads, type Post, type Room } from "./room.js"
import type { Rooms } from "./rooms.js"
import type { SentLog } from "./sent.js"

export interface RoomsSide {
  rooms: Rooms
  sent: SentLog
  files: Files
  ballots: Ballots
}
type Asked<Op extends RoomRequest["op"]> = Extract<RoomRequest, { op: Op }>

const pageSize = 100

export function carryOutInRoom(side: RoomsSide, account: Account, request: RoomRequest): Answer {
  const { rooms, sent } = side
  if (request.op === "rooms") return list(rooms, account, request)
  if (request.op === "manage") return change(side, account, request)
  const room = roomOf(rooms, account, request.room)
  const record = { account: account.id, to: room.id, room: room.id, at: rooms.world.now() }
  switch (request.op) {
    case "send":
      return send(side, account, room, request)
    case "edit": {
      const post = postOf(room, request.id)
      if (post.from !== account.id) throw denied("Only its author may edit a message.")
      const rich = besideOf(request)
      const revision = rooms.edit({ room: room.id, id: post.id, text: request.text, asked: account.id, sent: rich })
      sent.add({ ...record, kind: "edit", id: post.id, text: request.text, ...rich })
      return { revision }
    }
    case "retract": {
      const post = postOf(room, request.id)
      if (post.from !== account.id && !leads(room.role(account.id))) throw denied("Only admins may delete what others said.")
      rooms.retract({ room: room.id, ids: [post.id], by: account.id, why: request.why, asked: account.id })
      sent.add({ ...record, kind: "retract", id: post.id, ...(request.why !== undefined && { text: request.why }) })
      return {}
    }
    case "react":
      postOf(room, request.id)
      rooms.react({ room: room.id, from: account.id, id: request.id, set: request.emoji, asked: account.id })
      sent.add({ ...record, kind: "react", id: request.id, emoji: request.emoji, ...(request.as !== undefined && { as: request.as }) })
      return {}
    case "read":
      sent.add({ ...record, kind: "read", id: postOf(room, request.id).id })
      return {}
    case "interact": {
      const post = postOf(room, request.id)
      const voter = request.as ?? account.id
      const { extras, text } = side.ballots.choose(`${room.id}\n${post.id}`, voter, post.extras, request.choose)
      sent.add({ ...record, kind: "interact", id: post.id, choose: request.choose, ...(request.as !== undefined && { as: request.as }) })
      rooms.edit({ room: room.id, id: post.id, text: post.text, sent: { ...besideOf(post), extras } })
      return { text }
    }
    case "typing":
      rooms.typing({ room: room.id, from: account.id, active: request.active })
      sent.add({ ...record, kind: "typing", active: request.active })
      return {}
    case "room":
      return room.info
    case "members":
      return members(rooms, room, request)
    case "access":
      return { role: room.role(request.user), maySend: room.maySend(request.user) }
    case "history": {
      const { posts, more } = room.page(request)
      return { items: posts.map((post) => rooms.messageOf(room, post, account)), more }
    }
  }
}

function change(
  { rooms, sent }: Pick<RoomsSide, "rooms" | "sent">,
  account: Account,
  { room: id, change, as }: Asked<"manage">,
): RoomAnswers["manage"] {
  const answer = manage(rooms, account, id === "" ? undefined : rooms.get(id), change)
  const record = { account: account.id, to: id, room: id, at: rooms.world.now() }
  sent.add({ ...record, kind: "manage", manage: change, ...(as !== undefined && { as }) })
  return answer
}

function roomOf(rooms: Rooms, account: Account, id: string): Room {
  const room = rooms.get(id)
  if (!isIn(room.role(account.id))) throw denied("This account is not in the room.")
  return room
}

function send({ rooms, sent, files }: RoomsSide, account: Account, room: Room, request: Asked<"send">): Answers["send"] {
  const { text, key, once, reply, quote, as } = request
  const first = once ? sent.byKey(account.id, key) : undefined
  const at = rooms.world.now()
  if (first !== undefined) {
    sent.add({ ...first, kind: "repeat", at })
    return { id: first.id!, at: first.at }
  }
  if (!room.maySend(account.id)) throw denied("This account may not write in this room.")
  wait(room, account.id, at)
  const rich = besideOf(request)
  const shown = request.files?.map((file) => files.finish(file))
  const replied = { ...(reply !== undefined && { reply }), ...(quote !== undefined && { quote }) }
  const post: Post = { id: room.nextId(), from: account.id, at, text, key, ...rich, ...(shown && { files: shown.map(asRef) }), ...replied }
  rooms.posted(room, post)
  const { id } = post
  sent.add({
    kind: "send",
    account: account.id,
    to: room.id,
    room: room.id,
    at,
    id,
    text,
    key,
    ...rich,
    ...(shown && { files: shown }),
    ...replied,
    ...(as !== undefined && { as }),
  })
  return { id, at }
}

/** Slow mode: those who lead the room need not wait. */
function wait(room: Room, account: string, now: number): void {
  if (!room.slowSeconds || leads(room.role(account))) return
  const retryAfterMs = (room.lastSent.get(account) ?? -Infinity) + room.slowSeconds * 1000 - now
  if (retryAfterMs > 0) throw new AdapterError("retry", "This room is in slow mode: wait.", { retryAfterMs, blocks: "chat" })
  room.lastSent.set(account, now)
}

function list(rooms: Rooms, account: Account, { parent, cursor = "0" }: Asked<"rooms">): RoomAnswers["rooms"] {
  const all = [...rooms.all()].filter((room) => (room.parent?.id === parent || shelf(room) === parent) && isIn(room.role(account.id)))
  const from = Number(cursor)
  const items = all.slice(from, from + pageSize).map(({ info }) => info)
  return from + pageSize < all.length ? { items, next: String(from + pageSize) } : { items }
}

/** The container a room is found in: what is in a group is listed beside it. */
function shelf({ parent }: Room): string | undefined {
  return parent === undefined || parent.kind === "container" ? parent?.id : shelf(parent)
}

function members(rooms: Rooms, room: Room, { cursor = "0", limit }: Asked<"members">): RoomAnswers["members"] {
  const items: RoomAnswers["members"]["items"] = []
  for (const { place, id } of room.members(Number(cursor))) {
    if (items.length === limit) return { items, next: String(place) }
    items.push(rooms.memberOf(room, id))
  }
  return { items }
}

function postOf(room: Room, id: string): Post {
  const post = room.post(id)
  if (post === undefined) throw new AdapterError("gone", "There is no such message.")
  return post
}

const denied = (text: string): AdapterError => new AdapterError("denied", text)
