// A loopback network on which every file is a message of its own.
import type { Adapter } from "xferry"
import { loopback, standard } from "./adapter.js"
import type { Options } from "./options.js"
import type { Credentials } from "./protocol.js"
import type { LoopbackCapabilities } from "./session.js"

const adapter: Adapter<Options, Credentials, LoopbackCapabilities> = loopback(standard, { albums: true })
export default adapter
