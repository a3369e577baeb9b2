// A room's name with those of all it is in: every server has a «general» in its «Text Channels».
import type { RoomRow } from "../../core/rooms/model.js"

/** Undefined: the room has no name. `find`: what it may be said to be in. */
export function pathOf(room: RoomRow, find: (id: number) => RoomRow | undefined): string | undefined {
  if (room.name === null) return undefined
  const path: RoomRow[] = []
  for (let up: RoomRow | undefined = room; up && !path.includes(up); up = up.parentId === null ? undefined : find(up.parentId))
    path.unshift(up)
  return path.flatMap(({ name }) => name ?? []).join(" / ")
}
