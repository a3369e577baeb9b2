// The adapter's own note on a message: who posted it, and what was put before its text.
import { isSnowflake, type Snowflake } from "../places.js"

export interface Note {
  /** Undefined: the bot itself, or somebody else. */
  webhook?: Snowflake | undefined
  /** A name is before the text; a line with what is answered. */
  named?: boolean
  quoted?: boolean
}

/** «w<webhook id>», then «n» for named and «q» for quoted after a blank. Undefined: nothing to note. */
export function handleOf({ webhook, named, quoted }: Note): string | undefined {
  const marks = (named === true ? "n" : "") + (quoted === true ? "q" : "")
  return [...(webhook === undefined ? [] : [`w${webhook}`]), ...(marks === "" ? [] : [marks])].join(" ") || undefined
}

export function noteOf(handle: string | undefined): Note {
  const [, webhook, marks = ""] = /^(?:w(\d+))?(?:\.\S*)?(?:^| |$)([nq]*)$/.exec(handle ?? "") ?? []
  return { ...(isSnowflake(webhook) && { webhook }), named: marks.includes("n"), quoted: marks.includes("q") }
}
