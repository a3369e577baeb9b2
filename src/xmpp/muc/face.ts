// Rooms as the core drives them (core/rooms/ports.ts, `RoomFace`).
import type { RoomFace } from "../../core/rooms/ports.js"
import type { Context } from "../types.js"

export class MucFace implements RoomFace {
  constructor(private readonly context: Context) {}
  write(rowId: string): void {
    queueMicrotask(() => this.context.service.delivered([rowId]))
  }
  changed(): void {}
}
