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
    .refine(isPlainRoot, "must be an http or https URL without credentials, query or fragment, such as http://localhost:8080/api")
    .transform((root) => root.replace(/\/+$/, ""))
    .default("https://discord.com/api")
    .describe(
      "Address of the REST API, without the version. Change it only for a Discord-compatible server of your own: it sees every token and message, and says where the gateway is.",
    ),
  cdn: z
    .string()
    .refine(isPlainRoot, "must be an http or https URL without credentials, query or fragment, such as http://localhost:8080/cdn")
    .transform((root) => root.replace(/\/+$/, ""))
    .optional()
    .describe(
      "Where files and pictures are. Default: https://cdn.discordapp.com, or the host of «apiRoot» if that is changed. Files are fetched from there and from Discord's own servers only.",
    ),
  puppets: z
    .boolean()
    .default(true)
    .describe(
      "Post what users say in channels through a webhook, under their own nick and picture, where the bot may manage webhooks. false: the bot says it.",
    ),
  pingRole: z
    .string()
    .min(1)
    .default("XMPP pings")
    .describe("Name of a role whose holders may be pinged from XMPP. Nobody else is, and nobody at all where no such role exists."),
  timeoutSeconds: z
    .int()
    .min(1)
    .max(300)
    .default(30)
    .describe("How long a request may take, in seconds; of a file, how long it may stand still."),
})

export type Options = z.output<typeof options>
