// The library's client for one bot, with its own repetitions switched off.
import { Api } from "node-telegram-bot-api"
import type { Options } from "./options.js"

export interface Secret {
  token: string
}

export function client({ token }: Secret, { apiRoot, timeoutSeconds }: Options): Api {
  // The library repeats a failed POST by default, and a message whose answer was lost would go out three times.
  return new Api(token, { apiRoot, timeoutMs: timeoutSeconds * 1000, maxRetries: 0 })
}
