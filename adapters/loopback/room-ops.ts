// What a driver may order in rooms: the same names as for people where both have it, told apart by «room».
import { z } from "zod"
import type { Limits } from "xferry"
import { reactionFields } from "./asides.js"
import { richFields } from "./content.js"
import type { Network } from "./network.js"

const id = z.string().min(1)
const at = z.int().optional()
const by = id.optional()
const text = z.string()
const seq = z.union([z.string(), z.number()]).optional()
const role = z.enum(["owner", "admin", "member", "muted", "none", "banned"])
const seat = { role: role.optional(), title: text.optional(), name: text.optional() }
const newcomers = z.array(z.union([id, z.strictObject({ id, ...seat })])).optional()
const limits = z
  .custom<Limits>((value) => typeof value === "object" && value !== null, "what is narrowed, as capabilities have it")
  .optional()

const op = <N extends string, S extends z.ZodRawShape>(name: N, shape: S) =>
  z.strictObject({ op: z.literal(name), seq, room: id, ...shape })

export const roomOrderSchema = z.discriminatedUnion("op", [
  op("room", {
    kind: z.enum(["group", "channel", "topic", "container"]).optional(),
    parent: id.optional(),
    name: text.optional(),
    topic: text.optional(),
    slowSeconds: z.int().nonnegative().optional(),
    archived: z.boolean().optional(),
    limits,
    accounts: newcomers,
    members: newcomers,
    crowd: z.int().nonnegative().optional(),
    by,
  }),
  op("member", { user: id, change: z.enum(["joined", "left", "kicked", "banned", "changed"]), ...seat, by }),
  op("say", { from: id, text, id: id.optional(), at, reply: id.optional(), quote: text.optional(), key: text.optional(), ...richFields }),
  op("edit", { id, text, at, revision: text.optional(), ...richFields }),
  op("retract", { ids: z.array(id).min(1), by, why: text.optional() }),
  op("react", { from: id.optional(), id, ...reactionFields }),
  op("typing", { from: id, active: z.boolean().optional() }),
  op("notice", { text, by, at }),
  op("access", { account: id.optional(), user: id.optional() }),
  op("move", { to: id }),
  op("delete", {}),
  op("messages", {}),
])
export type RoomOrder = z.input<typeof roomOrderSchema>
type Parsed = z.output<typeof roomOrderSchema>

const names: ReadonlySet<unknown> = new Set(roomOrderSchema.options.map(({ shape }) => shape.op.value))

/** Other orders may name a room as well: to filter records by. */
export function isForRoom(value: unknown): boolean {
  return typeof value === "object" && value !== null && "room" in value && "op" in value && names.has(value.op)
}

export function obeyInRoom({ rooms }: Network, order: Parsed): unknown {
  switch (order.op) {
    case "room":
      return rooms.make(order)
    case "member":
      return rooms.member(order)
    case "say":
      return { id: rooms.say(order) }
    case "edit":
      return { revision: rooms.edit(order) }
    case "retract":
      return rooms.retract(order)
    case "react":
      return rooms.react(order)
    case "typing":
      return rooms.typing(order)
    case "notice":
      return rooms.notice(order)
    case "access":
      return rooms.access(order)
    case "move":
      return rooms.move(order)
    case "delete":
      return rooms.delete(order)
    case "messages":
      return rooms.get(order.room).posts
  }
}
