// The commands that Discord's clients offer for the bot: one with all of the core's as its subcommands, and one on messages.
import { createHash } from "node:crypto"
import {
  ApplicationCommandOptionType,
  ApplicationCommandType,
  ApplicationIntegrationType,
  InteractionContextType,
  Routes,
} from "discord.js"
import type { Host, OfferedCommand } from "xferry"
import { explain } from "../connection/errors.js"
import type { Bot } from "../types.js"
import { shownName } from "./names.js"

type Texts = Readonly<Record<string, string>>

/** Of the command. */
export const slash = "xmpp"
const key = "commands"
/** Application Command Structure: options; names; descriptions. */
const most = 25
const nameForm = /^[a-z0-9_-]{1,32}$/
const maxText = 100

/** Of Discord's languages those that are not called by the subtag alone (Reference, Locales); others it refuses. */
const locales: Readonly<Record<string, readonly string[]>> = {
  es: ["es-ES", "es-419"],
  nb: ["no"],
  pt: ["pt-BR"],
  sv: ["sv-SE"],
  zh: ["zh-CN"],
}
const plain = /^(id|da|de|fr|hr|it|lt|hu|nl|no|pl|ro|fi|vi|tr|cs|el|bg|ru|uk|hi|th|ja|ko)$/
const whoIsThis = { name: "Who is this?", name_localizations: { "zh-CN": "这是谁？" } }

/** Told only when they are others than last time. Never rejects: everything can still be typed in a direct chat. */
export async function offer({ application, rest, host }: Pick<Bot, "application" | "rest" | "host">): Promise<void> {
  try {
    const body = applicationCommands(host.commands)
    const now =
      body.length === 0
        ? undefined
        : createHash("sha256")
            .update(JSON.stringify([application, body]))
            .digest("base64url")
    if ((await host.state.get(key)) === now) return
    await rest.put(Routes.applicationCommands(application), { body, signal: host.signal })
    await host.state.set(key, now ?? null)
  } catch (error) {
    host.log.debug({ reason: explain(error).message }, "the commands were not told to Discord")
  }
}

/** Bulk Overwrite Global Application Commands. A subcommand cannot be for direct chats alone, nor for rooms: the core says so when it is run. */
export function applicationCommands(offered: Host["commands"]): object[] {
  const named = offered.filter(({ name }) => nameForm.test(name)).slice(0, most)
  if (named.length === 0) return []
  const everywhere = {
    integration_types: [ApplicationIntegrationType.GuildInstall],
    contexts: [InteractionContextType.Guild, InteractionContextType.BotDM],
  }
  const options = named.map((command) => ({
    type: ApplicationCommandOptionType.Subcommand,
    name: shownName(command.name, offered),
    ...described(command),
    ...(command.argument !== undefined && { options: [argumentOf(command.argument)] }),
  }))
  const all = { type: ApplicationCommandType.ChatInput, name: slash, description: "XMPP", ...everywhere, options }
  if (!named.some(({ name }) => name === "whois")) return [all]
  return [all, { type: ApplicationCommandType.Message, ...whoIsThis, ...everywhere, contexts: [InteractionContextType.Guild] }]
}

function described({ name, text, translated = {} }: OfferedCommand): { description: string; description_localizations?: Texts } {
  const others = Object.entries(translated).flatMap(([language, said]) =>
    said.trim() === "" || said === text
      ? []
      : (locales[language] ?? (plain.test(language) ? [language] : [])).map((one) => [one, cut(said)]),
  )
  return { description: cut(text) || name, ...(others.length > 0 && { description_localizations: Object.fromEntries(others) as Texts }) }
}

/** Whether it can be left out only the core knows. */
function argumentOf(said: string): object {
  const name = said
    .toLowerCase()
    .replace(/[^a-z0-9_-]+/g, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 32)
  return { type: ApplicationCommandOptionType.String, name: name || "argument", description: cut(said) || "…" }
}

function cut(text: string): string {
  const points = [...text.trim()]
  return points.length <= maxText ? points.join("") : `${points.slice(0, maxText - 1).join("")}…`
}
