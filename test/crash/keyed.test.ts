// Crashes on a network that drops a second send with the same key: no doubles at all.
import { everyEffect } from "./every-effect.js"

everyEffect("a network with idempotency keys", "loopback", false)
