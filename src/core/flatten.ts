// Pure: a foreign body as the text that every client shows.
import type { Body, Reply } from "../adapter/contract.js"
import { write } from "./styling/write.js"

/** Quoted text longer than this is shortened: it is a reminder, not the message. UTF-16 units. */
const quoteLength = 120

/** What is answered, before the answer. */
export function quote(answered: string): string {
  const text = answered.trim()
  if (text === "") return ""
  const short = text.length > quoteLength ? `${text.slice(0, quoteLength).replace(/[\ud800-\udbff]$/, "")}…` : text
  return `${short
    .split("\n")
    .map((line) => `> ${line}`)
    .join("\n")}\n`
}

/** Styled as XEP-0393 has it. Never empty: what has no text is named. */
export function flatten(body: Body, reply?: Reply): string {
  const lines = [write(body), ...(body.files ?? []).map(({ kind, name }) => `[${kind ?? "file"}: ${name}]`)]
  for (const extra of body.extras ?? []) {
    if (extra.type === "location") lines.push(`geo:${extra.lat},${extra.lon}${extra.label === undefined ? "" : ` (${extra.label})`}`)
    else if (extra.type === "contact") lines.push([extra.name, extra.phone].filter(Boolean).join(", "))
    else if (extra.type === "choice") lines.push(...extra.options.map(({ text }) => `- ${text}`))
    else if (extra.type === "preview") lines.push([extra.title, extra.text].filter(Boolean).join(": "))
    else lines.unshift(`[forwarded from ${extra.name}]`)
  }
  const text = lines.filter((line) => line.trim() !== "").join("\n")
  return (reply ? quote(reply.quote ?? reply.text ?? "") : "") + (text === "" ? "[empty message]" : text)
}
