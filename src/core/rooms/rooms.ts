// Rooms of one network, as the XMPP side sees them (ports.ts, `RoomService`).
import { Refusal } from "../ports.js"
import type { RoomService } from "./ports.js"

const none = () => Promise.reject(new Refusal("item-not-found", "There is no such room."))

export class Rooms implements RoomService {
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
