// Crashes on a network without idempotency keys: at most the call that was under way is doubled.
import { join } from "node:path"
import { root } from "../support/paths.js"
import { everyEffect } from "./every-effect.js"

everyEffect("a network without idempotency keys", join(root, "adapters", "loopback", "dist", "plain.js"), true)
