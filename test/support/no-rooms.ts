// A service without any room, for tests of what has nothing to do with them.
import { Refusal } from "#src/core/ports.js"
import type { RoomService } from "#src/core/rooms/ports.js"

const none = () => Promise.reject(new Refusal("item-not-found", "There is no such room."))

export class NoRooms implements RoomService {
  visible = () => Promise.resolve([])
  view = none
  byId = () => undefined
  children = none
  parent = () => Promise.resolve(undefined)
  linksOf = () => []
  takeOccupants = () => []
  takeNick = none
  joined = none
  left = () => undefined
  faces = none
  participant = none
  members = none
  archive = none
  archiveEdges = none
  say = none
  retract = none
  whisper = none
  typing = () => undefined
  manage = none
  abandon = none
}
