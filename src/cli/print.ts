// What the CLI says to a person: on standard output or error, without secrets.
import { redactor } from "../redact.js"

export function say(text: string): void {
  process.stdout.write(`${redactor.clean(text)}\n`)
}

export function complain(text: string): void {
  process.stderr.write(`${redactor.clean(text)}\n`)
}
