// Polls as readable text: question, answers, votes, until when.
import { flag, isObject, type Json, list, number, object, text, time } from "../loose.js"
import { timeText } from "./mentions.js"

/** Poll Resource, Poll Object. Undefined: there is none. */
export function pollText(message: Json): string | undefined {
  const poll = message["poll"]
  if (!isObject(poll)) return undefined
  const results = object(poll["results"])
  const votes = new Map(list(results["answer_counts"]).map((each) => [text(each["id"]), number(each["count"]) ?? 0]))
  const answers = list(poll["answers"]).map((answer) => {
    const count = votes.get(text(answer["answer_id"]))
    return `• ${mediaText(answer["poll_media"]) || "…"}${count === undefined ? "" : ` (${count})`}`
  })
  const until = time(poll["expiry"])
  const end = until === undefined ? undefined : timeText(Math.floor(until / 1000))
  const facts = [
    ...(flag(poll["allow_multiselect"]) ? ["several answers possible"] : []),
    ...(flag(results["is_finalized"]) ? ["closed"] : end === undefined ? [] : [`until ${end}`]),
  ]
  return [`[Poll] ${mediaText(poll["question"])}`.trim(), ...answers, ...(facts.length > 0 ? [`(${facts.join(", ")})`] : [])].join("\n")
}

function mediaText(media: unknown): string {
  const { text: words, emoji } = object(media)
  const name = text(object(emoji)["name"])
  const face = name && (object(emoji)["id"] === undefined || object(emoji)["id"] === null ? name : `:${name}:`)
  return [face, text(words)].filter(Boolean).join(" ")
}
