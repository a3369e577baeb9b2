// All commands, in the order in which they are offered.
import { add } from "./add.js"
import { adminCommands } from "./admin/index.js"
import { carry } from "./carry.js"
import { bridgeCommands } from "./bridges.js"
import { choose } from "./choose.js"
import type { Command } from "./command.js"
import { contacts } from "./contacts.js"
import { help } from "./help.js"
import { peopleCommands } from "./people.js"
import { personalCommands } from "./personal.js"
import { roomCommands } from "./rooms.js"
import { register } from "./register.js"
import { status } from "./status.js"
import { unregister } from "./unregister.js"
import { where } from "./where.js"

export const commands: readonly Command[] = [
  register,
  carry,
  status,
  ...personalCommands,
  contacts,
  add,
  choose,
  ...peopleCommands,
  ...roomCommands,
  ...bridgeCommands,
  where,
  unregister,
  ...adminCommands,
  help(() => commands),
]
