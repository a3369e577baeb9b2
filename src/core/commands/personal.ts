// Commands about the user as a person: what they want, what is kept of them, and the end of it.
import type { Prefs } from "../personal/preferences.js"
import { Refusal } from "../ports.js"
import { languages, words, type Said } from "../words/words.js"
import type { Option, Prompt } from "./ask.js"
import { howToRegister, nothingChanged, toRegistered, yesOrNo, type Command, type CommandCall } from "./command.js"

/** What can be chosen, in the order of the form; all but the language is yes or no. */
const choices: readonly { name: keyof Prefs; label: Said }[] = [
  { name: "language", label: words("Language") },
  { name: "whois", label: words("Tell people on the other network your address when they ask who you are") },
  { name: "read", label: words("Tell people what you have read") },
  { name: "typing", label: words("Tell people that you are typing") },
  { name: "invitations", label: words("Tell me of new rooms") },
]

function optionsFor(name: keyof Prefs): readonly Option[] {
  if (name !== "language") return yesOrNo
  return [{ value: "auto", label: words("as I write") }, ...Object.entries(languages).map(([value, label]) => ({ value, label }))]
}

const shown = (value: Prefs[keyof Prefs]): string => (typeof value === "boolean" ? (value ? "yes" : "no") : value)

export const preferences: Command = {
  name: "preferences",
  title: words("Preferences"),
  text: words("Your language, and what other people are told of you."),
  argument: "NAME VALUE",
  // Guests of shared rooms have them as well.
  needs: "anyone",
  offered: toRegistered,
  async run(call) {
    const { user, service, ask, argument } = call
    const now = service.preferences(user)
    const fields = choices.map(({ name, label }) => ({ name, label, options: optionsFor(name), preset: shown(now[name]) }))
    const given = argument === "" ? await ask({ title: words("Preferences"), fields }) : single(fields, argument)
    const change: Record<string, string | boolean> = {}
    for (const { name } of choices) {
      const value = given[name]
      if (value !== undefined) change[name] = name === "language" ? value : value === "yes"
    }
    if (!(await service.setPreferences(user, change))) throw new Refusal("registration-required", howToRegister(service), "auth")
    return [words("Your preferences:"), ...summary(service.preferences(user))]
  },
}

function summary(prefs: Prefs): Said[] {
  return choices.map(({ name, label }) => {
    const value = optionsFor(name).find((option) => option.value === shown(prefs[name]))?.label ?? shown(prefs[name])
    return words("{label} ({name}): {value}", { label, name, value })
  })
}

/** «read no». Throws `Refusal`. */
function single(fields: readonly Prompt[], argument: string): Record<string, string> {
  const [name = "", value = ""] = argument.toLowerCase().split(/\s+/)
  const field = fields.find((one) => one.name === name)
  const names = fields.map((one) => one.name).join(", ")
  if (!field) throw new Refusal("not-acceptable", words("There is no preference «{name}»: {names}.", { name, names }), "modify")
  const values = (field.options ?? []).map((option) => (typeof option === "string" ? option : option.value))
  if (!values.includes(value))
    throw new Refusal("not-acceptable", words("«{name}» is one of these: {values}.", { name, values: values.join(", ") }), "modify")
  return { [name]: value }
}

export const exportData: Command = {
  name: "export",
  title: words("Export my data"),
  text: words("Gives you all that this gateway keeps of you, as a file."),
  needs: "anyone",
  offered: toRegistered,
  async run({ user, service }) {
    const delivered = await service.exportData(user)
    return "url" in delivered
      ? words("All that is kept of you, without your credentials: {url}", { url: delivered.url })
      : words("There is no place for files here. Your data comes as messages, {count} in all.", { count: delivered.messages })
  },
}

export const deleteMe: Command = {
  name: "delete-me",
  title: words("Delete all of me"),
  text: words("Ends all your registrations with this gateway, on all its networks, and deletes all that is kept of you."),
  needs: "anyone",
  offered: toRegistered,
  async run(call) {
    const { user, service } = call
    if (!(await isSure(call))) return nothingChanged
    const networks = await service.eraseUser(user)
    return networks.length === 0
      ? words("Nothing is kept of you here.")
      : words("Everything was deleted: {networks}.", { networks: networks.join(", ") })
  },
}

async function isSure({ ask, argument, service }: CommandCall): Promise<boolean> {
  if (argument.toLowerCase() === "yes") return true
  const { sure } = await ask({
    title: words("Delete all of me"),
    text: words(
      "Your registrations, contacts, preferences and undelivered messages on {networks} will be deleted. This cannot be undone.",
      {
        networks: service.networks.join(", "),
      },
    ),
    fields: [{ name: "sure", label: words("Delete everything?"), options: yesOrNo }],
  })
  return sure === "yes"
}

export const personalCommands: readonly Command[] = [preferences, exportData, deleteMe]
