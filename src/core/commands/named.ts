// Which command a person means by what they typed.
import { inLanguage } from "../words/words.js"
import type { Command } from "./command.js"

/** By its name, or by its title in the person's language. `typed`: the first word, lower case; `said`: what is behind it. */
export function named(
  commands: readonly Command[],
  lang: string,
  text: string,
  typed: string,
  said: string,
): { command: Command; argument: string } | undefined {
  const command = commands.find(({ name }) => name === typed) ?? commands.find(({ aliases }) => aliases?.includes(typed))
  if (command) return { command, argument: said }
  const lower = text.toLowerCase()
  const titled = commands.find(({ title }) => inLanguage(title, lang).toLowerCase() === lower)
  return titled && { command: titled, argument: "" }
}

/** Name of the command that was perhaps meant. Undefined: none is near. */
export function nearest(commands: readonly Command[], typed: string): string | undefined {
  if (typed.length < 3 || typed.length > 30) return undefined
  const begun = commands.filter(({ name }) => name.startsWith(typed))
  if (begun.length === 1) return begun[0]?.name
  let best: { name: string; distance: number } | undefined
  for (const { name } of commands) {
    const distance = distanceOf(typed, name)
    if (distance <= (name.length < 6 ? 1 : 2) && (!best || distance < best.distance)) best = { name, distance }
  }
  return best?.name
}

/** Letters to change, add or take away (Levenshtein). */
function distanceOf(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++)
      next.push(Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1)))
    row = next
  }
  return row.at(-1) ?? 0
}
