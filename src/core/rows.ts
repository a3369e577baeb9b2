// Rows of the outbox as they are when they were just committed, and what their author is reminded by.
import type { InOp, OutboxRow, OutOp } from "./model.js"

export function row<Op extends InOp | OutOp>(
  id: string,
  lane: string,
  messageId: string | null,
  op: Op,
  sending: boolean,
  now: number,
): OutboxRow<Op> {
  return {
    id,
    lane,
    messageId,
    op,
    state: sending ? "sending" : "queued",
    attempts: sending ? 1 : 0,
    attemptedAt: sending ? now : null,
    due: 0,
    error: null,
  }
}

/** The start of a text, to remind its author of it. */
export function excerpt(text: string): string {
  return text.length <= 60 ? text : `${text.slice(0, 57).replace(/[\ud800-\udbff]$/, "")}…`
}
