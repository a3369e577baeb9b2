// What a room's subject is. Pure.
import type { RoomRow } from "./model.js"

/** Its topic. A room within a group is its topic: where it has no other, the name says what it is about. «»: none. */
export function subjectOf({ kind, name, topic }: Pick<RoomRow, "kind" | "name" | "topic">): string {
  if (topic !== null && topic !== "") return topic
  return kind === "topic" ? (name ?? "") : ""
}
