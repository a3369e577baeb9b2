// Pure: patterns of an administrator's against foreign text. No regular expressions: whoever writes a text could make one run for ever.

/** Of a text so much is looked at, in UTF-16 units. */
const longest = 4000

/**
 * «*» is any text, «?» one character; capitals do not count. The whole text has to fit. In time of their lengths multiplied, at most.
 *
 * @example
 * fits("*buy now*", "BUY NOW, cheap") // true
 */
export function fits(pattern: string, told: string): boolean {
  const p = [...pattern.toLowerCase()]
  const text = [...told.slice(0, longest).toLowerCase()]
  let [i, at] = [0, 0]
  // Where the last «*» was, and what it stands for so far.
  let [star, upTo] = [-1, 0]
  while (at < text.length) {
    if (p[i] === "*") {
      star = i++
      upTo = at
    } else if (i < p.length && (p[i] === "?" || p[i] === text[at])) {
      i++
      at++
    } else if (star >= 0) {
      i = star + 1
      at = ++upTo
    } else return false
  }
  while (p[i] === "*") i++
  return i === p.length
}

export function fitsAny(patterns: readonly string[] | undefined, text: string): boolean {
  return patterns?.some((pattern) => fits(pattern, text)) ?? false
}
