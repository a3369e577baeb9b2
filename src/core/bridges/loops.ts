// Bridges that meet: what another one repeats of ours comes back as new, for ever. Who repeats is held after the third time in a minute.

const minute = 60_000
/** Somebody is held for so long, and longer as long as they go on, ms. */
const heldMs = 10 * minute
const most = 3
/** Texts of a bridge that are remembered. */
const remembered = 100
/** People who are counted. */
const mostPeople = 1000
/** Shorter ones are said by everybody. */
const shortest = 5

interface Counted {
  /** When they repeated others, and when they said the same again; epoch ms. */
  echoes: number[]
  same: { text: string; at: number[] }
  heldUntil: number
  /** Of what was heard last. */
  last?: { id: string; verdict: Verdict }
}

export type Verdict = "copy" | "held" | "holding"

export class Loops {
  readonly #said: { text: string; by: string; at: number }[] = []
  readonly #people = new Map<string, Counted>()

  /** Somebody (by a stable id) says this, known by `id`, in one of the bridge's legs. `holding`: from now on, which is to be told. */
  hear(by: string, said: string, now: number, id: string): Verdict {
    const text = said.trim().toLowerCase()
    const known = this.#of(by)
    // For each of the other legs anew.
    if (known.last?.id === id) return known.last.verdict === "copy" ? "copy" : "held"
    const verdict = this.#judge(known, by, text, now)
    known.last = { id, verdict }
    return verdict
  }

  #judge(known: Counted, by: string, text: string, now: number): Verdict {
    const isEcho = this.#isEcho(by, text, now)
    this.#remember(by, text, now)
    known.echoes = isEcho ? [...recent(known.echoes, now), now] : recent(known.echoes, now)
    known.same = known.same.text === text ? { text, at: [...recent(known.same.at, now), now] } : { text, at: [now] }
    const repeats = known.echoes.length >= most || known.same.at.length > most
    if (known.heldUntil > now) {
      // Whoever says something else is a person, or mended.
      if (isEcho) known.heldUntil = now + heldMs
      return isEcho || known.same.at.length > 1 ? "held" : "copy"
    }
    if (!repeats) return "copy"
    known.heldUntil = now + heldMs
    return "holding"
  }

  /** It ends with what another one said not long ago, whatever was put before. */
  #isEcho(by: string, text: string, now: number): boolean {
    return this.#said.some((one) => one.by !== by && now - one.at < minute && one.text.length >= shortest && text.endsWith(one.text))
  }

  #remember(by: string, text: string, at: number): void {
    if (text === "") return
    this.#said.push({ by, text: text.slice(-1000), at })
    if (this.#said.length > remembered) this.#said.shift()
  }

  #of(by: string): Counted {
    const known: Counted = this.#people.get(by) ?? { echoes: [], same: { text: "", at: [] }, heldUntil: 0 }
    this.#people.delete(by)
    this.#people.set(by, known)
    const oldest = this.#people.keys().next()
    if (this.#people.size > mostPeople && oldest.done !== true) this.#people.delete(oldest.value)
    return known
  }
}

function recent(times: readonly number[], now: number): number[] {
  return times.filter((at) => now - at < minute)
}
