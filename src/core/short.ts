// Names and the like, as far as anybody would read them: what a network tells may be of any length, and everybody is told it again and again.

/** UTF-16 units of a name. */
export const longestName = 500
/** UTF-16 units of what describes a person or room. */
export const longestNote = 10_000

/** Cut between characters. */
export function short(text: string, most = longestName): string {
  return text.length <= most ? text : `${text.slice(0, most - 1).replace(/[\ud800-\udbff]$/, "")}…`
}

/** Control characters, ends of lines and paragraphs, and what turns text around behind it (Unicode Standard Annex 9, §2). */
const breaking = /[\p{Cc}\u2028\u2029\u202a-\u202e\u2066-\u2069]+/gu

/** A name as part of a sentence of ours: nobody writes lines of their own into it. «» if nothing is left. */
export function inline(name: string): string {
  return short(name).replace(breaking, " ").trim()
}
