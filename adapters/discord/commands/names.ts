// Names of commands: the core's, and as they are called on Discord.
import type { Host } from "xferry"

type Offered = Host["commands"]

/** «/xmpp xmpp» would say nothing. */
const [core, here] = ["xmpp", "write"] as const

function isFree(offered: Offered): boolean {
  return !offered.some(({ name }) => name === here)
}

export function shownName(name: string, offered: Offered): string {
  return name === core && isFree(offered) ? here : name
}

export interface Said {
  name: string
  argument: string
}

/** What is meant by what somebody typed or chose. A code is handed in as «start», by whatever way (Session, `entry`). */
export function meant(name: string, argument: string, offered: Offered): Said {
  const rest = argument.trim()
  if (name === here && isFree(offered)) return { name: core, argument: rest }
  return { name: name === "link" && rest !== "" ? "start" : name, argument: rest }
}
