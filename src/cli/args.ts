// The command line as data.
import { parseArgs } from "node:util"
import { nearest } from "../config/nearest.js"

export const COMMANDS = {
  run: "start the gateway; SIGTERM stops it, SIGHUP reads the log level again",
  check: "try the configuration, the database, the server and the privileges, and say what to type",
  migrate: "show the version of the database and bring it up to date",
  rotate: "seal all credentials again with the first line of secretKey",
  help: "show this text",
  version: "show the version",
} as const

export type Command = keyof typeof COMMANDS

export interface Arguments {
  command: Command
  /** Path of the config file. */
  config: string
  /** check: log in with the credentials of all users, too. */
  accounts: boolean
}

/** A command line that makes no sense; the message says why. */
export class UsageError extends Error {}

/** `args` without the program's name. Without a command: help. */
export function parseCommandLine(args: readonly string[], env: Readonly<Record<string, string | undefined>>): Arguments {
  const { values, positionals } = parsed(args)
  const [name = "help", ...more] = positionals
  const config = values.config ?? env["XFERRY_CONFIG"] ?? "./config.yaml"
  if (config === "") throw new UsageError("--config needs the path of a file.")
  const accounts = values.accounts ?? false
  if (values.help) return { command: "help", config, accounts }
  if (values.version) return { command: "version", config, accounts }
  if (!isCommand(name)) {
    const meant = nearest(name, Object.keys(COMMANDS))
    throw new UsageError(`«${name}» is not a command.${meant === undefined ? "" : ` Did you mean «${meant}»?`}`)
  }
  if (more.length > 0) throw new UsageError(`«${more.join(" ")}» is too much: ${name} takes nothing more.`)
  if (accounts && name !== "check") throw new UsageError("--accounts belongs to check.")
  return { command: name, config, accounts }
}

function parsed(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        config: { type: "string", short: "c" },
        accounts: { type: "boolean" },
        help: { type: "boolean", short: "h" },
        version: { type: "boolean" },
      },
    })
  } catch (error) {
    // Node adds advice on «--» that is of no use here, to an unknown option's name.
    const text = error instanceof Error ? error.message : String(error)
    throw new UsageError(/^Unknown option '[^']*'/.exec(text)?.[0].concat(".") ?? text)
  }
}

function isCommand(name: string): name is Command {
  return Object.hasOwn(COMMANDS, name)
}
