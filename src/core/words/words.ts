// Sentences for people, in their language: English with named gaps is the key, a catalogue has the rest.
import { chinese } from "./zh.js"

/** `text` with gaps `{name}`; strings and numbers that fill them are never translated, sentences are. */
export interface Words {
  readonly text: string
  readonly fill: Readonly<Record<string, string | number | Words>>
}

/** A sentence, or text that is nobody's to translate: names, what a network says. */
export type Said = Words | string

type Catalogue = Readonly<Record<string, string>>

/** By language subtag (RFC 5646 §2.2.1). */
const catalogues: Readonly<Record<string, Catalogue>> = { zh: chinese }

/** Languages a user can choose, by subtag, each in its own name. */
export const languages: Readonly<Record<string, string>> = { en: "English", zh: "中文" }

/**
 * @example
 * words("You are registered with {network}.", { network: "Pigeon Post" })
 */
export function words(text: string, fill: Words["fill"] = {}): Words {
  return { text, fill }
}

/** Two sentences, one behind the other. */
export function both(first: Said, second: Said): Words {
  return words("{first} {second}", { first, second })
}

/** `lang` as of `xml:lang`; what a catalogue lacks, and every language without one, is English. */
export function inLanguage(said: Said, lang = "en"): string {
  if (typeof said === "string") return said
  const text = sentence(catalogueOf(lang), said.text) ?? said.text
  return text.replace(/\{(\w+)\}/g, (gap, name: string) => {
    const filling = Object.hasOwn(said.fill, name) ? said.fill[name] : undefined
    if (filling === undefined) return gap
    return typeof filling === "object" ? inLanguage(filling, lang) : String(filling)
  })
}

/** In which of our languages it comes out: for `xml:lang` beside it. */
export function languageUsed(said: Said, lang = "en"): string {
  return typeof said === "object" && sentence(catalogueOf(lang), said.text) !== undefined ? subtag(lang) : "en"
}

/** The subtag of a language we have, of what `xml:lang` says; undefined: we have none such. */
export function ours(lang: string | undefined): string | undefined {
  const tag = subtag(lang ?? "")
  return Object.hasOwn(languages, tag) ? tag : undefined
}

function subtag(lang: string): string {
  return lang.split("-", 1)[0]?.toLowerCase() ?? ""
}

function catalogueOf(lang: string): Catalogue | undefined {
  const tag = subtag(lang)
  return Object.hasOwn(catalogues, tag) ? catalogues[tag] : undefined
}

function sentence(catalogue: Catalogue | undefined, text: string): string | undefined {
  return catalogue && Object.hasOwn(catalogue, text) ? catalogue[text] : undefined
}
