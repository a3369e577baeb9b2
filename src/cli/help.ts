// The text of `xferry help`.
import { COMMANDS } from "./args.js"
import { EXIT_TEXTS } from "./exit.js"

export function help(): string {
  const rows = (pairs: readonly (readonly [string | number, string])[]): string =>
    pairs.map(([name, text]) => `  ${String(name).padEnd(16)}${text}`).join("\n")
  return `xferry, an XMPP gateway

Usage: xferry COMMAND [--config FILE]

Commands:
${rows(Object.entries(COMMANDS))}

Options:
${rows([
  ["-c, --config", "the config file; else $XFERRY_CONFIG, else ./config.yaml"],
  ["--accounts", "check only: log in to the networks with every user's credential, not only three"],
  ["-h, --help", "show this text"],
  ["--version", "show the version"],
])}

Exit codes:
${rows(EXIT_TEXTS)}
`
}
