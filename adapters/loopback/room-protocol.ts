// Rooms as they pass between the network, its gateways and its drivers: JSON, times in epoch ms. See docs/adapter/loopback.md.
import type { Manage, Member, Role, Room } from "xferry"
import type { Person, Said, Saying } from "./protocol.js"

/** What a gateway is told of rooms. */
export type RoomEvent =
  | ({ room: string } & Said)
  | { type: "notice"; room: string; at: number; text: string; by?: Person }
  | { type: "room"; info: Room; by?: Person }
  | { type: "member"; room: string; member: Member; change: MemberChange; by?: Person }
  | { type: "access"; room?: string; user?: string }
  | { type: "moved"; from: string; to: string }
  | { type: "gone"; room: string; why: "removed" | "deleted" }

export type MemberChange = "joined" | "left" | "kicked" | "banned" | "changed"

/** `Manage` of the contract as data: of a file only what it is, of a date its epoch ms. */
export type Change =
  | Exclude<Manage, { do: "avatar" | "create" | "invite" }>
  | { do: "avatar"; file: { name: string; mime: string; bytes: number } | null }
  | { do: "create"; new: Omit<Room, "id" | "parent" | "avatar">; first?: string }
  | { do: "invite"; uses?: number; until?: number }

export type RoomMessage = { room: string } & Extract<Said, { type: "message" }>

export type RoomRequest =
  | ({ room: string } & Saying)
  | { op: "rooms"; parent?: string; cursor?: string }
  | { op: "room"; room: string }
  | { op: "members"; room: string; cursor?: string; limit: number }
  | { op: "access"; room: string; user: string }
  | { op: "history"; room: string; after?: string; before?: string; limit: number }
  | { op: "manage"; room: string; change: Change; as?: string }

export interface RoomAnswers {
  rooms: { items: Room[]; next?: string }
  room: Room
  members: { items: Member[]; next?: string }
  access: { role: Role; maySend: boolean }
  history: { items: RoomMessage[]; more: boolean }
  manage: { room?: Room; link?: string }
}
