// What the core keeps for us with a message of ours: where its text stands, and which other messages belong to it.

/**
 * `as`: the message is text, has a caption, or neither. `text`: number of the message that carries the text instead.
 * `more`: further messages that are the same one to the core (the rest of an album). Absent altogether: a plain text.
 */
export interface Handle {
  as: "text" | "caption" | "none"
  text?: number
  more?: number[]
}

export function handleOf({ as, text, more = [] }: Handle): string | undefined {
  if (as === "text" && text === undefined && more.length === 0) return undefined
  return [as, ...(text === undefined ? [] : [`t${text}`]), ...more.map(String)].join(" ")
}

/** What cannot be read counts as a plain text. */
export function readHandle(handle: string | undefined): Handle {
  const [as = "text", ...rest] = (handle ?? "text").split(" ")
  if (as !== "text" && as !== "caption" && as !== "none") return { as: "text" }
  const text = rest.find((word) => /^t\d+$/.test(word))
  const more = rest.filter((word) => /^\d+$/.test(word)).map(Number)
  return { as, ...(text !== undefined && { text: Number(text.slice(1)) }), ...(more.length > 0 && { more }) }
}
