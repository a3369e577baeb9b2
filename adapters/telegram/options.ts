// What the admin may set for this network, in the config file's `options`.
import { z } from "zod"

/** Credentials, a query or a fragment would end up in the middle of every request's address. */
function isPlainRoot(text: string): boolean {
  if (!URL.canParse(text)) return false
  const url = new URL(text)
  return /^https?:$/.test(url.protocol) && url.username === "" && url.password === "" && url.search === "" && url.hash === ""
}

export const options = z.strictObject({
  apiRoot: z
    .string()
    .refine(isPlainRoot, "must be an http or https URL without credentials, query or fragment, such as http://localhost:8081")
    .default("https://api.telegram.org")
    .describe("Address of the Bot API server. Change it only for one of your own: it sees every token and message."),
  filesRoot: z
    .string()
    .optional()
    .describe("Folder in which a Bot API server of your own, run with --local, keeps its files. The gateway must be able to read it."),
  pollSeconds: z.int().min(1).max(50).default(30).describe("How long one request waits for new messages, in seconds."),
  timeoutSeconds: z.int().min(1).max(300).default(30).describe("How long any other request may take, in seconds."),
})

export type Options = z.output<typeof options>
