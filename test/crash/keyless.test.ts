// Crashes on a network without idempotency keys: at most the call that was under way is doubled.
import { everyEffect } from "./every-effect.js"

// All else is the same as with keys (keyed.test.ts).
const calls = /session\.|acceptAction|startSend|completeSend|reschedule/
everyEffect("a network without idempotency keys", "plain", true, calls)
