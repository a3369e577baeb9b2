// Chinese (simplified), by the English sentence: one file a part of the gateway in zh/. Test: test/unit/words.test.ts.
import { admin } from "./zh/admin.js"
import { commands } from "./zh/commands.js"
import { consent } from "./zh/consent.js"
import { core } from "./zh/core.js"
import { identity } from "./zh/identity.js"
import { limits } from "./zh/limits.js"
import { rooms } from "./zh/rooms.js"

export const chinese: Readonly<Record<string, string>> = { ...admin, ...commands, ...consent, ...core, ...identity, ...limits, ...rooms }
