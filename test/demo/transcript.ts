// Prints the conversation in two columns, what each side did and saw, with times.

export type Side = "xmpp" | "network"

export class Transcript {
  readonly #write: (line: string) => void
  readonly #column: number
  readonly #colour: boolean

  constructor(titles: Record<Side, string>, options: { write?: (line: string) => void; width?: number; colour?: boolean } = {}) {
    this.#write = options.write ?? ((line) => void process.stdout.write(`${line}\n`))
    this.#column = Math.max(24, Math.floor(((options.width ?? process.stdout.columns ?? 120) - 17) / 2))
    this.#colour = options.colour ?? (process.stdout.isTTY && process.env["NO_COLOR"] === undefined)
    this.#titles = titles
  }

  readonly #titles: Record<Side, string>

  header(): void {
    this.#write("")
    this.#row("", this.#titles.xmpp, this.#titles.network)
    this.#write("─".repeat(14 + this.#column) + "┼" + "─".repeat(this.#column + 2))
  }

  /** What is about to happen. */
  step(title: string): void {
    this.#row("", "", "")
    this.#write(`${pad("•", 12)}  ${this.#colour ? `\u001b[1m${title}\u001b[22m` : title}`)
  }

  /** `→`: this side did it. `←`: this side saw it. */
  line(side: Side, arrow: "→" | "←", text: string): void {
    const time = new Date().toTimeString().slice(0, 8) + "." + String(Date.now() % 1000).padStart(3, "0")
    const lines = wrap(text, this.#column - 2).map((part, index) => `${index === 0 ? arrow : " "} ${part}`)
    lines.forEach((part, index) => this.#row(index === 0 ? time : "", side === "xmpp" ? part : "", side === "network" ? part : ""))
  }

  note(text: string): void {
    this.#write(text)
  }

  #row(time: string, left: string, right: string): void {
    this.#write(`${pad(time, 12)}  ${pad(left, this.#column)}│ ${right}`.trimEnd())
  }
}

// Wide: CJK and emoji take two cells. Good enough for a transcript.
const cells = (text: string) =>
  [...text.replaceAll(/\u200d[^\u200d]|[\u0300-\u036f\ufe0f]/gu, "")].reduce(
    (sum, c) =>
      sum + (/[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\u{1f300}-\u{1faff}]/u.test(c) ? 2 : 1),
    0,
  )
const pad = (text: string, width: number) => text + " ".repeat(Math.max(0, width - cells(text)))

/** Breaks at blanks where it can; what is very long is shortened in the middle. */
export function wrap(text: string, width: number): string[] {
  const long = [...text]
  const shown = long.length > 400 ? `${long.slice(0, 70).join("")} … (${long.length} characters) … ${long.slice(-40).join("")}` : text
  const lines: string[] = []
  for (const paragraph of shown.split("\n")) {
    let line = ""
    for (let word of paragraph.split(" ")) {
      if (line !== "" && cells(line) + 1 + cells(word) <= width) {
        line += ` ${word}`
        continue
      }
      if (line !== "") lines.push(line)
      while (cells(word) > width) {
        lines.push([...word].slice(0, width).join(""))
        word = [...word].slice(width).join("")
      }
      line = word
    }
    lines.push(line)
  }
  return lines
}
