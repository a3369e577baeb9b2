// Not yet written.
import { Refusal } from "../ports.js"
import type { RoomParts } from "./parts.js"
import type { RoomService } from "./ports.js"

export class RoomManagement {
  constructor(readonly parts: RoomParts & { keeper: unknown; access: unknown }) {}
  manage: RoomService["manage"] = () => Promise.reject(new Refusal("feature-not-implemented", "not yet"))
  abandon: RoomService["abandon"] = () => Promise.reject(new Refusal("feature-not-implemented", "not yet"))
  members: RoomService["members"] = () => Promise.reject(new Refusal("feature-not-implemented", "not yet"))
}
