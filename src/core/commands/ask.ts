// What a command asks a person for, and what it answers, before any front end or language.
import type { Ask, Field } from "../../adapter/contract.js"
import { inLanguage, type Said } from "../words/words.js"

/** `value` is what the command gets, `label` what the person sees and may answer with. */
export interface Option {
  readonly value: string
  readonly label: Said
}

/** One field. `preset`: what it says before anything is filled in. `optional`: «» is an answer, too. */
export interface Prompt extends Omit<Field, "label" | "options"> {
  readonly label: Said
  readonly options?: readonly (string | Option)[]
  readonly preset?: string
  readonly optional?: true
  /** What it takes: one JID, several, or lines of text (XEP-0004 §3.3). Several are one a line. */
  readonly as?: "jid" | "jids" | "lines"
}

export interface Question {
  /** XEP-0068. */
  readonly formType?: string
  readonly title: Said
  readonly text?: Said
  readonly qr?: string
  readonly fields?: readonly Prompt[]
  readonly until?: Promise<unknown>
}

/** As `Ask` of the adapter contract, which it can stand for, with sentences instead of strings. Options are answered by their value. */
export type AskUser = (question: Question) => Promise<Record<string, string>>

/** Many of one kind, for clients that show tables (XEP-0004 §3.4). Cells by name of the column. */
export interface Table {
  readonly columns: readonly { readonly name: string; readonly label: Said; readonly jid?: true }[]
  readonly rows: readonly Readonly<Record<string, Said>>[]
}

/** What ends a command. Several sentences are several lines. `table`: the same as `text`, once more for who can show it. */
export interface Result {
  readonly text: Said | readonly Said[]
  /** Something is not as the user may have wanted it. */
  readonly warn?: true
  readonly table?: Table
}

export type Answer = Said | readonly Said[] | Result

export function resultOf(answer: Answer): Result {
  return typeof answer === "object" && "text" in answer && !("fill" in answer) ? answer : { text: answer }
}

export function linesOf(text: Result["text"], lang: string): string {
  return Array.isArray(text) ? text.map((line: Said) => inLanguage(line, lang)).join("\n") : inLanguage(text as Said, lang)
}

/** That the two fit: an adapter's login asks through the same front ends. */
export const asAdapter = (ask: AskUser): Ask => ask
