// A service without any room, for tests of what has nothing to do with them.
import { Refusal } from "#src/core/ports.js"
import type { RoomService } from "#src/core/rooms/ports.js"

const none = () => Promise.reject(new Refusal("item-not-found", "There is no such room."))

export class NoRooms implements RoomService {
  visible: RoomService["visible"] = () => Promise.resolve([])
  view: RoomService["view"] = none
  byId: RoomService["byId"] = () => undefined
  children: RoomService["children"] = () => Promise.resolve([])
  parent: RoomService["parent"] = () => Promise.resolve(undefined)
  avatar: RoomService["avatar"] = () => Promise.resolve(undefined)
  linksOf: RoomService["linksOf"] = () => []
  takeOccupants: RoomService["takeOccupants"] = () => []
  takeNick: RoomService["takeNick"] = none
  joined: RoomService["joined"] = none
  left: RoomService["left"] = () => undefined
  faces: RoomService["faces"] = none
  participant: RoomService["participant"] = none
  members: RoomService["members"] = none
  archive: RoomService["archive"] = none
  archiveEdges: RoomService["archiveEdges"] = none
  say: RoomService["say"] = none
  retract: RoomService["retract"] = none
  whisper: RoomService["whisper"] = none
  react: RoomService["react"] = none
  displayed: RoomService["displayed"] = () => undefined
  typing: RoomService["typing"] = () => undefined
  manage: RoomService["manage"] = none
  begin: RoomService["begin"] = none
  invite: RoomService["invite"] = () => undefined
  keepFor: RoomService["keepFor"] = none
  abandon: RoomService["abandon"] = none
}
