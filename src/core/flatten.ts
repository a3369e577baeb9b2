// Pure: a foreign body as the text that every client shows.
import type { Body, Reply } from "../adapter/contract.js"
import { linesOf } from "./extras.js"
import { moved } from "./styling/marked.js"
import { told, type Told } from "./styling/told.js"

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
  return (reply ? quote(reply.quote ?? reply.text ?? "") : "") + said(body).text
}

/** As `flatten`, with what is to be told beside the text. */
export function said(body: Body): Told {
  const { text, spans, unstyled } = told(body)
  const { before, after } = linesOf(body.extras, body.text)
  const files = (body.files ?? []).map(({ kind, name }) => `[${kind ?? "file"}: ${name}]`)
  const head = before.map((line) => `${line}\n`).join("")
  const whole = [...(text.trim() === "" ? before : [head + text]), ...files, ...after].filter((line) => line.trim() !== "").join("\n")
  if (whole.trim() === "") return { text: "[empty message]" }
  return { text: whole, ...(spans && { spans: moved(spans, head.length) }), ...(unstyled && { unstyled }) }
}
