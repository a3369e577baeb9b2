// Application commands, and the answers to them (Application Commands; Receiving and Responding).
import { MessageFlags } from "discord-api-types/v10"
import type { Command, Interaction } from "../world/interactions.js"
import { shown } from "../world/message.js"
import { change, remove } from "../world/post.js"
import { componentsOf, contentOf } from "./drafts.js"
import type { Call, Params, Route } from "./call.js"
import { changes } from "./messages.js"
import { invalid, refused } from "./refused.js"

/** Application Command Naming; of chat commands «lowercase variants of any letters used». */
const chatName = /^[-_'\p{L}\p{N}\p{sc=Deva}\p{sc=Thai}]{1,32}$/u
const locales =
  /^(id|da|de|en-GB|en-US|es-ES|es-419|fr|hr|it|lt|hu|nl|no|pl|pt-BR|ro|fi|sv-SE|vi|tr|cs|el|bg|ru|uk|hi|th|zh-CN|ja|zh-TW|ko)$/

type Texts = Record<string, string>

function needName(at: string, command: Params, isChat: boolean): void {
  const names = (command["name_localizations"] ?? {}) as Texts
  const texts = (command["description_localizations"] ?? {}) as Texts
  for (const one of [command["name"] as string, ...Object.values(names)])
    if (isChat && (!chatName.test(one) || one !== one.toLowerCase()))
      throw invalid(`${at}.name`, "APPLICATION_COMMAND_INVALID_NAME", "Command name is invalid")
  for (const locale of [...Object.keys(names), ...Object.keys(texts)])
    if (!locales.test(locale)) throw invalid(`${at}.name_localizations`, "BASE_TYPE_CHOICES", `«${locale}» is no locale`)
}

function needUnique(at: string, names: readonly unknown[]): void {
  if (new Set(names).size < names.length)
    throw invalid(at, "APPLICATION_COMMAND_OPTIONS_NAME_ALREADY_EXISTS", "Option names must be unique")
}

function needSound(at: string, command: Params): void {
  const type = (command["type"] ?? 1) as number
  needName(at, command, type === 1)
  const description = (command["description"] ?? "") as string
  if ((type === 1) !== description.length > 0)
    throw invalid(`${at}.description`, "BASE_TYPE_BAD_LENGTH", "Must be between 1 and 100 in length.")
  const options = (command["options"] ?? []) as Params[]
  needUnique(`${at}.options`, options.map(({ name }) => name)) // prettier-ignore
  for (const option of options) {
    needName(`${at}.options`, option, true)
    const inner = (option["options"] ?? []) as Params[]
    needUnique(`${at}.options.options`, inner.map(({ name }) => name)) // prettier-ignore
    for (const each of inner) needName(`${at}.options.options`, each, true)
  }
}

/** «Takes a list of application commands, overwriting the existing global command list for this application.» */
const overwrite: Route = (call) => {
  const { bot, world } = call
  needOwn(call)
  const commands = ((call.body as unknown as Params[] | null) ?? []).filter((one) => typeof one === "object")
  commands.forEach((command, i) => needSound(String(i), command))
  needUnique("commands", commands.map(({ name, type = 1 }) => `${String(type)} ${String(name)}`)) // prettier-ignore
  bot.commands = commands.map((command): Command => {
    const id = world.ids.next()
    return { description: "", type: 1, ...command, id, version: id } as Command
  })
  return bot.commands.map((command) => rawCommand(call, command))
}

function needOwn({ bot, params }: Call): void {
  if (params["application_id"] !== bot.application.id) throw refused(20012)
}

function rawCommand({ bot }: Call, command: Command): object {
  return { default_member_permissions: null, nsfw: false, application_id: bot.application.id, ...command }
}

function interactionOf({ world, params }: Call, name: string): Interaction | undefined {
  return world.interactions.get(params[name] ?? "")
}

const answer: Route = (call) => {
  const found = interactionOf(call, "interaction_token")
  if (!found || found.id !== call.params["interaction_id"]) throw refused(10062)
  if (found.answered !== undefined) throw refused(40060)
  if (found.isLate) throw refused(10062)
  const data = (call.body["data"] ?? {}) as Params
  contentOf(data)
  const components = data["components"] === undefined ? {} : { components: componentsOf(data) }
  const message = found.answer(call.body["type"] as number, { ...data, ...components })
  if (!message) throw invalid("type", "BASE_TYPE_CHOICES", "Not an answer to this interaction")
  if (call.body["type"] === 7) change(message, changes(call, message, { ...data, ...components }))
  return undefined
}

/** By the webhook of the application, which has the interaction's token. */
function original(call: Call): Interaction {
  const found = interactionOf(call, "webhook_token")
  if (!found || found.bot.application.id !== call.params["webhook_id"]) throw refused(10015)
  if (found.isLate) throw refused(50027)
  if (!found.original) throw refused(10008)
  return found
}

const edit: Route = (call) => {
  const { original: message } = original(call)
  const fields = changes(call, message!, call.body)
  const isPrivate = ((message!.flags ?? 0) & MessageFlags.Ephemeral) !== 0
  // What only one person sees is told to nobody.
  if (isPrivate) Object.assign(message!, { mentions: [], ...fields, flags: (message!.flags ?? 0) & ~MessageFlags.Loading })
  else change(message!, fields)
  return shown(message!)
}

const message = "/webhooks/{webhook_id}/{webhook_token}/messages/@original"

export const commands: Record<string, Route> = {
  "GET /applications/{application_id}/commands": (call) => {
    needOwn(call)
    return call.bot.commands.map((command) => rawCommand(call, command))
  },
  "PUT /applications/{application_id}/commands": overwrite,
  "POST /interactions/{interaction_id}/{interaction_token}/callback": answer,
  [`GET ${message}`]: (call) => shown(original(call).original!),
  [`PATCH ${message}`]: edit,
  [`DELETE ${message}`]: (call) => {
    const found = original(call)
    if (found.original!.in.messages.includes(found.original!)) remove(found.original!.in, [found.original!])
    found.original = undefined
    return undefined
  },
}
