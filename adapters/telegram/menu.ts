// The list of commands that Telegram shows people who write to the bot, in private chats and in groups, by language.
import { createHash } from "node:crypto"
import type { BotCommand, SetMyCommandsParams } from "node-telegram-bot-api"
import type { Host, OfferedCommand } from "xferry"
import type { Calls } from "./calls.js"
import { redact } from "./redact.js"

type Scope = NonNullable<SetMyCommandsParams["scope"]>
interface Menu {
  scope: Scope
  language_code?: string
  commands: BotCommand[]
}

const key = "menu"
const most = 100
const longest = 256

/** Bot API, BotCommandScope: only these two, so that what is set for one chat or for everybody elsewhere stays as it is. */
const scopes = [
  { type: "all_private_chats", where: "direct" },
  { type: "all_group_chats", where: "rooms" },
] as const

/** Told only when it is another than last time. Never rejects: without the list everything can still be typed. */
export async function offer({ api }: Calls, { commands, state, signal, log }: Host): Promise<void> {
  try {
    const menus = menusOf(commands)
    const now = menus.length === 0 ? undefined : createHash("sha256").update(JSON.stringify(menus)).digest("base64url")
    const [before, ...languages] = ((await state.get(key)) ?? "").split(" ")
    if ((before ?? "") === (now ?? "")) return
    for (const { scope, language_code, commands } of menus)
      await api.setMyCommands({ scope, commands, ...(language_code !== undefined && { language_code }) }, signal)
    const told = new Set(menus.map(({ scope, language_code = "" }) => `${scope.type} ${language_code}`))
    for (const language_code of ["", ...languages])
      for (const { type } of scopes)
        if (!told.has(`${type} ${language_code}`))
          await api.deleteMyCommands({ scope: { type }, ...(language_code && { language_code }) }, signal)
    const spoken = [...new Set(menus.flatMap(({ language_code }) => language_code ?? []))]
    await state.set(key, now === undefined ? null : [now, ...spoken].join(" "))
  } catch (error) {
    log.debug({ reason: redact(String(error)) }, "the list of commands was not told")
  }
}

function menusOf(offered: Host["commands"]): Menu[] {
  const other = ({ text, translated = {} }: OfferedCommand): string[] => Object.keys(translated).filter((code) => translated[code] !== text)
  const languages = [...new Set(offered.flatMap(other))].filter((code) => /^[a-z]{2}$/.test(code))
  return scopes.flatMap(({ type, where }) => {
    const here = offered.filter((one) => (one.where ?? where) === where && /^[a-z0-9_]{1,32}$/.test(one.name) && one.name !== "start")
    if (here.length === 0) return []
    const list = (language?: string): BotCommand[] =>
      here.slice(0, most).map(({ name, text, translated = {} }) => ({
        command: name,
        description: ((language !== undefined && translated[language]) || text || name).slice(0, longest),
      }))
    return [
      { scope: { type }, commands: list() },
      ...languages.map((language_code) => ({ scope: { type }, language_code, commands: list(language_code) })),
    ]
  })
}
