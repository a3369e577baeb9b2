// Names and the like, as far as anybody would read them: what a network tells may be of any length, and everybody is told it again and again.

/** UTF-16 units of a name. */
export const longestName = 500
/** UTF-16 units of what describes a person or room. */
export const longestNote = 10_000

/** Cut between characters. */
export function short(text: string, most = longestName): string {
  return text.length <= most ? text : `${text.slice(0, most - 1).replace(/[\ud800-\udbff]$/, "")}…`
}
