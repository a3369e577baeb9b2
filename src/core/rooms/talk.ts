// Not yet written.
import { Refusal } from "../ports.js"
import type { RoomParts } from "./parts.js"
import type { RoomService } from "./ports.js"

export class RoomTalk {
  constructor(readonly parts: RoomParts & { keeper: unknown; access: unknown }) {}
  say: RoomService["say"] = () => Promise.reject(new Refusal("feature-not-implemented", "not yet"))
  retract: RoomService["retract"] = () => Promise.reject(new Refusal("feature-not-implemented", "not yet"))
  whisper: RoomService["whisper"] = () => Promise.reject(new Refusal("feature-not-implemented", "not yet"))
  typing: RoomService["typing"] = () => undefined
}
