// Loopback: a network that scripts play, for demos, tests and benchmarks. See docs/adapter/loopback.md.
import type { Adapter } from "xferry"
import { loopback, standard } from "./adapter.js"
import type { Options } from "./options.js"
import type { Credentials } from "./protocol.js"

export { closeListeners } from "./access.js"
export { carrying, formatted, loopback, type Manner, standard, textOnly, unlisted } from "./adapter.js"
export type { LoopExtra, NewExtra, NewFile, NewRich } from "./content.js"
export { Driver } from "./driver.js"
export { madeUp, type Files, type SentFileRecord } from "./files.js"
export { getNetwork, Network, type NetworkOptions } from "./network.js"
export type { Change, MemberChange } from "./room-protocol.js"
export type { NewRoom, Rooms, RoomSaid } from "./rooms.js"
export { listen, type Listening } from "./server.js"
export type { SentQuery, SentRecord } from "./sent.js"

// Its type is spelt out: left to inference, the declaration would name «xferry» by a path of this repository.
const adapter: Adapter<Options, Credentials, typeof standard> = loopback(standard)
export default adapter
