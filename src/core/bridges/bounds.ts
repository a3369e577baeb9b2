// Pure: what may be chosen of a bridge, checked. Sentences say what is wrong.
import { longestPattern, longestTemplate, mostPatterns, type BridgeOptions, type LegOptions } from "./model.js"
import { words, type Words } from "../words/words.js"

/** Undefined: nothing is wrong. */
export function fault({ name, ignoreNames, ignoreTexts }: BridgeOptions & Pick<LegOptions, "name">): Words | undefined {
  return (name === undefined ? undefined : faultOfTemplate(name)) ?? faultOfPatterns(ignoreNames) ?? faultOfPatterns(ignoreTexts)
}

export function faultOfTemplate(name: string): Words | undefined {
  if (name.length > longestTemplate) return words("A name may have {most} characters.", { most: longestTemplate })
  // Whoever cannot be told from another must not speak for them.
  return name.includes("{name}")
    ? undefined
    : words("The name needs a {name} in it; {network} and {room} may be there too.", {
        name: "{name}",
        network: "{network}",
        room: "{room}",
      })
}

export function faultOfPatterns(patterns: readonly string[] | undefined): Words | undefined {
  if (!patterns) return undefined
  if (patterns.length > mostPatterns) return words("There may be {most} patterns.", { most: mostPatterns })
  if (patterns.some((pattern) => pattern.trim() === "")) return words("A pattern must not be empty.")
  return patterns.some((pattern) => pattern.length > longestPattern)
    ? words("A pattern may have {most} characters.", { most: longestPattern })
    : undefined
}
