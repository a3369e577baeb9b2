// What a driver may order: each operation with its fields and what it does to the network.
import { z } from "zod"
import { fileSchema, richFields } from "./content.js"
import { reactionFields } from "./asides.js"
import { faultFields } from "./faults.js"
import { loginFields } from "./logins.js"
import type { Network } from "./network.js"
import { isForRoom, obeyInRoom, roomOrderSchema, type RoomOrder } from "./room-ops.js"
import { matches, recordKinds, type SentQuery, type SentRecord } from "./sent.js"

const id = z.string().min(1)
const at = z.number().int().optional()
const login = z.string().min(1).optional()
const filter = {
  account: z.string().optional(),
  to: z.string().optional(),
  room: z.string().optional(),
  kind: z.enum(recordKinds).optional(),
  id: z.string().optional(),
  text: z.string().optional(),
  key: z.string().optional(),
  after: z.int().nonnegative().optional(),
}
const kind = z.enum(["person", "bot", "room", "webhook"]).optional()
const seq = z.union([z.string(), z.number()]).optional()

/** `seq`, where given, comes back in the answer. */
const op = <N extends string, S extends z.ZodRawShape>(name: N, shape: S) => z.strictObject({ op: z.literal(name), seq, ...shape })

const orderSchema = z.discriminatedUnion("op", [
  op("say", {
    account: id,
    from: id,
    text: z.string(),
    id: id.optional(),
    at,
    reply: id.optional(),
    quote: z.string().optional(),
    own: z.boolean().optional(),
    login,
    key: z.string().optional(),
    ...richFields,
  }),
  op("login", { account: id, ...loginFields }),
  op("edit", {
    account: id,
    from: id,
    id,
    text: z.string(),
    at,
    revision: z.string().optional(),
    own: z.boolean().optional(),
    login,
    ...richFields,
  }),
  op("retract", { account: id, from: id, ids: z.array(id).min(1), own: z.boolean().optional(), login }),
  op("react", { account: id, from: id, id, own: z.boolean().optional(), ...reactionFields }),
  op("read", { account: id, from: id, login, upTo: id, own: z.boolean().optional(), delivered: z.boolean().optional() }),
  op("typing", { account: id, from: id, login, active: z.boolean().optional() }),
  op("presence", { from: id, show: z.enum(["online", "away", "busy", "offline"]), status: z.string().optional() }),
  op("person", {
    id,
    name: z.string().optional(),
    username: z.string().optional(),
    kind,
    gone: z.boolean().optional(),
    avatar: fileSchema.nullable().optional(),
    profile: z.record(z.string(), z.string()).optional(),
  }),
  op("command", {
    account: id,
    from: id,
    name: id,
    argument: z.string().optional(),
    room: id.optional(),
    message: id.optional(),
    lang: z.string().optional(),
  }),
  op("menu", { account: id }),
  op("file", { file: fileSchema }),
  op("content", { ref: id }),
  op("fault", { ...faultFields, instead: z.boolean().optional() }),
  op("mend", {}),
  op("cut", { account: id }),
  op("logout", { account: id }),
  op("list", { ...filter, limit: z.int().positive().optional() }),
  op("subscribe", filter),
  op("wait", { for: z.enum(["sent", "attached", "drained"]).default("sent"), ...filter, count: z.int().positive().default(1) }),
  op("status", {}),
  op("mode", { missed: z.boolean().optional(), echo: z.boolean().optional(), direct: z.boolean().optional() }),
  op("reset", {}),
])
/** An operation as a driver writes it. */
export type Order = z.input<typeof orderSchema> | RoomOrder
type Parsed = z.output<typeof orderSchema>

/** What belongs to one driver's connection. */
export interface DriverSide {
  told(record: SentRecord): void
  /** Called with how to stop whatever lasts as long as the connection. */
  untilClosed(stop: () => void): void
}

/** Carries an order out; what it returns, or what the promise resolves to, is the answer. Throws for what is no order. */
export function obey(network: Network, value: unknown, driver: DriverSide): unknown {
  return isForRoom(value) ? obeyInRoom(network, roomOrderSchema.parse(value)) : obeyHere(network, orderSchema.parse(value), driver)
}

function obeyHere(network: Network, order: Parsed, driver: DriverSide): unknown {
  switch (order.op) {
    case "say":
      return { id: network.say(order) }
    case "login":
      return network.carry(order)
    case "edit":
      return { revision: network.edit(order) }
    case "retract":
      return network.retract(order)
    case "react":
      return network.react(order)
    case "read":
      return network.read(order)
    case "typing":
      return network.typing(order)
    case "presence":
      return network.presence(order)
    case "person":
      return network.person(order)
    case "command":
      return network.desk.say(order)
    case "menu":
      return network.desk.menu(order.account)
    case "file":
      return network.files.put(order.file)
    case "content":
      return { base64: network.files.whole(order.ref) }
    case "fault": {
      const { op: _op, seq: _seq, instead, ...fault } = order
      if (instead) network.mend()
      return network.fault(fault)
    }
    case "mend":
      return network.mend()
    case "cut":
      return network.account(order.account).cut()
    case "logout":
      return network.account(order.account).logOut()
    case "list":
      return network.sent.list(order)
    case "subscribe":
      return subscribe(network, order, driver)
    case "wait":
      return wait(network, order, driver)
    case "status":
      return [...network.accounts()].map(({ id: account, attached, loggedOut, mailbox }) => ({
        account,
        attached,
        loggedOut,
        waiting: mailbox.size,
      }))
    case "mode": {
      const { missed = network.rooms.missed, echo = network.rooms.echo, direct = network.chats.kept } = order
      network.chats.kept = direct
      return void Object.assign(network.rooms, { missed, echo })
    }
    case "reset":
      return network.reset()
  }
}

/** With `after`, what was sent since that ordinal comes first: a driver that lost its connection misses nothing. */
function subscribe(network: Network, query: SentQuery, driver: DriverSide): void {
  if (query.after !== undefined) for (const record of network.sent.list(query)) driver.told(record)
  driver.untilClosed(network.sent.listen((record) => void (matches(record, query) && driver.told(record))))
}

async function wait(network: Network, order: Parsed & { op: "wait" }, driver: DriverSide): Promise<unknown> {
  if (order.for !== "sent") {
    if (order.account === undefined) throw new Error(`wait for «${order.for}»: «account» is missing.`)
    const account = network.account(order.account)
    return order.for === "attached" ? account.whenAttached() : account.mailbox.drained()
  }
  const found = network.sent.list({ ...order, limit: order.count })
  if (found.length === order.count) return found
  return new Promise<SentRecord[]>((resolve) => {
    const stop = network.sent.listen((record) => {
      if (!matches(record, order) || record.ordinal <= (order.after ?? 0)) return
      found.push(record)
      if (found.length < order.count) return
      stop()
      resolve(found)
    })
    driver.untilClosed(stop)
  })
}
