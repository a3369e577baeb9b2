// A body as the requests it takes: mostly one; a second where Telegram has no place for the text beside a file. Pure.
import type { Body, Extra, Upload } from "xferry"
import { type Written, written } from "./entities.js"
import { formsOf, hasCaption } from "./forms.js"

/** Bot API, sendPhoto and others: `caption` has 0-1024 characters. */
export const maxCaption = 1024
/** Bot API, sendMediaGroup: 2-10 items. */
export const perAlbum = 10

export type Location = Extract<Extra, { type: "location" }>
export type Person = Extract<Extra, { type: "contact" }>
export type Step =
  | { do: "text"; text: Written }
  | { do: "files"; files: Upload[]; caption?: Written }
  | { do: "location"; place: Location }
  | { do: "contact"; person: Person & { phone: string } }

/** In the order in which they are sent. There is always one. */
export function stepsOf(body: Body<Upload>): Step[] {
  const { files = [], extras = [] } = body
  const shown: Step[] = albums(files).map((album) => ({ do: "files", files: album }))
  let spare = ""
  for (const extra of extras) {
    if (extra.type === "location") shown.push({ do: "location", place: extra })
    if (extra.type === "contact" && extra.phone) shown.push({ do: "contact", person: { ...extra, phone: extra.phone } })
    // Telegram has no contact without a number.
    else if (extra.type === "contact") spare += `\n${extra.name}`
  }
  const text = written(spare === "" ? body : { ...body, text: (body.text + spare).trim() })
  const [first] = shown
  if (!first) return [{ do: "text", text }]
  if (text.text === "") return shown
  const said: Step = { do: "text", text }
  if (first.do !== "files" || !takesCaption(first.files)) return [said, ...shown]
  if (text.text.length <= maxCaption) return [{ ...first, caption: text }, ...shown.slice(1)]
  return [...shown, said]
}

function albums(files: readonly Upload[]): Upload[][] {
  const made: Upload[][] = []
  for (let i = 0; i < files.length; i += perAlbum) made.push(files.slice(i, i + perAlbum))
  return made
}

function takesCaption(files: readonly Upload[]): boolean {
  const [only] = files
  if (files.length !== 1 || !only) return true
  const [form] = formsOf(only)
  return form !== undefined && hasCaption(form)
}
