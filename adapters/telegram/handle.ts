// What the core keeps for us with a message of ours: where its text stands.

/** `as`: the message is text, has a caption, or neither. `text`: number of the message that carries the text instead. Absent altogether: a plain text. */
export interface Handle {
  as: "text" | "caption" | "none"
  text?: number
}

export function handleOf({ as, text }: Handle): string | undefined {
  if (as === "text" && text === undefined) return undefined
  return text === undefined ? as : `${as} t${text}`
}

/** What cannot be read counts as a plain text. */
export function readHandle(handle: string | undefined): Handle {
  const [as = "text", ...rest] = (handle ?? "text").split(" ")
  if (as !== "text" && as !== "caption" && as !== "none") return { as: "text" }
  const text = rest.find((word) => /^t\d+$/.test(word))
  return { as, ...(text !== undefined && { text: Number(text.slice(1)) }) }
}
