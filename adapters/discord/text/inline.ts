// Text with styles as Discord's markdown: marks are tried on what the client makes of them, and where they fail, others, or around less.
import { codeOf } from "./code.js"
import { escape } from "./escape.js"
import { type Leaf, type Node, type Style, nodesOf } from "./leaves.js"
import { guard, styledAt, Work } from "./scan.js"

/** In the order in which they are tried. */
const marks: Readonly<Record<Style, readonly string[]>> = {
  bold: ["**"],
  italic: ["*", "_"],
  underline: ["__"],
  strike: ["~~"],
  spoiler: ["||"],
}
/** So much of what follows decides whether a mark ends there. */
const ahead = 8

export interface Context {
  /** Where the line, or what stands for one, begins. */
  line: number
  /** What is written behind it. */
  next: string
  /** Backslashes before all that could be a mark. */
  every: boolean
}

/** Takes the styles off those leaves that cannot have them. */
export function inline(text: string, leaves: readonly Leaf[], context: Context): string {
  const none: ReadonlySet<Style> = new Set()
  return new Inline(text, leaves, context).write(nodesOf(leaves, 0, leaves.length, none), false, false, context.next)
}

class Inline {
  constructor(
    private readonly text: string,
    private readonly leaves: readonly Leaf[],
    private readonly context: Context,
  ) {}

  /** From the last to the first: what follows decides how something is written. `literal`: addresses are none, where they hold marks. */
  write(nodes: readonly Node[], styled: boolean, literal: boolean, after = ""): string {
    const parts: string[] = []
    let rest = after
    for (let i = nodes.length - 1; i >= 0; i--) {
      const node = nodes[i]
      const part = node ? this.#node(node, styled, literal, rest) : ""
      parts.push(part)
      rest = (part.slice(0, ahead) + rest).slice(0, ahead)
    }
    return parts.reverse().join("")
  }

  #node(node: Node, styled: boolean, literal: boolean, rest: string): string {
    if (node.is === "text") {
      const { start, end } = node
      const line = start === this.context.line || start === 0 || this.text[start - 1] === "\n"
      return escape(this.text, { start, end, styled, line, literal, next: rest[0] ?? "" }, this.context.every)
    }
    if (node.is === "group") return this.#group(node, styled, literal, rest)
    const { leaf } = node
    return leaf.tag ?? codeOf(this.text.slice(leaf.start, leaf.end), leaf.styles, rest)
  }

  #group({ style, first, last, within }: Node & { is: "group" }, styled: boolean, literal: boolean, rest: string): string {
    // Anew each time: styles may have been taken off.
    const content = (isBroken: boolean, after = ""): string =>
      this.write(nodesOf(this.leaves, first, last, new Set(within).add(style)), true, isBroken, after)
    const place = this.text.slice(this.leaves[first]?.start, this.leaves[last - 1]?.end)
    for (const isBroken of literal || !place.includes("://") ? [literal] : [false, true]) {
      const inside = content(isBroken)
      let marked = markedUp(style, inside, rest)
      // Its last letter would be the first of the mark.
      if (marked === undefined && inside.at(-1) === marks[style][0]?.[0]) marked = markedUp(style, content(isBroken, guard) + guard, rest)
      if (marked !== undefined) return marked
    }
    // Around code and tags with such marks, else not at all.
    const all = this.leaves.slice(first, last)
    const troubling = all.filter(
      (leaf) => leaf.styles.has(style) && (leaf.is === "code" || leaf.is === "tag") && isTroubling(leaf, this.text),
    )
    for (const leaf of troubling.length > 0 ? troubling : all) leaf.styles.delete(style)
    return this.write(nodesOf(this.leaves, first, last, within), styled, literal, rest)
  }
}

function isTroubling({ tag, start, end }: Leaf, text: string): boolean {
  return /[*_\\]/.test(tag ?? text.slice(start, end))
}

/** With marks around it that end just there; undefined: there are none. */
function markedUp(style: Style, content: string, rest: string): string | undefined {
  for (const behind of rest === "" ? [""] : ["", guard])
    for (const mark of marks[style]) {
      const whole = mark + content + mark
      const source = whole + behind + rest
      const found = styledAt(source, 0, source.length, new Work(source.length))
      if (found?.kind === style && found.after === whole.length) return whole + behind
    }
  return undefined
}
