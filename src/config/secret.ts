// A value that cannot be printed by accident.
import { inspect } from "node:util"
import { REDACTED, redactor } from "../redact.js"

/**
 * Holds a secret. Whatever turns it into text shows «[redacted]»; only `reveal()` gives the value.
 * Text is made known to the redactor, so that it does not get out by another way either.
 *
 * @example
 * const secret = new Secret("s3cret")
 * `${secret}`     // «[redacted]»
 * secret.reveal() // «s3cret»
 */
export class Secret<T = string> {
  readonly #value: T

  constructor(value: T) {
    this.#value = value
    if (typeof value === "string") redactor.add(value)
  }

  reveal(): T {
    return this.#value
  }

  toString(): string {
    return REDACTED
  }

  toJSON(): string {
    return REDACTED
  }

  [inspect.custom](): string {
    return REDACTED
  }
}
