// Polls: the question as text, the answers as a choice with their votes (Poll Resource, Poll Object).
import type { Extra } from "xferry"
import { flag, isObject, type Json, list, number, object, text, time } from "../loose.js"
import { timeText } from "./mentions.js"

export interface Poll {
  text: string
  choice: Extra & { type: "choice" }
}

/** More than Discord allows. */
const mostAnswers = 50

/** Undefined: there is none. */
export function pollOf(message: Json): Poll | undefined {
  const poll = message["poll"]
  if (!isObject(poll)) return undefined
  const results = isObject(poll["results"]) ? poll["results"] : undefined
  const votes = new Map(list(results?.["answer_counts"]).map((each) => [text(each["id"]), number(each["count"]) ?? 0]))
  const options = list(poll["answers"])
    .slice(0, mostAnswers)
    .map((answer, index) => {
      const key = text(answer["answer_id"]) ?? String(index + 1)
      // Without results nobody knows; what they do not name has no votes.
      const count = results === undefined ? undefined : Math.max(0, Math.trunc(votes.get(key) ?? 0))
      return { id: key, text: mediaText(answer["poll_media"]) || "…", ...(count !== undefined && { votes: count }) }
    })
  const isClosed = flag(results?.["is_finalized"])
  const until = time(poll["expiry"])
  const end = isClosed || until === undefined ? undefined : timeText(Math.floor(until / 1000))
  return {
    text: [mediaText(poll["question"]) || "Poll", ...(end === undefined ? [] : [`(until ${end})`])].join("\n"),
    choice: {
      type: "choice",
      as: "poll",
      options,
      ...(flag(poll["allow_multiselect"]) && { multiple: true }),
      ...(isClosed && { closed: true }),
    },
  }
}

function mediaText(media: unknown): string {
  const { text: words, emoji } = object(media)
  const name = text(object(emoji)["name"])
  const face = name && (object(emoji)["id"] === undefined || object(emoji)["id"] === null ? name : `:${name}:`)
  return [face, text(words)].filter(Boolean).join(" ")
}
