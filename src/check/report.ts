// What `xferry check` found, as data, and as the list a person reads.

/** `good`; `bad`: it does not work; `note`: it works, but less well than it could, or could not be tried. */
export type Verdict = "good" | "bad" | "note"

export interface Finding {
  verdict: Verdict
  /** A sentence. */
  text: string
  /** What to do, a line each; snippets are indented by themselves. */
  remedy?: readonly string[]
}

export const good = (text: string): Finding => ({ verdict: "good", text })
export const bad = (text: string, remedy: readonly string[] = []): Finding => ({ verdict: "bad", text, remedy })
export const note = (text: string, remedy: readonly string[] = []): Finding => ({ verdict: "note", text, remedy })

const SIGN: Record<Verdict, string> = { good: "✓", bad: "✗", note: "!" }

export function format({ verdict, text, remedy = [] }: Finding): string {
  return [`  ${SIGN[verdict]} ${text}`, ...remedy.map((line) => (line === "" ? "" : `      ${line}`))].join("\n")
}
