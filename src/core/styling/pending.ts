// Pure: whether a directive that stands in a text as text waits for its end, and would take the next one of its kind for it.
import { isDirective, opens, styledIn } from "./parse.js"

/** Units of text that may be looked at once more for one message: a foreign text may be made to cost time. */
export interface Patience {
  left: number
}

/** Of a line, or of what a directive of ours holds, while it is written: what was looked at and waits for nothing is not looked at again. */
export class Pending {
  #from = 0

  constructor(private readonly patience: Patience) {}

  /** `out` is what it was, or that with more behind it. True as well where there is no patience left to tell. */
  has(out: string, mark: string): boolean {
    if (!out.includes(mark, this.#from)) return false
    this.patience.left -= out.length - this.#from
    if (this.patience.left < 0) return true
    let first: number | undefined
    let found = false
    const text = `${out}x`
    const look = (from: number, to: number): void => {
      for (let i = from; i < to; i++) {
        if (!isDirective(out[i]) || !opens(text, i, 0, text.length)) continue
        first ??= i
        found ||= out[i] === mark
      }
    }
    let at = this.#from
    for (const { start, end } of styledIn(out, at, out.length, 0)) {
      look(at, start)
      at = end
    }
    look(at, out.length)
    this.#from = first ?? out.length
    return found
  }
}
