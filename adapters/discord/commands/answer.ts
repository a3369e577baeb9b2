// What an answer of the core's is to Discord: its text as it is, and what may be chosen as buttons. Nobody is pinged by it.
import type { Body } from "xferry"
import type { Snowflake } from "../places.js"
import { render, size } from "../text/render.js"
import type { Names } from "../types.js"
import { type Row, rowsOf } from "./buttons.js"

/** Create Message, Edit Original Interaction Response: code points. */
const maxContent = 2000

export interface Answer {
  content: string
  components: Row[]
  allowed_mentions: { parse: [] }
}

const none = (): undefined => undefined
/** An answer names nothing of Discord's. */
const nothing: Names = { user: none, role: none, channel: none, emoji: none, roleNamed: none, channelNamed: none }

/** Undefined: there is nothing to say. What is longer than Discord takes is cut: answers are short. */
export function answerOf({ text, spans, extras }: Body, asked: Snowflake): Answer | undefined {
  if (text.trim() === "") return undefined
  return { content: fitting(text, spans), components: rowsOf(extras, asked) ?? [], allowed_mentions: { parse: [] } }
}

function fitting(text: string, spans: Body["spans"]): string {
  const whole = render({ text, ...(spans && { spans }) }, nothing, maxContent).content
  if (size(whole) <= maxContent) return whole
  const points = [...text]
  for (let most = Math.min(points.length, maxContent) - 1; most > 0; most -= 100) {
    const { content } = render({ text: `${points.slice(0, most).join("")}…` }, nothing, maxContent)
    if (size(content) <= maxContent) return content
  }
  return "…"
}
