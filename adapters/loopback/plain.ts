// A loopback network that knows no keys, as most networks: what is sent again is there twice.
import type { Adapter } from "xferry"
import { loopback, standard } from "./adapter.js"
import type { Options } from "./options.js"
import type { Credentials } from "./protocol.js"
import type { LoopbackCapabilities } from "./session.js"

const adapter: Adapter<Options, Credentials, LoopbackCapabilities> = loopback({ ...standard, send: { maxChars: standard.send.maxChars } })
export default adapter
