// All commands, in the order in which they are offered.
import { add } from "./add.js"
import { adminCommands } from "./admin/index.js"
import { choose } from "./choose.js"
import type { Command } from "./command.js"
import { contacts } from "./contacts.js"
import { help } from "./help.js"
import { personalCommands } from "./personal.js"
import { roomCommands } from "./rooms.js"
import { register } from "./register.js"
import { status } from "./status.js"
import { unregister } from "./unregister.js"
import { where } from "./where.js"

export const commands: readonly Command[] = [
  register,
  status,
  ...personalCommands,
  contacts,
  add,
  choose,
  ...roomCommands,
  where,
  unregister,
  ...adminCommands,
  help(() => commands),
]
