// `ask` as straight-line code over front ends that come and go between two steps: ad-hoc command, chat, form.
import type { Answer, AskUser, Prompt, Question } from "./commands/ask.js"
import type { Refused } from "./model.js"
import { Refusal } from "./ports.js"
import { inLanguage, words, type Said, type Words } from "./words/words.js"

export type Step = Question

/** What a front end shows next. `said`: what was told on the way. */
export type Turn = { said: readonly Said[] } & (
  { k: "ask"; step: Step } | { k: "done"; text: Answer } | { k: "failed"; error: Refused; cause?: unknown }
)

/** Thrown out of `ask` when the user leaves or the time is over. Whoever asks lets it pass. */
export class Cancelled extends Error {
  constructor(text = "cancelled") {
    super(text)
    this.name = "Cancelled"
  }
}

/** A step that only shows something (a QR code) is shown again after this time (ms), so that no request of a front end waits for ever. */
const showMs = 20_000

/** Runs `task`, which asks, and hands its steps to a front end one after the other. */
export class Dialogue {
  #said: Said[] = []
  #turn: ((turn: Turn) => void) | undefined
  #ready: Turn | undefined
  #pending: { step: Step; resolve: (values: Record<string, string>) => void; reject: (error: Error) => void } | undefined
  #over = false

  constructor(task: (ask: AskUser, say: (text: Said) => void) => Promise<Answer>) {
    const ask: AskUser = (step) => this.#ask(step)
    const say = (text: Said) => void this.#said.push(text)
    void task(ask, say).then(
      (text) => this.#end({ k: "done", text }),
      (error: unknown) => this.#end({ k: "failed", error: refusedBy(error), cause: error }),
    )
  }

  /** True once the task ended or was cancelled. */
  get over(): boolean {
    return this.#over
  }

  /** The step that waits for an answer. */
  get step(): Step | undefined {
    return this.#pending?.step
  }

  /** The first turn, or the one after `answer`. Never two calls at once. */
  next(): Promise<Turn> {
    const ready = this.#ready
    this.#ready = undefined
    if (ready) return Promise.resolve(ready)
    return new Promise((resolve) => (this.#turn = resolve))
  }

  /** Answers the step that waits. A step that only shows is over when its `until` is, not when the user says so. */
  answer(values: Record<string, string>): Promise<Turn> {
    const pending = this.#pending
    if (!pending) return this.next()
    if (pending.step.until && (pending.step.fields ?? []).length === 0) {
      const timer = setTimeout(() => {
        if (this.#pending === pending) this.#show({ k: "ask", step: pending.step })
      }, showMs)
      timer.unref()
      return this.next().finally(() => clearTimeout(timer))
    }
    this.#pending = undefined
    pending.resolve(values)
    return this.next()
  }

  /** Ends the task at its next question at the latest. */
  cancel(reason?: string): void {
    this.#over = true
    const pending = this.#pending
    this.#pending = undefined
    pending?.reject(new Cancelled(reason))
  }

  #ask(step: Step): Promise<Record<string, string>> {
    if (this.#over) return Promise.reject(new Cancelled())
    return new Promise((resolve, reject) => {
      const pending = { step, resolve, reject }
      this.#pending = pending
      const settle = (done: () => void) => {
        if (this.#pending !== pending) return
        this.#pending = undefined
        this.#ready = undefined
        done()
      }
      step.until?.then(
        () => settle(() => resolve({})),
        (error: unknown) => settle(() => reject(error instanceof Error ? error : new Error(String(error)))),
      )
      this.#show({ k: "ask", step })
    })
  }

  #end(turn: { k: "done"; text: Answer } | { k: "failed"; error: Refused; cause: unknown }): void {
    this.#over = true
    this.#pending = undefined
    this.#show(turn)
  }

  #show(turn: { k: "ask"; step: Step } | { k: "done"; text: Answer } | { k: "failed"; error: Refused; cause: unknown }): void {
    const full: Turn = { ...turn, said: this.#said }
    this.#said = []
    const waiting = this.#turn
    this.#turn = undefined
    if (waiting) waiting(full)
    else this.#ready = full
  }
}

/** The sentence for the user; what is no `Refusal` is a bug or a stranger's text and stays in the log. */
export function refusedBy(error: unknown): Refused {
  if (error instanceof Refusal) return error.error
  if (error instanceof Cancelled) return new Refusal("not-allowed", words("Cancelled.")).error
  return new Refusal("internal-server-error", somethingWrong).error
}

/** Of a bug: its own text stays in the log. */
export const somethingWrong: Words = words("Something went wrong inside the gateway. It has been logged; please try again later.")

/** What an option is answered with, and what a person sees. */
export function optionsOf({ options }: Prompt, lang?: string): { value: string; label: string }[] | undefined {
  return options?.map((option) =>
    typeof option === "string" ? { value: option, label: option } : { value: option.value, label: inLanguage(option.label, lang) },
  )
}

/**
 * Reads an answer to one field: blanks around it go; an option may be given by value, in any case, by what it is called in this language, or
 * by its number. Undefined: not acceptable.
 */
export function readField(field: Prompt, value: string | undefined, lang?: string): string | undefined {
  const text = value?.trim() ?? ""
  const options = optionsOf(field, lang)
  if (!options) return text === "" && field.optional !== true ? undefined : text
  if (text === "" && field.optional === true) return ""
  if (field.several === true) return severalOf(field, text, lang)
  const lower = text.toLowerCase()
  const found =
    options.find((option) => option.value === text) ??
    options.find((option) => option.value.toLowerCase() === lower || option.label.toLowerCase() === lower) ??
    options[/^\d{1,4}$/.test(text) ? Number(text) - 1 : -1]
  return found?.value
}

/** One a line, or numbers on one. */
function severalOf({ several: _, ...field }: Prompt, text: string, lang?: string): string | undefined {
  const lines = text
    .split("\n")
    .flatMap((line) => (/^[\d\s,;]+$/.test(line) ? line.split(/[\s,;]+/) : line))
    .filter((line) => line.trim() !== "")
  const read = lines.slice(0, 1000).map((line) => readField(field, line, lang))
  const known = read.filter((one) => one !== undefined)
  return known.length === 0 || known.length < read.length ? undefined : [...new Set(known)].join("\n")
}

/** Reads a whole form. `missing`: labels of what is empty or no option. */
export function readFields(
  fields: readonly Prompt[],
  given: ReadonlyMap<string, string>,
  lang?: string,
): { values: Record<string, string>; missing: string[] } {
  const values: Record<string, string> = {}
  const missing: string[] = []
  for (const field of fields) {
    const value = readField(field, given.get(field.name), lang)
    if (value === undefined) missing.push(inLanguage(field.label, lang))
    else values[field.name] = value
  }
  return { values, missing }
}
