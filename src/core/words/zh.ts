// Chinese (simplified), by the English sentence: one file a part of the gateway in zh/. Test: test/unit/words.test.ts.
import { admin } from "./zh/admin.js"
import { bridges } from "./zh/bridges.js"
import { carried } from "./zh/carried.js"
import { commands } from "./zh/commands.js"
import { consent } from "./zh/consent.js"
import { core } from "./zh/core.js"
import { identity } from "./zh/identity.js"
import { limits } from "./zh/limits.js"
import { people } from "./zh/people.js"
import { rooms } from "./zh/rooms.js"
import { stanzas } from "./zh/stanzas.js"

export const chinese: Readonly<Record<string, string>> = {
  ...admin,
  ...bridges,
  ...carried,
  ...commands,
  ...consent,
  ...core,
  ...identity,
  ...limits,
  ...people,
  ...rooms,
  ...stanzas,
}
