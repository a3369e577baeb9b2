// Takes secrets out of every text that leaves the process: log lines, error messages, what the CLI prints.

/** What stands in the place of a secret. */
export const REDACTED = "[redacted]"

/** Secrets shorter than this are not looked for: half the words of a log would match. */
const MIN_LENGTH = 4
/** From this length on a secret is replaced wherever it stands; a shorter one only where it is a whole word. */
const ANYWHERE_LENGTH = 8
const USERINFO = /(:\/\/)[^\s/?#@"'<>]+@/g
const WORD = /[\p{L}\p{N}_]/u

/**
 * Knows the secrets of this process and removes them from texts.
 *
 * Secrets are found by their first four characters in a map, not by one large expression: the cost of a line does not
 * grow with the number of accounts.
 *
 * @example
 * redactor.add(token)
 * redactor.clean(`GET /bot${token}/getMe`) // «GET /bot[redacted]/getMe»
 */
export class Redactor {
  readonly #byPrefix = new Map<string, string[]>()

  /** Registers a secret in the forms it takes in texts: as it is, inside JSON, inside a URL. Several lines: each by itself too. */
  add(secret: string): void {
    for (const part of new Set([secret, ...secret.split(/\r?\n/)])) {
      for (const form of new Set([part, JSON.stringify(part).slice(1, -1), urlForm(part)])) this.#register(form)
    }
  }

  /** Registers every text inside an adapter's secret, whose shape nobody else knows. Short ones are names or flags. */
  addAll(value: unknown): void {
    if (typeof value === "string" && value.length >= ANYWHERE_LENGTH) this.add(value)
    else if (typeof value === "object" && value !== null) for (const item of Object.values(value)) this.addAll(item)
  }

  /** `text` without registered secrets and without the user part of URLs. */
  clean(text: string): string {
    return this.#withoutSecrets(text).replace(USERINFO, `$1${REDACTED}@`)
  }

  #register(form: string): void {
    if (form.trim().length < MIN_LENGTH) return
    const prefix = form.slice(0, MIN_LENGTH)
    const known = this.#byPrefix.get(prefix) ?? []
    if (known.includes(form)) return
    // The longest first, so that a secret which begins like another is removed whole.
    this.#byPrefix.set(
      prefix,
      [...known, form].sort((a, b) => b.length - a.length),
    )
  }

  #withoutSecrets(text: string): string {
    if (this.#byPrefix.size === 0) return text
    let clean = ""
    let done = 0
    for (let at = 0; at + MIN_LENGTH <= text.length; at++) {
      const found = this.#byPrefix.get(text.slice(at, at + MIN_LENGTH))?.find((secret) => stands(text, secret, at))
      if (found === undefined) continue
      clean += text.slice(done, at) + REDACTED
      done = at + found.length
      at = done - 1
    }
    return clean + text.slice(done)
  }
}

function stands(text: string, secret: string, at: number): boolean {
  if (!text.startsWith(secret, at)) return false
  if (secret.length >= ANYWHERE_LENGTH) return true
  return !WORD.test(text[at - 1] ?? " ") && !WORD.test(text[at + secret.length] ?? " ")
}

function urlForm(text: string): string {
  // A lone surrogate makes encodeURIComponent throw; a round trip through bytes replaces it.
  return encodeURIComponent(Buffer.from(text).toString())
}

/** The one of this process. */
export const redactor = new Redactor()
