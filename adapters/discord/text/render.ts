// STOPGAP of the lead until A3's version is here: text as Discord markdown.
import type { Body, FileInfo } from "xferry"
import type { Snowflake } from "../places.js"
import type { Names } from "../types.js"

const marks: Record<string, string> = { bold: "**", italic: "*", underline: "__", strike: "~~", spoiler: "||", code: "`" }

export function render({ text, spans = [] }: Pick<Body<FileInfo>, "text" | "spans">, _names?: Names): { content: string; users: Snowflake[] } {
  const users: Snowflake[] = []
  let out = ""
  let at = 0
  for (const { kind, start, end, arg } of [...spans].sort((a, b) => a.start - b.start)) {
    if (start < at) continue
    out += escaped(text.slice(at, start))
    const inner = text.slice(start, end)
    const mark = marks[kind]
    if (kind === "mention" && arg) {
      users.push(arg)
      out += `<@${arg}>`
    } else if (kind === "pre") out += "```" + (arg ?? "") + "\n" + inner + "\n```"
    else if (kind === "code") out += "`" + inner + "`"
    else out += mark === undefined ? escaped(inner) : mark + escaped(inner) + mark
    at = end
  }
  return { content: out + escaped(text.slice(at)), users }
}

function escaped(text: string): string {
  return text.replace(/[\\*_~`|<>@]/g, (one) => (one === "@" ? "@\u200b" : `\\${one}`))
}
