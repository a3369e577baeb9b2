// Commands for administrators, in the order in which they are offered.
import type { Command } from "../command.js"
import { letterCommands } from "./letters.js"
import { listCommands } from "./lists.js"
import { processCommands } from "./process.js"
import { userCommands } from "./users.js"

export const adminCommands: readonly Command[] = [...userCommands, ...listCommands, ...letterCommands, ...processCommands]
