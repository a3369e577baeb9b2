// Choices that are offered to somebody as buttons under a message, and what a press of one says.
import { ButtonStyle, ComponentType } from "discord.js"
import type { Extra } from "xferry"
import { isSnowflake, type Snowflake } from "../places.js"
import type { Said } from "./names.js"

/** Component Reference: buttons in a row, rows in a message; custom_id, label, url. */
const inRow = 5
const mostRows = 5
const maxId = 100
const maxLabel = 80
const maxUrl = 512
/** Before whom it is offered to, and what is chosen. */
const mark = "x/"

export interface Row {
  type: ComponentType.ActionRow
  components: object[]
}

/** Undefined: nothing is offered. An option that fits into no button is left out; the text has to name it. `asked`: who alone may choose. */
export function rowsOf(extras: readonly Extra[] | undefined, asked?: Snowflake): Row[] | undefined {
  const seen = new Set<string>()
  const buttons = (extras ?? []).flatMap((extra) => {
    if (extra.type !== "choice" || extra.closed === true) return []
    return extra.options.flatMap(({ id, text, url }): object[] => {
      const label = cut(text.trim())
      const custom_id = `${mark}${asked ?? ""}/${id}`
      if (label === "") return []
      if (url !== undefined)
        return /^https?:\/\//.test(url) && url.length <= maxUrl ? [{ type: ComponentType.Button, style: ButtonStyle.Link, label, url }] : []
      // Discord refuses two of one id.
      if (id === "" || custom_id.length > maxId || seen.has(custom_id)) return []
      seen.add(custom_id)
      return [{ type: ComponentType.Button, style: ButtonStyle.Secondary, label, custom_id }]
    })
  })
  const rows = Array.from({ length: Math.min(mostRows, Math.ceil(buttons.length / inRow)) }, (_, row): Row => ({
    type: ComponentType.ActionRow,
    components: buttons.slice(row * inRow, (row + 1) * inRow),
  }))
  return rows.length === 0 ? undefined : rows
}

/** The command of a button of ours; `asked`: who alone may press it. */
export function chosenIn(customId: string | undefined): (Said & { asked?: Snowflake }) | undefined {
  const [, asked = "", name, argument = ""] = /^x\/(\d*)\/(\S+)(?:\s+([\s\S]*))?$/.exec(customId ?? "") ?? []
  if (name === undefined || (asked !== "" && !isSnowflake(asked))) return undefined
  return { name, argument: argument.trim(), ...(asked !== "" && { asked }) }
}

function cut(text: string): string {
  const points = [...text]
  return points.length <= maxLabel ? text : `${points.slice(0, maxLabel - 1).join("")}…`
}
