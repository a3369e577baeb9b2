// Which rows of rooms still wait for a word of which domain: one row is many stanzas, and done when every domain has its own.

/** `token`: what a fence knows a stanza of a row by. Row ids have no blanks, tokens of direct messages neither. */
export function tokenOf(rowId: string, whom: string): string {
  return `${rowId} ${whom}`
}

export function isOfRoom(token: string): boolean {
  return token.includes(" ")
}

export class Tally {
  readonly #open = new Map<string, Set<string>>()
  /** Domains in trouble: no row waits for them, but for their next sign of life we do. */
  readonly #stuck = new Set<string>()

  expect(rowId: string, token: string): void {
    const tokens = this.#open.get(rowId)
    if (tokens) tokens.add(token)
    else this.#open.set(rowId, new Set([token]))
  }

  isStuck(domain: string): boolean {
    return this.#stuck.has(domain)
  }

  /** Rows that are done now. Tokens that are not of rooms come back as they are. */
  confirmed(tokens: readonly string[]): string[] {
    return tokens.flatMap((token) => {
      const blank = token.indexOf(" ")
      if (blank === -1) return token
      const rowId = token.slice(0, blank)
      if (rowId === "") this.#stuck.delete(token.slice(1))
      const open = this.#open.get(rowId)
      if (!open?.delete(token) || open.size > 0) return []
      this.#open.delete(rowId)
      return rowId
    })
  }

  /** From now on nothing waits for the domain; what did is done as far as it is concerned. */
  stuck(domain: string, tokens: readonly string[]): string[] {
    this.#stuck.add(domain)
    return this.confirmed(tokens.filter(isOfRoom))
  }

  /** The stream ended: all is written again on the next. */
  reset(): void {
    this.#open.clear()
    this.#stuck.clear()
  }
}
