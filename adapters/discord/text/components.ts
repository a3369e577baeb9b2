// Buttons, menus and laid-out text of bots, as readable lines (Component Reference, Component Types).
import { type Json, list, number, object, text } from "../loose.js"
import { mediaLine } from "./files.js"
import type { Reader } from "./names.js"
import { parse } from "./parse.js"
import { plain, styled, together, type Written } from "./written.js"

/** Components in components, and all in all (40 in one message). */
const deepest = 6
const most = 100
/** Button Styles: opens an address. */
const linkStyle = 5

export function componentTexts(message: Json, names: Reader): Written[] {
  const found: Written[] = []
  walk(message["components"], names, found, 0)
  return found.filter((each) => each.text.trim() !== "")
}

function walk(components: unknown, names: Reader, found: Written[], depth: number): void {
  if (depth > deepest) return
  for (const component of list(components)) {
    if (found.length >= most) return
    const own = read(component, names)
    if (own) found.push(own)
    walk(component["components"], names, found, depth + 1)
    walk([component["accessory"], component["component"]], names, found, depth + 1)
  }
}

function read(component: Json, names: Reader): Written | undefined {
  const kind = number(component["type"])
  if (kind === 2) return button(component)
  if (kind === 10) return parse(text(component["content"]) ?? "", names)
  if (kind === 11) return line(mediaLine(component, "Picture"))
  if (kind === 12)
    return line(
      list(component["items"])
        .flatMap((item) => mediaLine(item, "Picture") ?? [])
        .join("\n"),
    )
  if (kind === 13) return line(mediaLine(component, "File"))
  if (kind !== undefined && [3, 5, 6, 7, 8].includes(kind)) return menu(component)
  return kind === 18 ? line(text(component["label"])) : undefined
}

function line(words: string | undefined): Written | undefined {
  return words ? plain(words) : undefined
}

function button(component: Json): Written {
  const emoji = text(object(component["emoji"])["name"])
  const label = [emoji, text(component["label"])].filter(Boolean).join(" ") || "…"
  const address = text(component["url"])
  if (number(component["style"]) === linkStyle && address) return together("[Button] ", styled("link", plain(label), address))
  return plain(`[Button] ${label}`)
}

function menu(component: Json): Written {
  const options = list(component["options"]).flatMap((option) => text(option["label"]) ?? [])
  const name = text(component["placeholder"]) ?? ""
  return plain([`[Menu] ${name}`.trim(), ...options.map((option) => `• ${option}`)].join("\n"))
}
