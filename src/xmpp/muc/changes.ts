// What changes in a room, told to those who are in it: people who come, go and are renamed, rights, the room's own end.
import type { BareJid } from "../../core/model.js"
import { Refusal } from "../../core/ports.js"
import type { Participant, RoomRow } from "../../core/rooms/model.js"
import type { RoomChange } from "../../core/rooms/ports.js"
import { el, type Xml } from "../stanza.js"
import { update } from "../features/avatar.js"
import type { Context } from "../types.js"
import type { Administration } from "./administration.js"
import { mostFaces } from "./faces.js"
import type { RoomHall } from "./hall.js"
import { nsUser } from "./items.js"
import type { Floor, Stay } from "./stay.js"

export interface ChangeParts {
  context: Context
  hall: RoomHall
  /** Invitations, bookmarks: also of rooms that nobody is in. Why an owner destroys a room. */
  administration: Pick<Administration, "told" | "endingOf">
}

export function changed(parts: ChangeParts, room: RoomRow, change: Exclude<RoomChange, { k: "typing" }>): void {
  const { hall } = parts
  const floor = hall.floor(room.id)
  const ending = change.k === "gone" ? (parts.administration.endingOf(room.id) ?? { reason: reasons[change.why] }) : undefined
  if (!floor && (change.k === "participant" || change.k === "left")) hall.unheard++
  if (floor) hall.inTurn(floor, () => (ending ? hall.remove(room.id, () => true, { destroy: ending }) : inRoom(parts, floor, change)))
  if (change.k === "moved" && change.merged !== null) {
    // Who had joined the room that is no more finds the other by joining again.
    hall.remove(change.merged, () => true, { status: [333], reason: "This room has become part of another. Join again." })
  }
  parts.administration.told(room, change)
}

function inRoom(parts: ChangeParts, floor: Floor, change: Exclude<RoomChange, { k: "typing" }>): void {
  const { hall } = parts
  const { room } = floor
  switch (change.k) {
    case "participant":
      if (change.participant.user === null) return foreign(hall, floor, change)
      return own(hall, floor, change.participant.user, change.participant)
    case "left": {
      const { participant, why, by } = change
      const how = { ...(why !== "left" && { status: [why === "banned" ? 301 : 307] }), ...(by !== undefined && { actor: by }) }
      if (participant.user !== null) return hall.remove(room.id, ({ user }) => user === participant.user, how)
      return hall.dropFace(floor, participant.id, how)
    }
    case "info":
      hall.broadcast(room.id, { name: "message", attrs: { type: "groupchat" }, inner: status(104) })
      return renew(parts, floor)
    case "access":
      return renew(parts, floor, change.user)
    case "lost":
      return lost(hall, room, change)
    case "gone":
    case "new":
    case "offered":
    case "moved":
      return
  }
}

type Lost = Extract<RoomChange, { k: "lost" }>

/** XEP-0045 §10.2: 307 kicked, 301 banned, 321 for what they are, 322 for what the room is. */
const lostBy: Record<Lost["why"], { status: number; reason: string }> = {
  left: { status: 321, reason: "You are not in this group on the network any more, or may not see it." },
  kicked: { status: 307, reason: "You were removed from this group on the network." },
  banned: { status: 301, reason: "You were banned from this group on the network." },
  closed: { status: 322, reason: "On the network this room is closed to you now." },
  unlinked: { status: 321, reason: "You are not tied to the network any more as who you were in this room." },
}

/** Of their clients only those are out that came as this person: they may be there as another. */
function lost(hall: RoomHall, room: RoomRow, { link, why, by }: Lost): void {
  const { status: code, reason } = lostBy[why]
  hall.remove(room.id, (stay) => stay.view.link.id === link.id, { status: [code], reason, ...(by !== undefined && { actor: by }) })
}

const reasons: Record<Extract<RoomChange, { k: "gone" }>["why"], string> = {
  removed: "The account is no longer in this group.",
  deleted: "The group was deleted.",
  abandoned: "The account has left this group.",
}

function status(code: number): Xml {
  return el("x", { xmlns: nsUser }, el("status", { code }))
}

function foreign(hall: RoomHall, floor: Floor, { participant, former, isNew }: Extract<RoomChange, { k: "participant" }>): void {
  const { faces } = floor
  const shown = faces.get(participant.id)?.participant
  if (!participant.present) return hall.dropFace(floor, participant.id, {})
  if (!shown) {
    // Of who merely is there, no more are shown than there is room for; who speaks is shown then.
    if (faces.loaded && faces.size < mostFaces && (isNew || former === null)) hall.showFace(floor, participant)
    return
  }
  if (shown.nick !== participant.nick) return hall.renameFace(floor, participant, shown.nick)
  const same =
    shown.role === participant.role &&
    shown.title === participant.title &&
    shown.name === participant.name &&
    update(shown.avatar) === update(participant.avatar)
  if (same) faces.renew(participant)
  else hall.renewFace(floor, participant)
}

function own(hall: RoomHall, floor: Floor, user: BareJid, participant: Participant): void {
  const before = floor.latest(user)?.participant
  if (!before) return
  if (before.nick !== participant.nick) return hall.renameUser(floor, user, participant)
  for (const stay of floor.of(user)) stay.participant = participant
  if (before.title !== participant.title || before.name !== participant.name) hall.showUser(floor, user)
}

/** What each user may do is asked anew, or what this one may; who may not be here any more goes (§9.4: 321). */
export function renew({ context, hall }: Pick<ChangeParts, "context" | "hall">, floor: Floor, only?: BareJid): void {
  for (const { user, view } of asWhom(floor)) {
    if (only !== undefined && user !== only) continue
    const { link } = view
    const asked = context.service.rooms.view(user, floor.room.legacyId, link.tag)
    asked.then(
      (now) => hall.inTurn(floor, () => hall.setView(floor, user, now)),
      (error: unknown) => {
        if (!(error instanceof Refusal)) return context.log.warn({ err: error, room: floor.room.id }, "rights in a room could not be asked")
        // That it cannot be asked now puts nobody out.
        if (error.error.type === "wait") return
        hall.inTurn(floor, () =>
          hall.remove(floor.room.id, (stay) => stay.user === user && stay.view.link.id === link.id, {
            status: [321],
            reason: error.error.text,
          }),
        )
      },
    )
  }
}

/** One client of each user and of each person they are there. */
function asWhom(floor: Floor): Iterable<Stay> {
  return new Map([...floor.stays.values()].map((stay) => [`${stay.user} ${stay.view.link.id}`, stay])).values()
}
