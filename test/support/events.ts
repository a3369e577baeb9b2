// A node:test reporter that writes one JSON line an event: what the runner counts from.
interface Event {
  type: string
  data: { name?: string; nesting?: number; skip?: unknown; todo?: unknown; details?: { type?: string } }
}

/** What the runner reads back. */
export interface Outcome {
  type: "pass" | "fail"
  name: string
  nesting: number
  suite: boolean
  skipped: boolean
}

export default async function* events(source: AsyncIterable<Event>): AsyncGenerator<string> {
  for await (const { type, data } of source) {
    if (type !== "test:pass" && type !== "test:fail") continue
    const outcome: Outcome = {
      type: type === "test:pass" ? "pass" : "fail",
      name: data.name ?? "",
      nesting: data.nesting ?? 0,
      suite: data.details?.type === "suite",
      skipped: Boolean(data.skip) || Boolean(data.todo),
    }
    yield `${JSON.stringify(outcome)}\n`
  }
}

export interface Counts {
  passed: number
  failed: number
  /** Skipped or to do: they prove nothing, and the runner does not let them pass for tests. */
  skipped: number
}

/** Counts leaves: a test that holds tests is reported right after them, one level up. Its own failure, beside theirs, counts too. */
export function count(outcomes: Outcome[]): Counts {
  const counts: Counts = { passed: 0, failed: 0, skipped: 0 }
  let below: Outcome[] = []
  for (const outcome of outcomes) {
    const children = below.filter((child) => child.nesting === outcome.nesting + 1)
    const leaf = children.length === 0 && !outcome.suite
    const failedBelow = children.some((child) => child.type === "fail")
    if (outcome.type === "fail" && !failedBelow) counts.failed += 1
    else if (outcome.type === "pass" && leaf) counts[outcome.skipped ? "skipped" : "passed"] += 1
    below = [...below.filter((child) => child.nesting <= outcome.nesting), outcome]
  }
  return counts
}
