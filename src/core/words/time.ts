// Spans of time, as people say them.
import { words, type Words } from "./words.js"

/** Rounded down to what is told of it: «3 hours». */
export function span(seconds: number): Words {
  if (seconds >= 2 * 86_400) return words("{count} days", { count: Math.floor(seconds / 86_400) })
  if (seconds >= 2 * 3600) return words("{count} hours", { count: Math.floor(seconds / 3600) })
  if (seconds >= 2 * 60) return words("{count} minutes", { count: Math.floor(seconds / 60) })
  return seconds === 1 ? words("1 second") : words("{count} seconds", { count: seconds })
}
