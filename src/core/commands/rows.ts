// Lists in answers: a chat message that scrolls for ever helps nobody.
import { words, type Said } from "../words/words.js"

export const mostShown = 200

export function shownOf(lines: readonly Said[]): Said[] {
  const more = lines.length - mostShown
  return more > 0 ? [...lines.slice(0, mostShown), words("… and {more} more.", { more })] : [...lines]
}
