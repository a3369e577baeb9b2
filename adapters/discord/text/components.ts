// Buttons, menus, pictures and laid-out text of bots (Component Reference, Component Types).
import type { Extra, FileRef } from "xferry"
import { componentFile } from "../files/read.js"
import type { Where } from "../files/refs.js"
import { type Json, list, number, object, text } from "../loose.js"
import { mediaLine } from "./files.js"
import type { Reader } from "./names.js"
import { parse } from "./parse.js"
import { plain, type Written } from "./written.js"

/** Components in components, and all in all (40 in one message). */
const deepest = 6
const most = 100
/** Button Styles: opens an address. */
const linkStyle = 5

export interface LaidOut {
  texts: Written[]
  files: FileRef[]
  choices: (Extra & { type: "choice" })[]
}

/** What may be chosen of. */
type Options = (Extra & { type: "choice" })["options"]

/** `where`: undefined: nobody could ask for its pictures again. */
export function laidOut(message: Json, names: Reader, where: Where | undefined): LaidOut {
  const found: LaidOut = { texts: [], files: [], choices: [] }
  const buttons: Options = []
  let left = most
  const walk = (components: unknown, depth: number): void => {
    for (const component of depth > deepest ? [] : list(components)) {
      if (left-- <= 0) return
      const kind = number(component["type"])
      const told = read(component, kind, names)
      if (told && told.text.trim() !== "") found.texts.push(told)
      if (kind === 2) buttons.push(button(component, buttons.length))
      if (kind === 3) {
        const options = optionsOf(component)
        if (options.length > 0) found.choices.push({ type: "choice", as: "buttons", options })
      }
      for (const item of kind === 12 ? list(component["items"]) : kind === 11 || kind === 13 ? [component] : []) {
        const file = componentFile(item, where)?.file
        const words = file ? undefined : mediaLine(item, kind === 13 ? "File" : "Picture")
        if (file) found.files.push(file)
        if (words) found.texts.push(plain(words))
      }
      walk(component["components"], depth + 1)
      walk([component["accessory"], component["component"]], depth + 1)
    }
  }
  walk(message["components"], 0)
  return buttons.length === 0 ? found : { ...found, choices: [{ type: "choice", as: "buttons", options: buttons }, ...found.choices] }
}

function read(component: Json, kind: number | undefined, names: Reader): Written | undefined {
  if (kind === 10) return parse(text(component["content"]) ?? "", names)
  if (kind === 18) return line(text(component["label"]))
  // What is chosen of, where nothing names the options: people, roles, channels.
  if (kind === 3 || (kind !== undefined && [5, 6, 7, 8].includes(kind))) {
    const name = text(component["placeholder"])
    return kind === 3 && !name ? undefined : line(`[Menu] ${name ?? ""}`.trim())
  }
  return undefined
}

function line(words: string | undefined): Written | undefined {
  return words ? plain(words) : undefined
}

function button(component: Json, index: number): Options[number] {
  const address = number(component["style"]) === linkStyle ? text(component["url"]) : undefined
  const key = text(component["custom_id"]) || text(component["sku_id"]) || `button-${index + 1}`
  return { id: key, text: labelled(component), ...(address && /^https?:\/\//.test(address) && { url: address }) }
}

function optionsOf(menu: Json): Options {
  return list(menu["options"])
    .slice(0, most)
    .map((option, index) => ({ id: text(option["value"]) || `option-${index + 1}`, text: labelled(option) }))
}

function labelled(item: Json): string {
  const { id, name } = object(item["emoji"])
  const face = text(name)
  const emoji = face && (id === undefined || id === null ? face : `:${face}:`)
  return [emoji, text(item["label"])].filter(Boolean).join(" ") || "…"
}
